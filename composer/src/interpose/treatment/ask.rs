//! Guards: an adapter says whether the host is called at all.

use super::{Call, Import, Writer};
use crate::denial;
use crate::interpose::Interposed;
use crate::interpose::body::{Body, core, width};
use anyhow::{Context as _, Result, ensure};
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::abi::AbiVariant;

impl Writer<'_, '_> {
    /// Asks a hook with those of the arguments that it names, and goes on if it says yes. If not, the function answers as if
    /// denied. Says whether that is a trap.
    ///
    /// What the function has for good, the hook borrows: to the canonical ABI both are the same number.
    pub fn ask(
        &mut self,
        body: &mut Body,
        call: &Call,
        interposed: &Interposed,
        position: usize,
        name: &str,
    ) -> Result<bool> {
        let (wit, item) = interposed.hooks.context("who guards it has hooks")?;
        let functions = item.functions(wit);
        let hook = functions.iter().find(|hook| hook.name == name);
        let hook = hook.with_context(|| format!("`{}` has no `{name}`", item.name))?;
        let abi = wit.resolve.wasm_signature(AbiVariant::GuestImport, hook);
        ensure!(!abi.indirect_params && !call.indirect, "a guard cannot be asked with so many arguments");
        for wanted in &hook.params {
            let mut first = 0;
            let mut params = call.function.params.iter();
            loop {
                let param = params.next().with_context(|| format!("a guard asks for `{}`", wanted.name))?;
                let width = width(call.wit, &param.ty);
                if param.name == wanted.name {
                    for slot in &call.slots[first..first + width] {
                        body.put(I::LocalGet(slot.local));
                    }
                    break;
                }
                first += width;
            }
        }
        let params: Vec<ValType> = abi.params.iter().copied().map(core).collect();
        let import = Import::Hook(position, name.to_owned());
        body.put(self.imports.call(import, &params, Some(ValType::I32)));
        body.put(I::I32Eqz).put(I::If(BlockType::Empty));
        let answer = denial::answer(call.wit, &interposed.item.track(), call.function);
        let traps = self.answer(body, call, &answer)?;
        body.put(I::Return).put(I::End);
        Ok(traps)
    }
}
