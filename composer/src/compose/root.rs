//! The root imports of a composition: one text and one instance for each interface of the host's, under its real name.

use crate::interpose::types::{Leaves, Scope, Text, index_of};
use crate::interpose::{Built, Wire};
use crate::names::{InterfaceName, Track};
use crate::plan::{Part, Plan, Source, User, Want};
use crate::wit::{Item, ItemKind, Wit, is_resource, named, named_parts_in};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, TypeBounds};
use wit_parser::TypeId;

/// What the composition imports: a component of imports alone, so that all their types are of one making, and the names
/// that the imports have there.
pub struct Root {
    /// The component.
    pub bytes: Vec<u8>,
    /// Interfaces, each after those that it uses, and their names.
    pub interfaces: Vec<(Track, String)>,
    /// Functions and types of the world.
    pub items: Vec<String>,
}

/// What the composition imports, for all that the plan leaves to the host and all that the interposers ask of it.
pub fn root(plan: &Plan, interposers: &HashMap<usize, Built>) -> Result<Root> {
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
    // What the trace calls the host's is what the app would have without it.
    for (_, built) in interposers.iter().filter(|(at, _)| plan.parts[**at] != Part::Trace) {
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
        .flat_map(|want| named_parts_in(want.wit, want.item).into_iter().map(|id| named(want.wit, id)))
        .collect();
    let is_mentioned = |want: &Want| match want.item.kind {
        ItemKind::Type(id) => mentioned.contains(&named(want.wit, want.wit.origin(id))),
        _ => false,
    };
    let at_root = |want: &&Want| is_mentioned(want) || items.iter().any(|item| item.name == want.item.name);
    let items: Vec<&Item> = plan.wants.iter().filter(at_root).map(|want| want.item).collect();
    // The world's own items mention resources of interfaces, too.
    for want in plan.wants.iter().filter(|want| items.iter().any(|item| item.name == want.item.name)) {
        for id in named_parts_in(want.wit, want.item) {
            if let Some((track, _)) = named(want.wit, id).filter(|name| name.0 != Track::world()) {
                needed.insert(track);
            }
        }
    }
    let mut texts: BTreeMap<Track, Text> = BTreeMap::new();
    let mut open: Vec<Track> = needed.into_iter().collect();
    while let Some(track) = open.pop() {
        if let Entry::Vacant(place) = texts.entry(track.clone()) {
            let text = text(plan, place.key())?;
            place.insert(text);
        }
        for (owner, _) in texts[&track].foreign() {
            let lacks = texts.get_mut(&owner.0).is_some_and(|text| complete(plan, text, &owner.1));
            if lacks || !texts.contains_key(&owner.0) {
                open.push(owner.0);
            }
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
pub fn text<'a>(plan: &Plan<'a>, track: &Track) -> Result<Text<'a>> {
    let mut text = Text { track: track.clone(), sources: Vec::new(), functions: BTreeSet::new() };
    let mut others = Vec::new();
    for (want, source) in plan.wants.iter().zip(&plan.sources).filter(|(want, _)| want.item.track() == *track) {
        let functions = want.item.functions(want.wit);
        let called: Vec<_> = match source {
            Source::Root => functions,
            Source::Interposed(treatments) => {
                functions.into_iter().zip(treatments).filter(|(_, t)| t.calls()).map(|(f, _)| f).collect()
            }
            Source::Adapter(_) | Source::Files | Source::TypeOf(..) => Vec::new(),
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

/// Adds to a text a description that has a type which others use. Says whether that was needed: who calls an interface may know less
/// of it than who has just types of it.
fn complete<'a>(plan: &Plan<'a>, text: &mut Text<'a>, name: &str) -> bool {
    let has = |(wit, item): (&Wit, &Item)| item.types(wit).iter().any(|(known, _)| *known == name);
    if text.sources.iter().any(|source| has(*source)) {
        return false;
    }
    let wants = plan.wants.iter().filter(|want| want.item.track() == text.track);
    let source = wants.map(|want| (want.wit, want.item)).find(|source| has(*source));
    text.sources.extend(source);
    source.is_some()
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
        let ty = text.instance(
            &mut |name| {
                outer.get(name).copied().ok_or_else(|| anyhow!("`{}` of `{}` is not at the root", name.1, name.0))
            },
            &Leaves::new(),
        )?;
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

    /// The name that an import has at the root: the app's, the newest if it has several; the oldest where only adapters want
    /// the interface.
    fn name(&self, track: &Track) -> String {
        let wants = self.plan.wants.iter().filter(|want| want.user == User::App && want.item.track() == *track);
        let names = wants.map(|want| InterfaceName::parse(&want.item.name));
        match names.max_by(|a, b| a.version.cmp(&b.version)) {
            None => track.label(),
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
            for id in named_parts_in(want.wit, want.item) {
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
