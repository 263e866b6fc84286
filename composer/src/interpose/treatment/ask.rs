//! Guards: an adapter says whether the host is called at all, and whether what it gave is passed on.

use super::answer::give_constant;
use super::{Call, Import, Writer, resource_name};
use crate::denial::{self, Answer};
use crate::interpose::body::{Body, Slot, Walk, core, width, word};
use crate::interpose::load::load;
use crate::interpose::{About, Guard, Interposed};
use crate::names::Track;
use crate::wit::{Wit, handles, named, result_of};
use anyhow::{Context as _, Result, bail, ensure};
use wasm_encoder::{BlockType, Instruction as I, ValType};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, Handle, Type, TypeDefKind};

/// A function of an adapter's that is asked.
pub struct Hook<'h> {
    /// Of which interposed interface it is asked.
    position: usize,
    wit: &'h Wit,
    function: &'h Function,
    about: About,
    /// Whose function is guarded.
    track: Track,
}

/// A list of records, each of which a hook is asked about.
struct List<'l> {
    /// The type and place of the field that it is asked with.
    field: &'l Type,
    offset: u32,
    /// Bytes from one record to the next.
    size: u32,
}

impl<'h> Hook<'h> {
    /// The function that a guard names.
    pub fn of(interposed: &Interposed<'h>, position: usize, guard: &Guard) -> Result<Self> {
        let (wit, item) = interposed.hooks.context("who guards it has hooks")?;
        let function = item.functions(wit).into_iter().find(|function| function.name == guard.hook);
        let function = function.with_context(|| format!("`{}` has no `{}`", item.name, guard.hook))?;
        let indirect = wit.resolve.wasm_signature(AbiVariant::GuestImport, function).indirect_params;
        ensure!(!indirect, "a guard cannot be asked with so many arguments");
        Ok(Self { position, wit, function, about: guard.about, track: interposed.item.track() })
    }

    /// What it is asked about is one thing.
    fn param(&self) -> Result<(&'h str, &'h Type)> {
        match self.function.params.as_slice() {
            [param] => Ok((&param.name, &param.ty)),
            _ => bail!("`{}` takes not one argument", self.function.name),
        }
    }

    /// What it looks at of each record in a list.
    fn list<'l>(&self, wit: &'l Wit, element: &Type) -> Result<List<'l>> {
        let (name, _) = self.param()?;
        let Type::Id(id) = element else { bail!("a guard asks for fields of what has none") };
        let TypeDefKind::Record(record) = &wit.resolve.types[wit.origin(*id)].kind else {
            bail!("a guard asks for fields of what has none");
        };
        let types: Vec<Type> = record.fields.iter().map(|field| field.ty).collect();
        let offsets = wit.sizes.field_offsets(&types);
        let mut fields = record.fields.iter().zip(offsets);
        let (field, (offset, _)) = fields.find(|(field, _)| field.name == name).context("no such field")?;
        let size = wit.sizes.size(element).size_wasm32() as u32;
        Ok(List { field: &field.ty, offset: offset.size_wasm32() as u32, size })
    }
}

impl Writer<'_, '_> {
    /// Asks what can be asked ahead of the call, and goes on if the hook says yes. If not, the function answers as if denied.
    /// Says whether that is a trap.
    pub fn ask_ahead(&mut self, body: &mut Body, call: &Call, hook: &Hook) -> Result<bool> {
        match hook.about {
            About::Arguments => self.ask_arguments(body, call, hook),
            About::Elements => self.ask_elements(body, call, hook),
            About::Result | About::ResultElements => Ok(false),
        }
    }

    /// Asks what can be asked when the call is done, with what it gave. Says whether it may trap.
    pub fn ask_behind(&mut self, body: &mut Body, call: &Call, hook: &Hook, held: Slot) -> Result<bool> {
        match hook.about {
            About::Arguments | About::Elements => Ok(false),
            About::Result => self.ask_result(body, call, hook, held),
            About::ResultElements => self.ask_result_elements(body, call, hook, held).map(|()| false),
        }
    }

