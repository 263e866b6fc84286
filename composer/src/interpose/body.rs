//! The body of one core function while it is written, and the walk to the handles inside its values.

use crate::value::{Scalar, tag, tag_size};
use crate::wit::{Wit, any};
use wasm_encoder::{BlockType, Instruction as I, MemArg, ValType};
use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{Handle, Type, TypeDefKind};

/// Instructions and locals so far.
#[derive(Default)]
pub struct Body {
    params: Vec<ValType>,
    locals: Vec<ValType>,
    code: Vec<I<'static>>,
    /// The local that holds the notes on what was lent, if anything was.
    pub notes: Option<u32>,
}

impl Body {
    /// A function with these parameters, which are its first locals.
    pub fn new(params: Vec<ValType>) -> Self {
        Self { params, ..Self::default() }
    }

    /// A new local.
    pub fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        (self.params.len() + self.locals.len() - 1) as u32
    }

    /// Writes one instruction.
    pub fn put(&mut self, instruction: I<'static>) -> &mut Self {
        self.code.push(instruction);
        self
    }

    /// Writes a constant.
    pub fn scalar(&mut self, scalar: Scalar) -> &mut Self {
        self.put(match scalar {
            Scalar::I32(value) => I::I32Const(value),
            Scalar::I64(value) => I::I64Const(value),
            Scalar::F32(value) => I::F32Const(value.into()),
            Scalar::F64(value) => I::F64Const(value.into()),
        })
    }

    /// The function as wasm-encoder has it, and its locals.
    pub fn finish(self) -> (Vec<ValType>, wasm_encoder::Function) {
        let mut function = wasm_encoder::Function::new_with_locals_types(self.locals.iter().copied());
        for instruction in &self.code {
            function.instruction(instruction);
        }
        function.instruction(&I::End);
        (self.locals, function)
    }
}

/// One register of a flattened value. Where cases of a variant share it, it may be wider than what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The local.
    pub local: u32,
    /// The local's type.
    pub ty: ValType,
}

/// Where a value is.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In registers.
    Flat(&'a [Slot]),
    /// In memory, at the address in a local, plus an offset.
    Memory(u32, u32),
}

impl<'s> Place<'s> {
    /// Where fields of these types are, if the first begins here.
    pub fn fields(self, wit: &Wit, types: &[Type]) -> Vec<Place<'s>> {
        let mut first = 0;
        let field = |(offset, ty): (wit_parser::ArchitectureSize, &Type)| match self {
            Place::Flat(slots) => {
                let width = width(wit, ty);
                first += width;
                Place::Flat(&slots[first - width..first])
            }
            Place::Memory(base, at) => Place::Memory(base, at + offset.size_wasm32() as u32),
        };
        wit.sizes.field_offsets(types).into_iter().map(field).collect()
    }

    /// Where what a case has is, if one of these begins here.
    pub fn payload(self, wit: &Wit, cases: &[Option<Type>]) -> Place<'s> {
        match self {
            Place::Flat(slots) => Place::Flat(&slots[1..]),
            Place::Memory(base, at) => {
                let payload = wit.sizes.payload_offset(tag(cases.len()), cases.iter().map(Option::as_ref));
                Place::Memory(base, at + payload.size_wasm32() as u32)
            }
        }
    }

    /// Puts which of so many cases it is on the stack.
    pub fn get_case(&self, body: &mut Body, cases: usize) {
        match *self {
            Place::Flat(_) => self.get(body),
            Place::Memory(base, at) => {
                body.put(I::LocalGet(base)).put(match tag_size(tag(cases)) {
                    1 => I::I32Load8U(byte(at)),
                    2 => I::I32Load16U(half(at)),
                    _ => I::I32Load(word(at)),
                });
            }
        }
    }

    /// The address and the count of a list, in locals of their own.
    pub fn list(&self, body: &mut Body) -> (u32, u32) {
        let (at, count) = (body.local(ValType::I32), body.local(ValType::I32));
        let places = match *self {
            Place::Flat(slots) => [Place::Flat(&slots[..1]), Place::Flat(&slots[1..2])],
            Place::Memory(base, offset) => [Place::Memory(base, offset), Place::Memory(base, offset + 4)],
        };
        for (place, local) in places.into_iter().zip([at, count]) {
            place.get(body);
            body.put(I::LocalSet(local));
        }
        (at, count)
    }

    /// Puts what is here on the stack: a handle, an address, a count, or which case it is.
    pub fn get(&self, body: &mut Body) {
        match *self {
            Place::Flat(slots) => {
                body.put(I::LocalGet(slots[0].local));
                if slots[0].ty == ValType::I64 {
                    body.put(I::I32WrapI64);
                }
            }
            Place::Memory(base, offset) => {
                body.put(I::LocalGet(base)).put(I::I32Load(word(offset)));
            }
        }
    }

    /// Puts the handle in a local here.
    pub fn set(&self, body: &mut Body, from: u32) {
        match *self {
            Place::Flat(slots) => {
                body.put(I::LocalGet(from));
                if slots[0].ty == ValType::I64 {
                    body.put(I::I64ExtendI32U);
                }
                body.put(I::LocalSet(slots[0].local));
            }
            Place::Memory(base, offset) => {
                body.put(I::LocalGet(base)).put(I::LocalGet(from)).put(I::I32Store(word(offset)));
            }
        }
    }
}

