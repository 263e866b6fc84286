//! What is done without a command: an app goes in, and comes out virtualized.

use super::options::Options;
use super::{Failure, output, say};
use crate::files::{read, replace};
use crate::graph::{Emitted, emit, within};
use crate::policy::Policy;
use crate::policy_file::PolicyFile;
use crate::report::Report;
use crate::tree::Artifact;
use crate::{Outcome, prepare};
use anyhow::{Context, Result, anyhow, bail, ensure};
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

    /// Apply the options that follow to one component inside the app, and not to what the app imports
    ///
    /// The app is a composition, such as wac makes. NAME is that of the instance in its graph (`let name = new …`), or `component-N` as
    /// `inspect` counts them. What is said ahead of `--for` is about the whole, as ever; if nothing is, that stays as it is. May be
    /// repeated, each with its own.
    #[arg(long = "for", value_name = "NAME")]
    parts: Vec<String>,

    /// What follows each `--for`.
    #[arg(skip)]
    of_parts: Vec<(String, Options)>,

    /// Whether an option says something of the whole.
    #[arg(skip)]
    pub says_something: bool,
}

/// The name of a component inside, the options that are about it, and what is wanted of it.
type Part<'a> = (String, &'a Options, Policy);

/// What the graph is called in its folder.
const GRAPH: &str = "composition.wac";

impl Compose {
    /// The arguments that say nothing of what is wanted. What a policy file says shows when it is read.
    pub const WITHOUT_POLICY: [&str; 7] = ["app", "output", "wat", "quiet", "verbose", "emit_wac", "policy"];

    /// What is wanted.
    pub fn policy(&self) -> Result<Policy> {
        self.options.policy(&program(self.app.as_deref()))
    }

    /// Takes what follows a `--for` in: what is said of the component of that name, and what else is said there is of the whole.
    pub fn take(&mut self, name: String, part: Self) -> Result<()> {
        let Self { app, output, wat, quiet, verbose, emit_wac, options, .. } = part;
        for (known, more, what) in [
            (&mut self.app, app, "apps"),
            (&mut self.output, output, "places for the result"),
            (&mut self.emit_wac, emit_wac, "places for the graph"),
        ] {
            if let (Some(first), Some(second)) = (&known, &more) {
                bail!("there are two {what}, `{}` and `{}`; leave one out", first.display(), second.display());
            }
            *known = known.take().or(more);
        }
        self.wat |= wat;
        self.quiet |= quiet;
        self.verbose |= verbose;
        ensure!(!(self.quiet && self.verbose), "`--quiet` and `--verbose` contradict each other; leave one out");
        let is_known = self.of_parts.iter().any(|(known, _)| *known == name);
        ensure!(!is_known, "`--for {name}` is there twice; write what is wanted of it behind one");
        self.of_parts.push((name, options));
        Ok(())
    }

