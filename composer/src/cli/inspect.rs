//! `inspect`: what is in a component, in words or as JSON.

use super::output::print;
use crate::files::read;
use crate::inspect::inspect;
use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use std::fmt::Display;
use std::path::PathBuf;

/// Say what a component takes from the host, who inside calls it, and what it is made of
///
/// What is there for its types alone is told from what can be called. Adapters are told by their bytes; what was virtualized is
/// what the component says of itself.
#[derive(Args)]
pub(super) struct Inspect {
    /// The component, or a core module for WASI preview 1; `-` reads standard input
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,

    /// Write JSON: the fields of `virt_compose::inspect::Inspection`, with the `version` of the format
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Looks into it.
    pub fn run(self) -> Result<()> {
        let path = &self.component;
        let inspection = inspect(&read(path)?).with_context(|| format!("failed to inspect `{}`", path.display()))?;
        print_as(&inspection, self.json)
    }
}

/// Prints something as words, or as JSON.
pub(super) fn print_as(what: &(impl Display + Serialize), json: bool) -> Result<()> {
    let text = match json {
        true => serde_json::to_string_pretty(what)? + "\n",
        false => what.to_string(),
    };
    print(text.as_bytes())
}
