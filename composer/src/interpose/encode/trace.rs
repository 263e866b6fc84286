//! What a trace has in core wasm ahead of all else: what is done when a resource with numbers is dropped, which has to be there before
//! the resource, and what uses the resource comes after it; and what is done when the trace cannot be written.

use super::{Encoder, no_provider};
use crate::interpose::treatment::{GIVEN_AWAY, TraceCode, trace_params};
use crate::wit::{Item, Wit};
use anyhow::{Context as _, Result};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, Instruction as I, Module, ModuleArg, NameMap, NameSection, TypeSection, ValType,
};

/// The type of the global that has the handle which was given away: the first, in each of the modules.
pub const HANDLE: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// No handle: some runtime may count them from 0.
const NONE: i32 = -1;

impl Encoder<'_, '_> {
    /// Makes it, and the resources with numbers.
    pub fn make_trace(&mut self) -> Result<()> {
        let Some(trace) = &self.code.trace else { return Ok(()) };
        let mut args = Vec::new();
        for name in SAID_WITH {
            let index = self.lower_trace(name)?;
            args.push((name.to_owned(), ExportKind::Func, index));
        }
        for (at, drop) in trace.drops.iter().enumerate() {
            let ty = self.host_type(&drop.resource)?;
            args.push((at.to_string(), ExportKind::Func, self.builder.resource_drop(ty)));
        }
        let module = self.builder.core_module(None, &module(trace));
        let args = args.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index));
        let args = self.builder.core_instantiate_exports(None, args);
        let instance = self.builder.core_instantiate(None, module, [("", ModuleArg::Instance(args))]);
        for (at, drop) in trace.drops.iter().enumerate() {
            let dropped = self.builder.core_alias_export(None, instance, &at.to_string(), ExportKind::Func);
            let ours = self.builder.type_resource(None, ValType::I32, Some(dropped));
            self.inside.learn(drop.resource.clone(), ours);
        }
        let given_away = self.builder.core_alias_export(None, instance, "g", ExportKind::Global);
        let write = self.builder.core_alias_export(None, instance, WRITE, ExportKind::Func);
        self.trace = Some(CoreTrace { given_away, write });
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

/// What the other core modules have of it.
pub struct CoreTrace {
    /// The global that says which handle was given away.
    pub given_away: u32,
    /// The function that has what was said written, or traps.
    pub write: u32,
}

/// The function that has what was said written.
pub const WRITE: &str = "write";

/// The functions of `virt:trace/calls` that are imported. Others follow them.
pub const SAID_WITH: [&str; 3] = ["text", "unsigned", WRITE];

/// The module: one function for each resource, which has what represents it, and one that writes. The provider's handle is what
/// represents it, and is dropped, unless it was given away; what is written down says so first.
fn module(trace: &TraceCode) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    for (at, name) in (2..).zip(SAID_WITH) {
        types.ty().function(trace_params(name).iter().copied(), (name == WRITE).then_some(ValType::I32));
        imports.import("", name, EntityType::Function(at));
    }
    for at in 0..trace.drops.len() {
        imports.import("", &at.to_string(), EntityType::Function(0));
    }
    let (text, number, ask_to_write) = (0, 1, 2);
    let first = SAID_WITH.len() as u32;
    let write = first + trace.drops.len() as u32;
    let (mut functions, mut exports, mut bodies) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    let mut add = |name: &str, ty: u32, at: u32, instructions: &[I<'static>]| {
        let mut body = Function::new([]);
        for instruction in instructions.iter().chain([&I::End]) {
            body.instruction(instruction);
        }
        bodies.function(&body);
        functions.function(ty);
        exports.export(name, ExportKind::Func, at);
    };
    let trap = [I::Call(ask_to_write), I::BrIf(0), I::Unreachable];
    add(WRITE, 1, write, &trap);
    for (at, drop) in (0..).zip(&trace.drops) {
        let mut body = vec![I::LocalGet(0), I::GlobalGet(GIVEN_AWAY), I::I32Eq, I::If(BlockType::Empty)];
        body.extend([I::I32Const(NONE), I::GlobalSet(GIVEN_AWAY), I::Return, I::End]);
        if let Some([before, after]) = drop.said {
            body.extend([I::I32Const(before.0 as i32), I::I32Const(before.1 as i32), I::Call(text)]);
            body.extend([I::LocalGet(0), I::I64ExtendI32U, I::Call(number)]);
            body.extend([I::I32Const(after.0 as i32), I::I32Const(after.1 as i32), I::Call(text), I::Call(write)]);
        }
        body.extend([I::LocalGet(0), I::Call(first + at)]);
        add(&at.to_string(), 0, write + 1 + at, &body);
    }
    exports.export("g", ExportKind::Global, GIVEN_AWAY);
    let mut globals = GlobalSection::new();
    globals.global(HANDLE, &ConstExpr::i32_const(NONE));
    let mut names = NameMap::new();
    names.append(write, &trace.failure);
    let mut named = NameSection::new();
    named.functions(&names);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&globals).section(&exports).section(&bodies);
    module.section(&named);
    module
}
