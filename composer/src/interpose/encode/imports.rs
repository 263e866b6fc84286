//! What an interposer imports: the provider's interfaces, resources that the inside has from elsewhere, the bridge.

use super::super::types::{Leaves, Scope, Text, index_of};
use super::{Encoder, Wire, io_resource, no_provider, stand_in_kind, trace};
use crate::catalog::{STAND_INS, VIRT_IO, is_io};
use crate::interpose::treatment::Import;
use crate::interpose::{Interposed, Provider, Treatment};
use crate::names::{InterfaceName, Track};
use crate::wit::{Item, ItemKind, Named, Wit, handles, is_leaf, is_resource, must_be_named, named, named_parts_in};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasm_encoder::{
    Alias, ComponentExportKind, ComponentOuterAliasKind, ComponentTypeRef, ComponentValType, InstanceType,
    PrimitiveValType, TypeBounds, ValType,
};
use wit_parser::{Function, Type};

/// The name under which an interposer imports the host's interface, as in `host:wasi-io/streams@0.2.0`.
fn host_name(track: &Track) -> String {
    let label = track.label();
    match label.split_once(':') {
        Some((namespace, rest)) => format!("host:{namespace}-{rest}"),
        None => format!("host-{label}"),
    }
}

/// Whether an interface has a function that the provider answers.
fn is_provided(interposed: &Interposed) -> bool {
    interposed.treatments.iter().any(Treatment::calls)
}

impl<'e, 'a> Encoder<'e, 'a> {
    /// A name for an import that no other has: `a-b:c/d` and `a:b-c/d` look the same behind `host:`.
    fn fresh(&self, mut name: String) -> String {
        while self.imports.iter().any(|(known, _)| *known == name) {
            name = match name.split_once('/') {
                Some((package, interface)) => format!("{package}-too/{interface}"),
                None => format!("{name}-too"),
            };
        }
        name
    }

    /// Imports an instance that has just these resources.
    fn import_resources(&mut self, name: String, wire: Wire, resources: &BTreeSet<String>) -> Vec<(String, u32)> {
        let name = self.fresh(name);
        let mut instance = InstanceType::new();
        for resource in resources {
            instance.export(resource.as_str(), ComponentTypeRef::Type(TypeBounds::SubResource));
        }
        let ty = self.builder.type_instance(None, &instance);
        let instance = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        self.imports.push((name, wire));
        resources
            .iter()
            .map(|name| (name.clone(), self.builder.alias_export(instance, name, ComponentExportKind::Type)))
            .collect()
    }

    /// The resources that the interfaces mention.
    fn mentioned(&self) -> BTreeSet<Named> {
        let mut mentioned = BTreeSet::new();
        for interposed in &self.interposer.interfaces {
            for id in named_parts_in(interposed.wit, interposed.item) {
                if is_resource(interposed.wit, id) {
                    mentioned.extend(named(interposed.wit, id));
                }
            }
            // Whoever stands in may have more than the app asks for.
            let Some((wit, item)) = interposed.hooks else { continue };
            let resources = named_parts_in(wit, item).into_iter().filter(|id| is_resource(wit, *id));
            mentioned.extend(resources.filter_map(|id| named(wit, id)).filter(|name| name.0 != item.track()));
        }
        mentioned
    }

    /// The io resources that the functions exchange, drop or make.
    fn exchanged(&self) -> BTreeSet<Named> {
        let kinds = self.code.imports.iter().filter_map(|(import, _)| match import {
            Import::Bridge(name) => name.split_once('-').map(|(_, kind)| kind),
            Import::StandIns(name) => stand_in_kind(name),
            _ => None,
        });
        kinds.map(io_resource).collect()
    }

    fn is_virtual(&self, name: &Named) -> bool {
        self.interposer.virtual_io && is_io(name)
    }

