//! A graph that somebody wrote in the language of wac, made a component.

use super::error::Source;
use super::host::{self, INVALID};
use super::ours::{self, Package};
use super::{panics, streams};
use crate::catalog::{SUBSYSTEMS, TRACE};
use crate::policy::{Policy, Profile};
use crate::{Error, check, opened};
use anyhow::{Context, Result, bail};
use indexmap::IndexMap;
use miette::SourceSpan;
use semver::Version;
use std::collections::{BTreeMap, BTreeSet};
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wac_parser::lexer::{Lexer, Token};

/// A graph, and what is at hand for it. The packages `virt:<name>` are the adapters under the policy, and `virt:bundle` several
/// that share their streams.
///
/// ```
/// use virt_compose::{graph::Build, policy::Policy};
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// let text = "package my:graph;
///     let env = new virt:env { ... };
///     let app = new my:app { ...env, ... };
///     export app...;";
/// let mut policy = Policy::default();
/// policy.env.variables.set("GREETING", "hello");
/// let mut build = Build::new(text, "graph.wac", &policy);
/// build.deps.insert("my:app".to_owned(), app);
/// let built = build.component()?;
/// assert!(!built.imports.iter().any(|import| import.starts_with("wasi:cli/environment")));
/// # anyhow::Ok(())
/// ```
pub struct Build<'a> {
    /// The graph.
    pub text: &'a str,
    /// What its file is called in messages.
    pub file: &'a str,
    /// Components by the names of their packages (`my:app`, `my:app@1.0.0`). What is named `virt:` here is taken in place of ours.
    pub deps: BTreeMap<String, Vec<u8>>,
    /// What the adapters are to do.
    pub policy: &'a Policy,
    /// The subsystems whose adapters are `virt:bundle`.
    pub bundle: BTreeSet<&'static str>,
}

/// What came of a graph.
pub struct Built {
    /// The component.
    pub bytes: Vec<u8>,
    /// What it imports.
    pub imports: Vec<String>,
    /// The packages in it that are ours.
    pub ours: Vec<Package>,
    /// The imports that were named `host:` in it.
    pub renamed: Vec<String>,
    /// What the policy says something of and the graph has no adapter for.
    pub without_effect: Vec<&'static str>,
}

/// A package that a graph names, at the first place where it does.
struct Named<'a> {
    name: &'a str,
    version: Option<Version>,
    span: SourceSpan,
}

impl Named<'_> {
    /// As it is written.
    fn key(&self) -> String {
        BorrowedPackageKey::from_name_and_version(self.name, self.version.as_ref()).to_string()
    }
}

impl<'a> Build<'a> {
    /// A graph with nothing at hand but the adapters.
    pub fn new(text: &'a str, file: &'a str, policy: &'a Policy) -> Self {
        Self { text, file, deps: BTreeMap::new(), policy, bundle: BTreeSet::new() }
    }

    fn source(&self) -> Source<'a> {
        Source { file: self.file, text: self.text }
    }

    /// Makes the component, which is valid and imports nothing from `host:`.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`], with the place in the text.
    pub fn component(&self) -> Result<Built, Error> {
        self.built().map_err(Error::graph)
    }

    fn built(&self) -> Result<Built> {
        let source = self.source();
        let document = Document::parse(self.text).map_err(|error| source.told(&error))?;
        let named = packages(&document, self.text);
        self.refuse_unused(&named)?;
        let (mut packages, mut ours) = (IndexMap::new(), Vec::new());
        for package in &named {
            let key = BorrowedPackageKey::from_name_and_version(package.name, package.version.as_ref());
            packages.insert(key, self.package(package, &mut ours)?);
        }
        let mut bytes = panics::told(|| {
            let resolution = document.resolve(packages).map_err(|error| source.told(&error))?;
            streams::check(resolution.graph(), &ours)?;
            // Validated below, as runtimes do it.
            let options = EncodeOptions { define_components: true, validate: false, processor: None };
            resolution.encode(options).map_err(|error| source.told(&error))
        })?;
        let renamed = host::rename(&mut bytes).with_context(|| format!("failed to compose `{}`", self.file))?;
        let imports = check::imports(&bytes).context(INVALID)?.into_iter().map(str::to_owned).collect();
        let without_effect = self.without_effect(&ours);
        Ok(Built { bytes, imports, ours, renamed, without_effect })
    }

    /// The component of a package that the graph names.
    fn package(&self, package: &Named, ours: &mut Vec<Package>) -> Result<Vec<u8>> {
        let key = package.key();
        if let Some(bytes) = self.deps.get(&key) {
            return Ok(opened(bytes).with_context(|| format!("failed to take `{key}`"))?.0);
        }
        let told = |words: String| self.source().at(package.span, "", words);
        match package.name.strip_prefix("virt:") {
            Some(name) if package.version.is_none() => {
                let ours_of_name = ours::package(name, self.policy, &self.bundle);
                let made = ours_of_name.map_err(|error| told(format!("{error:#}")))?;
                let bytes = made.bytes.clone();
                ours.push(made);
                Ok(bytes)
            }
            Some(name) => Err(told(format!("the adapters have no versions here: write `virt:{name}`"))),
            None => Err(told(format!("nothing says what `{key}` is: name its file with `--dep {key}=FILE.wasm`"))),
        }
    }

    fn refuse_unused(&self, named: &[Named]) -> Result<()> {
        let named: Vec<String> = named.iter().map(Named::key).collect();
        if let Some(unused) = self.deps.keys().find(|key| !named.contains(key)) {
            let named = named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            bail!("`{}` has no `{unused}`, which `--dep` names; it has {named}", self.file);
        }
        Ok(())
    }

    /// What a policy says of subsystems whose adapters are nowhere in the graph.
    fn without_effect(&self, ours: &[Package]) -> Vec<&'static str> {
        let says = |name: &str| {
            let rules = self.policy.rules(name);
            self.policy.profile != Profile::Open && rules.is_some_and(|rules| rules.is_set() || rules.is_open())
        };
        let is_there = |name: &str| ours.iter().any(|package| package.subsystems.contains(name));
        let names = SUBSYSTEMS.iter().map(|row| row.name);
        let without = names.filter(|name| says(name) && self.policy.touches(name) && !is_there(name));
        // Only apps are traced.
        without.chain(self.policy.trace.is_on().then_some(TRACE.name)).collect()
    }
}

/// The packages that a document names and is not itself.
fn packages<'a>(document: &Document, text: &'a str) -> Vec<Named<'a>> {
    let mut named: Vec<Named> = Vec::new();
    for (token, span) in Lexer::new(text).into_iter().flatten() {
        if !matches!(token, Ok(Token::PackageName | Token::PackagePath)) {
            continue;
        }
        let written = &text[span.offset()..span.offset() + span.len()];
        let (path, version) = written.split_once('@').map_or((written, None), |(path, version)| (path, Some(version)));
        let name = path.split('/').next().unwrap_or(path);
        let version = version.and_then(|version| Version::parse(version).ok());
        let is_known = named.iter().any(|known| known.name == name && known.version == version);
        if !is_known && name != document.directive.package.name {
            named.push(Named { name, version, span });
        }
    }
    named
}
