//! An interposer as a component.
//!
//! WIT cannot say "export this interface with the host's types", so this is wasm-encoder and not wit-component:
//!
//! 1. Imports: the provider's interfaces, whatever resources the inside has from elsewhere, the bridge.
//! 2. Core modules: one with memory, constants and allocation (if anything needs memory), one with the functions.
//! 3. For each interface an inner component that gives functions and types their names. An inline instance will not do:
//!    in it a resource has no name, so `[method]r.f` is not valid. And one inner component for each interface, so that
//!    names do not meet.

use super::body::has_list;
use super::module::{Base, cleanup_name, main_module};
use super::treatment::{Code, Import, Lifted, code};
use super::types::{Scope, Text, index_of};
use super::{Interposed, Interposer, Provider, Treatment};
use crate::catalog::{BRIDGE, BUFFERS, IO_RESOURCES, VIRT_IO, is_io};
use crate::names::{InterfaceName, Track};
use crate::wit::{Item, ItemKind, Named, Wit, is_resource, named, named_parts, named_parts_in, types_in_order};
use anyhow::{Context as _, Result, anyhow};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasm_encoder::{
    Alias, CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentOuterAliasKind, ComponentTypeRef,
    ComponentValType, ExportKind, InstanceType, ModuleArg, PrimitiveValType, TypeBounds, ValType,
};
use wit_parser::TypeId;

/// A component, and what its imports are to be wired to.
pub struct Built {
    /// The component.
    pub bytes: Vec<u8>,
    /// Its imports by name.
    pub imports: Vec<(String, Wire)>,
}

/// What an import of an interposer is to be wired to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wire {
    /// The host's interface.
    Host(Track),
    /// A function or type of the host's that is in no interface.
    HostItem(String),
    /// The interface that the inside has.
    Inside(Track),
}

/// Writes an interposer.
pub fn encode(interposer: &Interposer) -> Result<Built> {
    let code = code(interposer)?;
    let mut encoder = Encoder {
        interposer,
        code: &code,
        builder: ComponentBuilder::default(),
        imports: Vec::new(),
        host_types: HashMap::new(),
        host_instances: HashMap::new(),
        host_funcs: HashMap::new(),
        inside: Scope::default(),
        outside: Scope::default(),
        funcs: HashMap::new(),
    };
    encoder.import_host()?;
    encoder.provide_inside()?;
    encoder.write_core()?;
    for position in 0..interposer.interfaces.len() {
        encoder.export(position)?;
    }
    Ok(Built { bytes: encoder.builder.finish(), imports: encoder.imports })
}

struct Encoder<'e, 'a> {
    interposer: &'e Interposer<'a>,
    code: &'e Code,
    builder: ComponentBuilder,
    imports: Vec<(String, Wire)>,
    /// Types as the host has them.
    host_types: HashMap<Named, u32>,
    host_instances: HashMap<Track, u32>,
    /// Functions of the host's that are in no interface.
    host_funcs: HashMap<String, u32>,
    /// Types as the inside has them.
    inside: Scope,
    /// Types as functions of the world that are exported speak of them.
    outside: Scope,
    /// The functions to export, by interface and position in it.
    funcs: HashMap<(usize, usize), u32>,
}

/// The name under which an interposer imports the host's interface, as in `host:wasi-io/streams@0.2.0`.
fn host_name(track: &Track) -> String {
    let label = track.label();
    match label.split_once(':') {
        Some((namespace, rest)) => format!("host:{namespace}-{rest}"),
        None => format!("host-{label}"),
    }
}

fn no_provider(name: &Named) -> anyhow::Error {
    anyhow!("`{}` of `{}` has no provider; this is a defect of virt-compose", name.1, name.0)
}

/// The io resource of that name, by kind.
fn io_resource(kind: &str) -> Named {
    let track = IO_RESOURCES.iter().find(|(_, name)| *name == kind).map_or("", |(track, _)| *track);
    (Track::known(track), kind.to_owned())
}

