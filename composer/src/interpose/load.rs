//! Values in memory, put on the stack as a function takes them: flat, as the canonical ABI has it.

use super::body::{Body, Place, Slot, byte, core, double, half, word};
use crate::value::tag;
use crate::wit::Wit;
use anyhow::{Context as _, Result, bail, ensure};
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{Type, TypeDefKind};

/// Leaves the value at an offset from the address in a local on the stack.
pub fn load(body: &mut Body, wit: &Wit, ty: &Type, base: u32, offset: u32) -> Result<()> {
    let mut storage = [WasmType::I32; 17];
    let mut flat = FlatTypes::new(&mut storage);
    ensure!(wit.resolve.push_flat(ty, &mut flat), "it is too wide to be asked about");
    let types: Vec<ValType> = flat.to_vec().into_iter().map(core).collect();
    let slots: Vec<Slot> = types.iter().map(|ty| Slot { local: body.local(*ty), ty: *ty }).collect();
    // The registers that a case does not use are zero; they may still have what the last one had.
    for slot in &slots {
        body.put(match slot.ty {
            ValType::I64 => I::I64Const(0),
            ValType::F32 => I::F32Const(0.0.into()),
            ValType::F64 => I::F64Const(0.0.into()),
            _ => I::I32Const(0),
        });
        body.put(I::LocalSet(slot.local));
    }
    fill(body, wit, ty, (base, offset), &slots)?;
    for slot in &slots {
        body.put(I::LocalGet(slot.local));
    }
    Ok(())
}

/// What loads a number, `bool` or `char` at an offset, and what it is then; nothing, of other types.
pub fn scalar(ty: &Type, offset: u32) -> Option<(I<'static>, ValType)> {
    Some(match ty {
        Type::Bool | Type::U8 => (I::I32Load8U(byte(offset)), ValType::I32),
        Type::S8 => (I::I32Load8S(byte(offset)), ValType::I32),
        Type::U16 => (I::I32Load16U(half(offset)), ValType::I32),
        Type::S16 => (I::I32Load16S(half(offset)), ValType::I32),
        Type::U32 | Type::S32 | Type::Char => (I::I32Load(word(offset)), ValType::I32),
        Type::U64 | Type::S64 => (I::I64Load(double(offset)), ValType::I64),
        Type::F32 => (I::F32Load(word(offset)), ValType::F32),
        Type::F64 => (I::F64Load(double(offset)), ValType::F64),
        Type::String | Type::ErrorContext | Type::Id(_) => return None,
    })
}

/// Loads a value into registers, and says how many it took.
fn fill(body: &mut Body, wit: &Wit, ty: &Type, (base, offset): (u32, u32), slots: &[Slot]) -> Result<usize> {
    if let Type::Id(id) = ty {
        return fill_defined(body, wit, &wit.resolve.types[wit.origin(*id)].kind, (base, offset), slots);
    }
    let (instruction, natural) = scalar(ty, offset).context("a guard cannot be asked about what is in lists")?;
    body.put(I::LocalGet(base)).put(instruction);
    widen(body, natural, slots[0].ty)?;
    body.put(I::LocalSet(slots[0].local));
    Ok(1)
}

fn fill_defined(body: &mut Body, wit: &Wit, kind: &TypeDefKind, place: (u32, u32), slots: &[Slot]) -> Result<usize> {
    match kind {
        TypeDefKind::Record(record) => {
            fields(body, wit, &record.fields.iter().map(|field| field.ty).collect::<Vec<_>>(), place, slots)
        }
        TypeDefKind::Tuple(tuple) => fields(body, wit, &tuple.types, place, slots),
        TypeDefKind::Variant(variant) => {
            cases(body, wit, &variant.cases.iter().map(|case| case.ty).collect::<Vec<_>>(), place, slots)
        }
        TypeDefKind::Enum(of) => cases(body, wit, &vec![None; of.cases.len()], place, slots),
        TypeDefKind::Option(some) => cases(body, wit, &[None, Some(*some)], place, slots),
        TypeDefKind::Result(result) => cases(body, wit, &[result.ok, result.err], place, slots),
        _ => bail!("a guard cannot be asked about a value of such a type"),
    }
}

fn fields(body: &mut Body, wit: &Wit, types: &[Type], (base, offset): (u32, u32), slots: &[Slot]) -> Result<usize> {
    let mut first = 0;
    for (at, ty) in wit.sizes.field_offsets(types) {
        first += fill(body, wit, ty, (base, offset + at.size_wasm32() as u32), &slots[first..])?;
    }
    Ok(first)
}

/// Cases share registers, of which the widest takes the most.
fn cases(
    body: &mut Body,
    wit: &Wit,
    cases: &[Option<Type>],
    (base, offset): (u32, u32),
    slots: &[Slot],
) -> Result<usize> {
    let place = Place::Memory(base, offset);
    let payload = wit.sizes.payload_offset(tag(cases.len()), cases.iter().map(Option::as_ref)).size_wasm32() as u32;
    place.get_case(body, cases.len());
    // Within another case, the register may be one that it shares.
    widen(body, ValType::I32, slots[0].ty)?;
    body.put(I::LocalSet(slots[0].local));
    let mut most = 0;
    for (index, ty) in cases.iter().enumerate() {
        let Some(ty) = ty else { continue };
        body.put(I::LocalGet(slots[0].local));
        if slots[0].ty == ValType::I64 {
            body.put(I::I32WrapI64);
        }
        body.put(I::I32Const(index as i32)).put(I::I32Eq).put(I::If(BlockType::Empty));
        most = most.max(fill(body, wit, ty, (base, offset + payload), &slots[1..])?);
        body.put(I::End);
    }
    Ok(1 + most)
}

/// Makes what is on the stack as wide as the register.
fn widen(body: &mut Body, from: ValType, to: ValType) -> Result<()> {
    match (from, to) {
        _ if from == to => {}
        (ValType::I32, ValType::I64) => {
            body.put(I::I64ExtendI32U);
        }
        (ValType::F32, ValType::I32) => {
            body.put(I::I32ReinterpretF32);
        }
        (ValType::F32, ValType::I64) => {
            body.put(I::I32ReinterpretF32).put(I::I64ExtendI32U);
        }
        (ValType::F64, ValType::I64) => {
            body.put(I::I64ReinterpretF64);
        }
        _ => bail!("a register is too narrow; this is a defect of virt-compose"),
    }
    Ok(())
}
