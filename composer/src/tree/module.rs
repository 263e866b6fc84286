//! The core module of the `files` component: the index in memory, the content in a passive segment, and the code that finds
//! entries and copies content. It is written by hand, because it is small and must be the same for every tree.
//!
//! The records in memory lie as the canonical ABI lays an `entry` out, so that handing out a list of them is handing out
//! its address. Content is copied into a window, and only when it is asked for: instances that read nothing pay nothing.

use super::{Entry, Kind, Tree};
use std::collections::HashMap;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, Encode, ExportKind, ExportSection, Function, FunctionSection,
    Instruction as I, MemArg, MemorySection, MemoryType, Module, SectionId, TypeSection, ValType,
};

/// The size of an `entry`, and where its fields lie.
pub(super) const RECORD: u32 = 32;
const ID: usize = 0;
const NAME: usize = 4;
const KIND: usize = 12;
const START: usize = 16;
const LEN: usize = 20;
const TARGET: usize = 24;

/// Where a result lies: an `option<entry>`, or the address and length of a list.
const RESULT: u32 = 16;
/// Where the entry lies in an `option<entry>`.
const PAYLOAD: u32 = 4;
/// Where the name lies that is looked for.
const SCRATCH: u32 = 64;
const SCRATCH_SIZE: u32 = 256;
/// Where content is copied to.
const WINDOW: u32 = SCRATCH + SCRATCH_SIZE;
const WINDOW_WORDS: u32 = 8192;
/// Where the index begins.
const INDEX: u32 = WINDOW + WINDOW_WORDS * 8;

const _: () = assert!(RESULT + PAYLOAD + RECORD <= SCRATCH, "a result does not lie in the name");
const _: () = assert!(RESULT % 8 + WINDOW % 8 + INDEX % 8 == 0, "lists are aligned");

/// The module, but for the content, with which it ends.
pub(super) fn head(tree: &Tree) -> Vec<u8> {
    let index = index(&tree.entries);
    let (count, content) = (tree.entries.len() as u32, tree.len);
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1).function(1).function(0);
    let mut memories = MemorySection::new();
    let pages = (u64::from(INDEX) + index.len() as u64).div_ceil(1 << 16);
    let maximum = Some(pages);
    memories.memory(MemoryType { minimum: pages, maximum, memory64: false, shared: false, page_size_log2: None });
    let mut exports = ExportSection::new();
    exports
        .export("memory", ExportKind::Memory, 0)
        .export("virt:fs/files@0.1.0#find", ExportKind::Func, 0)
        .export("virt:fs/files@0.1.0#entries", ExportKind::Func, 1)
        .export("virt:io/content@0.1.0#read", ExportKind::Func, 2)
        .export("cabi_realloc", ExportKind::Func, 3);
    let mut bodies = CodeSection::new();
    bodies.function(&find(count)).function(&entries(count)).function(&read(content)).function(&realloc());
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories).section(&exports);
    module.section(&DataCountSection { count: 2 }).section(&bodies);

    // wasm-encoder would have a copy of the segments.
    let mut segments = Vec::with_capacity(index.len() + 32);
    2_u32.encode(&mut segments);
    0_u32.encode(&mut segments);
    ConstExpr::i32_const(INDEX as i32).encode(&mut segments);
    index.encode(&mut segments);
    1_u32.encode(&mut segments);
    content.encode(&mut segments);
    let mut bytes = module.finish();
    bytes.push(SectionId::Data.into());
    (segments.len() as u32 + content).encode(&mut bytes);
    bytes.extend(segments);
    bytes
}

/// The records, and then the text that they point to, each text once.
fn index(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = vec![0; entries.len() * RECORD as usize];
    let mut places = HashMap::new();
    let (mut text, mut end) = (Vec::new(), INDEX + bytes.len() as u32);
    for (number, (entry, record)) in entries.iter().zip(bytes.chunks_exact_mut(RECORD as usize)).enumerate() {
        let mut put = |at: usize, value: u32| record[at..at + 4].copy_from_slice(&value.to_le_bytes());
        put(ID, number as u32);
        put(START, entry.start);
        put(LEN, entry.len);
        for (at, string) in [(NAME, entry.name), (TARGET, entry.target)] {
            let place = *places.entry(string).or_insert_with(|| {
                text.push(string);
                end += string.len() as u32;
                end - string.len() as u32
            });
            put(at, place);
            put(at + 4, string.len() as u32);
        }
        record[KIND] = match entry.kind {
            Kind::Directory => 0,
            Kind::File => 1,
            Kind::Link => 2,
        };
    }
    bytes.extend(text.concat().as_bytes());
    bytes
}