/// Whether an interface has a function that the provider answers.
fn is_provided(interposed: &Interposed) -> bool {
    interposed.treatments.iter().any(|treatment| !matches!(treatment, Treatment::Answered(_)))
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
        }
        mentioned
    }

    /// The io resources that the functions exchange, drop or make.
    fn exchanged(&self) -> BTreeSet<Named> {
        let kinds = self.code.imports.iter().filter_map(|(import, _)| match import {
            Import::Bridge(name) => name.split_once('-').map(|(_, kind)| kind),
            Import::Buffers(name) => stand_in_kind(name),
            _ => None,
        });
        kinds.map(io_resource).collect()
    }

    fn is_virtual(&self, name: &Named) -> bool {
        self.interposer.virtual_io && is_io(name)
    }

    /// The host's interfaces with functions that are passed on or converted, and resources of its others.
    fn import_host(&mut self) -> Result<()> {
        let interposer = self.interposer;
        let mut texts: BTreeMap<Track, Text<'a>> = BTreeMap::new();
        for interposed in &interposer.interfaces {
            let track = interposed.item.track();
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
            text.sources.push((interposed.wit, interposed.item));
            for (function, treatment) in interposed.item.functions(interposed.wit).iter().zip(&interposed.treatments) {
                if !matches!(treatment, Treatment::Answered(_)) {
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
        let ty = text.instance(&mut |name| outer.get(name).copied().ok_or_else(|| no_provider(name)))?;
        let ty = self.builder.type_instance(None, &ty);
        let name = self.fresh(host_name(track));
        let instance = self.builder.import(name.as_str(), ComponentTypeRef::Instance(ty));
        self.imports.push((name, Wire::Host(track.clone())));
        self.host_instances.insert(track.clone(), instance);
        Ok(())
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
    fn host_type(&mut self, name: &Named) -> Result<u32> {
        if let Some(index) = self.host_types.get(name) {
            return Ok(*index);
        }
        let instance = *self.host_instances.get(&name.0).ok_or_else(|| no_provider(name))?;
        let index = self.builder.alias_export(instance, &name.1, ComponentExportKind::Type);
        self.host_types.insert(name.clone(), index);
        Ok(index)
    }

    /// The resources as the inside has them.
    fn provide_inside(&mut self) -> Result<()> {
        let mut parts: BTreeMap<Track, BTreeSet<String>> = BTreeMap::new();
        let mut all = self.mentioned();
        all.extend(self.exchanged());
        for name in all {
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
        for (track, names) in parts {
            for (name, index) in self.import_resources(track.label(), Wire::Inside(track.clone()), &names) {
                self.inside.learn((track.clone(), name), index);
            }
        }
        Ok(())
    }

    /// Imports the functions of `virt:io/bridge` or `virt:io/buffers` that are used, each with the io resource it is about.
    fn import_helpers(&mut self, interface: &str, functions: &[(&'e str, String)]) -> Result<Option<u32>> {
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
            let (params, result) = if interface == BUFFERS {
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

    /// The core modules, and the functions that come out of them.
    fn write_core(&mut self) -> Result<()> {
        let code = self.code;
        let mut bridged = Vec::new();
        let mut buffered = Vec::new();
        for (import, _) in &code.imports {
            match import {
                Import::Bridge(name) => {
                    bridged.push((name.as_str(), name.split_once('-').map_or("", |(_, kind)| kind).to_owned()));
                }
                Import::Buffers(name) => {
                    buffered.push((name.as_str(), stand_in_kind(name).unwrap_or_default().to_owned()));
                }
                _ => {}
            }
        }
        let bridge = self.import_helpers(BRIDGE, &bridged)?;
        let buffers = self.import_helpers(BUFFERS, &buffered)?;

        let base = Base::of(code);
        let base_instance = base.as_ref().map(|base| {
            let module = self.builder.core_module(None, &base.module);
            self.builder.core_instantiate(None, module, Vec::<(&str, ModuleArg)>::new())
        });
        let memory = base_instance.map(|base| self.builder.core_alias_export(None, base, "m", ExportKind::Memory));
        let realloc = base_instance.map(|base| self.builder.core_alias_export(None, base, "r", ExportKind::Func));
        let memory_option = || memory.map(CanonicalOption::Memory).context("there is no memory");
        let realloc_option = || realloc.map(CanonicalOption::Realloc).context("there is no memory");

        if !code.functions.is_empty() {
            let mut args = Vec::new();
            for (position, (import, _)) in code.imports.iter().enumerate() {
                let index = match import {
                    Import::Lower(interface, function) => {
                        let func = self.host_func(*interface, *function)?;
                        let lifted = lifted(code, (*interface, *function))?;
                        let mut options = Vec::new();
                        if lifted.memory {
                            options.push(memory_option()?);
                        }
                        let interposed = &self.interposer.interfaces[*interface];
                        let result = interposed.item.functions(interposed.wit)[*function].result;
                        if result.is_some_and(|ty| has_list(interposed.wit, &ty)) {
                            options.push(realloc_option()?);
                        }
                        self.builder.lower_func(None, func, options)
                    }
                    Import::Drop(name) => {
                        let index = self.inside.get(name).ok_or_else(|| no_provider(name))?;
                        self.builder.resource_drop(index)
                    }
                    Import::New(name) => {
                        let index = self.inside.get(name).ok_or_else(|| no_provider(name))?;
                        self.builder.resource_new(index)
                    }
                    Import::Bridge(name) | Import::Buffers(name) => {
                        let of = if matches!(import, Import::Bridge(_)) { bridge } else { buffers };
                        let of = of.context("the helpers are imported")?;
                        let func = self.builder.alias_export(of, name, ComponentExportKind::Func);
                        let options = if name.starts_with("lend-") { vec![memory_option()?] } else { Vec::new() };
                        self.builder.lower_func(None, func, options)
                    }
                    Import::Realloc => realloc.context("there is no memory")?,
                };
                args.push((position.to_string(), ExportKind::Func, index));
            }
            if let Some(memory) = memory {
                args.push(("m".to_owned(), ExportKind::Memory, memory));
            }
            let module = self.builder.core_module(None, &main_module(code, memory.is_some()));
            let mut with = Vec::new();
            if !args.is_empty() {
                let args = args.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index));
                with.push(("", ModuleArg::Instance(self.builder.core_instantiate_exports(None, args))));
            }
            let main = self.builder.core_instantiate(None, module, with);
            let mut core_funcs = HashMap::new();
            for lifted in &code.lifted {
                let interposed = &self.interposer.interfaces[lifted.of.0];
                let function = interposed.item.functions(interposed.wit)[lifted.of.1];
                let ty = self.inside.func(&mut self.builder, interposed.wit, function)?;
                let core = *core_funcs.entry(lifted.function).or_insert_with(|| {
                    self.builder.core_alias_export(None, main, &lifted.function.to_string(), ExportKind::Func)
                });
                let mut options = Vec::new();
                if lifted.memory {
                    options.push(memory_option()?);
                }
                if lifted.realloc {
                    options.push(realloc_option()?);
                }
                if let (Some(result), Some(base)) = (lifted.cleanup, base_instance) {
                    let name = cleanup_name(result);
                    let index = self.builder.core_alias_export(None, base, name, ExportKind::Func);
                    options.push(CanonicalOption::PostReturn(index));
                }
                let func = self.builder.lift_func(None, core, ty, options);
                self.funcs.insert(lifted.of, func);
            }
        }
        Ok(())
    }

    /// The provider's function.
    fn host_func(&mut self, interface: usize, function: usize) -> Result<u32> {
        let interposed = &self.interposer.interfaces[interface];
        let name = &interposed.item.functions(interposed.wit)[function].name;
        let track = interposed.item.track();
        if track == Track::world() {
            return self.host_funcs.get(name).copied().with_context(|| format!("`{name}` is not imported"));
        }
        let instance = *self.host_instances.get(&track).with_context(|| format!("`{track}` is not imported"))?;
        Ok(self.builder.alias_export(instance, name, ComponentExportKind::Func))
    }

    /// Exports one function or type of the world. An export may only speak of exported types: those that the world has
    /// from interfaces get a name of their own.
    fn export_item(&mut self, position: usize) -> Result<()> {
        let Interposed { wit, item, .. } = self.interposer.interfaces[position];
        for (at, part) in named_parts_in(wit, item).into_iter().enumerate() {
            let is_item = matches!(item.kind, ItemKind::Type(id) if wit.origin(id) == part);
            if !is_item && named(wit, part).is_some_and(|name| self.outside.get(&name).is_none()) {
                self.export_type(wit, part, &format!("unnamed{position}-t{at}"))?;
            }
        }
        match &item.kind {
            ItemKind::Interface(_) => {}
            ItemKind::Type(id) => self.export_type(wit, wit.origin(*id), &item.name)?,
            ItemKind::Function(function) => {
                let ty = ComponentTypeRef::Func(self.outside.func(&mut self.builder, wit, function)?);
                self.builder.export(&item.name, ComponentExportKind::Func, self.funcs[&(position, 0)], Some(ty));
            }
        }
        Ok(())
    }

    fn export_type(&mut self, wit: &Wit, id: TypeId, name: &str) -> Result<()> {
        let index = match named(wit, id).filter(|_| is_resource(wit, id)) {
            Some(resource) => self.inside.get(&resource).ok_or_else(|| no_provider(&resource))?,
            None => index_of(&mut self.outside, &mut self.builder, wit, id)?,
        };
        let index = self.builder.export(name, ComponentExportKind::Type, index, None);
        self.outside.learn_export(wit, id, index);
        Ok(())
    }

    /// Exports one interface, or one function or type of the world.
    fn export(&mut self, position: usize) -> Result<()> {
        let interposed = &self.interposer.interfaces[position];
        let functions = interposed.item.functions(interposed.wit);
        for (index, treatment) in interposed.treatments.iter().enumerate() {
            if *treatment == Treatment::AsIs {
                let func = self.host_func(position, index)?;
                self.funcs.insert((position, index), func);
            }
        }
        let wit = interposed.wit;
        if !matches!(interposed.item.kind, ItemKind::Interface(_)) {
            return self.export_item(position);
        }

        // Types and functions go into the inner component as `t0`, `f0`, …, and come out under their names.
        let mut types = named_parts_in(wit, interposed.item);
        types.dedup();
        let mut items = Vec::new();
        for (index, id) in types.iter().enumerate() {
            let outer = index_of(&mut self.inside, &mut self.builder, wit, *id)?;
            items.push((format!("t{index}"), ComponentExportKind::Type, outer));
        }
        for index in 0..functions.len() {
            items.push((format!("f{index}"), ComponentExportKind::Func, self.funcs[&(position, index)]));
        }
        let names = inner(wit, interposed.item, &types)?;
        let component = self.builder.component(None, names);
        let instance = self.builder.instantiate(None, component, items);
        self.builder.export(&interposed.item.name, ComponentExportKind::Instance, instance, None);
        Ok(())
    }
}

/// The component that gives an interface's types and functions their names.
fn inner(wit: &Wit, item: &Item, types: &[TypeId]) -> Result<ComponentBuilder> {
    let mut builder = ComponentBuilder::default();
    let mut scope = Scope::default();
    for (index, id) in types.iter().enumerate() {
        let bounds = if is_resource(wit, *id) {
            TypeBounds::SubResource
        } else {
            TypeBounds::Eq(index_of(&mut scope, &mut builder, wit, *id)?)
        };
        let local = builder.import(format!("t{index}").as_str(), ComponentTypeRef::Type(bounds));
        scope.learn_export(wit, *id, local);
    }
    let functions = item.functions(wit);
    let mut funcs = Vec::new();
    for (index, function) in functions.iter().enumerate() {
        let ty = scope.func(&mut builder, wit, function)?;
        funcs.push(builder.import(format!("f{index}").as_str(), ComponentTypeRef::Func(ty)));
    }

    // Under its new name a type is another to the validator, and exports may only speak of exported types: what mentions
    // one is written again.
    let mut exported = Scope::default();
    let names = types_in_order(wit, item);
    let local: BTreeSet<TypeId> = names.iter().map(|(_, id)| wit.origin(*id)).collect();
    // What has no name in this interface needs some name, too, before it is a part of something.
    let mut unnamed: BTreeSet<TypeId> = types.iter().filter(|id| !local.contains(id)).copied().collect();
    let mut all: Vec<(String, TypeId)> = Vec::new();
    for (name, id) in &names {
        let mut parts = Vec::new();
        named_parts(wit, *id, &mut parts);
        parts.retain(|part| unnamed.remove(part));
        for part in parts {
            all.push((made_up(&names, all.len()), part));
        }
        all.push(((*name).to_owned(), *id));
    }
    for part in types.iter().filter(|part| unnamed.contains(part)) {
        all.push((made_up(&names, all.len()), *part));
    }
    for (name, id) in all {
        let resource = named(wit, wit.origin(id)).filter(|_| is_resource(wit, wit.origin(id)));
        let known = resource.and_then(|name| exported.get(&name).or_else(|| scope.get(&name)));
        let index = match known {
            Some(index) => index,
            None => index_of(&mut exported, &mut builder, wit, id)?,
        };
        let index = builder.export(&name, ComponentExportKind::Type, index, None);
        exported.learn_export(wit, id, index);
    }
    for (function, func) in functions.iter().zip(funcs) {
        let ty = exported.func(&mut builder, wit, function)?;
        builder.export(&function.name, ComponentExportKind::Func, func, Some(ComponentTypeRef::Func(ty)));
    }
    Ok(builder)
}

/// A name that none of `names` is.
fn made_up(names: &[(&str, TypeId)], number: usize) -> String {
    let mut name = format!("unnamed{number}");
    while names.iter().any(|(known, _)| *known == name) {
        name.push('x');
    }
    name
}

fn lifted(code: &Code, of: (usize, usize)) -> Result<&Lifted> {
    code.lifted.iter().find(|lifted| lifted.of == of).context("what is lowered is lifted")
}

/// The io resource that a function of `virt:io/buffers` makes.
fn stand_in_kind(function: &str) -> Option<&str> {
    function.strip_prefix("closed-").or_else(|| function.strip_prefix("ready-"))
}
