//! An interposer as a component.
//!
//! WIT cannot say "export this interface with the host's types", so this is wasm-encoder and not wit-component:
//!
//! 1. Imports: the provider's interfaces, whatever resources the inside has from elsewhere, the bridge.
//! 2. Resources of its own; if they stand for the provider's, after a core module with what dropping them does (`trace`).
//! 3. Core modules: one with memory, constants and allocation (if anything needs memory), one with the functions.
//! 4. For each interface an instance that gives functions and types their names. Where there are methods, or somebody else is to
//!    read it, an inner component of its own makes it: written out, a resource has no name in it, so `[method]r.f` is not valid.

mod imports;
mod inner;
mod module;
mod trace;

use super::body::has_list;
use super::treatment::{Code, Import, Lifted, code};
use super::types::{Scope, index_of};
use super::{Interposed, Interposer, Treatment};
use crate::catalog::{BRIDGE, IO_RESOURCES, STAND_IN_FUNCTIONS, STAND_INS};
use crate::names::Track;
use crate::wit::{Item, ItemKind, Named, Wit, is_resource, named, named_parts_in};
use anyhow::{Context as _, Result, anyhow};
use module::{Place, base_module, cleanup_name, main_module};
use std::collections::{HashMap, HashSet};
use trace::CoreTrace;
use wasm_encoder::{
    CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    ComponentSection, ComponentTypeRef, ExportKind, ModuleArg,
};
use wit_parser::{FunctionKind, TypeId};

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
        host_values: HashSet::new(),
        host_funcs: HashMap::new(),
        hooks: HashMap::new(),
        base: None,
        trace: None,
        inside: Scope::default(),
        outside: Scope::default(),
        funcs: HashMap::new(),
        written_out: Vec::new(),
    };
    encoder.import_host()?;
    encoder.provide_inside()?;
    encoder.write_core()?;
    for position in 0..interposer.interfaces.len() {
        encoder.export(position)?;
    }
    let Encoder { builder, imports, written_out, .. } = encoder;
    let first = builder.instance_count();
    let mut bytes = builder.finish();
    // The builder has no word for these.
    let (mut instances, mut exports) = (ComponentInstanceSection::new(), ComponentExportSection::new());
    for (index, (name, items)) in (first..).zip(&written_out) {
        instances.export_items(items.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index)));
        exports.export(name.as_str(), ComponentExportKind::Instance, index, None);
    }
    if !written_out.is_empty() {
        instances.append_to_component(&mut bytes);
        exports.append_to_component(&mut bytes);
    }
    Ok(Built { bytes, imports })
}

struct Encoder<'e, 'a> {
    interposer: &'e Interposer<'a>,
    code: &'e Code,
    builder: ComponentBuilder,
    imports: Vec<(String, Wire)>,
    /// Types as the host has them.
    host_types: HashMap<Named, u32>,
    host_instances: HashMap<Track, u32>,
    /// Value types that the host's interfaces have, which need not be written again.
    host_values: HashSet<Named>,
    /// Functions of the host's that are in no interface.
    host_funcs: HashMap<String, u32>,
    /// Interfaces of adapters that are asked, or stand in.
    hooks: HashMap<Track, u32>,
    /// The memory, if a core module has it for others.
    base: Option<CoreMemory>,
    /// What the core modules have of a trace, if there is one.
    trace: Option<CoreTrace>,
    /// Types as the inside has them.
    inside: Scope,
    /// Types as functions of the world that are exported speak of them.
    outside: Scope,
    /// The functions to export, by interface and position in it.
    funcs: HashMap<(usize, usize), u32>,
    /// Interfaces whose instances are written out, at the end: their names, and what is in them.
    written_out: Vec<(String, Exports)>,
}

/// What an instance has: names, and what they stand for.
type Exports = Vec<(String, ComponentExportKind, u32)>;

fn no_provider(name: &Named) -> anyhow::Error {
    anyhow!("`{}` of `{}` has no provider; this is a defect of virt-compose", name.1, name.0)
}

/// The io resource of that name, by kind.
fn io_resource(kind: &str) -> Named {
    let track = IO_RESOURCES.iter().find(|(_, name)| *name == kind).map_or("", |(track, _)| *track);
    (Track::known(track), kind.to_owned())
}

