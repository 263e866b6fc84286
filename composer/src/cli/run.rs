//! Doing what a command line says: the result, and what is said of it.

use super::Cli;
use crate::files::{read, replace};
use crate::policy::Policy;
use crate::prepare;
use crate::tree::Artifact;
use anyhow::{Context, Result, anyhow, bail};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Why nothing came of it.
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(anyhow::Error),
    /// Anything else: exit code 1.
    Run(anyhow::Error),
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> Result<(), Failure> {
        let policy = self.policy().map_err(Failure::Usage)?;
        if self.app.is_none() && self.with.is_empty() {
            return Err(Failure::Usage(anyhow!(
                "there is no app; name one (`-` reads standard input), or name subsystems in `--with` to get their adapters alone"
            )));
        }
        if self.app.is_none()
            && let Some(name) = self.lists().find(|value| value.ends_with(".wasm"))
        {
            return Err(Failure::Usage(anyhow!("there is no app; an option took `{name}` as its value")));
        }
        self.check_output(&policy).map_err(Failure::Usage)?;
        self.virtualize(&policy).map_err(Failure::Run)
    }

    /// What options took that may have been the app.
    fn lists(&self) -> impl Iterator<Item = &String> {
        self.env
            .lists()
            .chain(self.config.lists())
            .chain(self.http.lists())
            .chain(self.sockets.lists())
            .chain(&self.seal)
    }

    /// A result that is embedded in the next one would grow at every run.
    fn check_output(&self, policy: &Policy) -> Result<()> {
        let Some(output) = self.output.as_deref().filter(|path| *path != Path::new("-")) else { return Ok(()) };
        let is_read =
            |input: &&Path| input.canonicalize().ok().zip(output.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        if let Some(input) = self.policy.as_deref().into_iter().chain(self.http.mocks()).find(is_read) {
            bail!("the result would be written over `{}`, which it is made from: write it elsewhere", input.display());
        }
        let embedded = match output.canonicalize() {
            Ok(output) => policy.embeds(&output),
            Err(_) => self.fs.embeds_what_comes_to(output),
        };
        match embedded {
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
        self.write(prepared.artifact)?;
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

    fn write(&self, artifact: Artifact) -> Result<()> {
        let artifact = match self.wat {
            true => wasmprinter::print_bytes(artifact.bytes()?)?.into_bytes().into(),
            false => artifact,
        };
        match self.output.as_deref() {
            Some(path) if path != Path::new("-") => replace(path, artifact),
            _ => {
                let mut stdout = io::stdout().lock();
                if stdout.is_terminal() && !self.wat {
                    bail!(
                        "this is a terminal, and the result is binary: write to a file with `-o FILE`, or text with `-t`"
                    );
                }
                // No byte comes out if something embedded cannot be read.
                let bytes = artifact.bytes()?;
                match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
                    // Whoever reads has seen enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    result => result.context("failed to write to standard output"),
                }
            }
        }
    }
}

/// Words go to standard error. That nobody listens, as behind a closed pipe, is no reason to fail.
pub fn say(words: fmt::Arguments) {
    let _ = io::stderr().write_fmt(words);
}
