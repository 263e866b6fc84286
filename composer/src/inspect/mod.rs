//! What is in a component: what it takes from the host and who inside can call it, what it exports, and what it is made of.
//!
//! - here: what is told, which is what `inspect --json` writes;
//! - `sections` reads the binary, `flow` follows the functions of the host's through it;
//! - `parts` tells what the components inside are;
//! - `print` says it in words;
//! - `pattern`, `known` and `verify` are what may be called, and whether it holds.
//!
//! An import *can be called* if one of its functions is lowered to core wasm anywhere inside, called at the start, exported again,
//! or handed to a component of the host's. It is there *for its types alone* if it has no functions, or if none of them comes to
//! such a place. Dropping a handle is no call. Imported modules, components and values, and interfaces that have any, do what
//! nobody can follow: they always count as callable. Adapters are told by their bytes. What the section of virt-compose's says is whatever its writer says
//! ([`crate::provenance`]), and decides nothing but names.

mod flow;
mod known;
mod parts;
mod pattern;
mod print;
mod sections;
mod verify;

pub use parts::{Part, PartKind};
pub use pattern::Pattern;
pub use verify::{Reason, Rules, Verdict, Violation, verify};

use crate::Error;
use crate::catalog;
use crate::component::{self, Input};
use crate::names::{InterfaceName, Track};
use crate::provenance::Provenance;
use anyhow::{Context, Result};
use flow::{Caller, Calls};
pub(crate) use sections::{Nested, Sections, Sort, Step};
use serde::Serialize;
use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::Types;

/// The version of what is written as JSON. A field more is no new version.
const FORMAT: u32 = 1;

/// What is in a component.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The version of this format.
    pub version: u32,
    /// Whether it came as a core module for WASI preview 1. All that is told is then about the component that it would be.
    pub preview1: bool,
    /// The number of bytes that were given.
    pub size: usize,
    /// The number of bytes of the component.
    pub component_size: usize,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it exports.
    pub exports: Vec<Export>,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// What is in no part: wires, and the types of what is imported. `None` if there is one part, which is all of it.
    pub wiring: Option<usize>,
    /// What it says of itself, if that can be read.
    pub made_by: Option<Provenance>,
    /// Whether it is linked in so many steps that it was not followed, so that all that it imports counts as callable.
    pub is_cut_short: bool,
}

/// An import.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// As it stands in the binary.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The subsystem of WASI that it belongs to.
    pub subsystem: Option<&'static str>,
    /// What it is there for.
    pub used: Used,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Which interface it is, at any version.
    #[serde(skip)]
    pub track: Track,
    /// Whether it counts as callable whatever becomes of its functions.
    #[serde(skip)]
    is_opaque: bool,
}

/// What an import is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Used {
    /// Somebody can call it.
    Callable,
    /// Its types alone: nobody can call it.
    Types,
}

/// What an import or export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An interface.
    Interface,
    /// A function of the world.
    Function,
    /// A type of the world.
    Type,
    /// A value.
    Value,
    /// A core module.
    Module,
    /// A component.
    Component,
}

/// A function that is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// As it stands in the binary, as in `[method]tcp-socket.start-connect`.
    pub name: String,
    /// Whether it can be called.
    pub callable: bool,
    /// By which parts, or through which exports (`export NAME`).
    pub by: Vec<String>,
}

/// An export.
#[derive(Clone, Debug, Serialize)]
pub struct Export {
    /// As it stands in the binary.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its functions.
    pub functions: Vec<String>,
}

/// Looks into a component, or a core module for WASI preview 1.
///
/// ```
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// let sealed = virt_compose::virtualize(Some(&app), &Default::default())?.bytes;
/// assert!(virt_compose::inspect::inspect(&sealed)?.imports.is_empty());
/// # anyhow::Ok(())
/// ```
///
/// # Errors
///
/// [`Error::App`], if it is neither, or not valid.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Error> {
    let inspected = component::open(bytes).and_then(|input| match input {
        Input::Component => of_component(bytes, bytes.len(), false),
        Input::Preview1(component) => of_component(&component, bytes.len(), true),
    });
    inspected.map_err(Error::app)
}

fn of_component(bytes: &[u8], size: usize, preview1: bool) -> Result<Inspection> {
    let sections = Sections::of(bytes)?;
    let root = &sections.components[0];
    let names = root.steps.iter().filter_map(|step| match step {
        sections::Step::Import(name, _) => Some(*name),
        _ => None,
    });
    let items = names.map(|name| Some((name, sections.types.component_item_for_import(name)?)));
    let items: Option<Vec<(&str, &ComponentItem)>> = items.collect();
    let items = items.context("an import has no type; this is a defect of virt-compose")?;
    let listed: Vec<Vec<String>> = items.iter().map(|(_, item)| functions(&sections.types, &item.ty)).collect();
    let calls = flow::calls(&sections, &listed);
    let parts = parts::parts(&sections);
    let callers = Callers { sections: &sections, parts: &parts, calls: &calls };
    let imports = items.iter().zip(listed).enumerate().map(|(at, ((name, item), listed))| {
        let is_opaque = is_opaque(&sections.types, &item.ty);
        Import::of(name, item, listed, is_opaque, &|function| callers.of(at, function))
    });
    let imports = imports.collect();
    let exports = root.steps.iter().filter_map(|step| match step {
        sections::Step::Export((name, ..)) => {
            let item = sections.types.component_item_for_export(name)?;
            let functions = functions(&sections.types, &item.ty);
            let name = (*name).to_owned();
            Some(Export { kind: Kind::of(&item.ty), functions: visible(&name, functions), name })
        }
        _ => None,
    });
    let exports = exports.collect();
    let is_whole = matches!(parts.as_slice(), [only] if only.size == bytes.len());
    let wiring = bytes.len() - parts.iter().map(|part| part.size).sum::<usize>();
    Ok(Inspection {
        version: FORMAT,
        preview1,
        size,
        component_size: bytes.len(),
        imports,
        exports,
        wiring: (!is_whole).then_some(wiring),
        made_by: root.section.and_then(|data| Provenance::read(data).ok()),
        is_cut_short: calls.is_cut_short,
        parts,
    })
}

