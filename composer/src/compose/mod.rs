//! (plan, component bytes) -> bytes, through wac-graph. Does what the plan says and decides nothing.
//!
//! Every wire is made by name and every root import is explicit: wac joins what is left over by similarity of names, and
//! would join the host's side with the app's. A wire that cannot be made is an error.

mod root;

use crate::catalog;
use crate::check;
use crate::interpose::{self, Built, Interposed, Interposer, Provider, Tracing, Wire};
use crate::names::{InterfaceName, Track};
use crate::plan::{Part, Plan, Source, User, Want};
use crate::tree::component::{sections, splice, stand_in};
use crate::tree::{Artifact, Tree};
use crate::wit::{Item, ItemKind};
use anyhow::{Context, Result, bail};
use root::text;
pub use root::{Root, root};
use std::collections::{BTreeSet, HashMap};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasm_encoder::ComponentSectionId;

/// What the component of what is embedded is called in the graph.
pub(crate) const FILES: &str = "virt:files";

/// A composition.
pub struct Composed<'a> {
    /// The component.
    pub artifact: Artifact<'a>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What the components in it are, in their order, as the plan calls them.
    pub parts: Vec<String>,
}

/// A composition as a graph, in which a stand-in has the place of what is embedded.
pub(crate) struct Wired {
    /// The graph. Each argument of each instance is set, and each import stands in it.
    pub graph: CompositionGraph,
    /// What it imports.
    pub root: Root,
    /// What it exports, in its order.
    pub exports: Vec<String>,
    /// The interposers among the parts, by position.
    pub interposers: HashMap<usize, Built>,
}

/// Composes, with what is embedded. Without an app, the parts alone, exporting all that the plan wants from them.
pub fn compose<'a>(plan: &Plan, app: Option<Vec<u8>>, tree: Tree<'a>) -> Result<Composed<'a>> {
    let Wired { graph, root, interposers, .. } = wire(plan, app)?;
    let bytes = graph
        .encode(EncodeOptions { define_components: true, validate: false, processor: None })
        .context("failed to encode the composition")?;
    let roots: BTreeSet<&str> =
        root.interfaces.iter().map(|(_, name)| name.as_str()).chain(root.items.iter().map(String::as_str)).collect();
    let imports = check::check(&bytes, &roots)?;
    let parts = parts(plan, &interposers, &bytes)?;
    // What is embedded comes last, because it may be large. To all others its component is what the stand-in was.
    let artifact = if plan.parts.contains(&Part::Files) { splice(&bytes, tree)? } else { bytes.into() };
    Ok(Composed { artifact, imports, parts })
}

/// Makes the graph.
pub(crate) fn wire(plan: &Plan, app: Option<Vec<u8>>) -> Result<Wired> {
    let interposers = interposers(plan)?;
    let root = root(plan, &interposers)?;
    let mut composition = Composition {
        plan,
        graph: CompositionGraph::new(),
        root: HashMap::new(),
        parts: Vec::new(),
        exports: Vec::new(),
        interposers: &interposers,
    };
    composition.import(&root)?;
    for (at, part) in plan.parts.iter().enumerate() {
        let node = match part {
            Part::Adapter(name) => {
                let build = catalog::build(plan.builds[name]).with_context(|| format!("`{name}` has no adapter"))?;
                composition.instantiate(&format!("virt:{}", build.name), build.wasm.to_vec(), User::Adapter(name))?
            }
            Part::Interposer(_) | Part::Trace => composition.interposer(at)?,
            Part::Files => {
                let package = composition.register(FILES, stand_in()?)?;
                composition.graph.instantiate(package)
            }
        };
        composition.parts.push(node);
    }
    match app {
        Some(bytes) => {
            let node = composition.instantiate("app:app", bytes, User::App)?;
            composition.export_all(node)?;
        }
        None => composition.export_wanted()?,
    }
    composition.export_of_adapters()?;
    let Composition { graph, exports, .. } = composition;
    Ok(Wired { graph, root, exports, interposers })
}

