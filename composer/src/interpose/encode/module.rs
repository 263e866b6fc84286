//! The core modules of an interposer.

use crate::interpose::treatment::{Code, Import, Signature};
use std::collections::BTreeSet;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, Instruction as I, MemorySection, MemoryType, Module, NameMap,
    NameSection, TypeSection, ValType,
};

/// The name of the function that gives memory back after a function with this result.
pub fn cleanup_name(result: Option<ValType>) -> &'static str {
    match result {
        None => "c",
        Some(ValType::I64) => "c64",
        Some(ValType::F32) => "cf32",
        Some(ValType::F64) => "cf64",
        Some(_) => "c32",
    }
}

/// The module with the functions, and the constants: a runtime copies these into the memory of another module, and the page
/// that they share with results is touched once. From the memory's own module it would map them, and copy the page when a
/// result is written. Names are only for backtraces: functions that trap have one.
pub fn main_module(code: &Code, memory: bool) -> Module {
    let mut signatures: Vec<&Signature> = Vec::new();
    let mut index_of = |signature| match signatures.iter().position(|known| *known == signature) {
        Some(position) => position as u32,
        None => {
            signatures.push(signature);
            signatures.len() as u32 - 1
        }
    };
    let mut imports = ImportSection::new();
    for (position, (_, signature)) in code.imports.iter().enumerate() {
        imports.import("", &position.to_string(), EntityType::Function(index_of(signature)));
    }
    if memory {
        imports.import("", "m", one_page());
    }
    let (mut functions, mut exports, mut bodies) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    let mut names = NameMap::new();
    for (position, function) in code.functions.iter().enumerate() {
        let index = (code.imports.len() + position) as u32;
        functions.function(index_of(&function.signature));
        exports.export(&position.to_string(), ExportKind::Func, index);
        bodies.function(&function.body);
        if let Some(name) = &function.name {
            names.append(index, name);
        }
    }
    let mut types = TypeSection::new();
    for signature in signatures {
        types.ty().function(signature.params.iter().copied(), signature.result);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&bodies);
    if memory && !code.memory.bytes.is_empty() {
        let mut data = DataSection::new();
        let at = code.memory.end() - code.memory.bytes.len() as u32;
        data.active(0, &ConstExpr::i32_const(at as i32), code.memory.bytes.iter().copied());
        module.section(&data);
    }
    if !names.is_empty() {
        let mut section = NameSection::new();
        section.functions(&names);
        module.section(&section);
    }
    module
}

fn one_page() -> MemoryType {
    MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None }
}

/// The module with memory and allocation. Memory that a call takes is given back after it, all at once: a
/// component is not entered again before it has returned.
pub struct Base {
    /// It exports `m`, the memory, `r`, which takes some, and what gives it back (`cleanup_name`).
    pub module: Module,
}

impl Base {
    /// The module, if any function needs memory.
    pub fn of(code: &Code) -> Option<Self> {
        let needs = code.lifted.iter().any(|lifted| lifted.memory || lifted.cleanup.is_some())
            || code.imports.iter().any(|(import, _)| *import == Import::Realloc);
        if !needs {
            return None;
        }
        let start = code.memory.end().next_multiple_of(16);
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut exports = ExportSection::new();
        exports.export("m", ExportKind::Memory, 0).export("r", ExportKind::Func, 0);
        let mut bodies = CodeSection::new();
        bodies.function(&realloc());
        let results: BTreeSet<_> = code.lifted.iter().filter_map(|lifted| lifted.cleanup).map(Order).collect();
        for (position, Order(result)) in results.into_iter().enumerate() {
            let index = position as u32 + 1;
            types.ty().function(result, []);
            functions.function(index);
            exports.export(cleanup_name(result), ExportKind::Func, index);
            let mut body = Function::new([]);
            body.instruction(&I::I32Const(start as i32)).instruction(&I::GlobalSet(0)).instruction(&I::End);
            bodies.function(&body);
        }
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: u64::from(start.div_ceil(1 << 16)).max(1), ..one_page() });
        let mut globals = GlobalSection::new();
        globals.global(
            GlobalType { val_type: ValType::I32, mutable: true, shared: false },
            &ConstExpr::i32_const(start as i32),
        );
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&globals).section(&exports);
        module.section(&bodies);
        Some(Self { module })
    }
}

/// Core types in some order.
#[derive(PartialEq, Eq)]
struct Order(Option<ValType>);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        cleanup_name(self.0).cmp(cleanup_name(other.0))
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// `realloc(old, old size, align, new size)`: takes the next bytes, and copies what was there. Grows the memory at need,
/// traps when there is none.
fn realloc() -> Function {
    let (old, old_size, align, size, at, end) = (0, 1, 2, 3, 4, 5);
    let mut body = Function::new([(1, ValType::I32), (1, ValType::I64)]);
    for instruction in [
        // at = (top + align - 1) & -align
        I::GlobalGet(0),
        I::LocalGet(align),
        I::I32Add,
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(0),
        I::LocalGet(align),
        I::I32Sub,
        I::I32And,
        I::LocalTee(at),
        // end = at + size, without overflow
        I::I64ExtendI32U,
        I::LocalGet(size),
        I::I64ExtendI32U,
        I::I64Add,
        I::LocalTee(end),
        // grow by the pages that are missing
        I::MemorySize(0),
        I::I64ExtendI32U,
        I::I64Const(16),
        I::I64Shl,
        I::I64GtU,
        I::If(BlockType::Empty),
        I::LocalGet(end),
        I::I64Const(0xffff),
        I::I64Add,
        I::I64Const(16),
        I::I64ShrU,
        I::MemorySize(0),
        I::I64ExtendI32U,
        I::I64Sub,
        I::I32WrapI64,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::Unreachable,
        I::End,
        I::End,
        // the smaller of both sizes moves
        I::LocalGet(at),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::I32LtU,
        I::Select,
        I::MemoryCopy { src_mem: 0, dst_mem: 0 },
        I::LocalGet(end),
        I::I32WrapI64,
        I::GlobalSet(0),
        I::LocalGet(at),
        I::End,
    ] {
        body.instruction(&instruction);
    }
    body
}
