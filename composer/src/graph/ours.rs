//! The adapters as packages of a graph: `virt:<name>`, and `virt:bundle` for several.

use crate::catalog::{SUBSYSTEMS, TRACE, subsystem};
use crate::policy::{Policy, Scope};
use crate::report::Report;
use crate::{Outcome, virtualize, words};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;

/// Adapters, wired to each other, under a policy.
pub struct Package {
    /// The name: `virt:env`.
    pub name: String,
    /// The subsystems.
    pub subsystems: BTreeSet<&'static str>,
    /// What they do.
    pub report: Report,
    /// The component.
    pub bytes: Vec<u8>,
}

/// The package of several adapters that share their streams.
const BUNDLE: &str = "bundle";

/// What `virt:<name>` is.
pub(super) fn package(name: &str, policy: &Policy, bundle: &BTreeSet<&'static str>) -> Result<Package> {
    let subsystems = match name {
        BUNDLE => {
            ensure!(!bundle.is_empty(), "nothing says which adapters are in `virt:bundle`: write `--with env,stdio`");
            bundle.clone()
        }
        _ => BTreeSet::from([adapter(name)?]),
    };
    let policy = Policy { scope: Scope::Only(subsystems.clone()), ..policy.clone() };
    let outcome = virtualize(None, &policy).with_context(|| format!("there is no `virt:{name}`"))?;
    let Outcome { bytes, report, .. } = outcome;
    Ok(Package { name: format!("virt:{name}"), subsystems, report, bytes })
}

/// The name of a subsystem whose adapter can stand alone.
pub(crate) fn adapter(name: &str) -> Result<&'static str> {
    let known = SUBSYSTEMS.iter().filter(|row| !row.builds.is_empty() && row.name != "io");
    let mut names: Vec<&str> = known.map(|row| row.name).collect();
    if name == TRACE.name {
        bail!("`{name}` is nothing alone: what `--trace` generates tells it of calls; `--bare` is the file");
    }
    match subsystem(name) {
        Some(row) if names.contains(&row.name) => Ok(row.name),
        Some(row) if row.name == "io" => bail!("`io` is nothing alone: it comes with the adapters that make streams"),
        Some(row) => bail!("`{}` has no adapter: it can be left to the host, or denied", row.name),
        None => {
            names.push(BUNDLE);
            bail!(words::unknown("adapter", name, &names))
        }
    }
}