    /// Calls a hook with what is on the stack, which leaves 1 for yes.
    fn call_hook(&mut self, body: &mut Body, hook: &Hook) {
        let abi = hook.wit.resolve.wasm_signature(AbiVariant::GuestImport, hook.function);
        let params: Vec<ValType> = abi.params.iter().copied().map(core).collect();
        let import = Import::Hook(hook.position, hook.function.name.clone());
        body.put(self.imports.call(import, &params, Some(ValType::I32)));
    }

    /// Answers as if denied, ahead of the call.
    fn refuse(&mut self, body: &mut Body, call: &Call, hook: &Hook) -> Result<bool> {
        let traps = self.answer(body, call, &denial::answer(call.wit, &hook.track, call.function))?;
        body.put(I::Return);
        Ok(traps)
    }

    /// What the function has for good, the hook borrows: to the canonical ABI both are the same number.
    fn ask_arguments(&mut self, body: &mut Body, call: &Call, hook: &Hook) -> Result<bool> {
        ensure!(!call.indirect, "a guard cannot be asked with so many arguments");
        for wanted in &hook.function.params {
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
        self.call_hook(body, hook);
        body.put(I::I32Eqz).put(I::If(BlockType::Empty));
        let traps = self.refuse(body, call, hook)?;
        body.put(I::End);
        Ok(traps)
    }

    fn ask_elements(&mut self, body: &mut Body, call: &Call, hook: &Hook) -> Result<bool> {
        ensure!(!call.indirect, "a guard cannot be asked with so many arguments");
        let mut first = 0;
        let mut params = call.function.params.iter();
        let element = loop {
            let param = params.next().context("a guard asks about a list that is not there")?;
            match element_of(call.wit, &param.ty) {
                Some(element) => break element,
                None => first += width(call.wit, &param.ty),
            }
        };
        let list = hook.list(call.wit, &element)?;
        let (all, len) = (call.slots[first].local, call.slots[first + 1].local);
        let (at, left) = (body.local(ValType::I32), body.local(ValType::I32));
        body.put(I::LocalGet(all)).put(I::LocalSet(at)).put(I::LocalGet(len)).put(I::LocalSet(left));
        body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
        body.put(I::LocalGet(left)).put(I::I32Eqz).put(I::BrIf(1));
        load(body, call.wit, list.field, at, list.offset)?;
        self.call_hook(body, hook);
        body.put(I::I32Eqz).put(I::BrIf(1));
        step(body, at, list.size as i32);
        step(body, left, -1);
        body.put(I::Br(0)).put(I::End).put(I::End);
        // Some are left: from the first that is refused on.
        body.put(I::LocalGet(left)).put(I::If(BlockType::Empty));
        body.put(I::LocalGet(left)).put(I::LocalGet(len)).put(I::I32Eq).put(I::If(BlockType::Empty));
        let traps = self.refuse(body, call, hook)?;
        body.put(I::End);
        body.put(I::LocalGet(len)).put(I::LocalGet(left)).put(I::I32Sub).put(I::LocalSet(len)).put(I::End);
        Ok(traps)
    }

    fn ask_result(&mut self, body: &mut Body, call: &Call, hook: &Hook, held: Slot) -> Result<bool> {
        let (_, param) = hook.param()?;
        let asked = handles(hook.wit, param).into_iter().next();
        let asked = asked.and_then(|(Handle::Own(id) | Handle::Borrow(id))| named(hook.wit, hook.wit.origin(id)));
        let asked = asked.context("a guard asks about a handle")?;
        let ty = call.function.result.as_ref().context("a guard asks about what is given")?;
        ensure!(!any_list(call.wit, ty), "a guard cannot be asked about handles in lists");
        // All that was given, and the first that is asked about. A result that is an error has none.
        let (given, found) = (body.local(ValType::I32), body.local(ValType::I32));
        let mut owned = Vec::new();
        let mut is_known = false;
        let mut keep = |body: &mut Body, handle: Handle, place: crate::interpose::body::Place<'_>| {
            let Handle::Own(resource) = handle else { return };
            let local = body.local(ValType::I32);
            place.get(body);
            body.put(I::LocalSet(local));
            if !is_known && resource_name(call.wit, resource) == asked {
                is_known = true;
                body.put(I::LocalGet(local)).put(I::LocalSet(found)).put(I::I32Const(1)).put(I::LocalSet(given));
            }
            owned.push((resource, local));
        };
        let slots = [held];
        let place = call.result_place(&slots);
        Walk { wit: call.wit, wanted: &|handle| matches!(handle, Handle::Own(_)), act: &mut keep }
            .value(body, ty, place);
        ensure!(is_known, "a guard asks about a `{}`, and none is given", asked.1);
        body.put(I::LocalGet(given)).put(I::If(BlockType::Empty));
        body.put(I::LocalGet(found));
        self.call_hook(body, hook);
        body.put(I::I32Eqz).put(I::If(BlockType::Empty));
        // Hosts want what was made of another to be dropped before that.
        for (resource, local) in owned.into_iter().rev() {
            body.put(I::LocalGet(local)).put(self.imports.drop(call.wit, resource));
        }
        let traps = match denial::answer(call.wit, &hook.track, call.function) {
            Answer::Constant(value) => {
                give_constant(&mut self.memory, body, call, value.as_ref())?;
                body.put(I::Return);
                false
            }
            _ => {
                body.put(I::Unreachable);
                true
            }
        };
        body.put(I::End).put(I::End);
        Ok(traps)
    }

