//! The embedded adapters, decoded.

use crate::catalog::rows;
use crate::component::Component;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Decodes all builds of all adapters. They are small.
pub fn load() -> Result<BTreeMap<&'static str, Component>> {
    rows()
        .flat_map(|row| row.builds)
        .map(|build| {
            let component = Component::of_adapter(build.wasm);
            let component = component.with_context(|| format!("failed to decode the adapter `{}`", build.name))?;
            Ok((build.name, component))
        })
        .collect()
}
