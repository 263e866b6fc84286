//! What becomes of each function of an interface.

use super::{PlanError, Source, User, Want, function_mentions_io};
use crate::catalog;
use crate::denial::{self, Answer};
use crate::interpose::{Guard, Treatment};
use crate::names::Track;
use crate::policy::{Hook, Policy};
use crate::wit::{Wit, any, handles, named};
use wit_parser::{Function, Handle, Type, TypeDefKind};

pub fn settings_of(adapter: &str, track: &Track) -> bool {
    track.path() == format!("virt:{adapter}/settings")
}

/// What an interposer answers to an adapter in place of the host: settings, and denials.
pub fn answer_below(want: &Want, adapter: &str, policy: &Policy) -> Source {
    let track = want.item.track();
    let setting =
        |function: &Function| policy.setting(adapter, &function.name).filter(|_| settings_of(adapter, &track));
    // What an adapter has from below and never asks for needs no answer, only somebody who is there.
    let asks = policy.asks(adapter, &track);
    let answer = |function: &Function| match setting(function) {
        Some(value) => Answer::Constant(Some(value)),
        None if !asks => Answer::Uncalled,
        None => answer(want, policy, function),
    };
    Source::Interposed(want.item.functions(want.wit).into_iter().map(|f| Treatment::Answered(answer(f))).collect())
}

/// What a function answers in place of the host: what the policy fixes, or a refusal.
pub fn answer(want: &Want, policy: &Policy, function: &Function) -> Answer {
    let track = want.item.track();
    let refused = policy.fixes(&track).is_none();
    match policy.answer(&track, &function.name) {
        _ if policy.trap && refused && want.user == User::App => Answer::Trap,
        Some(answer) => answer,
        None => denial::answer(want.wit, &track, function),
    }
}

/// What becomes of each function of a denied interface.
pub fn deny(want: &Want, policy: &Policy) -> Result<Source, PlanError> {
    let mut treatments = Vec::new();
    for function in want.item.functions(want.wit) {
        refuse_newer(want, function)?;
        let answer = answer(want, policy, function);
        treatments.push(Treatment::Answered(answer));
    }
    Ok(Source::Interposed(treatments))
}

/// What becomes of each function of an interface that is the host's: nothing, unless io handles are exchanged, `open` says no,
/// or somebody is to be asked.
pub fn pass_on(
    want: &Want,
    policy: &Policy,
    hooked: bool,
    exchanged: bool,
    open: &dyn Fn(&Function) -> bool,
    makers: &[String],
) -> Result<Source, PlanError> {
    let functions = want.item.functions(want.wit);
    let track = want.item.track();
    let hook = |function: &Function| policy.hook(&track, &function.name).filter(|_| hooked);
    if !exchanged && functions.iter().all(|function| open(function) && hook(function).is_none()) {
        return Ok(Source::Root);
    }
    let mut treatments = Vec::new();
    for function in functions {
        if !open(function) {
            treatments.push(Treatment::Answered(answer(want, policy, function)));
            continue;
        }
        let converted = exchanged && function_mentions_io(want.wit, function);
        if converted && takes_io(want.wit, function) {
            return Err(PlanError::TakesIo {
                interface: want.item.name.clone(),
                path: track.path().to_owned(),
                function: function.name.clone(),
                makers: makers.join(", "),
            });
        }
        let hook = hook(function);
        if converted || hook.is_some() {
            refuse_newer(want, function)?;
        }
        treatments.push(match hook {
            Some(Hook::Ask(_, hook, about)) => Treatment::Guarded(Guard { hook: hook.to_owned(), about }),
            Some(Hook::Take(_)) => Treatment::Taken,
            None if converted => Treatment::Converted,
            None => Treatment::AsIs,
        });
    }
    Ok(Source::Interposed(treatments))
}

/// Whether a function takes a stream, pollable or error for good.
fn takes_io(wit: &Wit, function: &Function) -> bool {
    function.params.iter().any(|param| owns_io(wit, &param.ty))
}

fn owns_io(wit: &Wit, ty: &Type) -> bool {
    let owned = |handle| if let Handle::Own(id) = handle { named(wit, wit.origin(id)) } else { None };
    handles(wit, ty).into_iter().filter_map(owned).any(|name| catalog::is_io(&name))
}

/// Async functions, and streams and futures of the ABI, came with 0.3.
pub fn is_newer(want: &Want, function: &Function) -> bool {
    let is_newer = |ty: &Type| {
        any(want.wit, ty, &mut |ty, kind| {
            use TypeDefKind::{FixedLengthList, Future, Map, Stream};
            *ty == Type::ErrorContext || matches!(kind, Some(Future(_) | Stream(_) | Map(..) | FixedLengthList(..)))
        })
    };
    let types = function.params.iter().map(|param| &param.ty).chain(&function.result);
    function.kind.is_async() || types.into_iter().any(is_newer)
}

fn refuse_newer(want: &Want, function: &Function) -> Result<(), PlanError> {
    match is_newer(want, function) {
        true => Err(PlanError::NotYet { interface: want.item.name.clone(), function: function.name.clone() }),
        false => Ok(()),
    }
}