/// The functions in a definition, each with the way to it. That of a function is empty.
fn functions(types: &Types, ty: &ComponentEntityType) -> Vec<String> {
    match ty {
        ComponentEntityType::Func(_) => vec![String::new()],
        ComponentEntityType::Instance(id) => {
            let exports = types[*id].exports.iter();
            let names = exports.flat_map(|(name, item)| {
                let inner = functions(types, &item.ty).into_iter();
                inner.map(move |way| if way.is_empty() { name.clone() } else { format!("{name}/{way}") })
            });
            names.collect()
        }
        _ => Vec::new(),
    }
}

/// Whether something is in a definition that is no function and no type.
fn is_opaque(types: &Types, ty: &ComponentEntityType) -> bool {
    match ty {
        ComponentEntityType::Func(_) | ComponentEntityType::Type { .. } => false,
        ComponentEntityType::Instance(id) => types[*id].exports.values().any(|item| is_opaque(types, &item.ty)),
        ComponentEntityType::Module(_) | ComponentEntityType::Value(_) | ComponentEntityType::Component(_) => true,
    }
}

/// The functions of an import or export, as they are told.
fn visible(name: &str, functions: Vec<String>) -> Vec<String> {
    functions.into_iter().map(|way| if way.is_empty() { name.to_owned() } else { way }).collect()
}

impl Import {
    fn of(
        name: &str,
        item: &ComponentItem,
        listed: Vec<String>,
        is_opaque: bool,
        callers: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Self {
        let called: Vec<_> = listed.iter().map(|function| callers(function)).collect();
        let functions = visible(name, listed).into_iter().zip(called);
        let functions: Vec<Function> =
            functions.map(|(name, by)| Function { name, callable: by.is_some(), by: by.unwrap_or_default() }).collect();
        let kind = Kind::of(&item.ty);
        let is_callable = is_opaque || functions.iter().any(|function| function.callable);
        let used = if is_callable { Used::Callable } else { Used::Types };
        // A name of another form has that of the interface in it, or beside it.
        let interface = name.split_once("=<").and_then(|(_, rest)| rest.split('>').next());
        let interface = item.implements.as_deref().or(interface).unwrap_or(name);
        let track = InterfaceName::parse(interface).track();
        let subsystem = catalog::subsystem_of(&track).map(|row| row.name);
        Self { name: name.to_owned(), kind, subsystem, used, functions, track, is_opaque }
    }
}

impl Kind {
    fn of(ty: &ComponentEntityType) -> Self {
        match ty {
            ComponentEntityType::Instance(_) => Self::Interface,
            ComponentEntityType::Func(_) => Self::Function,
            ComponentEntityType::Type { .. } => Self::Type,
            ComponentEntityType::Value(_) => Self::Value,
            ComponentEntityType::Module(_) => Self::Module,
            ComponentEntityType::Component(_) => Self::Component,
        }
    }
}

/// Who calls, by name.
struct Callers<'a> {
    sections: &'a Sections<'a>,
    parts: &'a [Part],
    calls: &'a Calls,
}

impl Callers<'_> {
    /// Those of a function, if there are any.
    fn of(&self, import: usize, function: &str) -> Option<Vec<String>> {
        if self.calls.is_cut_short {
            return Some(Vec::new());
        }
        let callers = self.calls.callers.get(&(import, function.to_owned()))?;
        let mut names: Vec<String> = callers.iter().map(|caller| self.name(caller)).collect();
        names.dedup();
        Some(names)
    }

    fn name(&self, caller: &Caller) -> String {
        let children = &self.sections.components[0].children;
        match caller {
            Caller::Inside(at) => match children.iter().position(|child| child == at) {
                // Without parts of their own, components inside are how the app is made.
                Some(position) if children.len() == self.parts.len() => self.parts[position].name.clone(),
                _ => self.itself(),
            },
            Caller::Itself => self.itself(),
            Caller::Export(name) => format!("export {name}"),
            Caller::Host => "a component of the host's".to_owned(),
        }
    }

    /// What is in no part of a composition, or in the only one.
    fn itself(&self) -> String {
        let is_app = matches!(self.parts, [only] if only.kind == PartKind::App);
        if is_app { parts::APP } else { "the composition itself" }.to_owned()
    }
}
