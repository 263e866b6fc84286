//! Resources with numbers: what is done when one is dropped has to be there before the resource, and what uses the resource
//! comes after it.

use super::{Encoder, no_provider};
use crate::interpose::treatment::Code;
use crate::wit::{Item, Wit};
use anyhow::{Context as _, Result};
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, Instruction as I, Module, ModuleArg, TypeSection, ValType,
};

/// The functions of `virt:trace/calls` that a drop is said with, and what they take.
const SAID_WITH: [(&str, &[ValType]); 3] =
    [("text", &[ValType::I32, ValType::I32]), ("unsigned", &[ValType::I64]), ("write", &[])];

/// The global that has the handle which was given away, and is not to be dropped with what stood for it.
pub const GIVEN_AWAY: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// No handle: some runtime may count them from 0.
const NONE: i32 = -1;

impl Encoder<'_, '_> {
    /// Makes the resources with numbers.
    pub fn make_numbered(&mut self) -> Result<()> {
        let code = self.code;
        if code.drops.is_empty() {
            return Ok(());
        }
        let mut args = Vec::new();
        for name in said_with(code) {
            let index = self.lower_trace(name)?;
            args.push((name.to_owned(), ExportKind::Func, index));
        }
        for (at, drop) in code.drops.iter().enumerate() {
            let ty = self.host_type(&drop.resource)?;
            args.push((at.to_string(), ExportKind::Func, self.builder.resource_drop(ty)));
        }
        let module = self.builder.core_module(None, &module(code));
        let args = args.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index));
        let args = self.builder.core_instantiate_exports(None, args);
        let instance = self.builder.core_instantiate(None, module, [("", ModuleArg::Instance(args))]);
        for (at, drop) in code.drops.iter().enumerate() {
            let dropped = self.builder.core_alias_export(None, instance, &at.to_string(), ExportKind::Func);
            let ours = self.builder.type_resource(None, ValType::I32, Some(dropped));
            self.inside.learn(drop.resource.clone(), ours);
        }
        self.given_away = Some(self.builder.core_alias_export(None, instance, "g", ExportKind::Global));
        Ok(())
    }

    /// A function of the interfaces that are told of calls, as core modules have it.
    pub fn lower_trace(&mut self, name: &str) -> Result<u32> {
        let tracing = self.interposer.trace.as_ref().context("there is a trace")?;
        let has_it = |(wit, item): &(&Wit, &Item)| item.functions(wit).iter().any(|f| f.name == name);
        let told = tracing.calls.iter().copied().find(has_it);
        let (wit, item) = told.with_context(|| format!("nobody has `{name}`"))?;
        let track = item.track();
        let instance = self.hooks.get(&track).copied();
        let instance = instance.ok_or_else(|| no_provider(&(track, name.to_owned())))?;
        self.lower_of_adapter(instance, wit, item, name)
    }
}

/// The functions of `virt:trace/calls` that drops are said with, if any is said.
pub fn said_with(code: &Code) -> impl Iterator<Item = &'static str> {
    let is_said = code.drops.iter().any(|drop| drop.said.is_some());
    SAID_WITH.iter().filter(move |_| is_said).map(|(name, _)| *name)
}

/// The module with what drops do: one function for each resource, which has what represents it. The provider's handle is that,
/// and is dropped, unless it was given away; what is written down says so first.
fn module(code: &Code) -> Module {
    let said_with = &SAID_WITH[..said_with(code).count()];
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    let mut imports = ImportSection::new();
    for (at, (name, params)) in said_with.iter().enumerate() {
        types.ty().function(params.iter().copied(), []);
        imports.import("", name, EntityType::Function(at as u32 + 1));
    }
    for at in 0..code.drops.len() {
        imports.import("", &at.to_string(), EntityType::Function(0));
    }
    let (text, number, write) = (0, 1, 2);
    let first = said_with.len() as u32;
    let (mut functions, mut exports, mut bodies) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for (at, drop) in (0..).zip(&code.drops) {
        let mut body = Function::new([]);
        let mut put = |instructions: &[I<'static>]| {
            for instruction in instructions {
                body.instruction(instruction);
            }
        };
        put(&[I::LocalGet(0), I::GlobalGet(0), I::I32Eq, I::If(wasm_encoder::BlockType::Empty)]);
        put(&[I::I32Const(NONE), I::GlobalSet(0), I::Return, I::End]);
        if let Some([before, after]) = drop.said {
            put(&[I::I32Const(before.0 as i32), I::I32Const(before.1 as i32), I::Call(text)]);
            put(&[I::LocalGet(0), I::I64ExtendI32U, I::Call(number)]);
            put(&[I::I32Const(after.0 as i32), I::I32Const(after.1 as i32), I::Call(text), I::Call(write)]);
        }
        put(&[I::LocalGet(0), I::Call(first + at), I::End]);
        bodies.function(&body);
        functions.function(0);
        exports.export(&at.to_string(), ExportKind::Func, first + code.drops.len() as u32 + at);
    }
    exports.export("g", ExportKind::Global, 0);
    let mut globals = GlobalSection::new();
    globals.global(GIVEN_AWAY, &ConstExpr::i32_const(NONE));
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&globals).section(&exports).section(&bodies);
    module
}
