//! Values said to whoever writes calls down, piece by piece.

use super::{Import, Imports, Role, Writer, resource_name};
use crate::interpose::Interposer;
use crate::interpose::body::{Body, Place, word};
use crate::interpose::load::scalar;
use crate::value::Memory;
use crate::wit::Wit;
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::{Handle, Type, TypeDefKind};

/// Writes what says values. Text that stands together is said at once.
pub struct Printer<'p, 'a> {
    interposer: &'p Interposer<'a>,
    imports: &'p mut Imports,
    memory: &'p mut Memory,
    wit: &'p Wit,
    /// What is to be said next.
    pending: String,
}

/// The parameters of a function of `virt:trace/calls` or `floats`.
pub fn params(function: &str) -> &'static [ValType] {
    match function {
        "text" | "quoted" | "bytes" => &[ValType::I32, ValType::I32],
        "one-of" | "flags" => &[ValType::I32, ValType::I32, ValType::I32],
        "unsigned" | "signed" => &[ValType::I64],
        "single" => &[ValType::F32],
        "double" => &[ValType::F64],
        "character" => &[ValType::I32],
        _ => &[],
    }
}

impl<'p, 'a> Printer<'p, 'a> {
    pub fn of(writer: &'p mut Writer<'_, 'a>, wit: &'p Wit) -> Self {
        let Writer { interposer, imports, memory, .. } = writer;
        Self { interposer, imports, memory, wit, pending: String::new() }
    }

    /// Says text as it is.
    pub fn text(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// Has what was said written.
    pub fn write(&mut self, body: &mut Body) {
        self.flush(body);
        body.put(self.call("write"));
    }

    fn flush(&mut self, body: &mut Body) {
        let text = std::mem::take(&mut self.pending);
        if !text.is_empty() {
            self.constant(body, &text);
            body.put(self.call("text"));
        }
    }

    /// Puts text on the stack.
    fn constant(&mut self, body: &mut Body, text: &str) {
        let (at, len) = self.memory.text(text);
        body.put(I::I32Const(at as i32)).put(I::I32Const(len as i32));
    }

    fn call(&mut self, function: &str) -> I<'static> {
        self.imports.call(Import::Trace(function.to_owned()), params(function), None)
    }

    /// Writes what says a value of this type.
    pub fn value(&mut self, body: &mut Body, ty: &Type, place: Place<'_>) {
        match ty {
            Type::Id(id) => self.defined(body, &self.wit.resolve.types[self.wit.origin(*id)].kind, place),
            Type::String => {
                self.flush(body);
                let (at, len) = place.list(body);
                body.put(I::LocalGet(at)).put(I::LocalGet(len)).put(self.call("quoted"));
            }
            Type::Bool => {
                self.flush(body);
                self.constant(body, "false true");
                number(body, ty, place);
                body.put(self.call("one-of"));
            }
            _ => {
                self.flush(body);
                number(body, ty, place);
                let function = match ty {
                    Type::U8 | Type::U16 | Type::U32 => {
                        body.put(I::I64ExtendI32U);
                        "unsigned"
                    }
                    Type::S8 | Type::S16 | Type::S32 => {
                        body.put(I::I64ExtendI32S);
                        "signed"
                    }
                    Type::S64 => "signed",
                    Type::F32 => "single",
                    Type::F64 => "double",
                    Type::Char => "character",
                    _ => "unsigned",
                };
                body.put(self.call(function));
            }
        }
    }

