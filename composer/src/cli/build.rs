//! `build`: a graph that somebody wrote in the language of wac, with our adapters in it, made a component.

use super::options::Options;
use super::{Failure, output, say};
use crate::catalog::known;
use crate::files::read;
use crate::graph::{self, Package};
use crate::plan::Note;
use crate::policy::{Policy, Scope};
use crate::report::compact;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Compose a graph that is written in the language of wac
///
/// In it the adapters are packages, `virt:env`, `virt:fs` and so on, that do what the options or the policy file say:
/// `let env = new virt:env { ... };`. Those that make streams share them only in one package: `virt:bundle` is all those in `--with`.
#[derive(Args)]
pub(super) struct Build {
    /// The graph
    graph: PathBuf,

    /// A package that the graph names, and the file of its component; wins over an adapter of ours
    #[arg(short, long = "dep", value_name = "PACKAGE=FILE")]
    deps: Vec<String>,

    /// Where the result goes; `-`, the default, is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write text instead of binary
    #[arg(short = 't', long)]
    wat: bool,

    #[command(flatten)]
    options: Options,
}

impl Build {
    /// Does it.
    pub fn run(mut self) -> Result<(), Failure> {
        // What is in the bundle does not say what the adapters besides may do.
        let with = self.options.take_with();
        let policy = self.options.policy("app").map_err(Failure::Usage)?;
        let deps = self.deps().map_err(Failure::Usage)?;
        let bundle: Result<BTreeSet<_>> = match &policy.scope {
            Scope::Only(names) if with.is_empty() => Ok(names.clone()),
            _ => with.iter().map(|name| known(name)).collect(),
        };
        let bundle = bundle.map_err(Failure::Usage)?;
        let inputs = deps.values().map(PathBuf::as_path).chain([self.graph.as_path()]);
        self.options.check_output(self.output.as_deref(), &policy, inputs).map_err(Failure::Usage)?;
        self.build(&policy, bundle, deps, !with.is_empty()).map_err(Failure::Run)
    }

    fn build(
        &self,
        policy: &Policy,
        bundle: BTreeSet<&'static str>,
        deps: BTreeMap<String, PathBuf>,
        asks_for_bundle: bool,
    ) -> Result<()> {
        let file = self.graph.display().to_string();
        let text = String::from_utf8(read(&self.graph)?).with_context(|| format!("`{file}` is no text"))?;
        let mut build = graph::Build::new(&text, &file, policy);
        build.bundle = bundle;
        for (package, file) in deps {
            build.deps.insert(package, read(&file)?);
        }
        let built = build.component()?;
        output::write(built.bytes.into(), self.output.as_deref(), self.wat)?;
        built.ours.iter().for_each(tell);
        for name in &built.without_effect {
            say(format_args!("warning: the graph has no adapter of `{name}`; what is said of it has no effect\n"));
        }
        if asks_for_bundle && built.ours.iter().all(|package| package.name != "virt:bundle") {
            say(format_args!("warning: the graph has no `virt:bundle`; `--with` has no effect\n"));
        }
        match built.imports.as_slice() {
            [] => say(format_args!("left to the host: nothing\n")),
            imports => say(format_args!("left to the host: {}\n", compact(imports))),
        }
        Ok(())
    }

    /// The files of the packages.
    fn deps(&self) -> Result<BTreeMap<String, PathBuf>> {
        let mut deps = BTreeMap::new();
        for dep in &self.deps {
            let Some((package, file)) = dep.split_once('=') else {
                bail!("`--dep {dep}` has no file: write `--dep {dep}=FILE.wasm`");
            };
            ensure!(
                package.contains(':') && !package.contains('/'),
                "`{package}` is no package: write `--dep my:app=FILE.wasm`, with the name that the graph has"
            );
            let is_new = deps.insert(package.to_owned(), Path::new(file).to_owned()).is_none();
            ensure!(is_new, "`{package}` has two files; leave out one `--dep`");
        }
        Ok(deps)
    }
}

/// What a package of ours does.
fn tell(package: &Package) {
    let (name, report) = (&package.name, &package.report);
    for (subsystem, does, interfaces) in report.subsystems() {
        let does = if does.is_empty() { String::new() } else { format!(" ({does})") };
        let interfaces = if interfaces.is_empty() { "for others".to_owned() } else { compact(interfaces) };
        say(format_args!("{name}: {subsystem}{does}: {interfaces}\n"));
    }
    for (what, interfaces) in [("denied", &report.denied), ("trap when called", &report.traps)] {
        if !interfaces.is_empty() {
            say(format_args!("{name}: {what}: {}\n", compact(interfaces)));
        }
    }
    for note in &report.notes {
        if let Note::WithoutEffect(subsystem) = note {
            say(format_args!("warning: `{subsystem}` has no adapter, so it is not in `{name}`\n"));
        }
    }
}
