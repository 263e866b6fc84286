//! `adapter`: one adapter, to plug into anything.

use super::options::Options;
use super::{Failure, output, say};
use crate::catalog::{SUBSYSTEMS, Subsystem, build, rows};
use crate::graph::adapter;
use crate::policy::{Policy, Scope};
use crate::tree::Artifact;
use crate::{Prepared, prepare, words};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Write one adapter, for use with other tools
///
/// It has its settings, its files, and what else it needs inside, so that it can be plugged into anything:
/// `virt-compose adapter env -e A=1 -o env.wasm` and `wac plug app.wasm --plug env.wasm -o out.wasm`.
#[derive(Args)]
pub(super) struct Adapter {
    /// Which, as `virt-compose adapters` lists them
    name: String,

    /// Write the published file, byte for byte: what it imports from `virt:` has to be wired, and `host:` stands for the host's `wasi:`
    #[arg(long)]
    bare: bool,

    /// Where the result goes; `-`, the default, is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write text instead of binary
    #[arg(short = 't', long)]
    wat: bool,

    #[command(flatten)]
    options: Options,
}

impl Adapter {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        if self.bare {
            let artifact = self.published().map_err(Failure::Usage)?;
            return output::write(artifact, self.output.as_deref(), self.wat).map_err(Failure::Run);
        }
        let policy = self.policy().map_err(Failure::Usage)?;
        self.options.check_output(self.output.as_deref(), &policy, std::iter::empty()).map_err(Failure::Usage)?;
        self.write(&policy).map_err(Failure::Run)
    }

    /// What the options say of this adapter.
    fn policy(&self) -> Result<Policy> {
        let of = |row: &&Subsystem| row.builds.iter().any(|build| build.name == self.name);
        if let Some(row) = rows().find(of).map(|row| row.name).filter(|row| *row != self.name) {
            bail!(
                "`{}` is a build of `{row}`: write `adapter {row}`, which takes the one that it needs, or `--bare` for the file",
                self.name
            );
        }
        let name = adapter(&self.name)?;
        ensure!(
            !self.options.names_some(),
            "`adapter` is about one; for several, wired to each other, leave it out: `virt-compose --with … -o bundle.wasm`"
        );
        let mut policy = self.options.policy("app")?;
        // A policy file is for several.
        if !self.options.has_file() {
            let says = |row: &&Subsystem| policy.rules(row.name).is_some_and(|rules| rules.is_set());
            if let Some(other) = SUBSYSTEMS.iter().filter(|row| row.name != name).find(says) {
                let other = other.name;
                bail!(
                    "an option configures `{other}`, which is not in `adapter {name}`; for both, wired to each other, write \
                     `virt-compose --with {name},{other} … -o bundle.wasm`"
                );
            }
        }
        policy.scope = Scope::Only(BTreeSet::from([name]));
        Ok(policy)
    }

    fn write(&self, policy: &Policy) -> Result<()> {
        let Prepared { artifact, mut report, .. } =
            prepare(None, policy).with_context(|| format!("failed to make the adapter `{}`", self.name))?;
        output::write(artifact, self.output.as_deref(), self.wat)?;
        report.is_alone = true;
        say(format_args!("{report}"));
        Ok(())
    }

    /// The file as it is published.
    fn published(&self) -> Result<Artifact<'static>> {
        let names: Vec<&str> = rows().flat_map(|row| row.builds).map(|build| build.name).collect();
        let build = build(&self.name).ok_or_else(|| anyhow!(words::unknown("adapter", &self.name, &names)))?;
        ensure!(
            self.options.policy("app")? == Policy::default(),
            "`--bare` is the file as it is published, without settings; leave `--bare` out, or the other options"
        );
        Ok(build.wasm.to_vec().into())
    }
}
