//! What a denied function answers.
//!
//! In order: what the catalog says of this very function; the error that the interface has for refusal; what reads as
//! "nothing there"; a trap.

use crate::catalog::{self, Special};
use crate::names::Track;
use crate::value::Value;
use crate::wit::{Wit, result_of};
use wit_parser::{Function, Type, TypeDefKind};

/// What a denied function does when it is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Stops the program; the backtrace names the function.
    Trap,
    /// Nothing: it is there because somebody imports it who never calls it.
    Uncalled,
    /// Returns this; `None` from a function without result.
    Constant(Option<Value>),
    /// Returns a handle of a resource whose own functions are denied in turn, or a closed stream.
    Handle,
    /// Returns `ok` with such a handle.
    OkHandle,
    /// Returns a stream that takes everything.
    Sink,
    /// Returns the positions of all that it was given: everything is ready.
    EveryIndex,
    /// Returns as many bytes as were asked for, all the same.
    Bytes,
}

/// Names of error cases that say "refused", best first, as WASI and its neighbours spell them.
const REFUSALS: &[&str] = &[
    "access",
    "access-denied",
    "HTTP-request-denied",
    "not-permitted",
    "permission-denied",
    "denied",
    "forbidden",
    "unauthorized",
    "permanent-resolver-failure",
    "closed",
    "not-supported",
    "unsupported",
    "internal-error",
    "other",
    "unknown",
];

/// Names of functions whose number says how much there is, so that zero says "nothing there".
const AMOUNTS: &[&str] = &["len", "length", "size", "count", "available"];

/// The answer of `function` in the interface `track` when it is denied.
pub fn answer(wit: &Wit, track: &Track, function: &Function) -> Answer {
    if let Some(answer) = catalog::special(track, &function.name).and_then(|special| shaped(wit, special, function)) {
        return answer;
    }
    let Some(ty) = &function.result else {
        return Answer::Trap;
    };
    if is_own_handle(wit, ty) {
        return Answer::Handle;
    }
    let amount = AMOUNTS.contains(&function.item_name());
    match refusal(wit, ty).or_else(|| nothing(wit, ty, amount)) {
        Some(value) => Answer::Constant(Some(value)),
        None => Answer::Trap,
    }
}

/// The special answer, if the function has the shape that it is meant for.
fn shaped(wit: &Wit, special: Special, function: &Function) -> Option<Answer> {
    let params: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
    let gives_list_of = |element: Type| {
        let list = function.result.as_ref().and_then(|ty| kind(wit, ty));
        matches!(list, Some(TypeDefKind::List(ty)) if *ty == element)
    };
    match special {
        Special::Trap => Some(Answer::Trap),
        Special::Return if function.result.is_none() => Some(Answer::Constant(None)),
        Special::True if function.result == Some(Type::Bool) => Some(Answer::Constant(Some(Value::Bool(true)))),
        Special::EveryIndex if params.len() == 1 && gives_list_of(Type::U32) => {
            matches!(kind(wit, &params[0]), Some(TypeDefKind::List(_))).then_some(Answer::EveryIndex)
        }
        Special::Bytes if params == [Type::U64] && gives_list_of(Type::U8) => Some(Answer::Bytes),
        Special::Done => {
            let result = result_of(wit, function.result.as_ref()?)?;
            result.ok.is_none().then_some(Answer::Constant(Some(Value::Result(Ok(None)))))
        }
        Special::Made => {
            let made = result_of(wit, function.result.as_ref()?)?.ok.filter(|ty| is_own_handle(wit, ty));
            made.map(|_| Answer::OkHandle)
        }
        Special::First => match kind(wit, function.result.as_ref()?)? {
            TypeDefKind::Variant(variant) => {
                let first = variant.cases.first().filter(|case| case.ty.is_none())?;
                Some(Answer::Constant(Some(Value::case(&first.name))))
            }
            _ => None,
        },
        Special::Error(name) => {
            let error = result_of(wit, function.result.as_ref()?)?.err?;
            let TypeDefKind::Enum(of) = kind(wit, &error)? else { return None };
            let case = of.cases.iter().find(|case| case.name == name)?;
            Some(Answer::Constant(Some(Value::Result(Err(Some(Box::new(Value::Enum(case.name.clone()))))))))
        }
        Special::Seed => Some(Answer::Constant(Some(seed(wit, function.result.as_ref()?)?))),
        Special::Return | Special::True | Special::EveryIndex | Special::Bytes => None,
    }
}

/// The bytes of every constant that stands in for chance. Not zero, which some generators cannot start from.
pub const SEED_BYTE: u8 = 0x5a;

