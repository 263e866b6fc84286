//! What is done without a command: an app goes in, and comes out virtualized.

use super::options::Options;
use super::{Failure, output, say};
use crate::files::read;
use crate::policy::{Policy, Scope};
use crate::prepare;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// An app, what is wanted of it, and where the result goes.
#[derive(Args)]
pub(super) struct Compose {
    /// The component, or a core module for WASI preview 1; `-` reads standard input
    ///
    /// Without one, the result is the adapters of the subsystems in `--with`, wired, for use with other tools.
    app: Option<PathBuf>,

    /// Where the result goes; `-`, the default, is standard output
    #[arg(short, long, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write text instead of binary
    #[arg(short = 't', long)]
    wat: bool,

    #[command(flatten)]
    options: Options,
}

impl Compose {
    /// What is wanted.
    pub fn policy(&self) -> Result<Policy> {
        self.options.policy(&program(self.app.as_deref()))
    }

    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let policy = self.policy().map_err(Failure::Usage)?;
        let names_some = matches!(&policy.scope, Scope::Only(names) if !names.is_empty());
        if self.app.is_none() && !names_some {
            return Err(Failure::Usage(anyhow!(
                "there is no app; name one (`-` reads standard input), or name subsystems in `--with` to get their adapters alone"
            )));
        }
        if self.app.is_none()
            && let Some(name) = self.options.lists().find(|value| value.ends_with(".wasm"))
        {
            return Err(Failure::Usage(anyhow!("there is no app; an option took `{name}` as its value")));
        }
        self.check_output(&policy).map_err(Failure::Usage)?;
        self.virtualize(&policy).map_err(Failure::Run)
    }

    /// A result that is embedded in the next one would grow at every run.
    fn check_output(&self, policy: &Policy) -> Result<()> {
        let Some(output) = self.output.as_deref().filter(|path| *path != Path::new("-")) else { return Ok(()) };
        let is_read =
            |input: &&Path| input.canonicalize().ok().zip(output.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        if let Some(input) = self.options.files().find(is_read) {
            bail!("the result would be written over `{}`, which it is made from: write it elsewhere", input.display());
        }
        match self.options.embeds(policy, output) {
            Some(guest) => bail!(
                "the result, `{}`, is below what is embedded at `{guest}`, and would be in the next one: write it elsewhere, or leave \
                 it out of the mount (`exclude`, in a policy file)",
                output.display()
            ),
            None => Ok(()),
        }
    }

    fn virtualize(&self, policy: &Policy) -> Result<()> {
        let app = self.app.as_deref().map(read).transpose()?;
        let prepared =
            prepare(app.as_deref(), policy).with_context(|| format!("failed to virtualize {}", self.app_name()))?;
        output::write(prepared.artifact, self.output.as_deref(), self.wat)?;
        say(format_args!("{}", prepared.report));
        if prepared.was_preview1 {
            say(format_args!("made a component of the preview 1 module first\n"));
        }
        match (prepared.is_unchanged, prepared.was_preview1) {
            (true, true) => say(format_args!("nothing else to do: the result is that component\n")),
            (true, false) => say(format_args!("nothing to do: the result is the input, byte for byte\n")),
            (false, _) => {}
        }
        Ok(())
    }

    fn app_name(&self) -> String {
        self.app.as_deref().map_or("nothing but adapters".to_owned(), |path| format!("`{}`", path.display()))
    }
}

/// The program's name, which comes first among its arguments.
pub(super) fn program(app: Option<&Path>) -> String {
    app.and_then(Path::file_name).map_or("app".to_owned(), |name| name.to_string_lossy().into_owned())
}