    /// The host's interfaces with functions that are passed on or converted, and resources of its others.
    pub fn import_host(&mut self) -> Result<()> {
        let interposer = self.interposer;
        let mut texts: BTreeMap<Track, Text<'a>> = BTreeMap::new();
        for interposed in &interposer.interfaces {
            let (wit, item) = interposed.called();
            let track = item.track();
            let is_type = matches!(interposed.item.kind, ItemKind::Type(_));
            let is_hosts_type = is_type && (interposer.provider)(&track) == Provider::Host;
            if !is_provided(interposed) && !is_hosts_type {
                continue;
            }
            let text = texts.entry(track.clone()).or_insert_with(|| Text {
                track,
                sources: Vec::new(),
                functions: BTreeSet::new(),
            });
            text.sources.push((wit, item));
            for (function, treatment) in item.functions(wit).iter().zip(&interposed.treatments) {
                if treatment.calls() {
                    text.functions.insert(function.name.clone());
                }
            }
        }
        let of_inside = self.mentioned().into_iter().filter(|name| (interposer.provider)(&name.0) == Provider::Host);
        let of_bridge = self.code.imports.iter().filter_map(|(import, _)| match import {
            Import::Bridge(name) => name.split_once('-').map(|(_, kind)| io_resource(kind)),
            _ => None,
        });
        let mut others: BTreeMap<Track, BTreeSet<String>> = BTreeMap::new();
        for (track, name) in of_inside.filter(|name| !self.is_virtual(name)).chain(of_bridge) {
            others.entry(track).or_default().insert(name);
        }
        // What the texts use of each other. Resources can be had one by one; a value that is made of what has no name in
        // its user's text needs the text that has it.
        let mut open: Vec<Track> = texts.keys().cloned().collect();
        while let Some(track) = open.pop() {
            for (name, is_resource) in texts[&track].foreign() {
                if is_resource {
                    others.entry(name.0).or_default().insert(name.1);
                } else if !texts.contains_key(&name.0) {
                    let sources = (interposer.describe)(&name.0);
                    let text = Text { track: name.0.clone(), sources, functions: BTreeSet::new() };
                    texts.insert(name.0.clone(), text);
                    open.push(name.0);
                }
            }
        }
        // A text of the app's may lack what others want of the interface.
        for (track, names) in &others {
            let Some(text) = texts.get_mut(track) else { continue };
            let has = |(wit, item): &(&Wit, &Item), name: &str| item.types(wit).iter().any(|(known, _)| *known == name);
            for name in names {
                if !text.sources.iter().any(|source| has(source, name)) {
                    text.sources
                        .extend((interposer.describe)(track).into_iter().filter(|source| has(source, name)).take(1));
                }
            }
        }
        others.retain(|track, _| !texts.contains_key(track));
        for (track, names) in others {
            for (name, index) in self.import_resources(host_name(&track), Wire::Host(track.clone()), &names) {
                self.host_types.insert((track.clone(), name), index);
            }
        }
        for track in texts.keys() {
            self.import_text(&texts, track)?;
        }
        Ok(())
    }

    /// Imports one of the host's interfaces, after those that it uses.
    fn import_text(&mut self, texts: &BTreeMap<Track, Text<'a>>, track: &Track) -> Result<()> {
        if self.host_instances.contains_key(track) {
            return Ok(());
        }
        let text = &texts[track];
        let mut outer = HashMap::new();
        for (name, _) in text.foreign() {
            if texts.contains_key(&name.0) {
                self.import_text(texts, &name.0)?;
            }
            outer.insert(name.clone(), self.host_type(&name)?);
        }
        if *track == Track::world() {
            return self.import_world(text, outer);
        }
        let leaves = self.leaves(text)?;
        let ty = text.instance(&mut |name| outer.get(name).copied().ok_or_else(|| no_provider(name)), &leaves)?;
        let ty = self.builder.type_instance(None, &ty);
        let name = self.fresh(host_name(track));
        let instance = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        self.imports.push((name, Wire::Host(track.clone())));
        self.host_instances.insert(track.clone(), instance);
        for (wit, item) in &text.sources {
            let values = item.types(wit).into_iter().filter(|(_, id)| handles(wit, &Type::Id(*id)).is_empty());
            let values = values.filter(|(_, id)| !is_resource(wit, wit.origin(*id)));
            let own = values.filter_map(|(name, id)| named(wit, id).filter(|named| named.1 == name));
            self.host_values.extend(own.filter(|named| named.0 == *track && !leaves.contains_key(named)));
        }
        Ok(())
    }

