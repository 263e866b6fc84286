//! The core modules of an interposer.

use super::trace::HANDLE;
use crate::interpose::treatment::{Code, CoreFunction, Import, Signature};
use std::collections::BTreeSet;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction as I, MemorySection, MemoryType, Module,
    NameMap, NameSection, TypeSection, ValType,
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

/// Where a module's memory is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// There is none.
    Nowhere,
    /// In the base, because what is imported needs it first.
    Base,
    /// In the module itself.
    Here,
}

impl Place {
    /// Where the memory of this code is.
    pub fn of(code: &Code) -> Self {
        let needs = code.lifted.iter().any(|lifted| lifted.memory || lifted.cleanup.is_some());
        let is_needed_first = |import: &Import| match import {
            Import::Lower(interface, function) => {
                code.lifted.iter().any(|lifted| lifted.of == (*interface, *function) && lifted.memory)
            }
            Import::Bridge(name) => name.starts_with("lend-"),
            Import::Realloc | Import::Trace(_) => true,
            // A hook is asked with what the function has that is called then.
            Import::Drop(_) | Import::New(_) | Import::Rep(_) | Import::StandIns(_) | Import::Hook(..) => false,
        };
        if code.trace.is_some() || code.imports.iter().any(|(import, _)| is_needed_first(import)) {
            Self::Base
        } else if needs {
            Self::Here
        } else {
            Self::Nowhere
        }
    }
}

/// The module with the functions, and the constants. Those that are in a base's memory a runtime copies there, and the page
/// that they share with results is touched once; it would map a base's own, and copy the page when a result is written. Names
/// are only for backtraces: functions that trap have one.
pub fn main_module(code: &Code, memory: Place) -> Module {
    let mut parts = Parts::default();
    let mut imports = ImportSection::new();
    for (position, (_, signature)) in code.imports.iter().enumerate() {
        imports.import("", &position.to_string(), EntityType::Function(parts.type_of(signature)));
    }
    if memory == Place::Base {
        let minimum = if code.sleeps { 0 } else { 1 };
        imports.import("", "m", MemoryType { minimum, ..one_page() });
    }
    if code.trace.is_some() {
        imports.import("", "g", HANDLE);
    }
    let sleeps = code.sleeps && memory != Place::Nowhere;
    let defined = (code.imports.len() + code.functions.len()) as u32;
    // Globals are numbered as they are added.
    let awake = u32::from(memory == Place::Here);
    let mut names = NameMap::new();
    for (position, function) in code.functions.iter().enumerate() {
        let index = (code.imports.len() + position) as u32;
        let woken = (sleeps && function.memory).then(|| woken(function, defined));
        let body = woken.as_ref().unwrap_or(&function.body);
        parts.function(&position.to_string(), index, &function.signature, body);
        if let Some(name) = &function.name {
            names.append(index, name);
        }
    }
    if sleeps {
        let nothing = Signature { params: Vec::new(), result: None };
        parts.function("w", defined, &nothing, &wake(code, awake));
    }
    if memory == Place::Here {
        parts.allocate(code, defined + u32::from(sleeps));
    }
    if sleeps {
        let global = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        parts.globals.global(global, &ConstExpr::i32_const(0));
    }
    let mut data = DataSection::new();
    let constants = &code.memory.bytes;
    if memory != Place::Nowhere && !constants.is_empty() {
        if sleeps {
            data.passive(constants.iter().copied());
        } else {
            data.active(0, &ConstExpr::i32_const(start_of_constants(code)), constants.iter().copied());
        }
    }
    let mut module = parts.module(&imports, sleeps.then(|| data.len()));
    if !data.is_empty() {
        module.section(&data);
    }
    if !names.is_empty() {
        let mut section = NameSection::new();
        section.functions(&names);
        module.section(&section);
    }
    module
}

/// The module with memory and allocation alone.
pub fn base_module(code: &Code) -> Module {
    let mut parts = Parts::default();
    parts.allocate(code, 0);
    parts.module(&ImportSection::new(), None)
}

fn start_of_constants(code: &Code) -> i32 {
    code.memory.end() as i32 - code.memory.bytes.len() as i32
}

