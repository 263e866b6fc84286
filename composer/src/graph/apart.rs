//! A composition taken apart, so that one component in it can be virtualized, and put together again.
//!
//! What wac and its like make has components inside, instances of them, and wires between: a graph, which can be written as one. What
//! comes from the host is left to `...`, as it was when the composition was made, because one part may then ask for less of it, or for
//! more.

use super::build::Build;
use super::wac::{identifier, unique};
use crate::inspect::{Nested, Sections, Sort, Step};
use crate::names::InterfaceName;
use crate::policy::Policy;
use crate::{Error, Outcome, virtualize, words};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A composition as a graph in the language of wac, and the components in it by the names of their packages.
struct Apart {
    text: String,
    packages: BTreeMap<String, Vec<u8>>,
    /// What the instances are called.
    instances: Vec<String>,
    /// The package of the one that is looked for, which is the package of no other.
    found: Option<String>,
}

/// Virtualizes one component in a composition, and leaves what is around it. The outcome has the whole; the report is of the part.
///
/// It goes by the name that it has in the composition, which for one of wac's is that in the graph (`let name = new …`), or by
/// `component-N`, as [`inspect`](crate::inspect) counts them. What the host has for it, and what other parts have, goes through its own imports,
/// so a composition that is one component, or shares what it has from the host through a part, has nothing to be told apart.
///
/// # Errors
///
/// [`Error::App`] if it is no composition, or has no such part; what [`virtualize`] says of the part; [`Error::Compose`] if what becomes of it
/// does not fit in its place.
pub fn within(app: &[u8], name: &str, policy: &Policy) -> Result<Outcome, Error> {
    let mut apart = Apart::of(app, name).map_err(Error::app)?;
    let Some(package) = apart.found else {
        let names: Vec<&str> = apart.instances.iter().map(String::as_str).collect();
        return Err(Error::app(anyhow!(words::unknown("component inside", name, &names))));
    };
    let part = virtualize(Some(&apart.packages[&package]), policy)?;
    if part.is_unchanged {
        return Ok(Outcome { bytes: app.to_vec(), ..part });
    }
    apart.packages.insert(package, part.bytes);
    let open = Policy::open();
    let build = Build { deps: apart.packages, ..Build::new(&apart.text, "composition.wac", &open) };
    let failed =
        |error| anyhow::Error::from(error).context(format!("what becomes of `{name}` does not fit in its place"));
    let built = build.component().map_err(|error| Error::compose(failed(error)))?;
    Ok(Outcome { bytes: built.bytes, ..part })
}