/// What the components in a composition are, in their order, which is wac's. It leaves their bytes as they are.
fn parts(plan: &Plan, interposers: &HashMap<usize, Built>, composed: &[u8]) -> Result<Vec<String>> {
    let stand_in = stand_in()?;
    let mut known: Vec<(&[u8], String)> = Vec::new();
    for (at, part) in plan.parts.iter().enumerate() {
        let bytes = match part {
            Part::Adapter(name) => catalog::build(plan.builds[name]).map_or(&[][..], |build| build.wasm),
            Part::Interposer(_) | Part::Trace => &interposers[&at].bytes,
            Part::Files => &stand_in,
        };
        known.push((bytes, plan.name(at)));
    }
    let nested = sections(composed)?.into_iter().filter(|(id, _)| *id == ComponentSectionId::Component as u8);
    let names = nested.map(|(_, bytes)| {
        let at = known.iter().position(|(part, _)| *part == bytes);
        at.map_or("app".to_owned(), |at| known.remove(at).1)
    });
    Ok(names.collect())
}

/// The interposers among the parts, by position.
pub fn interposers(plan: &Plan) -> Result<HashMap<usize, Built>> {
    let mut built = HashMap::new();
    for (at, part) in plan.parts.iter().enumerate() {
        let interposer = match part {
            Part::Interposer(wants) => interposer(plan, at, wants)?,
            Part::Trace => trace(plan)?,
            Part::Adapter(_) | Part::Files => continue,
        };
        check::check_whole(&interposer.bytes)
            .context("an interposer is not valid; this is a defect of virt-compose")?;
        built.insert(at, interposer);
    }
    Ok(built)
}

/// The interposer at a place, which serves these wants.
fn interposer(plan: &Plan, at: usize, wants: &[usize]) -> Result<Built> {
    let interfaces = wants.iter().map(|&want| {
        let Source::Interposed(treatments) = &plan.sources[want] else {
            bail!("`{}` is in an interposer and not interposed", plan.wants[want].item.name);
        };
        let of = |other: &usize| (plan.wants[*other].wit, plan.wants[*other].item);
        let (instead, hooks) = (plan.instead.get(&want).map(of), plan.hooks.get(&want).map(of));
        let want = &plan.wants[want];
        Ok(Interposed { wit: want.wit, item: want.item, treatments: treatments.clone(), instead, hooks })
    });
    let interposer = Interposer {
        interfaces: interfaces.collect::<Result<_>>()?,
        provider: &|track| plan.provider(track, at),
        describe: &|track| text(plan, track).map_or(Vec::new(), |text| text.sources),
        virtual_io: plan.has_virtual_io(at),
        trace: None,
        sleeps: plan.sleeps(at),
        is_public: plan.is_bundle,
    };
    interpose::encode(&interposer).context("failed to make an interposer")
}

/// The interposer that writes calls down. To it, all that is below is the host's.
fn trace(plan: &Plan) -> Result<Built> {
    let traced = plan.traced.as_ref().context("nothing is traced")?;
    let interfaces = traced.treatments.iter().map(|(want, treatments)| {
        let want = &plan.wants[*want];
        Interposed { wit: want.wit, item: want.item, treatments: treatments.clone(), instead: None, hooks: None }
    });
    let told = |want: &&Want| want.user == User::Interposer && catalog::is_of_trace(&want.item.track());
    let of_app = |track: &Track| {
        let wants = plan.wants.iter().filter(|want| want.user == User::App && want.item.track() == *track);
        wants.map(|want| (want.wit, want.item)).collect()
    };
    let interposer = Interposer {
        interfaces: interfaces.collect(),
        provider: &|_| Provider::Host,
        describe: &of_app,
        virtual_io: false,
        trace: Some(Tracing {
            calls: plan.wants.iter().filter(told).map(|want| (want.wit, want.item)).collect(),
            numbers: &|name| traced.numbered.contains(name),
            is_aloud: &|track| traced.aloud.contains(track),
            size: traced.size,
            prefix: &traced.prefix,
            to: &traced.to,
        }),
        sleeps: false,
        is_public: false,
    };
    interpose::encode(&interposer).context("failed to make the interposer that traces")
}

struct Composition<'a> {
    plan: &'a Plan<'a>,
    graph: CompositionGraph,
    /// The root imports: interfaces by track, items of the world by name.
    root: HashMap<String, NodeId>,
    /// The parts made so far.
    parts: Vec<NodeId>,
    /// The names that are exported so far.
    exports: Vec<String>,
    interposers: &'a HashMap<usize, Built>,
}

