//! (plan, component bytes) -> bytes, through wac-graph. Does what the plan says and decides nothing.
//!
//! Every wire is made by name and every root import is explicit: wac joins what is left over by similarity of names, and
//! would join the host's side with the app's. A wire that cannot be made is an error.

use crate::catalog;
use crate::check;
use crate::component::{Item, ItemKind, Wit};
use crate::interpose::types::{Scope, Text, index_of, is_resource, named};
use crate::interpose::{self, Built, Interposed, Interposer, Treatment, Wire};
use crate::names::{InterfaceName, Track};
use crate::plan::{Part, Plan, Source, User, Want};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, TypeBounds};
use wit_parser::TypeId;

/// A composition.
pub struct Composed {
    /// The component.
    pub bytes: Vec<u8>,
    /// What it imports.
    pub imports: Vec<String>,
}

/// Composes. Without an app, the parts alone, exporting all that the plan wants from them.
pub fn compose(plan: &Plan, app: Option<Vec<u8>>) -> Result<Composed> {
    let interposers = interposers(plan)?;
    let root = root(plan, &interposers)?;
    let mut composition = Composition {
        plan,
        graph: CompositionGraph::new(),
        root: HashMap::new(),
        parts: Vec::new(),
        interposers: &interposers,
    };
    composition.import(&root)?;
    for (at, part) in plan.parts.iter().enumerate() {
        let node = match part {
            Part::Adapter(name) => {
                let adapter = catalog::subsystem(name).and_then(|row| row.adapter.as_ref());
                let adapter = adapter.with_context(|| format!("`{name}` has no adapter"))?;
                composition.instantiate(&format!("virt:{name}"), adapter.wasm.to_vec(), User::Adapter(name))?
            }
            Part::Interposer(_) => composition.interposer(at)?,
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
    let bytes = composition
        .graph
        .encode(EncodeOptions { define_components: true, validate: false, processor: None })
        .context("failed to encode the composition")?;
    let roots: BTreeSet<&str> =
        root.interfaces.iter().map(|(_, name)| name.as_str()).chain(root.items.iter().map(String::as_str)).collect();
    let imports = check::check(&bytes, &roots)?;
    Ok(Composed { bytes, imports })
}

/// The interposers among the parts, by position.
pub fn interposers(plan: &Plan) -> Result<HashMap<usize, Built>> {
    let mut built = HashMap::new();
    for (at, part) in plan.parts.iter().enumerate() {
        let Part::Interposer(wants) = part else {
            continue;
        };
        let interfaces = wants.iter().map(|&want| {
            let Source::Interposed(treatments) = &plan.sources[want] else {
                bail!("`{}` is in an interposer and not interposed", plan.wants[want].item.name);
            };
            let want = &plan.wants[want];
            Ok(Interposed { wit: want.wit, item: want.item, treatments: treatments.clone() })
        });
        let interposer = Interposer {
            interfaces: interfaces.collect::<Result<_>>()?,
            provider: &|track| plan.provider(track, at),
            describe: &|track| text(plan, track).map_or(Vec::new(), |text| text.sources),
            virtual_io: plan.has_virtual_io(at),
        };
        built.insert(at, interpose::encode(&interposer).context("failed to make an interposer")?);
    }
    Ok(built)
}

/// What the composition imports: a component of imports alone, so that all their types are of one making, and the names
/// that the imports have there.
struct Root {
    bytes: Vec<u8>,
    interfaces: Vec<(Track, String)>,
    items: Vec<String>,
}

fn root(plan: &Plan, interposers: &HashMap<usize, Built>) -> Result<Root> {
    let mut needed: BTreeSet<Track> = BTreeSet::new();
    let mut items: Vec<&Item> = Vec::new();
    for (want, source) in plan.wants.iter().zip(&plan.sources) {
        if *source == Source::Root {
            match want.item.kind {
                ItemKind::Interface(_) => drop(needed.insert(want.item.track())),
                _ => items.push(want.item),
            }
        }
        if let Source::TypeOf(owner, _) = source
            && plan.wants.iter().zip(&plan.sources).any(|(w, s)| w.item.track() == *owner && *s == Source::Root)
        {
            needed.insert(owner.clone());
        }
    }
    for built in interposers.values() {
        for (_, wire) in &built.imports {
            match wire {
                Wire::Host(track) => drop(needed.insert(track.clone())),
                Wire::HostItem(name) => {
                    let item = plan.wants.iter().map(|want| want.item).find(|item| item.name == *name);
                    let item = item.with_context(|| format!("nobody describes `{name}`"))?;
                    if !items.iter().any(|known| known.name == *name) {
                        items.push(item);
                    }
                }
                Wire::Inside(_) => {}
            }
        }
    }
    // wac can write down a function of the world only where the types that it mentions are the world's, too.
    let mentioned: BTreeSet<_> = (plan.wants.iter())
        .filter(|want| items.iter().any(|item| item.name == want.item.name))
        .flat_map(|want| interpose::types::named_parts_in(want.wit, want.item).into_iter().map(|id| named(want.wit, id)))
        .collect();
    let is_mentioned = |want: &Want| match want.item.kind {
        ItemKind::Type(id) => mentioned.contains(&named(want.wit, want.wit.origin(id))),
        _ => false,
    };
    let at_root = |want: &&Want| is_mentioned(want) || items.iter().any(|item| item.name == want.item.name);
    let items: Vec<&Item> = plan.wants.iter().filter(at_root).map(|want| want.item).collect();
    // The world's own items mention resources of interfaces, too.
    for want in plan.wants.iter().filter(|want| items.iter().any(|item| item.name == want.item.name)) {
        for id in interpose::types::named_parts_in(want.wit, want.item) {
            if let Some((track, _)) = named(want.wit, id).filter(|name| name.0 != Track::world()) {
                needed.insert(track);
            }
        }
    }
    let mut texts: BTreeMap<Track, Text> = BTreeMap::new();
    let mut open: Vec<Track> = needed.into_iter().collect();
    while let Some(track) = open.pop() {
        if let Entry::Vacant(place) = texts.entry(track) {
            let text = text(plan, place.key())?;
            let text = place.insert(text);
            open.extend(text.foreign().into_iter().map(|((owner, _), _)| owner));
        }
    }
    let mut encoder = RootEncoder {
        plan,
        texts: &texts,
        builder: ComponentBuilder::default(),
        types: HashMap::new(),
        instances: HashMap::new(),
        root: Root { bytes: Vec::new(), interfaces: Vec::new(), items: Vec::new() },
    };
    for track in texts.keys() {
        encoder.interface(track)?;
    }
    encoder.world(&items)?;
    let RootEncoder { builder, root, .. } = encoder;
    Ok(Root { bytes: builder.finish(), ..root })
}

/// One text for an interface of the host's, from all who describe it. Functions are those that somebody calls.
fn text<'a>(plan: &Plan<'a>, track: &Track) -> Result<Text<'a>> {
    let mut text = Text { track: track.clone(), sources: Vec::new(), functions: BTreeSet::new() };
    let mut others = Vec::new();
    for (want, source) in plan.wants.iter().zip(&plan.sources).filter(|(want, _)| want.item.track() == *track) {
        let functions = want.item.functions(want.wit);
        let called: Vec<_> = match source {
            Source::Root => functions,
            Source::Interposed(treatments) => {
                let provided = |treatment: &Treatment| !matches!(treatment, Treatment::Answered(_));
                functions.into_iter().zip(treatments).filter(|(_, t)| provided(t)).map(|(f, _)| f).collect()
            }
            Source::Adapter(_) | Source::TypeOf(..) => Vec::new(),
        };
        if called.is_empty() && *source != Source::Root {
            others.push((want.wit, want.item));
        } else {
            text.functions.extend(called.into_iter().map(|function| function.name.clone()));
            text.sources.push((want.wit, want.item));
        }
    }
    if text.sources.is_empty() {
        text.sources = others;
    }
    if text.sources.is_empty() {
        bail!("nobody describes `{track}`");
    }
    Ok(text)
}