/// How many pages the constants and results take.
fn pages(code: &Code) -> u32 {
    code.memory.end().next_multiple_of(16).div_ceil(1 << 16).max(1)
}

/// The function, with a call of `wake` first.
fn woken(function: &CoreFunction, wake: u32) -> Function {
    let mut woken = Function::new_with_locals_types(function.locals.iter().copied());
    let code = function.body.clone().into_raw_body().split_off(woken.byte_len());
    woken.instruction(&I::Call(wake)).raw(code);
    woken
}

/// What gives memory its pages and constants before the first function needs them. A runtime clears memory between two
/// requests though nobody has touched it, but for one that is empty. `realloc` alone may have come first, and grown it.
fn wake(code: &Code, awake: u32) -> Function {
    let mut body = Function::new([]);
    for instruction in [
        I::GlobalGet(awake),
        I::BrIf(0),
        I::I32Const(1),
        I::GlobalSet(awake),
        I::MemorySize(0),
        I::I32Const(pages(code) as i32),
        I::I32LtU,
        I::If(BlockType::Empty),
        I::I32Const(pages(code) as i32),
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::Unreachable,
        I::End,
        I::End,
    ] {
        body.instruction(&instruction);
    }
    if !code.memory.bytes.is_empty() {
        let len = code.memory.bytes.len() as i32;
        body.instruction(&I::I32Const(start_of_constants(code))).instruction(&I::I32Const(0));
        body.instruction(&I::I32Const(len)).instruction(&I::MemoryInit { mem: 0, data_index: 0 });
    }
    body.instruction(&I::End);
    body
}

/// What a module is made of.
#[derive(Default)]
struct Parts {
    signatures: Vec<Signature>,
    functions: FunctionSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    bodies: CodeSection,
}

impl Parts {
    fn type_of(&mut self, signature: &Signature) -> u32 {
        let position = self.signatures.iter().position(|known| known == signature).unwrap_or_else(|| {
            self.signatures.push(signature.clone());
            self.signatures.len() - 1
        });
        position as u32
    }

    fn function(&mut self, name: &str, index: u32, signature: &Signature, body: &Function) {
        let ty = self.type_of(signature);
        self.functions.function(ty);
        self.exports.export(name, ExportKind::Func, index);
        self.bodies.function(body);
    }

    /// The memory, `m`, what takes some, `r`, and what gives it back (`cleanup_name`), which have the indices from `first` on.
    /// Memory that a call takes is given back after it, all at once: a component is not entered again before it has returned.
    fn allocate(&mut self, code: &Code, first: u32) {
        let start = code.memory.end().next_multiple_of(16);
        let minimum = if code.sleeps { 0 } else { u64::from(pages(code)) };
        self.memories.memory(MemoryType { minimum, ..one_page() });
        self.exports.export("m", ExportKind::Memory, 0);
        let global = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        self.globals.global(global, &ConstExpr::i32_const(start as i32));
        let signature = Signature { params: vec![ValType::I32; 4], result: Some(ValType::I32) };
        self.function("r", first, &signature, &realloc());
        let results: BTreeSet<_> = code.lifted.iter().filter_map(|lifted| lifted.cleanup).map(Order).collect();
        for (index, Order(result)) in (first + 1..).zip(results) {
            let mut body = Function::new([]);
            body.instruction(&I::I32Const(start as i32)).instruction(&I::GlobalSet(0)).instruction(&I::End);
            let signature = Signature { params: Vec::from_iter(result), result: None };
            self.function(cleanup_name(result), index, &signature, &body);
        }
    }

    /// The module, with the count of its data segments, where code names one.
    fn module(&self, imports: &ImportSection, data: Option<u32>) -> Module {
        let mut types = TypeSection::new();
        for signature in &self.signatures {
            types.ty().function(signature.params.iter().copied(), signature.result);
        }
        let mut module = Module::new();
        module.section(&types).section(imports).section(&self.functions).section(&self.memories);
        module.section(&self.globals).section(&self.exports);
        if let Some(count) = data {
            module.section(&DataCountSection { count });
        }
        module.section(&self.bodies);
        module
    }
}

fn one_page() -> MemoryType {
    MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None }
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