    fn ask_result_elements(&mut self, body: &mut Body, call: &Call, hook: &Hook, held: Slot) -> Result<()> {
        let ty = call.function.result.as_ref().context("a guard asks about what is given")?;
        let result = result_of(call.wit, ty).context("a guard asks about a list in a result")?;
        let element = result.ok.as_ref().and_then(|ok| element_of(call.wit, ok));
        let list = hook.list(call.wit, &element.context("a guard asks about a list in a result")?)?;
        let cases = [result.ok.as_ref(), result.err.as_ref()];
        let tag = crate::value::tag(cases.len());
        let place = call.wit.sizes.payload_offset(tag, cases).size_wasm32() as u32;
        let (at, left) = (body.local(ValType::I32), body.local(ValType::I32));
        let (to, kept) = (body.local(ValType::I32), body.local(ValType::I32));
        let size = list.size as i32;
        body.put(I::LocalGet(held.local)).put(I::I32Load8U(crate::interpose::body::byte(0)));
        body.put(I::I32Eqz).put(I::If(BlockType::Empty));
        body.put(I::LocalGet(held.local)).put(I::I32Load(word(place))).put(I::LocalTee(at)).put(I::LocalSet(to));
        body.put(I::LocalGet(held.local)).put(I::I32Load(word(place + 4))).put(I::LocalSet(left));
        body.put(I::Block(BlockType::Empty)).put(I::Loop(BlockType::Empty));
        body.put(I::LocalGet(left)).put(I::I32Eqz).put(I::BrIf(1));
        load(body, call.wit, list.field, at, list.offset)?;
        self.call_hook(body, hook);
        body.put(I::If(BlockType::Empty));
        body.put(I::LocalGet(to)).put(I::LocalGet(at)).put(I::I32Const(size));
        body.put(I::MemoryCopy { src_mem: 0, dst_mem: 0 });
        step(body, to, size);
        step(body, kept, 1);
        body.put(I::End);
        step(body, at, size);
        step(body, left, -1);
        body.put(I::Br(0)).put(I::End).put(I::End);
        body.put(I::LocalGet(held.local)).put(I::LocalGet(kept)).put(I::I32Store(word(place + 4))).put(I::End);
        Ok(())
    }
}

/// Adds to a local.
fn step(body: &mut Body, local: u32, by: i32) {
    body.put(I::LocalGet(local)).put(I::I32Const(by)).put(I::I32Add).put(I::LocalSet(local));
}

/// What a list is of.
fn element_of(wit: &Wit, ty: &Type) -> Option<Type> {
    let Type::Id(id) = ty else { return None };
    match &wit.resolve.types[wit.origin(*id)].kind {
        TypeDefKind::List(element) => Some(*element),
        _ => None,
    }
}

fn any_list(wit: &Wit, ty: &Type) -> bool {
    crate::wit::any(wit, ty, &mut |_, kind| matches!(kind, Some(TypeDefKind::List(_))))
}