struct RootEncoder<'a, 'p> {
    plan: &'a Plan<'p>,
    texts: &'a BTreeMap<Track, Text<'p>>,
    builder: ComponentBuilder,
    types: HashMap<(Track, String), u32>,
    instances: HashMap<Track, u32>,
    root: Root,
}

impl RootEncoder<'_, '_> {
    /// An interface, after those whose types it uses.
    fn interface(&mut self, track: &Track) -> Result<()> {
        if self.instances.contains_key(track) {
            return Ok(());
        }
        let text = &self.texts[track];
        let mut outer = HashMap::new();
        for (name, _) in text.foreign() {
            outer.insert(name.clone(), self.type_of(&name.0, &name.1)?);
        }
        let ty = text.instance(&mut |name| {
            outer.get(name).copied().ok_or_else(|| anyhow!("`{}` of `{}` is not at the root", name.1, name.0))
        })?;
        let ty = self.builder.type_instance(None, &ty);
        let name = self.name(track);
        let instance = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        self.instances.insert(track.clone(), instance);
        self.root.interfaces.push((track.clone(), name));
        Ok(())
    }

    fn type_of(&mut self, track: &Track, name: &str) -> Result<u32> {
        let key = (track.clone(), name.to_owned());
        if let Some(index) = self.types.get(&key) {
            return Ok(*index);
        }
        self.interface(track)?;
        let index = self.builder.alias_export(self.instances[track], name, ComponentExportKind::Type);
        self.types.insert(key, index);
        Ok(index)
    }

