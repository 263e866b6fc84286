//! The embedded adapters, decoded.

use crate::catalog::SUBSYSTEMS;
use crate::component::Component;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Decodes all adapters. They are small.
pub fn load() -> Result<BTreeMap<&'static str, Component>> {
    SUBSYSTEMS
        .iter()
        .filter_map(|row| Some((row.name, row.adapter.as_ref()?.wasm)))
        .map(|(name, wasm)| {
            let component =
                Component::of_adapter(wasm).with_context(|| format!("failed to decode the adapter `{name}`"))?;
            Ok((name, component))
        })
        .collect()
}
