//! What is done without a command: an app goes in, and comes out virtualized.

use super::options::Options;
use super::{Failure, output, say};
use crate::files::read;
use crate::policy::Policy;
use crate::prepare;
use anyhow::{Context, Result, bail};
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

    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Say of each function that the app imports what becomes of it, too
    #[arg(short, long)]
    verbose: bool,

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
        if self.quiet {
            output::be_quiet();
        }
        let policy = self.policy().map_err(Failure::Usage)?;
        self.options.refuse_no_app(self.app.as_deref(), &policy).map_err(Failure::Usage)?;
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
        let prepared = prepare(app.as_deref(), policy).with_context(|| self.failed())?;
        output::write(prepared.artifact, self.output.as_deref(), self.wat)?;
        if self.verbose {
            for (interface, function, words) in &prepared.report.functions {
                // A function of the world is in no interface.
                let interface = if interface == function { "" } else { interface };
                say(format_args!("{interface} {function}: {words}\n"));
            }
        }
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

    fn failed(&self) -> String {
        match &self.app {
            Some(path) => format!("failed to virtualize `{}`", path.display()),
            None => "failed to make a bundle of adapters".to_owned(),
        }
    }
}

/// The program's name, which comes first among its arguments.
pub(super) fn program(app: Option<&Path>) -> String {
    app.and_then(Path::file_name).map_or("app".to_owned(), |name| name.to_string_lossy().into_owned())
}
