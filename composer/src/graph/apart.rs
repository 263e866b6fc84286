//! A composition taken apart, so that one component in it can be virtualized, and put together again.
//!
//! What wac and its like make has components inside, instances of them, and wires between. What comes from the host is left to wac to
//! name again, as it was when the composition was made, because one part may then ask for less of it, or for more.

use super::host::INVALID;
use super::panics;
use crate::inspect::{Nested, Sections, Sort, Step};
use crate::names::InterfaceName;
use crate::policy::Policy;
use crate::{Error, Outcome, check, virtualize, words};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::collections::HashMap;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload};

/// Virtualizes one component in a composition, and leaves what is around it. The outcome has the whole; the report is of the part.
///
/// It goes by the name that it has in the composition, which for one of wac's is that in the graph (`let name = new …`), or by
/// `component-N`, as [`inspect`](crate::inspect) counts them, if it is there once. What it imports is its own, and what others have of it is
/// as it was. Lines of a trace begin with the name.
///
/// # Errors
///
/// [`Error::App`] if it is no composition, or has no such part; what [`virtualize`] says of the part; [`Error::Policy`] if the part would
/// export more than before; [`Error::Compose`] if what becomes of it does not fit in its place.
pub fn within(app: &[u8], name: &str, policy: &Policy) -> Result<Outcome, Error> {
    let sections = Sections::of(app).map_err(Error::app)?;
    let whole = Whole::of(&sections).map_err(Error::app)?;
    let found = whole.find(name).map_err(Error::app)?;
    let mut policy = policy.clone();
    if policy.trace.is_on() && policy.trace.prefix.is_empty() {
        policy.trace.prefix = format!("{name}: ");
    }
    let mut part = virtualize(Some(whole.component(found).bytes), &policy)?;
    part.report.is_part = true;
    if let Some(export) = part.report.exports.first() {
        let why = "is for whoever contains the component, and nobody around";
        return Err(Error::policy(anyhow!("`{export}` {why} `{name}` asks for it: leave out what exports it")));
    }
    if part.is_unchanged {
        return Ok(Outcome { bytes: app.to_vec(), ..part });
    }
    let failed = || format!("what becomes of `{name}` does not fit in its place");
    let composed = panics::told(|| whole.with(found, &part.bytes)).and_then(|bytes| with_sections(bytes, app));
    Ok(Outcome { bytes: composed.with_context(failed).map_err(Error::compose)?, ..part })
}

/// An instance of a component: its index among the instances, what it is called, and the component's position among those inside.
struct Instance {
    index: u32,
    name: String,
    component: usize,
}

/// A composition.
struct Whole<'s, 'a> {
    sections: &'s Sections<'a>,
    root: &'s Nested<'a>,
    instances: Vec<Instance>,
}

impl<'s, 'a> Whole<'s, 'a> {
    fn of(sections: &'s Sections<'a>) -> Result<Self> {
        let root = sections.components.first().context("there is a component")?;
        ensure!(
            root.section.is_none(),
            "it was virtualized as a whole, and its parts cannot be reached any more: use `--for` when that is done, or before"
        );
        ensure!(
            !root.has_code && !root.children.is_empty(),
            "it is one component, and no composition of several: leave `--for` out"
        );
        let instances = root.instantiated().map(|(index, component)| {
            let name = root.instances.get(&index).map(|name| (*name).to_owned());
            Instance { index, name: name.unwrap_or_else(|| numbered(component)), component }
        });
        let instances: Vec<Instance> = instances.collect();
        let made = root.steps.iter().filter(|step| matches!(step, Step::Instantiate(..))).count();
        ensure!(made == instances.len(), "it makes an instance of a component that is not in it");
        Ok(Self { sections, root, instances })
    }

    /// The instance of a name, by its index.
    fn find(&self, name: &str) -> Result<&Instance> {
        let named = |instance: &&Instance| instance.name == name;
        let counted = |instance: &&Instance| numbered(instance.component) == name;
        let found: Vec<&Instance> = match self.instances.iter().any(|instance| named(&instance)) {
            true => self.instances.iter().filter(named).collect(),
            false => self.instances.iter().filter(counted).collect(),
        };
        let names = || self.instances.iter().map(|instance| instance.name.as_str()).collect::<Vec<_>>();
        match found.as_slice() {
            [one] => Ok(one),
            [] => bail!(words::unknown("part", name, &names())),
            _ => bail!("`{name}` is in it more than once; it has {}", names().join(", ")),
        }
    }

    fn component(&self, instance: &Instance) -> &Nested<'a> {
        &self.sections.components[self.root.children[instance.component]]
    }

    /// The composition with another component in place of that of an instance.
    fn with(&self, changed: &Instance, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut composing = Composing {
            graph: CompositionGraph::new(),
            packages: HashMap::new(),
            instances: Vec::new(),
            functions: Vec::new(),
        };
        let mut next = self.instances.iter();
        for step in &self.root.steps {
            match step {
                Step::Instantiate(_, args) => {
                    let instance = next.next().context("each instance is known")?;
                    let package = match instance.index == changed.index {
                        true => composing.package("part:changed".to_owned(), bytes)?,
                        false => composing.known(instance.component, self.component(instance).bytes)?,
                    };
                    composing.instantiate(&instance.name, package, args)?;
                }
                step => composing.step(step)?,
            }
        }
        let options = EncodeOptions { define_components: true, validate: false, processor: None };
        let bytes = composing.graph.encode(options).context("wac cannot put it together")?;
        check::imports(&bytes).context(INVALID)?;
        Ok(bytes)
    }
}

