//! Borrowed io handles on their way to the host: ours are exchanged for the host's for the length of a call.

use super::{Call, Writer, resource_name};
use crate::catalog;
use crate::denial::{self, Answer};
use crate::interpose::body::{Body, byte, word};
use crate::names::Track;
use crate::wit::{is_resource, named_parts_of};
use anyhow::Result;
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::Handle;

/// Where the bridge's answer to `lend` is written: the lender's number, whether there is a handle, and the handle.
const LENT: i32 = 8;

impl Writer<'_, '_> {
    /// Exchanges borrowed io handles in the parameters for the host's, which are lent for the call. A list of notes in
    /// memory remembers them: next note, kind, ours, the host's, the lender's number. One that is given twice is lent once.
    /// If one has no handle of the host's inside, the function answers as if denied. Says whether that is a trap.
    pub fn lend(&mut self, body: &mut Body, call: &Call, track: &Track) -> Result<bool> {
        let Self { interposer, imports, .. } = self;
        let (failed, ours, hosts) = (body.local(ValType::I32), body.local(ValType::I32), body.local(ValType::I32));
        let (notes, note) = (body.local(ValType::I32), body.local(ValType::I32));
        let (number, before) = (body.local(ValType::I32), body.local(ValType::I32));
        body.notes = Some(notes);
        let io = |handle| matches!(handle, Handle::Borrow(r) if interposer.is_io(call.wit, r));
        call.walk_params(body, &io, &mut |body, handle, place| {
            let Handle::Borrow(resource) = handle else {
                return;
            };
            let kind = resource_name(call.wit, resource).1;
            place.get(body);
            body.put(I::LocalSet(ours));
            imports.realloc(body, 4, &[I::I32Const(20)]);
            body.put(I::LocalSet(note));
            body.put(I::LocalGet(ours)).put(I::I32Const(LENT));
            body.put(imports.bridge("lend", &kind, &[ValType::I32; 2], None));
            let lent = |offset: u32| word(LENT as u32 + offset);
            body.put(I::I32Const(0)).put(I::I32Load(lent(8)));
            body.put(I::I32Const(0)).put(I::I32Const(0)).put(I::I32Load8U(byte(LENT as u32 + 4)));
            body.put(I::Select).put(I::LocalSet(hosts));
            body.put(I::I32Const(0)).put(I::I32Load(lent(0))).put(I::LocalSet(number));
            for (offset, value) in [
                (0, I::LocalGet(notes)),
                (4, I::I32Const(kind_number(&kind))),
                (8, I::LocalGet(ours)),
                (12, I::LocalGet(hosts)),
                (16, I::LocalGet(number)),
            ] {
                body.put(I::LocalGet(note)).put(value).put(I::I32Store(word(offset)));
            }
            // Nothing inside: the same may have been lent before. Its own note has no handle, and is not returned.
            body.put(I::LocalGet(notes)).put(I::LocalSet(before));
            body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
            body.put(I::LocalGet(hosts)).put(I::BrIf(1));
            body.put(I::LocalGet(before)).put(I::I32Eqz).put(I::If(BlockType::Empty));
            body.put(I::I32Const(1)).put(I::LocalSet(failed)).put(I::Br(2)).put(I::End);
            body.put(I::LocalGet(before)).put(I::I32Load(word(4))).put(I::I32Const(kind_number(&kind))).put(I::I32Eq);
            body.put(I::LocalGet(before)).put(I::I32Load(word(16))).put(I::LocalGet(number)).put(I::I32Eq);
            body.put(I::I32And).put(I::If(BlockType::Empty));
            body.put(I::LocalGet(before)).put(I::I32Load(word(12))).put(I::LocalSet(hosts)).put(I::End);
            body.put(I::LocalGet(before)).put(I::I32Load(word(0))).put(I::LocalSet(before));
            body.put(I::Br(0)).put(I::End).put(I::End);
            body.put(I::LocalGet(note)).put(I::LocalSet(notes));
            place.set(body, hosts);
        });
        body.put(I::LocalGet(failed)).put(I::If(BlockType::Empty));
        self.settle(body, call);
        let answer = match denial::answer(call.wit, track, call.function) {
            answer @ Answer::Constant(_) => answer,
            _ => Answer::Trap,
        };
        let traps = self.answer(body, call, &answer)?;
        body.put(I::Return).put(I::End);
        Ok(traps)
    }

    /// Gives back what was lent, and lets go of ours.
    pub fn settle(&mut self, body: &mut Body, call: &Call) {
        let Some(notes) = body.notes else { return };
        let Self { interposer, imports, .. } = self;
        let mut kinds = Vec::new();
        let mut found = Vec::new();
        named_parts_of(call.wit, call.function, &mut found);
        for id in found {
            if is_resource(call.wit, id) && interposer.is_io(call.wit, id) {
                kinds.push((id, resource_name(call.wit, id).1));
            }
        }
        body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
        body.put(I::LocalGet(notes)).put(I::I32Eqz).put(I::BrIf(1));
        for (id, kind) in kinds {
            body.put(I::LocalGet(notes)).put(I::I32Load(word(4)));
            body.put(I::I32Const(kind_number(&kind))).put(I::I32Eq).put(I::If(BlockType::Empty));
            body.put(I::LocalGet(notes)).put(I::I32Load(word(12))).put(I::If(BlockType::Empty));
            body.put(I::LocalGet(notes)).put(I::I32Load(word(8)));
            body.put(I::LocalGet(notes)).put(I::I32Load(word(12)));
            body.put(imports.bridge("return", &kind, &[ValType::I32; 2], None)).put(I::End);
            body.put(I::LocalGet(notes)).put(I::I32Load(word(8))).put(imports.drop(call.wit, id));
            body.put(I::End);
        }
        body.put(I::LocalGet(notes)).put(I::I32Load(word(0))).put(I::LocalSet(notes));
        body.put(I::Br(0)).put(I::End).put(I::End);
    }
}

/// How a note spells a kind of handle.
fn kind_number(kind: &str) -> i32 {
    catalog::IO_RESOURCES.iter().position(|(_, name)| *name == kind).map_or(-1, |position| position as i32)
}
