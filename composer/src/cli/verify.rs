//! `verify`: whether a component can call no more of the host's than it may.

use super::inspect::print_as;
use super::{Failure, say};
use crate::files::read;
use crate::inspect::{Pattern, Rules, inspect, verify};
use anyhow::{Context, Error, Result, anyhow};
use clap::Args;
use std::path::PathBuf;

/// Fail if a component can call more of the host's than it may
///
/// A pattern is a subsystem (`sockets`), a package (`wasi:sockets`), an interface (`wasi:cli/stdout`), a function of one
/// (`wasi:sockets/tcp#start-connect`), a function of the world, or `*`. What is there for its types alone can call nothing. The exit
/// code is 1 if there is a violation; the last line says so.
#[derive(Args)]
pub(super) struct Verify {
    /// The component, or a core module for WASI preview 1; `-` reads standard input
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,

    /// What must not be called
    #[arg(long, value_name = "PATTERN,…", value_delimiter = ',')]
    forbid: Vec<String>,

    /// All that may be called
    #[arg(long, value_name = "PATTERN,…", value_delimiter = ',', conflicts_with = "sealed")]
    only: Vec<String>,

    /// Nothing may be called
    #[arg(long)]
    sealed: bool,

    /// Count what is there for its types alone, and functions that nobody calls
    #[arg(long)]
    strict: bool,

    /// Write JSON: the fields of `virt_compose::inspect::Verdict`, with the `version` of the format
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Judges it.
    pub fn run(self) -> Result<(), Failure> {
        let rules = self.rules().map_err(Failure::Usage)?;
        let path = &self.component;
        let inspection = read(path).and_then(|bytes| Ok(inspect(&bytes)?));
        let inspection =
            inspection.with_context(|| format!("failed to verify `{}`", path.display())).map_err(Failure::Run)?;
        for pattern in rules.forbid.iter().chain(rules.only.iter().flatten()) {
            if let Some(warning) = pattern.check(&inspection).map_err(Failure::Usage)? {
                say(format_args!("warning: {warning}\n"));
            }
        }
        let verdict = verify(&inspection, &rules);
        print_as(&verdict, self.json).map_err(Failure::Run)?;
        if verdict.ok { Ok(()) } else { Err(Failure::Verdict) }
    }

    fn rules(&self) -> Result<Rules> {
        if self.forbid.is_empty() && self.only.is_empty() && !self.sealed {
            return Err(nothing());
        }
        let patterns = |option: &str, patterns: &[String]| -> Result<Vec<Pattern>> {
            let parse = |text: &String| text.trim().parse().with_context(|| format!("cannot take `{option}`"));
            patterns.iter().map(parse).collect()
        };
        let only = patterns("--only", &self.only)?;
        Ok(Rules {
            forbid: patterns("--forbid", &self.forbid)?,
            only: (!only.is_empty()).then_some(only),
            sealed: self.sealed,
            strict: self.strict,
        })
    }
}

fn nothing() -> Error {
    anyhow!(
        "there is nothing to verify: say what must not be called with `--forbid`, what may be with `--only`, or `--sealed`"
    )
}
