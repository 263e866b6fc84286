//! What is done without a command: an app goes in, and comes out virtualized.

use super::options::Options;
use super::{Failure, output, say};
use crate::files::{read, replace};
use crate::graph::{Emitted, emit};
use crate::policy::Policy;
use crate::prepare;
use crate::tree::Artifact;
use anyhow::{Context, Result};
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

    /// Write what wac makes the result from to this folder: the graph, `composition.wac`, and its parts in `deps`
    ///
    /// `wac compose composition.wac -o out.wasm` makes it there. Without `-o`, nothing else is written.
    #[arg(long, value_name = "DIR")]
    emit_wac: Option<PathBuf>,

    #[command(flatten)]
    options: Options,
}

/// What the graph is called in its folder.
const GRAPH: &str = "composition.wac";

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
        let check = |output| self.options.check_output(output, &policy, std::iter::empty()).map_err(Failure::Usage);
        check(self.output.as_deref())?;
        if let Some(folder) = &self.emit_wac {
            // The folder itself may not be there yet.
            check(Some(folder))?;
            check(Some(&folder.join(GRAPH)))?;
            self.emit(folder, &policy).map_err(Failure::Run)?;
        }
        // Who asks for the graph alone has no use for bytes on a terminal.
        if self.emit_wac.is_none() || self.output.is_some() {
            self.virtualize(&policy).map_err(Failure::Run)?;
        }
        Ok(())
    }

    /// The graph and its components, in their folder.
    fn emit(&self, folder: &Path, policy: &Policy) -> Result<()> {
        let app = self.app.as_deref().map(read).transpose()?;
        let emitted = emit(app.as_deref(), policy).with_context(|| format!("{}, as a graph", self.failed()))?;
        let write = |place: &Path, artifact: Artifact| {
            let place = folder.join(place);
            let parent = place.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).with_context(|| format!("failed to make `{}`", parent.display()))?;
            replace(&place, artifact, &mut |_| {})
        };
        for (package, artifact) in emitted.deps {
            write(&Emitted::place(&package), artifact)?;
        }
        write(Path::new(GRAPH), emitted.text.into_bytes().into())?;
        say(format_args!("wrote `{}` and its parts\n", folder.join(GRAPH).display()));
        Ok(())
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