impl<'e, 'a> Encoder<'e, 'a> {
    /// The core modules, and the functions that come out of them.
    fn write_core(&mut self) -> Result<()> {
        let code = self.code;
        let mut bridged = Vec::new();
        let mut stand_ins = Vec::new();
        for (import, _) in &code.imports {
            match import {
                Import::Bridge(name) => {
                    bridged.push((name.as_str(), name.split_once('-').map_or("", |(_, kind)| kind).to_owned()));
                }
                Import::StandIns(name) => {
                    stand_ins.push((name.as_str(), stand_in_kind(name).unwrap_or_default().to_owned()));
                }
                _ => {}
            }
        }
        let bridge = self.import_helpers(BRIDGE, &bridged)?;
        let stand_ins = self.import_helpers(STAND_INS, &stand_ins)?;

        let place = Place::of(code);
        let mut memory = (place == Place::Base).then(|| self.base());

        if !code.functions.is_empty() {
            let mut args = Vec::new();
            for (position, (import, _)) in code.imports.iter().enumerate() {
                let index = match import {
                    Import::Lower(interface, function) => {
                        let func = self.host_func(*interface, *function)?;
                        let lifted = lifted(code, (*interface, *function))?;
                        let mut options = Vec::new();
                        if lifted.memory {
                            options.push(of(&memory)?.option());
                        }
                        let interposed = &self.interposer.interfaces[*interface];
                        let result = interposed.item.functions(interposed.wit)[*function].result;
                        if result.is_some_and(|ty| has_list(interposed.wit, &ty)) {
                            options.push(of(&memory)?.realloc_option());
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
                    Import::Hook(interface, name) => {
                        let (wit, item) = self.interposer.interfaces[*interface].hooks.context("there are hooks")?;
                        let hooks = *self.hooks.get(&item.track()).context("hooks are imported")?;
                        self.lower_of_adapter(hooks, wit, item, name)?
                    }
                    Import::Trace(name) if name == trace::WRITE => {
                        self.trace.as_ref().context("there is a trace")?.write
                    }
                    Import::Trace(name) => self.lower_trace(name)?,
                    Import::Rep(name) => {
                        let index = self.inside.get(name).ok_or_else(|| no_provider(name))?;
                        self.builder.resource_rep(index)
                    }
                    Import::Bridge(name) | Import::StandIns(name) => {
                        let helpers = if matches!(import, Import::Bridge(_)) { bridge } else { stand_ins };
                        let helpers = helpers.context("the helpers are imported")?;
                        let func = self.builder.alias_export(helpers, name, ComponentExportKind::Func);
                        let options = if name.starts_with("lend-") { vec![of(&memory)?.option()] } else { Vec::new() };
                        self.builder.lower_func(None, func, options)
                    }
                    Import::Realloc => of(&memory)?.realloc,
                };
                args.push((position.to_string(), ExportKind::Func, index));
            }
            if let Some(memory) = &memory {
                args.push(("m".to_owned(), ExportKind::Memory, memory.index));
            }
            if let Some(trace) = &self.trace {
                args.push(("g".to_owned(), ExportKind::Global, trace.given_away));
            }
            let module = self.builder.core_module(None, &main_module(code, place));
            let mut with = Vec::new();
            if !args.is_empty() {
                let args = args.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index));
                with.push(("", ModuleArg::Instance(self.builder.core_instantiate_exports(None, args))));
            }
            let main = self.builder.core_instantiate(None, module, with);
            if place == Place::Here {
                memory = Some(self.memory_of(main));
            }
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
                    options.push(of(&memory)?.option());
                }
                if lifted.realloc {
                    options.push(of(&memory)?.realloc_option());
                }
                if let Some(result) = lifted.cleanup {
                    let (instance, name) = (of(&memory)?.instance, cleanup_name(result));
                    let index = self.builder.core_alias_export(None, instance, name, ExportKind::Func);
                    options.push(CanonicalOption::PostReturn(index));
                }
                let func = self.builder.lift_func(None, core, ty, options);
                self.funcs.insert(lifted.of, func);
            }
        }
        Ok(())
    }

    /// A function of an adapter's, as core modules have it. What is in memory is in the base's.
    fn lower_of_adapter(&mut self, instance: u32, wit: &Wit, item: &Item, name: &str) -> Result<u32> {
        let function = item.functions(wit).into_iter().find(|function| function.name == name);
        let takes_lists = function.is_some_and(|function| function.params.iter().any(|p| has_list(wit, &p.ty)));
        let func = self.builder.alias_export(instance, name, ComponentExportKind::Func);
        let options = if takes_lists { vec![self.base().option()] } else { Vec::new() };
        Ok(self.builder.lower_func(None, func, options))
    }

    /// The memory of the base, which is there from the first time on that somebody asks for it.
    fn base(&mut self) -> CoreMemory {
        let made = self.base.unwrap_or_else(|| {
            let module = self.builder.core_module(None, &base_module(self.code));
            let base = self.builder.core_instantiate(None, module, Vec::<(&str, ModuleArg)>::new());
            self.memory_of(base)
        });
        self.base = Some(made);
        made
    }

    /// The memory that a core instance has.
    fn memory_of(&mut self, instance: u32) -> CoreMemory {
        CoreMemory {
            instance,
            index: self.builder.core_alias_export(None, instance, "m", ExportKind::Memory),
            realloc: self.builder.core_alias_export(None, instance, "r", ExportKind::Func),
        }
    }

    /// The provider's function.
    fn host_func(&mut self, interface: usize, function: usize) -> Result<u32> {
        let (wit, item) = self.interposer.interfaces[interface].called();
        let name = &item.functions(wit)[function].name;
        let track = item.track();
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
            let func = match (treatment, interposed.hooks) {
                (Treatment::AsIs, _) => self.host_func(position, index)?,
                (Treatment::Taken, Some((_, item))) => {
                    let hooks = *self.hooks.get(&item.track()).context("hooks are imported")?;
                    self.builder.alias_export(hooks, &functions[index].name, ComponentExportKind::Func)
                }
                _ => continue,
            };
            self.funcs.insert((position, index), func);
        }
        let wit = interposed.wit;
        if !matches!(interposed.item.kind, ItemKind::Interface(_)) {
            return self.export_item(position);
        }

        let mut types = named_parts_in(wit, interposed.item);
        types.dedup();
        let name = interposed.item.name.as_str();
        let mut items = Vec::new();
        let has_methods = functions.iter().any(|function| function.kind != FunctionKind::Freestanding);
        if !has_methods && !self.interposer.is_public {
            for (name, id) in inner::names(wit, interposed.item, &types) {
                let index = index_of(&mut self.inside, &mut self.builder, wit, id)?;
                items.push((name, ComponentExportKind::Type, index));
            }
            for (index, function) in functions.iter().enumerate() {
                items.push((function.name.clone(), ComponentExportKind::Func, self.funcs[&(position, index)]));
            }
            self.written_out.push((name.to_owned(), items));
            return Ok(());
        }
        // Types and functions go into the inner component as `t0`, `f0`, …, and come out under their names.
        let mut outside = Vec::new();
        for (index, id) in types.iter().enumerate() {
            let outer = index_of(&mut self.inside, &mut self.builder, wit, *id)?;
            outside.push(outer);
            items.push((format!("t{index}"), ComponentExportKind::Type, outer));
        }
        for index in 0..functions.len() {
            items.push((format!("f{index}"), ComponentExportKind::Func, self.funcs[&(position, index)]));
        }
        let names = inner::inner(wit, interposed.item, &types, &outside)?;
        let component = self.builder.component(None, names);
        let instance = self.builder.instantiate(None, component, items);
        self.builder.export(name, ComponentExportKind::Instance, instance, None);
        Ok(())
    }
}

/// Memory, what takes some of it, and the instance that has both.
#[derive(Clone, Copy)]
struct CoreMemory {
    instance: u32,
    index: u32,
    realloc: u32,
}

impl CoreMemory {
    fn option(&self) -> CanonicalOption {
        CanonicalOption::Memory(self.index)
    }

    fn realloc_option(&self) -> CanonicalOption {
        CanonicalOption::Realloc(self.realloc)
    }
}

fn of(memory: &Option<CoreMemory>) -> Result<&CoreMemory> {
    memory.as_ref().context("there is no memory")
}

fn lifted(code: &Code, of: (usize, usize)) -> Result<&Lifted> {
    code.lifted.iter().find(|lifted| lifted.of == of).context("what is lowered is lifted")
}

/// The io resource that a function of `virt:io/stand-ins` makes.
fn stand_in_kind(function: &str) -> Option<&'static str> {
    STAND_IN_FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, resource)| *resource)
}