fn arg(offset: u32, align: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align, memory_index: 0 }
}

/// Traps unless there are `count` entries from `first` on.
fn check_range(entries: u32, first: u32, count: u32) -> [I<'static>; 11] {
    [
        I::LocalGet(first),
        I::I32Const(entries as i32),
        I::I32GtU,
        I::LocalGet(count),
        I::I32Const(entries as i32),
        I::LocalGet(first),
        I::I32Sub,
        I::I32GtU,
        I::I32Or,
        I::If(BlockType::Empty),
        I::Unreachable,
    ]
}

/// `find(first, count, name, length)`: a binary search.
fn find(entries: u32) -> Function {
    let (first, count, name, length) = (0, 1, 2, 3);
    let (low, high, middle, record, size, at, shorter, order) = (first, count, 4, 5, 6, 7, 8, 9);
    let mut body = Function::new([(6, ValType::I32)]);
    let code = [
        I::End,
        I::LocalGet(first),
        I::LocalGet(count),
        I::I32Add,
        I::LocalSet(high),
        I::Block(BlockType::Empty),
        I::Loop(BlockType::Empty),
        // none if nothing is left
        I::LocalGet(low),
        I::LocalGet(high),
        I::I32GeU,
        I::BrIf(1),
        I::LocalGet(low),
        I::LocalGet(high),
        I::I32Add,
        I::I32Const(1),
        I::I32ShrU,
        I::LocalTee(middle),
        I::I32Const(RECORD as i32),
        I::I32Mul,
        I::I32Const(INDEX as i32),
        I::I32Add,
        I::LocalSet(record),
        // the shorter of both names
        I::LocalGet(length),
        I::LocalGet(record),
        I::I32Load(arg(NAME as u32 + 4, 2)),
        I::LocalTee(size),
        I::LocalGet(length),
        I::LocalGet(size),
        I::I32LtU,
        I::Select,
        I::LocalSet(shorter),
        I::I32Const(0),
        I::LocalSet(at),
        // the first byte that differs gives the order, and lengths if there is none
        I::Block(BlockType::Empty),
        I::Loop(BlockType::Empty),
        I::LocalGet(at),
        I::LocalGet(shorter),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::LocalGet(length),
        I::LocalGet(size),
        I::I32Sub,
        I::LocalSet(order),
        I::Br(2),
        I::End,
        I::LocalGet(name),
        I::LocalGet(at),
        I::I32Add,
        I::I32Load8U(arg(0, 0)),
        I::LocalGet(record),
        I::I32Load(arg(NAME as u32, 2)),
        I::LocalGet(at),
        I::I32Add,
        I::I32Load8U(arg(0, 0)),
        I::I32Sub,
        I::LocalTee(order),
        I::BrIf(1),
        I::LocalGet(at),
        I::I32Const(1),
        I::I32Add,
        I::LocalSet(at),
        I::Br(0),
        I::End,
        I::End,
        // some(entry)
        I::LocalGet(order),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::I32Const(RESULT as i32),
        I::I32Const(1),
        I::I32Store8(arg(0, 0)),
        I::I32Const((RESULT + PAYLOAD) as i32),
        I::LocalGet(record),
        I::I32Const(RECORD as i32),
        I::MemoryCopy { src_mem: 0, dst_mem: 0 },
        I::I32Const(RESULT as i32),
        I::Return,
        I::End,
        // before or behind
        I::LocalGet(order),
        I::I32Const(0),
        I::I32LtS,
        I::If(BlockType::Empty),
        I::LocalGet(middle),
        I::LocalSet(high),
        I::Else,
        I::LocalGet(middle),
        I::I32Const(1),
        I::I32Add,
        I::LocalSet(low),
        I::End,
        I::Br(0),
        I::End,
        I::End,
        I::I32Const(RESULT as i32),
        I::I32Const(0),
        I::I32Store8(arg(0, 0)),
        I::I32Const(RESULT as i32),
        I::End,
    ];
    for instruction in check_range(entries, first, count).into_iter().chain(code) {
        body.instruction(&instruction);
    }
    body
}

