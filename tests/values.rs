//! Constants come out of a generated component as they went in, for every type of WIT 0.2. Settings reach adapters, and
//! refusals reach apps, in this way.

use anyhow::{Context, Result};
use std::env;
use virt_compose::component::Component;
use virt_compose::denial::Answer;
use virt_compose::interpose::{Interposed, Interposer, Provider, Treatment, encode};
use virt_compose::value::Value;
use virt_compose::wit::ItemKind;
use virt_compose_tests::host::engine;
use virt_compose_tests::random::{Random, labels};
use wasmtime::Store;
use wasmtime::component::{Linker, Val};
use wit_parser::{Resolve, Type, TypeDefKind};

/// The interface of the functions `c0`, `c1`, …, one for each type.
fn interface(definitions: &str, types: &[&str]) -> Result<Component> {
    let functions: String = types.iter().enumerate().map(|(at, ty)| format!("c{at}: func() -> {ty};\n")).collect();
    let text = format!(
        "package test:values; interface constants {{ {definitions}\n{functions} }} world app {{ import constants; }}"
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("values.wit", &text)?;
    let world = resolve.select_world(&[package], Some("app"))?;
    Ok(Component::of_world(resolve, world))
}

/// A component in which each function answers with its value.
fn constants(interface: &Component, values: &[Value]) -> Result<Vec<u8>> {
    let answer = |value: &Value| Treatment::Answered(Answer::Constant(Some(value.clone())));
    let interposed = Interposed {
        wit: &interface.wit,
        item: &interface.imports[0],
        treatments: values.iter().map(answer).collect(),
        instead: None,
        hooks: None,
    };
    let built = encode(&Interposer {
        interfaces: vec![interposed],
        provider: &|_| Provider::Own,
        describe: &|_| Vec::new(),
        virtual_io: false,
        trace: None,
        sleeps: false,
        is_public: false,
    })?;
    assert!(built.imports.is_empty(), "constants need nothing, and this imports {:?}", built.imports);
    Ok(built.bytes)
}

/// What each function answers. Each is called twice: what a call leaves behind must not show in the next.
fn answers(component: &[u8], count: usize) -> Result<Vec<[Value; 2]>> {
    let component = wasmtime::component::Component::new(engine(), component)?;
    let mut store = Store::new(engine(), ());
    let instance = Linker::new(engine()).instantiate(&mut store, &component)?;
    let interface = instance.get_export_index(&mut store, None, "test:values/constants").context("no interface")?;
    let mut call = |at: usize| {
        let function = instance.get_export_index(&mut store, Some(&interface), &format!("c{at}"));
        let function = function.and_then(|index| instance.get_func(&mut store, index));
        let mut results = [Val::Bool(false)];
        let function = function.with_context(|| format!("there is no `c{at}`"))?;
        function.call(&mut store, &[], &mut results)?;
        anyhow::Ok(value(&results[0]))
    };
    (0..count).map(|at| Ok([call(at)?, call(at)?])).collect()
}

fn value(val: &Val) -> Value {
    let boxed = |payload: &Option<Box<Val>>| payload.as_ref().map(|payload| Box::new(value(payload)));
    match val {
        Val::Bool(bool) => Value::Bool(*bool),
        Val::S8(int) => Value::Int((*int).into()),
        Val::U8(int) => Value::Int((*int).into()),
        Val::S16(int) => Value::Int((*int).into()),
        Val::U16(int) => Value::Int((*int).into()),
        Val::S32(int) => Value::Int((*int).into()),
        Val::U32(int) => Value::Int((*int).into()),
        Val::S64(int) => Value::Int((*int).into()),
        Val::U64(int) => Value::Int((*int).into()),
        Val::Float32(float) => Value::Float((*float).into()),
        Val::Float64(float) => Value::Float(*float),
        Val::Char(char) => Value::Char(*char),
        Val::String(text) => Value::string(text.as_str()),
        Val::List(list) => Value::List(list.iter().map(value).collect()),
        Val::Tuple(fields) => Value::Tuple(fields.iter().map(value).collect()),
        Val::Record(fields) => Value::Record(fields.iter().map(|(name, val)| (name.clone(), value(val))).collect()),
        Val::Variant(case, payload) => Value::Variant(case.clone(), boxed(payload)),
        Val::Enum(case) => Value::Enum(case.clone()),
        Val::Flags(flags) => Value::Flags(flags.clone()),
        Val::Option(payload) => Value::Option(boxed(payload)),
        Val::Result(result) => Value::Result(result.as_ref().map(boxed).map_err(boxed)),
        other => panic!("{other:?} is not WASI 0.2"),
    }
}

/// Whether each value comes out of a function of its type.
fn check(definitions: &str, cases: &[(&str, Value)]) -> Result<()> {
    let types: Vec<&str> = cases.iter().map(|(ty, _)| *ty).collect();
    let values: Vec<Value> = cases.iter().map(|(_, value)| value.clone()).collect();
    compare(&interface(definitions, &types)?, &types, &values)
}

fn compare(interface: &Component, types: &[&str], values: &[Value]) -> Result<()> {
    let answers = answers(&constants(interface, values)?, values.len())?;
    // As text: there nan is nan, and zero has its sign.
    let differs = |value: &Value, answer: &Value| format!("{value:?}") != format!("{answer:?}");
    let wrong: Vec<String> = (types.iter().zip(values).zip(&answers))
        .filter(|((_, value), answers)| answers.iter().any(|answer| differs(value, answer)))
        .map(|((ty, value), answers)| format!("`{ty}`: {value:?} came out as {answers:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn int(int: impl Into<i128>) -> Value {
    Value::Int(int.into())
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn list<const N: usize>(values: [Value; N]) -> Value {
    Value::List(values.into())
}

fn tuple<const N: usize>(values: [Value; N]) -> Value {
    Value::Tuple(values.into())
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn case(name: &str, payload: Value) -> Value {
    Value::Variant(name.to_owned(), Some(Box::new(payload)))
}

fn word(name: &str) -> Value {
    Value::Enum(name.to_owned())
}

fn flags<const N: usize>(names: [&str; N]) -> Value {
    Value::Flags(names.map(str::to_owned).into())
}

fn some(value: Value) -> Value {
    Value::option(Some(value))
}

fn none() -> Value {
    Value::option(None)
}

fn ok(value: Option<Value>) -> Value {
    Value::Result(Ok(value.map(Box::new)))
}

fn err(value: Option<Value>) -> Value {
    Value::Result(Err(value.map(Box::new)))
}

/// Flags of so many labels, of which every third is set and the last.
fn thirds(count: usize) -> Value {
    Value::Flags((0..count).filter(|at| at % 3 == 0 || at + 1 == count).map(|at| format!("l{at}")).collect())
}

fn definitions() -> String {
    let mut text = "
        type name = string;
        type names = list<name>;
        type maybe = option<name>;
        type point-again = point;
        record one { only: u32 }
        record one-wide { only: u64 }
        record one-float { only: f32 }
        record one-text { only: string }
        record one-deep { only: one-wide }
        record point { x: s32, y: s32 }
        record padded { a: u8, b: u64, c: u8, d: u16, e: bool, f: f64, g: char }
        record person { name: string, at: point, tags: list<string>, next: option<point> }
        record holder { first: u8, inner: padded, last: u8 }
        variant plain { a, b, c }
        variant shape { nothing, small(u8), text(string), both(tuple<u8, u64>), deep(padded) }
        variant narrow { a(u8), b(u16), c }
        variant joined { a(u32), b(f32), c(u64), d(f64), e(string) }
        variant lists { none-yet, some-of-them(list<shape>) }
        enum pair { yes, no }
        enum single { only }
    "
    .to_owned();
    for count in [1, 8, 9, 16, 17, 32] {
        text += &format!("flags flags{count} {{ {} }}\n", labels(count));
    }
    for count in [256, 257] {
        text += &format!("enum enum{count} {{ {} }}\n", labels(count));
    }
    let payloads: String = (0..300).map(|at| format!("l{at}(u8), ")).collect();
    text + &format!("variant variant300 {{ {payloads} }}\n")
}

#[test]
fn every_type_comes_out_as_it_went_in() -> Result<()> {
    let point = || record([("x", int(i32::MIN)), ("y", int(-1))]);
    let padded = || {
        record([
            ("a", int(1)),
            ("b", int(u64::MAX)),
            ("c", int(3)),
            ("d", int(0x0405)),
            ("e", Value::Bool(true)),
            ("f", Value::Float(-0.5)),
            ("g", Value::Char('𝄞')),
        ])
    };
    let person = |name: &str, tags: &[&str], next: Value| {
        let tags = Value::strings(tags.iter().copied());
        record([("name", text(name)), ("at", point()), ("tags", tags), ("next", next)])
    };
    let cases = [
        // Scalars
        ("bool", Value::Bool(false)),
        ("bool", Value::Bool(true)),
        ("u8", int(0)),
        ("u8", int(u8::MAX)),
        ("u16", int(0)),
        ("u16", int(u16::MAX)),
        ("u32", int(0)),
        ("u32", int(u32::MAX)),
        ("u64", int(0)),
        ("u64", int(u64::MAX)),
        ("s8", int(i8::MIN)),
        ("s8", int(i8::MAX)),
        ("s16", int(i16::MIN)),
        ("s16", int(i16::MAX)),
        ("s32", int(i32::MIN)),
        ("s32", int(i32::MAX)),
        ("s64", int(i64::MIN)),
        ("s64", int(i64::MAX)),
        ("f32", Value::Float(0.0)),
        ("f32", Value::Float(-0.0)),
        ("f32", Value::Float(f32::MAX.into())),
        ("f32", Value::Float(f32::from_bits(1).into())),
        ("f32", Value::Float(f64::NAN)),
        ("f32", Value::Float(f64::NEG_INFINITY)),
        ("f64", Value::Float(-0.0)),
        ("f64", Value::Float(0.1)),
        ("f64", Value::Float(f64::MAX)),
        ("f64", Value::Float(f64::from_bits(1))),
        ("f64", Value::Float(f64::NAN)),
        ("f64", Value::Float(f64::INFINITY)),
        ("char", Value::Char('\0')),
        ("char", Value::Char('ß')),
        ("char", Value::Char('\u{d7ff}')),
        ("char", Value::Char('\u{e000}')),
        ("char", Value::Char('𝄞')),
        ("char", Value::Char(char::MAX)),
        // Strings
        ("string", text("")),
        ("string", text("a")),
        ("string", text("a\0b\n\"\\")),
        ("string", text("grüße, 世界 𝄞")),
        // Lists
        ("list<u8>", list([])),
        ("list<u8>", list([int(1), int(2), int(255)])),
        ("list<bool>", list([Value::Bool(true), Value::Bool(false)])),
        ("list<u16>", list([int(1), int(0xffff)])),
        ("list<s64>", list([])),
        ("list<s64>", list([int(i64::MIN), int(-1)])),
        ("list<f32>", list([Value::Float(1.5), Value::Float(f64::NAN)])),
        ("list<char>", list([Value::Char('a'), Value::Char('𝄞')])),
        ("list<string>", list([])),
        ("list<string>", list([text("")])),
        ("list<string>", list([text("a"), text(""), text("bc"), text("ü")])),
        ("list<list<u32>>", list([list([]), list([int(1)]), list([int(2), int(3)])])),
        ("list<list<string>>", list([list([text("a"), text("b")]), list([]), list([text("c")])])),
        ("list<point>", list([point(), record([("x", int(1)), ("y", int(2))])])),
        ("list<padded>", list([padded(), padded(), padded()])),
        ("list<person>", list([person("a", &["b"], none()), person("", &[], some(point()))])),
        ("list<tuple<u8, u16>>", list([tuple([int(1), int(2)]), tuple([int(3), int(4)])])),
        ("list<tuple<string, string>>", list([tuple([text("NAME"), text("value")]), tuple([text("A"), text("")])])),
        ("list<pair>", list([word("yes"), word("no")])),
        ("list<flags9>", list([flags(["l0", "l8"]), flags([]), flags(["l3"])])),
        ("list<option<u8>>", list([some(int(1)), none(), some(int(255))])),
        ("list<shape>", list([Value::case("nothing"), case("small", int(1)), case("text", text("a"))])),
        ("list<result<u8, string>>", list([ok(Some(int(1))), err(Some(text("no")))])),
        // Tuples
        ("tuple<u8>", tuple([int(255)])),
        ("tuple<s64>", tuple([int(-1)])),
        ("tuple<f64>", tuple([Value::Float(0.25)])),
        ("tuple<string>", tuple([text("a")])),
        ("tuple<u8, u8>", tuple([int(1), int(2)])),
        ("tuple<u64, u64>", tuple([int(u64::MAX), int(1)])),
        ("tuple<u8, u16, u8, u32, u8, u64, u8>", tuple([1, 2, 3, 4, 5, 6, 7].map(int))),
        ("tuple<u64, u8, u32, u8, u16, u8, u8>", tuple([1, 2, 3, 4, 5, 6, 7].map(int))),
        ("tuple<bool, string, f64>", tuple([Value::Bool(true), text("a"), Value::Float(2.0)])),
        ("tuple<u8, tuple<u8, u64>, u8>", tuple([int(1), tuple([int(2), int(3)]), int(4)])),
        ("tuple<list<u8>, list<u64>>", tuple([list([int(1)]), list([int(2)])])),
        // Records
        ("one", record([("only", int(7))])),
        ("one-wide", record([("only", int(u64::MAX))])),
        ("one-float", record([("only", Value::Float(0.5))])),
        ("one-text", record([("only", text("a"))])),
        ("one-deep", record([("only", record([("only", int(9))]))])),
        ("point", point()),
        ("padded", padded()),
        ("person", person("ada", &["x", "", "yz"], some(point()))),
        ("person", person("", &[], none())),
        ("holder", record([("first", int(1)), ("inner", padded()), ("last", int(2))])),
        // Variants
        ("plain", Value::case("a")),
        ("plain", Value::case("c")),
        ("shape", Value::case("nothing")),
        ("shape", case("small", int(255))),
        ("shape", case("text", text("a"))),
        ("shape", case("both", tuple([int(1), int(u64::MAX)]))),
        ("shape", case("deep", padded())),
        ("narrow", case("a", int(255))),
        ("narrow", case("b", int(0xffff))),
        ("narrow", Value::case("c")),
        ("joined", case("a", int(u32::MAX))),
        ("joined", case("b", Value::Float(0.5))),
        ("joined", case("c", int(u64::MAX))),
        ("joined", case("d", Value::Float(0.1))),
        ("joined", case("e", text("a"))),
        ("lists", Value::case("none-yet")),
        ("lists", case("some-of-them", list([case("text", text("a")), Value::case("nothing")]))),
        ("variant300", case("l0", int(1))),
        ("variant300", case("l255", int(2))),
        ("variant300", case("l299", int(3))),
        // Enums
        ("single", word("only")),
        ("pair", word("yes")),
        ("pair", word("no")),
        ("enum256", word("l255")),
        ("enum257", word("l0")),
        ("enum257", word("l256")),
        ("tuple<enum256, u8>", tuple([word("l255"), int(1)])),
        ("tuple<enum257, u8>", tuple([word("l256"), int(1)])),
        // Flags
        ("flags1", flags([])),
        ("flags1", flags(["l0"])),
        ("flags8", thirds(8)),
        ("flags9", thirds(9)),
        ("flags16", thirds(16)),
        ("flags17", thirds(17)),
        ("flags32", flags([])),
        ("flags32", thirds(32)),
        ("tuple<flags1, flags8, flags9>", tuple([thirds(1), thirds(8), thirds(9)])),
        ("tuple<flags16, flags17, flags32>", tuple([thirds(16), thirds(17), thirds(32)])),
        // Options
        ("option<u8>", none()),
        ("option<u8>", some(int(255))),
        ("option<u64>", some(int(u64::MAX))),
        ("option<string>", none()),
        ("option<string>", some(text(""))),
        ("option<string>", some(text("a"))),
        ("option<list<u32>>", some(list([int(1), int(2)]))),
        ("option<option<u8>>", none()),
        ("option<option<u8>>", some(none())),
        ("option<option<u8>>", some(some(int(1)))),
        ("option<padded>", some(padded())),
        ("option<tuple<string, flags9>>", some(tuple([text("a"), thirds(9)]))),
        // Results
        ("result", ok(None)),
        ("result", err(None)),
        ("result<u8>", ok(Some(int(255)))),
        ("result<u8>", err(None)),
        ("result<_, string>", ok(None)),
        ("result<_, string>", err(Some(text("no")))),
        ("result<u64, pair>", ok(Some(int(u64::MAX)))),
        ("result<u64, pair>", err(Some(word("no")))),
        ("result<list<string>, shape>", ok(Some(list([text("a")])))),
        ("result<list<string>, shape>", err(Some(case("small", int(1))))),
        ("result<option<u8>, result<u8, u64>>", err(Some(err(Some(int(1)))))),
        // Aliases
        ("name", text("a")),
        ("names", Value::strings(["a", "b"])),
        ("maybe", some(text("a"))),
        ("point-again", point()),
        ("list<point-again>", list([point()])),
    ];
    check(&definitions(), &cases)
}

#[test]
fn an_alias_of_a_scalar_is_that_scalar() -> Result<()> {
    check(
        "type byte = u8; type byte-again = byte; type yes-or-no = bool; type ratio = f64; record r { only: byte-again }",
        &[
            ("byte", int(255)),
            ("byte-again", int(254)),
            ("list<byte-again>", list([int(1), int(2)])),
            ("option<yes-or-no>", some(Value::Bool(true))),
            ("ratio", Value::Float(0.5)),
            ("r", record([("only", int(7))])),
        ],
    )
}

#[test]
fn fields_and_flags_may_come_in_any_order() -> Result<()> {
    let interface = interface(&definitions(), &["point", "flags9"])?;
    let values = [record([("y", int(2)), ("x", int(1))]), flags(["l8", "l0"])];
    let answers = answers(&constants(&interface, &values)?, 2)?;
    assert_eq!(answers[0][0], record([("x", int(1)), ("y", int(2))]));
    assert_eq!(answers[1][0], flags(["l0", "l8"]));
    Ok(())
}

#[test]
fn constants_may_be_larger_than_a_page_of_memory() -> Result<()> {
    let numbers = Value::List((0..20_000).map(int).collect());
    check("", &[("u8", int(1)), ("string", text(&"ü".repeat(50_000))), ("list<u64>", numbers), ("string", text("end"))])
}

#[test]
fn the_same_small_constant_is_laid_out_once() -> Result<()> {
    let size = |count: usize| {
        let types = vec!["result<u64, pair>"; count];
        let values = vec![err(Some(word("no"))); count];
        anyhow::Ok(constants(&interface("enum pair { yes, no }", &types)?, &values)?.len())
    };
    // A function costs 35 bytes, for its names; with a constant of its own it would be 50.
    let (few, many) = (size(100)?, size(200)?);
    assert!(many - few < 100 * 40, "{few} bytes for 100 functions, {many} for 200");
    Ok(())
}

#[test]
fn a_string_is_not_taken_for_numbers_that_look_like_one() -> Result<()> {
    // One of these is the address of the string's bytes, its length and its first byte.
    let looks = |address: i32| ("tuple<u32, u32, u8, u32>", tuple([int(address), int(1), int(b'x'), int(0)]));
    let mut cases: Vec<_> = (3100..3300).map(looks).collect();
    cases.extend([("string", text("x")), ("string", text("something else"))]);
    check("", &cases)
}

#[test]
fn wrong_values_are_errors_that_say_what_is_wrong() -> Result<()> {
    let definitions = definitions();
    for (ty, value, words) in [
        ("u8", int(256), "256 is not between 0 and 255"),
        ("u8", int(-1), "-1 is not between 0 and 255"),
        ("s8", int(-129), "-129 is not between -128 and 127"),
        ("u16", int(0x1_0000), "65536 is not between 0 and 65535"),
        ("s16", int(0x8000), "32768 is not between -32768 and 32767"),
        ("u32", int(1_u64 << 32), "4294967296 is not between 0 and 4294967295"),
        ("s32", int(1_u32 << 31), "2147483648 is not between -2147483648 and 2147483647"),
        ("u64", int(1_i128 << 64), "18446744073709551616 is not between 0 and 18446744073709551615"),
        ("s64", int(1_u64 << 63), "9223372036854775808 is not between"),
        ("list<u8>", list([int(1), int(256)]), "256 is not between 0 and 255"),
        ("one", record([("only", int(-1))]), "-1 is not between"),
        ("u8", Value::Bool(true), "expected an integer, found a bool"),
        ("u8", Value::Float(1.0), "expected an integer, found a float"),
        ("f64", int(1), "found an integer"),
        ("bool", int(1), "found an integer"),
        ("char", text("a"), "found a string"),
        ("string", Value::Char('a'), "expected a string, found a char"),
        ("list<u8>", text("a"), "expected a list, found a string"),
        ("list<string>", list([text("a"), int(1)]), "expected a string, found an integer"),
        ("point", int(1), "expected a record or tuple, found an integer"),
        ("point", tuple([int(1), int(2)]), "expected 2 fields, found a tuple of 2"),
        ("point", record([("x", int(1))]), "expected 2 fields, found a record of 1"),
        ("point", record([("x", int(1)), ("z", int(2))]), "the field `y` is missing"),
        ("point", record([("x", int(1)), ("x", int(2))]), "the field `y` is missing"),
        ("point", record([("x", int(1)), ("y", int(2)), ("z", int(3))]), "expected 2 fields, found a record of 3"),
        ("tuple<u8, u8>", tuple([int(1)]), "expected 2 fields, found a tuple of 1"),
        ("tuple<u8, u8>", record([("a", int(1)), ("b", int(2))]), "is missing"),
        ("plain", Value::case("d"), "there is no case `d`"),
        ("shape", Value::case("small"), "the case `small` lacks its payload"),
        ("shape", case("nothing", int(1)), "the case `nothing` has no payload"),
        ("shape", case("small", text("a")), "expected an integer, found a string"),
        ("shape", flags([]), "expected a case, found flags"),
        ("pair", word("maybe"), "there is no case `maybe`"),
        ("pair", text("yes"), "expected a case, found a string"),
        ("flags9", flags(["l0", "l9"]), "there is no flag `l9`"),
        ("flags32", flags(["l32"]), "there is no flag `l32`"),
        ("list<flags9>", list([flags(["x"])]), "there is no flag `x`"),
        ("flags9", word("l0"), "expected flags, found an enum"),
        ("option<u8>", int(1), "expected a case, found an integer"),
        ("option<u8>", some(int(256)), "256 is not between 0 and 255"),
        ("result<u8>", ok(None), "the case `ok` lacks its payload"),
        ("result<u8>", err(Some(int(1))), "the case `err` has no payload"),
        ("result", some(int(1)), "there is no case `some`"),
    ] {
        let interface = interface(&definitions, &[ty])?;
        let error = match constants(&interface, std::slice::from_ref(&value)) {
            Ok(_) => panic!("{value:?} passes for `{ty}`"),
            Err(error) => format!("{error:#}"),
        };
        assert!(error.contains(words), "`{ty}`: {error}");
        assert!(error.contains("in `test:values/constants`, function `c0`"), "the place is missing: {error}");
    }
    Ok(())
}

/// A number at an end of its range, or anywhere.
fn random_int(random: &mut Random, min: i128, max: i128) -> Value {
    int(match random.below(4) {
        0 => min,
        1 => max,
        _ => min + i128::from(random.number()) % (max - min + 1),
    })
}

fn random_value(random: &mut Random, wit: &Resolve, ty: &Type) -> Value {
    let id = match ty {
        Type::Bool => return Value::Bool(random.below(2) == 0),
        Type::U8 => return random_int(random, 0, u8::MAX.into()),
        Type::U16 => return random_int(random, 0, u16::MAX.into()),
        Type::U32 => return random_int(random, 0, u32::MAX.into()),
        Type::U64 => return random_int(random, 0, u64::MAX.into()),
        Type::S8 => return random_int(random, i8::MIN.into(), i8::MAX.into()),
        Type::S16 => return random_int(random, i16::MIN.into(), i16::MAX.into()),
        Type::S32 => return random_int(random, i32::MIN.into(), i32::MAX.into()),
        Type::S64 => return random_int(random, i64::MIN.into(), i64::MAX.into()),
        Type::F32 => return Value::Float([0.0, -1.5, f64::NAN, f64::INFINITY, f32::MIN.into()][random.below(5)]),
        Type::F64 => return Value::Float([-0.0, 0.1, f64::NAN, f64::INFINITY, f64::MIN][random.below(5)]),
        Type::Char => return Value::Char(random.char()),
        Type::String => return Value::String((0..random.below(6)).map(|_| random.char()).collect()),
        Type::Id(id) => *id,
        Type::ErrorContext => panic!("not WASI 0.2"),
    };
    let maybe = |random: &mut Random, ty: &Option<Type>| ty.map(|ty| Box::new(random_value(random, wit, &ty)));
    match &wit.types[id].kind {
        TypeDefKind::Type(ty) => random_value(random, wit, ty),
        TypeDefKind::List(ty) => Value::List((0..random.below(4)).map(|_| random_value(random, wit, ty)).collect()),
        TypeDefKind::Option(ty) if random.below(3) > 0 => some(random_value(random, wit, ty)),
        TypeDefKind::Option(_) => none(),
        TypeDefKind::Tuple(tuple) => Value::Tuple(tuple.types.iter().map(|ty| random_value(random, wit, ty)).collect()),
        TypeDefKind::Result(result) if random.below(2) == 0 => Value::Result(Ok(maybe(random, &result.ok))),
        TypeDefKind::Result(result) => Value::Result(Err(maybe(random, &result.err))),
        TypeDefKind::Enum(cases) => word(&cases.cases[random.below(cases.cases.len())].name),
        TypeDefKind::Flags(flags) => {
            Value::Flags(flags.flags.iter().filter(|_| random.below(2) == 0).map(|flag| flag.name.clone()).collect())
        }
        TypeDefKind::Variant(variant) => {
            let case = &variant.cases[random.below(variant.cases.len())];
            Value::Variant(case.name.clone(), maybe(random, &case.ty))
        }
        TypeDefKind::Record(record) => Value::Record(
            record.fields.iter().map(|field| (field.name.clone(), random_value(random, wit, &field.ty))).collect(),
        ),
        other => panic!("{} is not WASI 0.2", other.as_str()),
    }
}

/// `SEED=n` tries others than the one that is always tried.
#[test]
fn random_values_of_random_types_come_out_as_they_went_in() -> Result<()> {
    let seed = env::var("SEED").map_or(Ok(1), |seed| seed.parse())?;
    let mut random = Random::new(seed, &[]);
    let mut definitions = Vec::new();
    let types: Vec<String> = (0..300).map(|_| random.ty(3, &mut definitions)).collect();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let interface = interface(&definitions.join("\n"), &types)?;
    let ItemKind::Interface(id) = interface.imports[0].kind else { panic!("an interface was written") };
    let wit = &interface.wit.resolve;
    let results = wit.interfaces[id].functions.values().filter_map(|function| function.result);
    let values: Vec<Value> = results.map(|ty| random_value(&mut random, wit, &ty)).collect();
    assert_eq!(values.len(), types.len());
    // Printed with what fails, and only then.
    println!("SEED={seed}");
    compare(&interface, &types, &values).with_context(|| format!("SEED={seed}"))
}