fn seed(wit: &Wit, ty: &Type) -> Option<Value> {
    match (ty, kind(wit, ty)) {
        (Type::U64, _) => Some(Value::Int(u64::from_le_bytes([SEED_BYTE; 8]).into())),
        (_, Some(TypeDefKind::Tuple(tuple))) => {
            tuple.types.iter().map(|ty| seed(wit, ty)).collect::<Option<_>>().map(Value::Tuple)
        }
        _ => None,
    }
}

fn is_own_handle(wit: &Wit, ty: &Type) -> bool {
    matches!(kind(wit, ty), Some(TypeDefKind::Handle(wit_parser::Handle::Own(_))))
}

fn kind<'a>(wit: &'a Wit, ty: &Type) -> Option<&'a TypeDefKind> {
    match ty {
        Type::Id(id) => Some(&wit.resolve.types[wit.origin(*id)].kind),
        _ => None,
    }
}

/// `err` with the error that says "refused", for a result that has one.
fn refusal(wit: &Wit, ty: &Type) -> Option<Value> {
    let Some(TypeDefKind::Result(result)) = kind(wit, ty) else {
        return None;
    };
    let error = match &result.err {
        None => None,
        Some(ty) => Some(Box::new(refusing_error(wit, ty)?)),
    };
    Some(Value::Result(Err(error)))
}

fn refusing_error(wit: &Wit, ty: &Type) -> Option<Value> {
    if let Type::String = ty {
        return Some(Value::string("denied"));
    }
    match kind(wit, ty)? {
        TypeDefKind::Type(ty) => refusing_error(wit, ty),
        TypeDefKind::Enum(cases) => REFUSALS
            .iter()
            .find(|name| cases.cases.iter().any(|case| case.name == **name))
            .map(|name| Value::Enum((*name).to_owned())),
        TypeDefKind::Variant(variant) => {
            let with_payload = |name: &str, ty: &Option<Type>| {
                let payload = match ty {
                    None => None,
                    Some(ty) => Some(Box::new(said(wit, ty)?)),
                };
                Some(Value::Variant(name.to_owned(), payload))
            };
            let named = REFUSALS
                .iter()
                .filter_map(|name| variant.cases.iter().find(|case| case.name == **name))
                .find_map(|case| with_payload(&case.name, &case.ty));
            // No case that says it, but one that can carry the word.
            named.or_else(|| {
                let case = variant.cases.iter().find(|case| case.ty.as_ref().is_some_and(|ty| is_string(wit, ty)))?;
                with_payload(&case.name, &case.ty)
            })
        }
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| Some((field.name.clone(), said(wit, &field.ty)?)))
            .collect::<Option<_>>()
            .map(Value::Record),
        _ => None,
    }
}

fn is_string(wit: &Wit, ty: &Type) -> bool {
    match ty {
        Type::String => true,
        Type::Id(id) => match &wit.resolve.types[wit.origin(*id)].kind {
            TypeDefKind::Type(ty) => is_string(wit, ty),
            _ => false,
        },
        _ => false,
    }
}

/// What a refusal carries: the word where there is room for one, a refusal in turn, or nothing.
fn said(wit: &Wit, ty: &Type) -> Option<Value> {
    if is_string(wit, ty) {
        return Some(Value::string("denied"));
    }
    refusing_error(wit, ty).or_else(|| nothing(wit, ty, true))
}

/// The value that reads as "nothing there". Whether a number can depends on what it counts.
fn nothing(wit: &Wit, ty: &Type, amount: bool) -> Option<Value> {
    match ty {
        Type::Bool => Some(Value::Bool(false)),
        Type::String => Some(Value::string("")),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::S8 | Type::S16 | Type::S32 | Type::S64 => {
            amount.then_some(Value::Int(0))
        }
        Type::F32 | Type::F64 => amount.then_some(Value::Float(0.0)),
        Type::Char | Type::ErrorContext => None,
        Type::Id(id) => match &wit.resolve.types[wit.origin(*id)].kind {
            TypeDefKind::Type(ty) => nothing(wit, ty, amount),
            TypeDefKind::Option(_) => Some(Value::Option(None)),
            TypeDefKind::List(_) => Some(Value::List(Vec::new())),
            TypeDefKind::Flags(_) => Some(Value::Flags(Vec::new())),
            TypeDefKind::Tuple(tuple) => {
                tuple.types.iter().map(|ty| nothing(wit, ty, amount)).collect::<Option<_>>().map(Value::Tuple)
            }
            TypeDefKind::Record(record) => record
                .fields
                .iter()
                .map(|field| Some((field.name.clone(), nothing(wit, &field.ty, amount)?)))
                .collect::<Option<_>>()
                .map(Value::Record),
            _ => None,
        },
    }
}
