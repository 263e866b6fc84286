//! Answers without the provider: denials, and what the policy fixes.

use super::{Call, Import, Imports, RESULT, Role, Writer, resource_name};
use crate::catalog;
use crate::denial::{Answer, SEED_BYTE};
use crate::interpose::Interposer;
use crate::interpose::body::{Body, byte, word};
use crate::value::{Memory, Value, flat, tag};
use crate::wit::{Wit, handles, result_of};
use anyhow::{Context as _, Result};
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::{Handle, Type, TypeDefKind};

impl Writer<'_, '_> {
    /// Answers without the provider, and leaves the result on the stack. Says whether that is a trap.
    pub fn answer(&mut self, body: &mut Body, call: &Call, answer: &Answer) -> Result<bool> {
        let Self { interposer, imports, memory, .. } = self;
        let made = match (answer, &call.function.result) {
            (Answer::Handle, Some(ty)) => handle(interposer, imports, call.wit, ty),
            (Answer::OkHandle, Some(ty)) => match result_of(call.wit, ty).and_then(|result| result.ok) {
                // What is made on purpose takes what it is given.
                Some(ok) if is_output(interposer, call.wit, &ok) => Some(vec![stand_in(imports, catalog::SINK)]),
                Some(ok) => handle(interposer, imports, call.wit, &ok),
                None => None,
            },
            (Answer::Sink, _) => Some(vec![stand_in(imports, catalog::SINK)]),
            _ => None,
        };
        let has_handle = matches!(answer, Answer::Handle | Answer::OkHandle);
        if matches!(answer, Answer::Trap) || (has_handle && made.is_none()) {
            body.put(I::Unreachable);
            return Ok(true);
        }
        if *answer == Answer::Uncalled {
            body.put(I::Unreachable);
            return Ok(false);
        }
        // What a function was given for good is dropped, and so is what it borrows from others. What was lent is gone.
        let settled = body.notes.is_some();
        let wanted = |handle| match handle {
            Handle::Own(_) => true,
            Handle::Borrow(resource) => match interposer.role(call.wit, resource) {
                Role::Own | Role::Numbered => false,
                Role::Io => !settled,
                Role::Foreign => true,
            },
        };
        call.walk_params(body, &wanted, &mut |body, handle, place| {
            let (Handle::Own(resource) | Handle::Borrow(resource)) = handle;
            place.get(body);
            body.put(imports.drop(call.wit, resource));
        });
        match answer {
            Answer::Trap | Answer::Uncalled => {}
            Answer::Handle | Answer::Sink => {
                for instruction in made.into_iter().flatten() {
                    body.put(instruction);
                }
            }
            Answer::OkHandle => {
                let result = call.function.result.as_ref().and_then(|ty| result_of(call.wit, ty));
                let result = result.context("there is no `ok` to answer with")?;
                // The case is a byte ahead of the handle.
                let cases = [result.ok.as_ref(), result.err.as_ref()];
                let at = call.wit.sizes.payload_offset(tag(cases.len()), cases).size_wasm32() as u32;
                body.put(I::I32Const(RESULT as i32)).put(I::I32Const(0)).put(I::I32Store8(byte(0)));
                body.put(I::I32Const(RESULT as i32));
                for instruction in made.into_iter().flatten() {
                    body.put(instruction);
                }
                body.put(I::I32Store(word(at))).put(I::I32Const(RESULT as i32));
            }
            Answer::Constant(value) => give_constant(memory, body, call, value.as_ref())?,
            Answer::EveryIndex => {
                let (at, left) = (body.local(ValType::I32), body.local(ValType::I32));
                let len = call.slots[1].local;
                // Waiting for nothing is a trap, as WASI has it.
                body.put(I::LocalGet(len)).put(I::I32Eqz).put(I::If(BlockType::Empty)).put(I::Unreachable).put(I::End);
                imports.realloc(body, 4, &[I::LocalGet(len), I::I32Const(2), I::I32Shl]);
                body.put(I::LocalSet(at));
                body.put(I::LocalGet(len)).put(I::LocalSet(left));
                body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
                body.put(I::LocalGet(left)).put(I::I32Eqz).put(I::BrIf(1));
                body.put(I::LocalGet(left)).put(I::I32Const(1)).put(I::I32Sub).put(I::LocalTee(left));
                body.put(I::I32Const(2)).put(I::I32Shl).put(I::LocalGet(at)).put(I::I32Add);
                body.put(I::LocalGet(left)).put(I::I32Store(word(0)));
                body.put(I::Br(0)).put(I::End).put(I::End);
                give_list(body, at, &[I::LocalGet(len)]);
            }
            Answer::Bytes => {
                let at = body.local(ValType::I32);
                let len = [I::LocalGet(call.slots[0].local), I::I32WrapI64];
                // More than a memory holds is a trap, as it is where memory runs out.
                body.put(I::LocalGet(call.slots[0].local)).put(I::I64Const(32)).put(I::I64ShrU).put(I::I64Eqz);
                body.put(I::I32Eqz).put(I::If(BlockType::Empty)).put(I::Unreachable).put(I::End);
                imports.realloc(body, 1, &len);
                body.put(I::LocalTee(at)).put(I::I32Const(SEED_BYTE.into()));
                body.put(len[0].clone()).put(len[1].clone()).put(I::MemoryFill(0));
                give_list(body, at, &len);
            }
        }
        Ok(false)
    }
}

