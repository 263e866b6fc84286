//! Component bytes -> what the component imports and exports, as WIT.

use crate::names::{self, InterfaceName, Track};
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use wasmparser::{Encoding, Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{
    Function, InterfaceId, Resolve, SizeAlign, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

/// Types and functions of one component, with what is asked about them all the time.
pub struct Wit {
    /// The types, as wit-parser has them.
    pub resolve: Resolve,
    /// Sizes and alignments of all of them.
    pub sizes: SizeAlign,
    /// Interfaces that have only the name which a world gives them.
    plain_names: HashMap<InterfaceId, String>,
    /// Whether this is an adapter, in which `host:` stands for the host's `wasi:`.
    adapter: bool,
}

impl Wit {
    /// Wraps what wit-parser decoded.
    pub fn new(resolve: Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        let mut plain_names = HashMap::new();
        for (_, world) in resolve.worlds.iter() {
            for (key, item) in world.imports.iter().chain(&world.exports) {
                if let (WorldKey::Name(name), WorldItem::Interface { id, .. }) = (key, item) {
                    plain_names.insert(*id, name.clone());
                }
            }
        }
        Self { resolve, sizes, plain_names, adapter: false }
    }

    /// The interface's full name.
    pub fn name(&self, interface: InterfaceId) -> InterfaceName {
        match (self.plain_names.get(&interface), self.resolve.id_of(interface)) {
            (Some(name), _) => InterfaceName::parse(name),
            (None, Some(name)) if self.adapter => InterfaceName::parse(&names::of_adapter(&name)),
            (None, Some(name)) => InterfaceName::parse(&name),
            (None, None) => InterfaceName { path: String::new(), version: None },
        }
    }

    /// The type itself, behind any number of `use` and `type a = b`.
    pub fn origin(&self, mut id: TypeId) -> TypeId {
        while let TypeDefKind::Type(Type::Id(next)) = self.resolve.types[id].kind {
            id = next;
        }
        id
    }

    /// Where a type was defined, and its name there; `None` for a type without a name.
    pub fn home(&self, id: TypeId) -> Option<(Track, &str)> {
        let def = &self.resolve.types[id];
        let track = match def.owner {
            TypeOwner::Interface(interface) => self.name(interface).track(),
            TypeOwner::World(_) => Track::world(),
            TypeOwner::None => return None,
        };
        Some((track, def.name.as_deref()?))
    }
}

/// What stands under one name in a component's imports or exports.
#[derive(Clone, Debug)]
pub struct Item {
    /// As it stands in the binary.
    pub name: String,
    /// What the interface is called everywhere else, where that differs: in an adapter, `host:` is the host's `wasi:`.
    pub alias: Option<String>,
    /// What it is.
    pub kind: ItemKind,
}

/// What an import or export is.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// An interface: an instance with functions and types.
    Interface(InterfaceId),
    /// A function of the world.
    Function(Box<Function>),
    /// A type of the world.
    Type(TypeId),
}

impl Item {
    /// Which interface this is, at any version; all that is the world's own has one.
    pub fn track(&self) -> Track {
        match self.kind {
            ItemKind::Interface(_) => InterfaceName::parse(self.alias.as_ref().unwrap_or(&self.name)).track(),
            _ => Track::world(),
        }
    }

    /// What a policy calls this: the interface, or the name of what is in none.
    pub fn subject(&self) -> Track {
        InterfaceName::parse(&self.name).track()
    }

    /// The functions in it.
    pub fn functions<'a>(&'a self, wit: &'a Wit) -> Vec<&'a Function> {
        match &self.kind {
            ItemKind::Interface(id) => wit.resolve.interfaces[*id].functions.values().collect(),
            ItemKind::Function(function) => vec![function],
            ItemKind::Type(_) => Vec::new(),
        }
    }

    /// The types in it, with the names that they have there.
    pub fn types<'a>(&'a self, wit: &'a Wit) -> Vec<(&'a str, TypeId)> {
        match &self.kind {
            ItemKind::Interface(id) => {
                wit.resolve.interfaces[*id].types.iter().map(|(name, id)| (name.as_str(), *id)).collect()
            }
            ItemKind::Function(_) => Vec::new(),
            ItemKind::Type(id) => vec![(self.name.as_str(), *id)],
        }
    }
}