/// What a component is called that has no name.
fn numbered(component: usize) -> String {
    format!("component-{component}")
}

/// Where something in a composition comes from.
#[derive(Clone)]
enum Origin {
    /// The host, under that name.
    Host(String),
    Node(NodeId),
    /// Something that no graph has words for.
    Untold(&'static str),
}

/// A composition that is put together.
struct Composing {
    graph: CompositionGraph,
    /// Those of components, by position.
    packages: HashMap<usize, PackageId>,
    instances: Vec<Origin>,
    functions: Vec<Origin>,
}

impl Composing {
    fn package(&mut self, name: String, bytes: &[u8]) -> Result<PackageId> {
        let package = Package::from_bytes(&name, None, bytes.to_vec(), self.graph.types_mut())?;
        Ok(self.graph.register_package(package)?)
    }

    fn known(&mut self, component: usize, bytes: &[u8]) -> Result<PackageId> {
        if let Some(package) = self.packages.get(&component) {
            return Ok(*package);
        }
        let package = self.package(format!("part:c{component}"), bytes)?;
        self.packages.insert(component, package);
        Ok(package)
    }

    fn instantiate(&mut self, name: &str, package: PackageId, args: &[(&str, Sort, u32)]) -> Result<()> {
        let node = self.graph.instantiate(package);
        self.graph.set_node_name(node, name);
        let world = self.graph[package].ty();
        for (arg, sort, index) in args {
            let origin = match sort {
                Sort::Instance => &self.instances[*index as usize],
                Sort::Func => &self.functions[*index as usize],
                // Types come along.
                Sort::Component | Sort::Other => continue,
            };
            match origin {
                // What has become of the part may ask for less.
                _ if !self.graph.types()[world].imports.contains_key(*arg) => {}
                Origin::Node(source) => self.graph.set_instantiation_argument(node, arg, *source)?,
                Origin::Host(import) => {
                    let track = |name: &str| InterfaceName::parse(name).track();
                    let is_same = track(import) == track(arg);
                    ensure!(
                        is_same,
                        "`{arg}` of `{name}` is `{import}` of the host, and another name is not to be had again"
                    );
                }
                Origin::Untold(why) => bail!("`{arg}` of `{name}` {why}"),
            }
        }
        self.instances.push(Origin::Node(node));
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Import(name, Sort::Instance) => self.instances.push(Origin::Host((*name).to_owned())),
            Step::Import(name, Sort::Func) => self.functions.push(Origin::Host((*name).to_owned())),
            Step::Group(_) => self.instances.push(Origin::Untold("is put together from parts of others")),
            Step::Alias(Sort::Instance, of, name) => {
                let export = self.export_of(*of, name)?;
                self.instances.push(export);
            }
            Step::Alias(Sort::Func, of, name) => {
                let export = self.export_of(*of, name)?;
                self.functions.push(export);
            }
            Step::Export((name, sort, index)) => self.export(name, *sort, *index)?,
            Step::Lift | Step::Lower(_) | Step::Start(_) => {
                bail!("there is code around the parts, which no graph has words for")
            }
            Step::Import(..) | Step::Alias(..) | Step::Define(_) | Step::Outer(..) | Step::Instantiate(..) => {}
        }
        Ok(())
    }

    fn export_of(&mut self, instance: u32, name: &str) -> Result<Origin> {
        Ok(match &self.instances[instance as usize] {
            Origin::Node(node) => Origin::Node(self.graph.alias_instance_export(*node, name)?),
            Origin::Host(_) => Origin::Untold("is a part of what the host has"),
            Origin::Untold(why) => Origin::Untold(why),
        })
    }

    fn export(&mut self, name: &str, sort: Sort, index: u32) -> Result<()> {
        let all = match sort {
            Sort::Instance => &mut self.instances,
            Sort::Func => &mut self.functions,
            Sort::Component | Sort::Other => {
                bail!("its export `{name}` is a type or a component, which is not to be had again")
            }
        };
        let origin = all[index as usize].clone();
        all.push(origin.clone());
        match origin {
            Origin::Node(node) => Ok(self.graph.export(node, name)?),
            Origin::Host(import) => {
                bail!("its export `{name}` is `{import}` of the host, which no graph has words for")
            }
            Origin::Untold(why) => bail!("its export `{name}` {why}"),
        }
    }
}

/// The composition with the custom sections that it had before. wac has written names.
fn with_sections(mut bytes: Vec<u8>, before: &[u8]) -> Result<Vec<u8>> {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(before) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() != "component-name" => {
                CustomSection { name: section.name().into(), data: section.data().into() }.append_to(&mut bytes);
            }
            _ => {}
        }
    }
    Ok(bytes)
}