    /// The name that an import has at the root: the app's, the newest if it has several; the adapters' where only they
    /// want the interface.
    fn name(&self, track: &Track) -> String {
        let names = |user: fn(&User) -> bool| {
            let wants = self.plan.wants.iter().filter(|want| user(&want.user) && want.item.track() == *track);
            wants.map(|want| InterfaceName::parse(&want.item.name)).max_by(|a, b| a.version.cmp(&b.version))
        };
        let name = names(|user| *user == User::App).or_else(|| names(|_| true));
        match name {
            Some(InterfaceName { path, version: Some(version) }) if path.contains(':') => {
                format!("{}@{version}", track.path())
            }
            _ => track.path().to_owned(),
        }
    }

    /// Whether a type of the world is a resource of its own, and not one that it takes from an interface.
    fn is_new_resource(&self, wit: &Wit, id: TypeId) -> bool {
        let id = wit.origin(id);
        is_resource(wit, id) && named(wit, id).is_some_and(|name| name.0 == Track::world())
    }

    /// Functions and types of the world.
    fn world(&mut self, items: &[&Item]) -> Result<()> {
        let mut scope = Scope::default();
        for want in self.plan.wants.iter().filter(|want| items.iter().any(|item| item.name == want.item.name)) {
            for id in interpose::types::named_parts_in(want.wit, want.item) {
                if let Some(name) = named(want.wit, id).filter(|name| name.0 != Track::world()) {
                    let index = self.type_of(&name.0, &name.1)?;
                    scope.learn(name, index);
                }
            }
        }
        for item in items {
            let want = self.plan.wants.iter().find(|want| want.item.name == item.name).context("nobody wants it")?;
            let ty = match &item.kind {
                ItemKind::Interface(_) => continue,
                ItemKind::Function(function) => {
                    ComponentTypeRef::Func(scope.func(&mut self.builder, want.wit, function)?)
                }
                ItemKind::Type(id) if self.is_new_resource(want.wit, *id) => {
                    ComponentTypeRef::Type(TypeBounds::SubResource)
                }
                ItemKind::Type(id) => {
                    let index = index_of(&mut scope, &mut self.builder, want.wit, want.wit.origin(*id))?;
                    ComponentTypeRef::Type(TypeBounds::Eq(index))
                }
            };
            let index = self.builder.import(item.name.as_str(), ty);
            if let ItemKind::Type(id) = item.kind {
                scope.learn_export(want.wit, want.wit.origin(id), index);
            }
            self.root.items.push(item.name.clone());
        }
        Ok(())
    }
}

struct Composition<'a> {
    plan: &'a Plan<'a>,
    graph: CompositionGraph,
    /// The root imports: interfaces by track, items of the world by name.
    root: HashMap<String, NodeId>,
    /// The parts made so far.
    parts: Vec<NodeId>,
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
            let of = |want: &crate::plan::Want| want.user == user && want.item.name == import;
            let want = self.plan.wants.iter().position(of);
            let want = want.with_context(|| format!("`{name}` imports `{import}`, of which the plan knows nothing"))?;
            let source = self.source(want)?;
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
        let name = format!("virt:interposer-{at}");
        let package = self.register(&name, built.bytes.clone())?;
        let node = self.graph.instantiate(package);
        for (import, wire) in &built.imports {
            let source = match wire {
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
            Part::Interposer(_) => None,
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

    /// The node that a want is wired to.
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
            Source::TypeOf(track, name) => {
                let of = |want: &crate::plan::Want| want.user == User::App && want.item.track() == *track;
                let owner = self.plan.wants.iter().position(of).with_context(|| format!("nobody has `{track}`"))?;
                let owner = self.source(owner)?;
                Ok(self.graph.alias_instance_export(owner, name)?)
            }
        }
    }

    /// All exports of the app.
    fn export_all(&mut self, app: NodeId) -> Result<()> {
        let wac_graph::types::ItemKind::Instance(exports) = self.graph[app].item_kind() else {
            bail!("the app is no instance");
        };
        let names: Vec<String> = self.graph.types()[exports].exports.keys().cloned().collect();
        for name in names {
            let node = self.graph.alias_instance_export(app, &name)?;
            self.graph.export(node, &name).with_context(|| format!("`{name}` cannot be exported"))?;
        }
        Ok(())
    }

    /// All that is wanted and is not the host's own.
    fn export_wanted(&mut self) -> Result<()> {
        for want in 0..self.plan.wants.len() {
            if self.plan.wants[want].user == User::App && self.plan.sources[want] != Source::Root {
                let node = self.source(want)?;
                let name = &self.plan.wants[want].item.name;
                self.graph.export(node, name).with_context(|| format!("`{name}` cannot be exported"))?;
            }
        }
        Ok(())
    }
}