    fn defined(&mut self, body: &mut Body, kind: &TypeDefKind, place: Place<'_>) {
        match kind {
            TypeDefKind::Type(ty) => self.value(body, ty, place),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
                self.text(&resource_name(self.wit, *id).1);
                if self.interposer.role(self.wit, *id) == Role::Numbered {
                    self.text("#");
                    self.flush(body);
                    place.get(body);
                    body.put(I::I64ExtendI32U).put(self.call("unsigned"));
                }
            }
            TypeDefKind::Record(record) => {
                let names: Vec<String> = record.fields.iter().map(|field| format!("{}: ", field.name)).collect();
                let types: Vec<Type> = record.fields.iter().map(|field| field.ty).collect();
                self.fields(body, ("{", "}"), &names, &types, place);
            }
            TypeDefKind::Tuple(tuple) => {
                let names = vec![String::new(); tuple.types.len()];
                self.fields(body, ("(", ")"), &names, &tuple.types, place);
            }
            TypeDefKind::Flags(flags) => {
                self.flush(body);
                let names: Vec<&str> = flags.flags.iter().map(|flag| flag.name.as_str()).collect();
                self.constant(body, &names.join(" "));
                let bits = match flags.flags.len() {
                    0..=8 => Type::U8,
                    9..=16 => Type::U16,
                    _ => Type::U32,
                };
                number(body, &bits, place);
                body.put(self.call("flags"));
            }
            TypeDefKind::Enum(of) => {
                let names: Vec<String> = of.cases.iter().map(|case| wave(&case.name)).collect();
                let cases: Vec<(&str, Option<Type>)> = names.iter().map(|name| (name.as_str(), None)).collect();
                self.cases(body, &cases, place);
            }
            TypeDefKind::Variant(variant) => {
                let names: Vec<String> = variant.cases.iter().map(|case| wave(&case.name)).collect();
                let types = variant.cases.iter().map(|case| case.ty);
                let cases: Vec<_> = names.iter().map(String::as_str).zip(types).collect();
                self.cases(body, &cases, place);
            }
            TypeDefKind::Option(some) => self.cases(body, &[("none", None), ("some", Some(*some))], place),
            TypeDefKind::Result(result) => self.cases(body, &[("ok", result.ok), ("err", result.err)], place),
            TypeDefKind::List(element) if self.is_byte(element) => self.bytes(body, place),
            TypeDefKind::List(element) => self.list(body, element, place),
            // The plan leaves functions alone that have what came with 0.3.
            _ => self.text("?"),
        }
    }

    /// Whether a type is `u8`, under whatever name.
    fn is_byte(&self, ty: &Type) -> bool {
        match ty {
            Type::Id(id) => {
                matches!(&self.wit.resolve.types[*id].kind, TypeDefKind::Type(ty) if self.is_byte(ty))
            }
            ty => *ty == Type::U8,
        }
    }

    fn fields(
        &mut self,
        body: &mut Body,
        (open, close): (&str, &str),
        names: &[String],
        types: &[Type],
        place: Place<'_>,
    ) {
        self.text(open);
        for (at, (ty, place)) in types.iter().zip(place.fields(self.wit, types)).enumerate() {
            self.text(if at > 0 { ", " } else { "" });
            self.text(&names[at]);
            self.value(body, ty, place);
        }
        self.text(close);
    }

    fn cases(&mut self, body: &mut Body, cases: &[(&str, Option<Type>)], place: Place<'_>) {
        self.flush(body);
        let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
        let types: Vec<Option<Type>> = cases.iter().map(|(_, ty)| *ty).collect();
        self.constant(body, &names.join(" "));
        place.get_case(body, cases.len());
        body.put(self.call("one-of"));
        for (index, ty) in types.iter().enumerate() {
            let Some(ty) = ty else { continue };
            place.get_case(body, cases.len());
            body.put(I::I32Const(index as i32)).put(I::I32Eq).put(I::If(BlockType::Empty));
            self.text("(");
            self.value(body, ty, place.payload(self.wit, &types));
            self.text(")");
            self.flush(body);
            body.put(I::End);
        }
    }

    /// How much of a list is said.
    fn size(&self) -> u32 {
        self.interposer.trace.as_ref().map_or(0, |tracing| tracing.size)
    }

    /// The beginning of a list in a local, and how much of it is said.
    fn begin(&mut self, body: &mut Body, place: Place<'_>) -> (u32, u32, u32) {
        self.flush(body);
        let (at, count) = place.list(body);
        let said = body.local(ValType::I32);
        let most = self.size() as i32;
        body.put(I::LocalGet(count)).put(I::I32Const(most));
        body.put(I::LocalGet(count)).put(I::I32Const(most)).put(I::I32LtU).put(I::Select).put(I::LocalSet(said));
        (at, count, said)
    }

    /// Says that there is more, behind what is said.
    fn rest(&mut self, body: &mut Body, count: u32, said: u32, words: &str) {
        self.flush(body);
        body.put(I::LocalGet(count)).put(I::LocalGet(said)).put(I::I32GtU).put(I::If(BlockType::Empty));
        self.text(words);
        self.flush(body);
        body.put(I::End);
    }

    fn bytes(&mut self, body: &mut Body, place: Place<'_>) {
        let (at, count, said) = self.begin(body, place);
        body.put(I::LocalGet(at)).put(I::LocalGet(said)).put(self.call("bytes"));
        self.rest(body, count, said, "...");
    }

    fn list(&mut self, body: &mut Body, element: &Type, place: Place<'_>) {
        self.text("[");
        let (at, count, said) = self.begin(body, place);
        let done = body.local(ValType::I32);
        let size = self.wit.sizes.size(element).size_wasm32() as i32;
        body.put(I::I32Const(0)).put(I::LocalSet(done));
        body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
        body.put(I::LocalGet(done)).put(I::LocalGet(said)).put(I::I32GeU).put(I::BrIf(1));
        body.put(I::LocalGet(done)).put(I::If(BlockType::Empty));
        self.text(", ");
        self.flush(body);
        body.put(I::End);
        self.value(body, element, Place::Memory(at, 0));
        self.flush(body);
        body.put(I::LocalGet(at)).put(I::I32Const(size)).put(I::I32Add).put(I::LocalSet(at));
        body.put(I::LocalGet(done)).put(I::I32Const(1)).put(I::I32Add).put(I::LocalSet(done));
        body.put(I::Br(0)).put(I::End).put(I::End);
        self.rest(body, count, said, if self.size() > 0 { ", ..." } else { "..." });
        self.text("]");
    }
}

/// Puts a number, `bool` or `char` on the stack. In registers that cases share, it may be in one of another type.
fn number(body: &mut Body, ty: &Type, place: Place<'_>) {
    let (_, natural) = scalar(ty, 0).unwrap_or((I::Nop, ValType::I32));
    match place {
        Place::Memory(base, offset) => {
            let load = scalar(ty, offset).map_or(I::I32Load(word(offset)), |(load, _)| load);
            body.put(I::LocalGet(base)).put(load);
        }
        Place::Flat(slots) => {
            body.put(I::LocalGet(slots[0].local));
            match (slots[0].ty, natural) {
                (ValType::I64, ValType::I32) => drop(body.put(I::I32WrapI64)),
                (ValType::I64, ValType::F32) => drop(body.put(I::I32WrapI64).put(I::F32ReinterpretI32)),
                (ValType::I32, ValType::F32) => drop(body.put(I::F32ReinterpretI32)),
                (ValType::I64, ValType::F64) => drop(body.put(I::F64ReinterpretI64)),
                _ => {}
            }
        }
    }
}

/// The name of a case as WAVE has it, where some words stand for other things.
fn wave(name: &str) -> String {
    match name {
        "true" | "false" | "some" | "none" | "ok" | "err" | "inf" | "nan" => format!("%{name}"),
        name => name.to_owned(),
    }
}
