//! Calls written down, and the handles that have numbers for it.
//!
//! A resource with numbers is the interposer's own, and what represents one is the provider's handle, which is its number: the same
//! as long as it lives, and free for another after that, as a file descriptor is. Borrowed ones are that already, where a function
//! has them.

use super::print::Printer;
use super::{Call, Drop, Import, Role, TraceCode, Writer, resource_name};
use crate::interpose::body::{Body, Place, Slot};
use crate::names::Track;
use crate::wit::{Named, is_resource, named, named_parts_in};
use std::collections::BTreeSet;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::{Function, FunctionKind, Handle, Type};

/// The global that has the handle which was given away, and is not to be dropped with what stood for it.
pub const GIVEN_AWAY: u32 = 0;

/// What a call is called: `wasi:filesystem/types#descriptor.read`.
fn label(track: &Track, function: &Function) -> String {
    let name = match &function.kind {
        FunctionKind::Constructor(_) => format!("{}.constructor", function.name.trim_start_matches("[constructor]")),
        _ => function.name.split_once(']').map_or(function.name.as_str(), |(_, name)| name).to_owned(),
    };
    if *track == Track::world() { name } else { format!("{}#{name}", track.path()) }
}

impl Writer<'_, '_> {
    /// Calls the provider, and leaves what it gave in the local. The call is written down as one of the interface that is told, if one is.
    pub fn trace(&mut self, body: &mut Body, call: &Call, told: Option<&Track>, of: (usize, usize)) -> Option<Slot> {
        self.take_over(body, call);
        if let Some(track) = told {
            let prefix = self.interposer.trace.as_ref().map_or("", |tracing| tracing.prefix);
            let mut printer = Printer::of(self, call.wit);
            printer.text(&format!("{prefix}{}(", label(track, call.function)));
            for (at, (param, place)) in call.params().into_iter().enumerate() {
                printer.text(if at > 0 { ", " } else { "" });
                printer.value(body, &param, place);
            }
            printer.text(")");
            printer.write(body);
        }
        let held = self.call(body, call, of);
        self.let_go(body, call);
        if told.is_some() {
            let mut printer = Printer::of(self, call.wit);
            if let (Some(ty), Some(held)) = (&call.function.result, held) {
                printer.text(" = ");
                printer.value(body, ty, call.result_place(&[held]));
            }
            printer.text("\n");
            printer.write(body);
        }
        self.exchange(body, call, held);
        held
    }

    /// What a function is given for good becomes the provider's: what stood for it goes, and it stays.
    fn take_over(&mut self, body: &mut Body, call: &Call) {
        let Self { interposer, imports, .. } = self;
        let given = |handle| matches!(handle, Handle::Own(r) if interposer.role(call.wit, r) == Role::Numbered);
        call.walk_params(body, &given, &mut |body, handle, place| {
            let (Handle::Own(resource) | Handle::Borrow(resource)) = handle;
            let theirs = body.local(ValType::I32);
            place.get(body);
            let rep = Import::Rep(resource_name(call.wit, resource));
            body.put(imports.call(rep, &[ValType::I32], Some(ValType::I32)));
            body.put(I::LocalTee(theirs)).put(I::GlobalSet(GIVEN_AWAY));
            place.get(body);
            body.put(imports.drop(call.wit, resource));
            place.set(body, theirs);
        });
    }

    /// What is done besides calls, if there is a trace.
    pub fn trace_code(&mut self) -> Option<TraceCode> {
        let tracing = self.interposer.trace.as_ref()?;
        let mut resources: BTreeSet<Named> = BTreeSet::new();
        for interposed in &self.interposer.interfaces {
            let parts = named_parts_in(interposed.wit, interposed.item).into_iter();
            let parts = parts.filter(|id| is_resource(interposed.wit, *id));
            resources.extend(parts.filter_map(|id| named(interposed.wit, id)).filter(|name| (tracing.numbers)(name)));
        }
        let drops = resources.into_iter().map(|resource| {
            let (track, name) = &resource;
            let owner = if *track == Track::world() { String::new() } else { format!("{}#", track.path()) };
            let said = (tracing.is_aloud)(track).then(|| {
                let before = format!("{}{owner}{name}.drop({name}#", tracing.prefix);
                [self.memory.text(&before), self.memory.text(")\n")]
            });
            Drop { resource, said }
        });
        let drops = drops.collect();
        Some(TraceCode { drops, failure: format!("the trace cannot be written to {}", tracing.to) })
    }
}

impl Call<'_> {
    /// The parameters, and where they are.
    fn params(&self) -> Vec<(Type, Place<'_>)> {
        let types: Vec<Type> = self.function.params.iter().map(|param| param.ty).collect();
        let places = self.start().fields(self.wit, &types);
        types.into_iter().zip(places).collect()
    }
}