    /// Writes those of a text's types that are made of nothing that has a name, each once for all texts.
    fn leaves(&mut self, text: &Text<'a>) -> Result<Leaves> {
        let mut leaves = Leaves::new();
        for (wit, item) in &text.sources {
            for (_, id) in item.types(wit) {
                let id = wit.origin(id);
                if let Some(name) = named(wit, id).filter(|_| must_be_named(wit, id) && is_leaf(wit, id)) {
                    leaves.insert(name, index_of(&mut self.inside, &mut self.builder, wit, id)?);
                }
            }
        }
        Ok(leaves)
    }

    /// Imports functions, and types of the world's own, that are in no interface.
    fn import_world(&mut self, text: &Text<'a>, outer: HashMap<Named, u32>) -> Result<()> {
        let mut scope = Scope::default();
        for (name, index) in outer {
            scope.learn(name, index);
        }
        for (wit, item) in &text.sources {
            let name = format!("host-{}", item.name);
            match &item.kind {
                ItemKind::Interface(_) => {}
                ItemKind::Type(id) => {
                    let id = wit.origin(*id);
                    let Some(own) = named(wit, id).filter(|name| name.0 == text.track) else {
                        continue;
                    };
                    let bounds = if is_resource(wit, id) {
                        TypeBounds::SubResource
                    } else {
                        TypeBounds::Eq(index_of(&mut scope, &mut self.builder, wit, id)?)
                    };
                    let index = self.builder.import(name.as_str(), ComponentTypeRef::Type(bounds));
                    self.imports.push((name, Wire::HostItem(item.name.clone())));
                    scope.learn(own.clone(), index);
                    self.host_types.insert(own, index);
                }
                ItemKind::Function(function) => {
                    let ty = scope.func(&mut self.builder, wit, function)?;
                    let index = self.builder.import(name.as_str(), ComponentTypeRef::Func(ty));
                    self.imports.push((name, Wire::HostItem(item.name.clone())));
                    self.host_funcs.insert(item.name.clone(), index);
                }
            }
        }
        Ok(())
    }

    /// The index of a type as the host has it.
    pub fn host_type(&mut self, name: &Named) -> Result<u32> {
        if let Some(index) = self.host_types.get(name) {
            return Ok(*index);
        }
        let instance = *self.host_instances.get(&name.0).ok_or_else(|| no_provider(name))?;
        let index = self.builder.alias_export(instance, &name.1, ComponentExportKind::Type);
        self.host_types.insert(name.clone(), index);
        Ok(index)
    }