/// Whether a type is a handle of an output stream that is not the host's.
fn is_output(interposer: &Interposer, wit: &Wit, ty: &Type) -> bool {
    let output = |handle: Handle| match handle {
        Handle::Own(id) => interposer.is_io(wit, id) && resource_name(wit, id).1 == "output-stream",
        Handle::Borrow(_) => false,
    };
    handles(wit, ty).into_iter().any(output)
}

/// What makes a handle to answer with: a resource of the interposer's own, or a stream that is closed.
fn handle(interposer: &Interposer, imports: &mut Imports, wit: &Wit, ty: &Type) -> Option<Vec<I<'static>>> {
    let Type::Id(id) = ty else { return None };
    let TypeDefKind::Handle(Handle::Own(resource)) = wit.resolve.types[wit.origin(*id)].kind else {
        return None;
    };
    let name = resource_name(wit, resource);
    match interposer.role(wit, resource) {
        Role::Own => {
            // Any number would do for the resource; jco takes 0 for none.
            let new = imports.call(Import::New(name), &[ValType::I32], Some(ValType::I32));
            Some(vec![I::I32Const(1), new])
        }
        Role::Io => {
            let (function, _) = catalog::STAND_IN_FUNCTIONS.iter().find(|(_, resource)| *resource == name.1)?;
            Some(vec![stand_in(imports, function)])
        }
        Role::Foreign | Role::Numbered => None,
    }
}

/// The call of a function of `virt:io/stand-ins`.
fn stand_in(imports: &mut Imports, function: &str) -> I<'static> {
    imports.call(Import::StandIns(function.to_owned()), &[], Some(ValType::I32))
}

/// Leaves a constant on the stack, or its address.
pub fn give_constant(memory: &mut Memory, body: &mut Body, call: &Call, value: Option<&Value>) -> Result<()> {
    if let (Some(ty), Some(value), Some(_)) = (&call.function.result, value, call.result) {
        if call.in_memory {
            body.put(I::I32Const(memory.place(call.wit, ty, value)? as i32));
        } else {
            body.scalar(flat(call.wit, ty, value)?);
        }
    }
    Ok(())
}

/// Leaves the address of a list on the stack, which is at the address in `at`.
fn give_list(body: &mut Body, at: u32, len: &[I<'static>]) {
    body.put(I::I32Const(RESULT as i32)).put(I::LocalGet(at)).put(I::I32Store(word(0)));
    body.put(I::I32Const(RESULT as i32));
    for instruction in len {
        body.put(instruction.clone());
    }
    body.put(I::I32Store(word(4))).put(I::I32Const(RESULT as i32));
}