/// `entries(first, count)`: where they lie.
fn entries(entries: u32) -> Function {
    let (first, count) = (0, 1);
    let mut body = Function::new([]);
    let code = [
        I::End,
        I::I32Const(RESULT as i32),
        I::LocalGet(first),
        I::I32Const(RECORD as i32),
        I::I32Mul,
        I::I32Const(INDEX as i32),
        I::I32Add,
        I::I32Store(arg(0, 2)),
        I::I32Const(RESULT as i32),
        I::LocalGet(count),
        I::I32Store(arg(4, 2)),
        I::I32Const(RESULT as i32),
        I::End,
    ];
    for instruction in check_range(entries, first, count).into_iter().chain(code) {
        body.instruction(&instruction);
    }
    body
}

/// `read(offset, words)`: as many words as are wanted, are there, and fit in the window.
fn read(content: u32) -> Function {
    let (offset, words, rest) = (0, 1, 2);
    let mut body = Function::new([(1, ValType::I32)]);
    for instruction in [
        I::LocalGet(offset),
        I::I32Const(content as i32),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::Unreachable,
        I::End,
        // words = min(words, rest, window)
        I::I32Const(content as i32),
        I::LocalGet(offset),
        I::I32Sub,
        I::I32Const(3),
        I::I32ShrU,
        I::LocalTee(rest),
        I::LocalGet(words),
        I::LocalGet(rest),
        I::LocalGet(words),
        I::I32LtU,
        I::Select,
        I::LocalTee(words),
        I::I32Const(WINDOW_WORDS as i32),
        I::LocalGet(words),
        I::I32Const(WINDOW_WORDS as i32),
        I::I32LtU,
        I::Select,
        I::LocalSet(words),
        I::I32Const(WINDOW as i32),
        I::LocalGet(offset),
        I::LocalGet(words),
        I::I32Const(3),
        I::I32Shl,
        I::MemoryInit { mem: 0, data_index: 1 },
        I::I32Const(RESULT as i32),
        I::I32Const(WINDOW as i32),
        I::I32Store(arg(0, 2)),
        I::I32Const(RESULT as i32),
        I::LocalGet(words),
        I::I32Store(arg(4, 2)),
        I::I32Const(RESULT as i32),
        I::End,
    ] {
        body.instruction(&instruction);
    }
    body
}

/// `realloc(old, old size, align, new size)`: only names come in, one at a time.
fn realloc() -> Function {
    let mut body = Function::new([]);
    for instruction in [
        I::LocalGet(3),
        I::I32Const(SCRATCH_SIZE as i32),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::Unreachable,
        I::End,
        I::I32Const(SCRATCH as i32),
        I::End,
    ] {
        body.instruction(&instruction);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::component::world;
    use crate::wit::Wit;
    use wit_parser::{Type, TypeDefKind};

    #[test]
    fn records_lie_as_the_canonical_abi_has_them() {
        let (resolve, _) = world().unwrap();
        let wit = Wit::new(resolve);
        let (id, def) = wit.resolve.types.iter().find(|(_, def)| def.name.as_deref() == Some("entry")).unwrap();
        let TypeDefKind::Record(record) = &def.kind else { panic!("`entry` is a record") };
        let types: Vec<Type> = record.fields.iter().map(|field| field.ty).collect();
        let fields: Vec<_> = record.fields.iter().map(|field| field.name.as_str()).collect();
        let offsets: Vec<_> = wit.sizes.field_offsets(&types).iter().map(|(at, _)| at.size_wasm32()).collect();
        assert_eq!(fields, ["id", "name", "kind", "start", "len", "target"]);
        assert_eq!(offsets, [ID, NAME, KIND, START, LEN, TARGET]);
        assert_eq!(wit.sizes.size(&Type::Id(id)).size_wasm32(), RECORD as usize);
        assert_eq!(wit.sizes.align(&Type::Id(id)).align_wasm32(), PAYLOAD as usize);
        let (_, kind) = wit.resolve.types.iter().find(|(_, def)| def.name.as_deref() == Some("kind")).unwrap();
        let TypeDefKind::Enum(kind) = &kind.kind else { panic!("`kind` is an enum") };
        let cases: Vec<_> = kind.cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(cases, ["directory", "file", "link"]);
    }

    #[test]
    fn a_text_lies_in_memory_once() {
        let entry = |name| Entry { name, kind: Kind::Directory, start: 0, len: 0, target: "" };
        assert_eq!(index(&[entry("same"), entry("same"), entry("other")]).len(), 3 * RECORD as usize + 9);
    }
}