    /// The resources as the inside has them.
    pub fn provide_inside(&mut self) -> Result<()> {
        self.import_trace()?;
        self.make_trace()?;
        let mut parts: BTreeMap<Track, BTreeSet<String>> = BTreeMap::new();
        let mut all = self.mentioned();
        all.extend(self.exchanged());
        let taken = self.taken_resources();
        let drops = self.code.trace.iter().flat_map(|trace| &trace.drops);
        let numbered: BTreeSet<&Named> = drops.map(|drop| &drop.resource).collect();
        for name in all.into_iter().filter(|name| !taken.contains_key(name) && !numbered.contains(name)) {
            let provider = match (self.interposer.provider)(&name.0) {
                _ if self.is_virtual(&name) => Provider::Part,
                provider => provider,
            };
            match provider {
                Provider::Host => {
                    let index = self.host_type(&name)?;
                    self.inside.learn(name, index);
                }
                Provider::Own => {
                    let index = self.builder.type_resource(None, ValType::I32, None);
                    self.inside.learn(name, index);
                }
                Provider::Part => {
                    parts.entry(name.0).or_default().insert(name.1);
                }
            }
        }
        for (wit, id) in self.interposer.interfaces.iter().flat_map(|interposed| {
            let parts = named_parts_in(interposed.wit, interposed.item).into_iter();
            parts.map(|id| (interposed.wit, id)).collect::<Vec<_>>()
        }) {
            if let Some(name) = named(wit, id).filter(|name| self.host_values.contains(name)) {
                let index = self.host_type(&name)?;
                self.inside.learn(name, index);
            }
        }
        for (track, names) in parts {
            for (name, index) in self.import_resources(track.label(), Wire::Inside(track.clone()), &names) {
                self.inside.learn((track.clone(), name), index);
            }
        }
        self.import_hooks()
    }

    /// Imports what is told of calls.
    fn import_trace(&mut self) -> Result<()> {
        let Some(tracing) = &self.interposer.trace else { return Ok(()) };
        let said = self.code.imports.iter().filter_map(|(import, _)| match import {
            Import::Trace(name) => Some(name.clone()),
            _ => None,
        });
        let functions: BTreeSet<String> = said.chain(trace::SAID_WITH.map(str::to_owned)).collect();
        for (wit, item) in &tracing.calls {
            let (track, sources) = (item.track(), vec![(*wit, *item)]);
            let of_item = item.functions(wit).into_iter().map(|function| function.name.clone());
            let functions: BTreeSet<String> = of_item.filter(|name| functions.contains(name)).collect();
            if !functions.is_empty() {
                self.import_of_adapter(Text { track, sources, functions })?;
            }
        }
        Ok(())
    }

    /// Imports an interface of an adapter's, which speaks of types as the inside has them.
    fn import_of_adapter(&mut self, text: Text<'a>) -> Result<()> {
        let leaves = self.leaves(&text)?;
        let instance = text.instance(&mut |name| self.inside.get(name).ok_or_else(|| no_provider(name)), &leaves)?;
        let ty = self.builder.type_instance(None, &instance);
        let name = text.sources[0].1.name.clone();
        let instance = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        self.imports.push((name, Wire::Inside(text.track.clone())));
        self.hooks.insert(text.track, instance);
        Ok(())
    }

    /// Imports the interfaces of adapters that are asked or stand in. They speak of types as the inside has them, and the
    /// resources of methods that are taken over are theirs.
    fn import_hooks(&mut self) -> Result<()> {
        let mut texts: BTreeMap<Track, Text<'a>> = BTreeMap::new();
        let mut add = |(wit, item): (&'a Wit, &'a Item), function: &str| {
            let (track, sources) = (item.track(), vec![(wit, item)]);
            let text = texts.entry(track.clone()).or_insert(Text { track, sources, functions: BTreeSet::new() });
            text.functions.insert(function.to_owned());
        };
        for (import, _) in &self.code.imports {
            if let Import::Hook(position, name) = import
                && let Some(hooks) = self.interposer.interfaces[*position].hooks
            {
                add(hooks, name);
            }
        }
        for (hooks, function) in self.taken() {
            add(hooks, &function.name);
        }
        for text in texts.into_values() {
            self.import_of_adapter(text)?;
        }
        for (name, (_, item)) in self.taken_resources() {
            let hooks = *self.hooks.get(&item.track()).ok_or_else(|| no_provider(&name))?;
            let index = self.builder.alias_export(hooks, &name.1, ComponentExportKind::Type);
            self.inside.learn(name, index);
        }
        Ok(())
    }

