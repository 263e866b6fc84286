//! Component bytes -> what the component imports and exports, as WIT.

use crate::wit::{Item, ItemKind, Wit};
use anyhow::{Context, Result, bail};
use wasmparser::{Encoding, Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

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
        component.wit.take_as_adapter(&mut component.imports);
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
                _ => format!(
                    "`{}` instead of `\\0asm`",
                    String::from_utf8_lossy(&bytes[..bytes.len().min(4)]).escape_debug()
                ),
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
