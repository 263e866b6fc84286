//! `plan`: what would be wired and why, without composing.

use super::Failure;
use super::compose::program;
use super::options::Options;
use super::output::write_text;
use crate::files::read;
use crate::graph::emit;
use crate::picture;
use crate::policy::Policy;
use crate::show::Format;
use anyhow::{Context, Result};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Show what would be wired and why, without composing
///
/// It takes all that says what is wanted as without a command. Values that are set are shown with `-v`, and in JSON.
#[derive(Args)]
pub(super) struct Plan {
    /// The component, or a core module for WASI preview 1; `-` reads standard input
    ///
    /// Without one, it is about the adapters of the subsystems in `--with`.
    app: Option<PathBuf>,

    /// How it is shown
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shown,

    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Where it goes; `-`, the default, is standard output
    #[arg(short, long, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Show every function, and what adapters use, in the table
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    options: Options,
}

/// What there is to see of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Itself
    Plan(Format),
    /// The graph that it becomes
    Wac,
}

impl ValueEnum for Shown {
    fn value_variants<'a>() -> &'a [Self] {
        use Format::{Dot, Json, Mermaid, Svg, Table};
        &[Self::Plan(Table), Self::Plan(Json), Self::Plan(Dot), Self::Plan(Mermaid), Self::Plan(Svg), Self::Wac]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Plan(format) => format.to_possible_value(),
            Self::Wac => Some(
                PossibleValue::new("wac").help("The graph as wac reads it, which `--emit-wac` writes with its parts"),
            ),
        }
    }
}

impl Plan {
    /// Shows it.
    pub fn run(self) -> Result<(), Failure> {
        let policy = self.options.policy(&program(self.app.as_deref())).map_err(Failure::Usage)?;
        self.options.refuse_no_app(self.app.as_deref(), &policy).map_err(Failure::Usage)?;
        let app = self.app.as_deref().into_iter();
        self.options.check_output(self.to_file(), &policy, app).map_err(Failure::Usage)?;
        self.show(&policy).map_err(Failure::Run)
    }

    fn to_file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    fn show(&self, policy: &Policy) -> Result<()> {
        let app = self.app.as_deref().map(read).transpose()?;
        let name =
            self.app.as_deref().map_or("nothing but adapters".to_owned(), |path| format!("`{}`", path.display()));
        if self.format == Shown::Wac {
            let emitted = emit(app.as_deref(), policy).with_context(|| format!("there is no graph for {name}"))?;
            return write_text(emitted.text, self.to_file());
        }
        let mut picture = picture(app.as_deref(), policy).with_context(|| format!("there is no plan for {name}"))?;
        picture.call(&program(self.app.as_deref().filter(|path| *path != Path::new("-"))));
        let format = match self.format {
            Shown::Plan(format) if !self.json => format,
            _ => Format::Json,
        };
        let shown = format.draw(&picture, self.verbose)?;
        write_text(shown, self.to_file())
    }
}