impl Composition<'_> {
    fn register(&mut self, name: &str, bytes: Vec<u8>) -> Result<PackageId> {
        let package = Package::from_bytes(name, None, bytes, self.graph.types_mut())
            .with_context(|| format!("wac cannot read `{name}`"))?;
        Ok(self.graph.register_package(package)?)
    }

    /// Makes the root imports, each before those that use its types.
    fn import(&mut self, root: &Root) -> Result<()> {
        let package = self.register("virt:root", root.bytes.clone())?;
        let world = self.graph[package].ty();
        let interfaces = root.interfaces.iter().map(|(track, name)| (track.to_string(), name));
        for (key, name) in interfaces.chain(root.items.iter().map(|name| (name.clone(), name))) {
            let kind = *self.graph.types()[world].imports.get(name).with_context(|| format!("`{name}` is lost"))?;
            let node = self.graph.import(name.as_str(), kind)?;
            self.root.insert(key, node);
        }
        Ok(())
    }

    /// An adapter or the app, with all that it wants.
    fn instantiate(&mut self, name: &str, bytes: Vec<u8>, user: User) -> Result<NodeId> {
        let package = self.register(name, bytes)?;
        let node = self.graph.instantiate(package);
        let world = self.graph[package].ty();
        let imports: Vec<String> = self.graph.types()[world].imports.keys().cloned().collect();
        for import in imports {
            let of = |want: &Want| want.user == user && want.item.name == import;
            let want = self.plan.wants.iter().position(of);
            let want = want.with_context(|| format!("`{name}` imports `{import}`, of which the plan knows nothing"))?;
            let source = self.on_top(want)?;
            self.wire(node, name, &import, source)?;
        }
        Ok(node)
    }

    fn wire(&mut self, node: NodeId, name: &str, import: &str, source: NodeId) -> Result<()> {
        self.graph
            .set_instantiation_argument(node, import, source)
            .with_context(|| format!("`{import}` of `{name}` cannot be wired to what the plan has for it"))
    }

    fn interposer(&mut self, at: usize) -> Result<NodeId> {
        let built = &self.interposers[&at];
        // WAC has no name with a hyphen ahead of a number.
        let name = format!("virt:interposer{at}");
        let package = self.register(&name, built.bytes.clone())?;
        let node = self.graph.instantiate(package);
        let is_trace = self.plan.parts[at] == Part::Trace;
        for (import, wire) in &built.imports {
            let source = match wire {
                Wire::Host(track) if is_trace => self.below(&|item| item.track() == *track)?,
                Wire::HostItem(name) if is_trace => self.below(&|item| item.name == *name)?,
                Wire::Host(track) => self.at_root(&track.to_string())?,
                Wire::HostItem(item) => self.at_root(item)?,
                Wire::Inside(track) => self.inside(track)?,
            };
            self.wire(node, &name, import, source)?;
        }
        Ok(node)
    }

    fn at_root(&self, key: &str) -> Result<NodeId> {
        self.root.get(key).copied().with_context(|| format!("`{key}` is not imported"))
    }

    /// The interface as the inside has it: the app's, or that of an adapter.
    fn inside(&mut self, track: &Track) -> Result<NodeId> {
        let provided = self.plan.parts.iter().enumerate().find_map(|(at, part)| match part {
            Part::Adapter(name) => {
                let adapter = self.adapter_export(name, track)?;
                Some((at, adapter))
            }
            Part::Interposer(_) | Part::Trace | Part::Files => None,
        });
        if let Some((at, export)) = provided {
            return Ok(self.graph.alias_instance_export(self.parts[at], &export)?);
        }
        let want = self.plan.wants.iter().position(|want| want.user == User::App && want.item.track() == *track);
        self.source(want.with_context(|| format!("nobody inside has `{track}`"))?)
    }

    /// The name under which an adapter exports an interface.
    fn adapter_export(&self, adapter: &str, track: &Track) -> Option<String> {
        let at = self.plan.parts.iter().position(|part| matches!(part, Part::Adapter(name) if *name == adapter))?;
        let node = *self.parts.get(at)?;
        let wac_graph::types::ItemKind::Instance(exports) = self.graph[node].item_kind() else {
            return None;
        };
        let mut exports = self.graph.types()[exports].exports.keys();
        exports.find(|name| InterfaceName::parse(name).track() == *track).cloned()
    }

    /// What the trace has of the app's interface: what the app would have without.
    fn below(&mut self, is_it: &dyn Fn(&Item) -> bool) -> Result<NodeId> {
        let want = self.plan.below_trace(is_it).context("the trace wants what the app does not")?;
        self.source(want)
    }

    /// The node that a want is wired to: through the trace, if it is traced.
    fn on_top(&mut self, want: usize) -> Result<NodeId> {
        let Some(traced) = &self.plan.traced else { return self.source(want) };
        let of = |want: &Want, track: &Track| want.user == User::App && want.item.track() == *track;
        match &self.plan.sources[want] {
            Source::TypeOf(track, name) if self.plan.wants[want].user == User::App => {
                let owner = self.plan.wants.iter().position(|want| of(want, track));
                let owner = self.on_top(owner.with_context(|| format!("nobody has `{track}`"))?)?;
                Ok(self.graph.alias_instance_export(owner, name)?)
            }
            _ if traced.treatments.contains_key(&want) => {
                let at = self.plan.parts.iter().position(|part| *part == Part::Trace).context("there is a trace")?;
                Ok(self.graph.alias_instance_export(self.parts[at], &self.plan.wants[want].item.name)?)
            }
            _ => self.source(want),
        }
    }

    /// The node that a want is wired to, below the trace.
    fn source(&mut self, want: usize) -> Result<NodeId> {
        let item = self.plan.wants[want].item;
        match &self.plan.sources[want] {
            Source::Root => match item.kind {
                ItemKind::Interface(_) => self.at_root(&item.track().to_string()),
                _ => self.at_root(&item.name),
            },
            Source::Interposed(_) => {
                let at = self.plan.interposer_of(want).with_context(|| format!("nobody serves `{}`", item.name))?;
                Ok(self.graph.alias_instance_export(self.parts[at], &item.name)?)
            }
            Source::Adapter(name) => {
                let at = self.plan.parts.iter().position(|part| *part == Part::Adapter(name));
                let at = at.with_context(|| format!("`{name}` is not in the plan"))?;
                let export = self.adapter_export(name, &item.track());
                let export = export.with_context(|| format!("`{name}` does not export `{}`", item.name))?;
                Ok(self.graph.alias_instance_export(self.parts[at], &export)?)
            }
            Source::Files => {
                let at = self.plan.parts.iter().position(|part| *part == Part::Files);
                let at = at.context("there are no embedded files in the plan")?;
                Ok(self.graph.alias_instance_export(self.parts[at], &item.name)?)
            }
            Source::TypeOf(track, name) => {
                let of = |want: &Want| want.user == User::App && want.item.track() == *track;
                let owner = self.plan.wants.iter().position(of).with_context(|| format!("nobody has `{track}`"))?;
                let owner = self.source(owner)?;
                Ok(self.graph.alias_instance_export(owner, name)?)
            }
        }
    }

    fn export(&mut self, node: NodeId, name: &str) -> Result<()> {
        self.exports.push(name.to_owned());
        self.graph.export(node, name).with_context(|| format!("`{name}` cannot be exported"))
    }

    /// All exports of the app.
    fn export_all(&mut self, app: NodeId) -> Result<()> {
        let wac_graph::types::ItemKind::Instance(exports) = self.graph[app].item_kind() else {
            bail!("the app is no instance");
        };
        let names: Vec<String> = self.graph.types()[exports].exports.keys().cloned().collect();
        for name in names {
            let node = self.graph.alias_instance_export(app, &name)?;
            self.export(node, &name)?;
        }
        Ok(())
    }

    /// What adapters have for whoever contains the result.
    fn export_of_adapters(&mut self) -> Result<()> {
        for (adapter, track) in &self.plan.exports {
            let at = self.plan.parts.iter().position(|part| *part == Part::Adapter(adapter));
            let at = at.with_context(|| format!("`{adapter}` is not in the plan"))?;
            let name = self.adapter_export(adapter, track);
            let name = name.with_context(|| format!("`{adapter}` does not export `{track}`"))?;
            let node = self.graph.alias_instance_export(self.parts[at], &name)?;
            self.export(node, &name)?;
        }
        Ok(())
    }

    /// All that is wanted and is not the host's own.
    fn export_wanted(&mut self) -> Result<()> {
        for want in 0..self.plan.wants.len() {
            if self.plan.wants[want].user == User::App && self.plan.sources[want] != Source::Root {
                let node = self.source(want)?;
                self.export(node, &self.plan.wants[want].item.name)?;
            }
        }
        Ok(())
    }
}