/// Where something in a composition comes from.
#[derive(Clone)]
enum Origin {
    /// The host, under that name.
    Host(String),
    /// An expression of the graph.
    Inside(String),
    /// Something that no graph has words for.
    Untold(&'static str),
}

impl Origin {
    fn export(&self, name: &str) -> Self {
        match self {
            Self::Inside(expression) => Self::Inside(format!("{expression}[\"{name}\"]")),
            other => other.clone(),
        }
    }
}

impl Apart {
    fn of(app: &[u8], wanted: &str) -> Result<Self> {
        let sections = Sections::of(app)?;
        let root = sections.components.first().context("there is a component")?;
        ensure!(
            !root.has_code && !root.children.is_empty(),
            "it is one component, and no composition of several: leave `--for` out"
        );
        let mut taking = Taking {
            wanted,
            sections: &sections,
            root,
            components: Vec::new(),
            instances: Vec::new(),
            functions: Vec::new(),
            taken: BTreeSet::new(),
            known: BTreeMap::new(),
            apart: Self {
                text: "package virt:composition;\n".to_owned(),
                packages: BTreeMap::new(),
                instances: Vec::new(),
                found: None,
            },
        };
        root.steps.iter().try_for_each(|step| taking.step(step))?;
        Ok(taking.apart)
    }
}

/// What there is while a composition is taken apart.
struct Taking<'s, 'a> {
    /// The instance that is looked for.
    wanted: &'s str,
    sections: &'s Sections<'a>,
    root: &'s Nested<'a>,
    /// The components, by position among those that are nested.
    components: Vec<Option<usize>>,
    instances: Vec<Origin>,
    functions: Vec<Origin>,
    /// Identifiers.
    taken: BTreeSet<String>,
    /// The packages of components, by position.
    known: BTreeMap<usize, String>,
    apart: Apart,
}

impl Taking<'_, '_> {
    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Import(name, Sort::Instance) => self.instances.push(Origin::Host((*name).to_owned())),
            Step::Import(name, Sort::Func) => self.functions.push(Origin::Host((*name).to_owned())),
            Step::Import(_, Sort::Component) | Step::Alias(Sort::Component, ..) | Step::Outer(..) => {
                self.components.push(None)
            }
            Step::Define(at) => self.components.push(Some(*at)),
            Step::Instantiate(component, args) => self.instance(*component, args)?,
            Step::Group(_) => self.instances.push(Origin::Untold("is put together from parts of others")),
            Step::Alias(Sort::Instance, of, name) => self.instances.push(self.instances[*of as usize].export(name)),
            Step::Alias(Sort::Func, of, name) => self.functions.push(self.instances[*of as usize].export(name)),
            Step::Export((name, sort, index)) => self.export(name, *sort, *index)?,
            Step::Lift | Step::Lower(_) | Step::Start(_) => {
                bail!("it has code of its own around its parts: leave `--for` out")
            }
            // Types come along.
            Step::Import(_, Sort::Other) | Step::Alias(Sort::Other, ..) => {}
        }
        Ok(())
    }

    fn instance(&mut self, component: u32, args: &[(&str, Sort, u32)]) -> Result<()> {
        let at = self.components.get(component as usize).copied().flatten();
        let at = at.context("it makes an instance of a component that is not in it")?;
        let position = self.root.children.iter().position(|child| *child == at).unwrap_or_default();
        let index = self.instances.len() as u32;
        let name = self.root.instances.get(&index).map_or(format!("component-{position}"), |name| (*name).to_owned());
        let id = unique(identifier(&name), &mut self.taken);
        let is_wanted = name == self.wanted;
        ensure!(
            !is_wanted || self.apart.found.is_none(),
            "there are two `{name}` in it: which is meant cannot be said"
        );
        let own = format!("part:{id}");
        let package = if is_wanted { own } else { self.known.entry(at).or_insert(own).clone() };
        let mut text = format!("\nlet {id} = new {package} {{\n");
        for (arg, sort, index) in args {
            let from = match sort {
                Sort::Instance => &self.instances[*index as usize],
                Sort::Func => &self.functions[*index as usize],
                Sort::Component | Sort::Other => continue,
            };
            match from {
                Origin::Inside(expression) => writeln!(text, "  \"{arg}\": {expression},")?,
                Origin::Host(import) => {
                    let track = |name: &str| InterfaceName::parse(name).track();
                    ensure!(
                        !arg.starts_with("host:"),
                        "it was virtualized as a whole, and a part of it cannot be any more: say `--for` when the whole is, or ahead of that"
                    );
                    ensure!(
                        track(import) == track(arg),
                        "`{arg}` of `{name}` is `{import}` of the host, which no graph has words for"
                    );
                }
                Origin::Untold(why) => bail!("`{arg}` of `{name}` {why}"),
            }
        }
        text.push_str("  ...\n};\n");
        self.apart.text.push_str(&text);
        let bytes = || self.sections.components[at].bytes.to_vec();
        self.apart.packages.entry(package.clone()).or_insert_with(bytes);
        self.apart.found = if is_wanted { Some(package) } else { self.apart.found.take() };
        self.apart.instances.push(name);
        self.instances.push(Origin::Inside(id));
        Ok(())
    }

    fn export(&mut self, name: &str, sort: Sort, index: u32) -> Result<()> {
        let all = match sort {
            Sort::Instance => &mut self.instances,
            Sort::Func => &mut self.functions,
            Sort::Component => bail!("it exports the component `{name}`: leave `--for` out"),
            Sort::Other => return Ok(()),
        };
        let from = all[index as usize].clone();
        all.push(from.clone());
        match from {
            Origin::Inside(expression) => Ok(writeln!(self.apart.text, "\nexport {expression} as \"{name}\";")?),
            Origin::Host(import) => bail!("it exports `{import}` of the host as `{name}`: leave `--for` out"),
            Origin::Untold(why) => bail!("its export `{name}` {why}"),
        }
    }
}