    /// What is wanted of components inside: their names, the options, and what both options and policy files say.
    fn of_parts<'a>(&'a self, file: Option<&mut PolicyFile>, none: &'a Options) -> Result<Vec<Part<'a>>> {
        let mut said = file.map_or(Vec::new(), PolicyFile::take_parts);
        let mut parts = Vec::new();
        for (name, options) in &self.of_parts {
            let of_whole = said.iter().position(|(known, _)| known == name).map(|at| said.remove(at).1);
            let file = options.file()?.or(of_whole);
            parts.push((name.clone(), options, options.policy_over(file.as_ref(), name)?));
        }
        for (name, file) in said {
            let policy = none.policy_over(Some(&file), &name).with_context(|| format!("in `[for.{name}]`"))?;
            parts.push((name, none, policy));
        }
        Ok(parts)
    }

    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        if self.quiet {
            output::be_quiet();
        }
        let none = Options::none().map_err(Failure::Usage)?;
        let mut file = self.options.file().map_err(Failure::Usage)?;
        let of_parts = self.of_parts(file.as_mut(), &none).map_err(Failure::Usage)?;
        let is_file_left = file.as_ref().map_or(!of_parts.is_empty(), PolicyFile::is_of_parts);
        let is_left = is_file_left && !self.says_something;
        let policy = match is_left {
            true => Policy::open(),
            false => self.options.policy_over(file.as_ref(), &program(self.app.as_deref())).map_err(Failure::Usage)?,
        };
        self.options.refuse_no_app(self.app.as_deref(), &policy).map_err(Failure::Usage)?;
        if let (None, Some((name, ..))) = (&self.app, of_parts.first()) {
            return Err(Failure::Usage(anyhow!("there is no app that `{name}` could be in; name one")));
        }
        let all = [(&self.options, &policy)]
            .into_iter()
            .chain(of_parts.iter().map(|(_, options, policy)| (*options, policy)));
        let check = |output: &Path| {
            let mut all = all.clone();
            all.try_for_each(|(options, policy)| options.check_output(Some(output), policy, std::iter::empty()))
        };
        if let Some(output) = &self.output {
            check(output).map_err(Failure::Usage)?;
        }
        if is_left && self.emit_wac.is_some() {
            let why =
                "`--emit-wac` writes the graph of what is wanted of the whole, and all that is said follows `--for`";
            return Err(Failure::Usage(anyhow!("{why}: leave it out, or say something of the whole ahead")));
        }
        let app = self.app(&of_parts).map_err(Failure::Run)?;
        if let Some(folder) = &self.emit_wac {
            // The folder itself may not be there yet.
            check(folder).and_then(|()| check(&folder.join(GRAPH))).map_err(Failure::Usage)?;
            self.emit(folder, app.as_deref(), &policy).map_err(Failure::Run)?;
        }
        // Who asks for the graph alone has no use for bytes on a terminal.
        if self.emit_wac.is_none() || self.output.is_some() {
            self.virtualize(app.as_deref(), &policy, is_left).map_err(Failure::Run)?;
        }
        Ok(())
    }

    /// The app, in which the parts are virtualized that something is said of.
    fn app(&self, of_parts: &[Part]) -> Result<Option<Vec<u8>>> {
        let Some(mut app) = self.app.as_deref().map(read).transpose()? else { return Ok(None) };
        for (name, _, policy) in of_parts {
            let failed = || format!("{}, in it `{name}`", self.failed());
            let Outcome { bytes, report, is_unchanged, .. } = within(&app, name, policy).with_context(failed)?;
            if self.verbose {
                tell_functions(name, &report);
            }
            for line in report.to_string().lines() {
                say(format_args!("{name}: {line}\n"));
            }
            if is_unchanged {
                say(format_args!("{name}: nothing to do: it is as it was\n"));
            }
            app = bytes;
        }
        Ok(Some(app))
    }

    /// The graph and its components, in their folder.
    fn emit(&self, folder: &Path, app: Option<&[u8]>, policy: &Policy) -> Result<()> {
        let emitted = emit(app, policy).with_context(|| format!("{}, as a graph", self.failed()))?;
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

    fn virtualize(&self, app: Option<&[u8]>, policy: &Policy, is_left: bool) -> Result<()> {
        let prepared = prepare(app, policy).with_context(|| self.failed())?;
        output::write(prepared.artifact, self.output.as_deref(), self.wat)?;
        if self.verbose {
            tell_functions("", &prepared.report);
        }
        say(format_args!("{}", prepared.report));
        if prepared.was_preview1 {
            say(format_args!("made a component of the preview 1 module first\n"));
        }
        if is_left {
            return Ok(());
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

/// What becomes of each function that the app imports, or a part of it.
fn tell_functions(part: &str, report: &Report) {
    let part = if part.is_empty() { String::new() } else { format!("{part}: ") };
    for (interface, function, words) in &report.functions {
        // A function of the world is in no interface.
        let interface = if interface == function { "" } else { interface };
        say(format_args!("{part}{interface} {function}: {words}\n"));
    }
}

/// The program's name, which comes first among its arguments.
pub(super) fn program(app: Option<&Path>) -> String {
    app.and_then(Path::file_name).map_or("app".to_owned(), |name| name.to_string_lossy().into_owned())
}