    /// The functions that adapters take over.
    fn taken(&self) -> Vec<((&'a Wit, &'a Item), &'a Function)> {
        let of = |interposed: &Interposed<'a>| {
            let functions = interposed.item.functions(interposed.wit).into_iter().zip(&interposed.treatments);
            let taken = functions.filter(|(_, treatment)| **treatment == Treatment::Taken);
            let hooks = interposed.hooks;
            taken.filter_map(|(function, _)| Some((hooks?, function))).collect::<Vec<_>>()
        };
        self.interposer.interfaces.iter().flat_map(of).collect()
    }

    /// The resources of methods that adapters take over.
    fn taken_resources(&self) -> BTreeMap<Named, (&'a Wit, &'a Item)> {
        let mut resources = BTreeMap::new();
        for interposed in &self.interposer.interfaces {
            for (function, treatment) in interposed.item.functions(interposed.wit).iter().zip(&interposed.treatments) {
                let resource = function.kind.resource().filter(|_| *treatment == Treatment::Taken);
                let name = resource.and_then(|id| named(interposed.wit, interposed.wit.origin(id)));
                resources.extend(name.zip(interposed.hooks));
            }
        }
        resources
    }

    /// Imports the functions of `virt:io/bridge` or `virt:io/stand-ins` that are used, each with the io resource it is about.
    pub fn import_helpers(&mut self, interface: &str, functions: &[(&'e str, String)]) -> Result<Option<u32>> {
        if functions.is_empty() {
            return Ok(None);
        }
        let mut instance = InstanceType::new();
        let mut types: HashMap<String, u32> = HashMap::new();
        for (function, kind) in functions {
            let mut handle = |instance: &mut InstanceType, name: String, outer: u32| {
                *types.entry(name.clone()).or_insert_with(|| {
                    let local = instance.type_count();
                    instance.alias(Alias::Outer { kind: ComponentOuterAliasKind::Type, count: 1, index: outer });
                    instance.export(name.as_str(), ComponentTypeRef::Type(TypeBounds::Eq(local)));
                    local + 1
                })
            };
            let named = io_resource(kind);
            let inside = self.inside.get(&named).ok_or_else(|| no_provider(&named))?;
            let ours = handle(&mut instance, kind.clone(), inside);
            let mut defined = |write: &dyn Fn(wasm_encoder::ComponentDefinedTypeEncoder<'_>)| {
                let index = instance.type_count();
                write(instance.ty().defined_type());
                ComponentValType::Type(index)
            };
            let own = defined(&|e| e.own(ours));
            let verb = function.split_once('-').map_or("", |(verb, _)| verb);
            let (params, result) = if interface == STAND_INS {
                (Vec::new(), Some(own))
            } else {
                let borrow = defined(&|e| e.borrow(ours));
                let host = self.host_type(&named)?;
                let host = handle(&mut instance, format!("host-{kind}"), host);
                let mut defined = |write: &dyn Fn(wasm_encoder::ComponentDefinedTypeEncoder<'_>)| {
                    let index = instance.type_count();
                    write(instance.ty().defined_type());
                    ComponentValType::Type(index)
                };
                let hosts = defined(&|e| e.own(host));
                match verb {
                    "wrap" => (vec![("host", hosts)], Some(own)),
                    "lend" => {
                        let lent = defined(&|e| e.option(hosts));
                        let number = ComponentValType::Primitive(PrimitiveValType::U32);
                        (vec![("lender", borrow)], Some(defined(&|e| e.tuple([number, lent]))))
                    }
                    _ => (vec![("lender", borrow), ("host", hosts)], None),
                }
            };
            let ty = instance.type_count();
            instance.ty().function().params(params).result(result);
            instance.export(*function, ComponentTypeRef::Func(ty));
        }
        let ty = self.builder.type_instance(None, &instance);
        let name = format!("{interface}@{VIRT_IO}");
        let index = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        let track = InterfaceName::parse(&name).track();
        self.imports.push((name, Wire::Inside(track)));
        Ok(Some(index))
    }
}
