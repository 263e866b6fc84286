//! What is done without a command: an app goes in, and comes out virtualized.

use super::options::Options;
use super::{Failure, output, say};
use crate::files::{read, replace};
use crate::graph::{Emitted, emit};
use crate::policy::Policy;
use crate::prepare;
use crate::tree::Artifact;
use anyhow::{Context, Result, anyhow};
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
        let policy = self.policy().map_err(Failure::Usage)?;
        if self.app.is_none() && !self.options.names_some() {
            return Err(Failure::Usage(anyhow!(
                "there is no app; name one (`-` reads standard input), or name subsystems in `--with` to get their adapters alone"
            )));
        }
        if self.app.is_none()
            && let Some(name) = self.options.lists().find(|value| value.ends_with(".wasm"))
        {
            return Err(Failure::Usage(anyhow!("there is no app; an option took `{name}` as its value")));
        }
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
        let emitted =
            emit(app.as_deref(), policy).with_context(|| format!("failed to write {} as a graph", self.app_name()))?;
        let write = |place: &Path, artifact: Artifact| {
            let place = folder.join(place);
            let parent = place.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).with_context(|| format!("failed to make `{}`", parent.display()))?;
            replace(&place, artifact)
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