/// Four bytes at `offset`.
pub fn word(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 2, memory_index: 0 }
}

/// Two bytes at `offset`.
pub fn half(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 1, memory_index: 0 }
}

/// Eight bytes at `offset`.
pub fn double(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 3, memory_index: 0 }
}

/// One byte at `offset`.
pub fn byte(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 0, memory_index: 0 }
}

/// Core types as wasm-encoder has them, on a 32-bit memory.
pub fn core(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}

/// How many registers a value takes.
pub fn width(wit: &Wit, ty: &Type) -> usize {
    // Only values that are known to fit are asked about, and they have at most 16.
    let mut storage = [WasmType::I32; 17];
    let mut flat = FlatTypes::new(&mut storage);
    wit.resolve.push_flat(ty, &mut flat);
    flat.to_vec().len()
}

/// What is looked for, and what is done to each handle found.
pub struct Walk<'a> {
    /// The types.
    pub wit: &'a Wit,
    /// Whether a handle is of interest.
    pub wanted: &'a dyn Fn(Handle) -> bool,
    /// Writes what is done to one.
    pub act: &'a mut dyn FnMut(&mut Body, Handle, Place<'_>),
}

impl Walk<'_> {
    /// Whether anything of interest is in a type.
    pub fn finds(wit: &Wit, wanted: &dyn Fn(Handle) -> bool, ty: &Type) -> bool {
        any(wit, ty, &mut |_, kind| matches!(kind, Some(TypeDefKind::Handle(handle)) if wanted(*handle)))
    }

    /// Writes what visits every handle of interest in a value of this type.
    pub fn value(&mut self, body: &mut Body, ty: &Type, place: Place<'_>) {
        if !Self::finds(self.wit, self.wanted, ty) {
            return;
        }
        let Type::Id(id) = ty else { return };
        match &self.wit.resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.value(body, ty, place),
            TypeDefKind::Handle(handle) => (self.act)(body, *handle, place),
            TypeDefKind::Record(record) => {
                self.fields(body, &record.fields.iter().map(|field| field.ty).collect::<Vec<_>>(), place);
            }
            TypeDefKind::Tuple(tuple) => self.fields(body, &tuple.types, place),
            TypeDefKind::Variant(variant) => {
                self.cases(body, &variant.cases.iter().map(|case| case.ty).collect::<Vec<_>>(), place);
            }
            TypeDefKind::Option(some) => self.cases(body, &[None, Some(*some)], place),
            TypeDefKind::Result(result) => self.cases(body, &[result.ok, result.err], place),
            TypeDefKind::List(element) => self.list(body, element, place),
            _ => {}
        }
    }

    /// A value of several fields, one after the other.
    pub fn fields(&mut self, body: &mut Body, types: &[Type], place: Place<'_>) {
        for (ty, place) in types.iter().zip(place.fields(self.wit, types)) {
            self.value(body, ty, place);
        }
    }

    fn cases(&mut self, body: &mut Body, cases: &[Option<Type>], place: Place<'_>) {
        for (index, ty) in cases.iter().enumerate() {
            let Some(ty) = ty else { continue };
            if !Self::finds(self.wit, self.wanted, ty) {
                continue;
            }
            place.get_case(body, cases.len());
            body.put(I::I32Const(index as i32)).put(I::I32Eq).put(I::If(BlockType::Empty));
            self.value(body, ty, place.payload(self.wit, cases));
            body.put(I::End);
        }
    }

    /// A list is an address and a count, wherever these are.
    fn list(&mut self, body: &mut Body, element: &Type, place: Place<'_>) {
        let (at, left) = place.list(body);
        let size = self.wit.sizes.size(element).size_wasm32() as i32;
        body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
        body.put(I::LocalGet(left)).put(I::I32Eqz).put(I::BrIf(1));
        self.value(body, element, Place::Memory(at, 0));
        body.put(I::LocalGet(at)).put(I::I32Const(size)).put(I::I32Add).put(I::LocalSet(at));
        body.put(I::LocalGet(left)).put(I::I32Const(1)).put(I::I32Sub).put(I::LocalSet(left));
        body.put(I::Br(0)).put(I::End).put(I::End);
    }
}

/// Whether a value of this type has parts that lie in memory wherever the value itself is.
pub fn has_list(wit: &Wit, ty: &Type) -> bool {
    any(wit, ty, &mut |ty, kind| *ty == Type::String || matches!(kind, Some(TypeDefKind::List(_))))
}