/// A component's imports and exports.
pub struct Component {
    /// The types that both use.
    pub wit: Wit,
    /// In the binary's order, in which each comes after what it needs.
    pub imports: Vec<Item>,
    /// In the binary's order.
    pub exports: Vec<Item>,
}

impl Component {
    /// Reads a component. Function bodies are not looked at.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        refuse_what_wit_has_no_word_for(bytes)?;
        match wit_component::decode(bytes)? {
            DecodedWasm::Component(resolve, world) => Ok(Self::of_world(resolve, world)),
            DecodedWasm::WitPackage(..) => {
                bail!("this is a WIT package, which has types and no code; pass the component that implements it")
            }
        }
    }

    /// Reads an adapter.
    pub fn of_adapter(bytes: &[u8]) -> Result<Self> {
        let mut component = Self::of(bytes)?;
        component.wit.adapter = true;
        for item in &mut component.imports {
            item.alias = Some(names::of_adapter(&item.name));
        }
        Ok(component)
    }

    /// The component that a world describes. Tests of the planner start here.
    pub fn of_world(resolve: Resolve, world: WorldId) -> Self {
        let items = |items: &indexmap::IndexMap<WorldKey, WorldItem>| {
            items
                .iter()
                .map(|(key, item)| Item {
                    name: resolve.name_world_key(key),
                    alias: None,
                    kind: match item {
                        WorldItem::Interface { id, .. } => ItemKind::Interface(*id),
                        WorldItem::Function(function) => ItemKind::Function(Box::new(function.clone())),
                        WorldItem::Type { id, .. } => ItemKind::Type(*id),
                    },
                })
                .collect()
        };
        let (imports, exports) = (items(&resolve.worlds[world].imports), items(&resolve.worlds[world].exports));
        Self { wit: Wit::new(resolve), imports, exports }
    }
}

/// wit-component leaves out, or panics on, root imports that are no interface, function or type. Nothing may get lost.
fn refuse_what_wit_has_no_word_for(bytes: &[u8]) -> Result<()> {
    use wasmparser::ComponentTypeRef::{Component, Func, Module, Type, Value};
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.context("this is not valid wasm")? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    bail!("this is a core module, not a component");
                }
                depth += 1;
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import?;
                    let what = match import.ty {
                        Module(_) => "a core module",
                        Component(_) => "a component",
                        Value(_) => "a value",
                        Func(_) | Type(_) if import.name.name.contains(':') => "a function or type",
                        _ => continue,
                    };
                    bail!(
                        "the component imports {what} as `{}`, which virt-compose has no way to wire; \
                         compose it with its dependencies first",
                        import.name.name
                    );
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What kind of wasm some bytes are, and the component in them.
pub enum Input {
    /// A component.
    Component,
    /// A core module that was written for WASI preview 1, now a component.
    Preview1(Vec<u8>),
}

/// Looks at what the user gave. A preview 1 module becomes a component through the adapter that wasmtime publishes for
/// it, the command's if it has `_start` and the reactor's if not. Everything else that is no component is refused.
pub fn open(bytes: &[u8]) -> Result<Input> {
    if !bytes.starts_with(b"\0asm") {
        bail!(
            "this is not wasm: it starts with {}; pass a component (`.wasm`), or a preview 1 module",
            match bytes {
                [] => "nothing, the file is empty".to_owned(),
                [b'(', ..] => "`(`, as text does: turn it into binary first, with `wasm-tools parse`".to_owned(),
                _ => format!("{:02x?} instead of `\\0asm`", &bytes[..bytes.len().min(4)]),
            }
        );
    }
    if Parser::is_component(bytes) {
        return Ok(Input::Component);
    }
    let (mut wasi, mut start) = (false, false);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.context("this is not valid wasm")? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    wasi |= import?.module == "wasi_snapshot_preview1";
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    start |= export?.name == "_start";
                }
            }
            _ => {}
        }
    }
    if !wasi {
        bail!(
            "this is a core module that does not import `wasi_snapshot_preview1`, so there is no WASI to virtualize; \
             if it was made for the component model, run `wasm-tools component new` on it first"
        );
    }
    use wasi_preview1_component_adapter_provider as provider;
    let adapter = if start {
        provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER
    } else {
        provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER
    };
    let component = ComponentEncoder::default()
        .module(bytes)
        .and_then(|encoder| encoder.adapter(provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter))
        .and_then(|encoder| encoder.encode())
        .context("the preview 1 module could not be made a component")?;
    Ok(Input::Preview1(component))
}
