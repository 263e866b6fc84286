//! What is in a component, and whether it can call no more than it may: on guests, on what becomes of them, and on what is none.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use virt_compose::catalog::{SUBSYSTEMS, build};
use virt_compose::cli::Cli;
use virt_compose::inspect::{Inspection, PartKind, Pattern, Rules, Used, inspect, verify};
use virt_compose::policy::Policy;
use virt_compose::provenance::sha256;
use virt_compose::virtualize;
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// A guest of the end-to-end tests.
fn guest(name: &str) -> Vec<u8> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    fs::read(guests.join(format!("{name}.wasm"))).expect("tests/guests/build.sh made it")
}

/// What becomes of an app, or a bundle.
#[track_caller]
fn composed(app: Option<&[u8]>, args: &[&str]) -> Vec<u8> {
    let policy = Cli::policy_of(&[args, &["app.wasm"]].concat()).unwrap();
    virtualize(app, &policy).unwrap().bytes
}

#[track_caller]
fn inspected(bytes: &[u8]) -> Inspection {
    let inspection = inspect(bytes).unwrap();
    // What parts and wires weigh is what all weighs.
    if let Some(wiring) = inspection.wiring {
        let parts: usize = inspection.parts.iter().map(|part| part.size).sum();
        assert_eq!(parts + wiring, inspection.component_size);
    }
    assert!(!inspection.is_cut_short);
    inspection
}

/// The imports that are used in a way, without versions.
fn used(inspection: &Inspection, used: Used) -> BTreeSet<&str> {
    let imports = inspection.imports.iter().filter(|import| import.used == used);
    imports.map(|import| import.name.split('@').next().unwrap_or_default()).collect()
}

/// Who calls a function.
#[track_caller]
fn callers<'a>(inspection: &'a Inspection, import: &str, function: &str) -> Vec<&'a str> {
    let import =
        inspection.imports.iter().find(|of| of.name.split('@').next() == Some(import)).expect("it is imported");
    let function = import.functions.iter().find(|of| of.name == function).expect("it has that function");
    assert_eq!(function.callable, !function.by.is_empty());
    function.by.iter().map(String::as_str).collect()
}

fn parts(inspection: &Inspection) -> Vec<(PartKind, &str)> {
    inspection.parts.iter().map(|part| (part.kind, part.name.as_str())).collect()
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// The sections of virt-compose's, with the depth at which they stand.
fn sections(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut depth, mut found) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if section.name() == "virt-compose" => found.push((depth, section.data())),
            _ => {}
        }
    }
    found
}

#[test]
fn a_guest_is_one_part_that_calls_what_it_lowers() {
    let bytes = guest("rust-hello");
    let inspection = inspected(&bytes);
    assert_eq!((inspection.size, inspection.component_size, inspection.preview1), (bytes.len(), bytes.len(), false));
    assert_eq!(parts(&inspection), [(PartKind::App, "app")]);
    assert_eq!(inspection.parts[0].sha256, sha256(&bytes));
    assert!(inspection.made_by.is_none() && inspection.wiring.is_none());
    let types = ["wasi:cli/terminal-input", "wasi:cli/terminal-output", "wasi:io/error"];
    assert_eq!(used(&inspection, Used::Types), BTreeSet::from(types));
    assert_eq!(callers(&inspection, "wasi:cli/stdout", "get-stdout"), ["app"]);
    let words = inspection.to_string();
    for line in ["  stdio", "    wasi:cli/stdout@0.2.6, by app: get-stdout", "  wasi:io/error@0.2.6"] {
        assert!(words.lines().any(|said| said == line), "`{line}` is not in: {words}");
    }
}

/// Everything that the host gives to a guest is either called by somebody or told to be there for its types.
#[test]
fn every_guest_is_followed_to_the_end_before_and_after() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    let mut number = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let before = inspected(&bytes);
        assert!(!used(&before, Used::Callable).is_empty(), "{}", path.display());
        // Some export streams, and cannot be sealed.
        let Ok(after) = virtualize(Some(&bytes), &Policy::default()) else { continue };
        let after = inspected(&after.bytes);
        // What is kept is for servers, and their streams are for `io` to call.
        let (left, had) = (used(&after, Used::Callable), used(&before, Used::Callable));
        let is_known = |name: &&str| had.contains(name) || name.starts_with("wasi:io/");
        assert!(left.iter().all(is_known), "{}: {left:?}", path.display());
        let apps = after.parts.iter().filter(|part| part.kind == PartKind::App);
        let sizes: Vec<usize> = apps.map(|part| part.size).collect();
        assert_eq!(sizes, [before.component_size], "{}", path.display());
        number += 1;
    }
    assert!(number > 20);
}

#[test]
fn a_sealed_guest_takes_nothing() {
    let sealed = composed(Some(&guest("rust-hello")), &[]);
    let inspection = inspected(&sealed);
    assert!(inspection.imports.is_empty());
    assert_eq!(parts(&inspection), [(PartKind::Interposer, "interposer-0"), (PartKind::App, "app")]);
    assert_eq!(inspection.parts[1].sha256, sha256(&guest("rust-hello")));
    assert!(verify(&inspection, &Rules { sealed: true, strict: true, ..Rules::default() }).ok);
    let made_by = inspection.made_by.unwrap();
    assert_eq!(made_by.tool, env!("CARGO_PKG_VERSION"));
    assert!(made_by.adapters.is_empty());
}

#[test]
fn adapters_are_told_by_their_bytes_and_the_section_names_them() {
    let args = ["--with", "stdio,fs", "--stdout=prefix:> ", "--stdin=ignore", "--tmpfs", "/tmp"];
    let inspection = inspected(&composed(Some(&guest("rust-world")), &args));
    let adapters: Vec<_> = inspection.parts.iter().filter(|part| part.kind == PartKind::Adapter).collect();
    assert!(adapters.len() > 2, "{adapters:?}");
    for part in &adapters {
        let known = build(&part.name).expect("it is a build");
        assert_eq!((part.size, part.sha256.clone()), (known.wasm.len(), sha256(known.wasm)));
        let row = SUBSYSTEMS.iter().find(|row| row.builds.iter().any(|build| build.name == part.name));
        assert_eq!(part.subsystem, row.map(|row| row.name));
    }
    let made_by = inspection.made_by.as_ref().unwrap();
    let named: BTreeSet<_> = made_by.adapters.iter().map(|of| (of.build.as_str(), of.sha256.as_str())).collect();
    assert_eq!(named, adapters.iter().map(|part| (part.name.as_str(), part.sha256.as_str())).collect());
    assert!(made_by.does["stdio"].contains("stdin ignore"), "{made_by:?}");
    assert!(made_by.does.contains_key("fs"));
    // What is the host's by rule is told, too.
    let rules = ["--with", "sockets", "--allow-sockets=tcp:10.0.0.5:5432"];
    let ruled = inspected(&composed(Some(&guest("rust-net")), &rules)).made_by.unwrap();
    assert!(ruled.does["sockets"].contains("tcp:10.0.0.5:5432"), "{ruled:?}");
    // The adapter calls, and what is passed on is still the app's to call.
    assert_eq!(callers(&inspection, "wasi:sockets/tcp", "[method]tcp-socket.start-connect"), ["app"]);
    let poll = callers(&inspection, "wasi:io/poll", "poll");
    assert!(poll.iter().all(|name| name.starts_with("io")) && !poll.is_empty(), "{poll:?}");
}

#[test]
fn what_is_embedded_is_a_part_and_the_section_comes_last() {
    let folder = tempfile::tempdir().unwrap();
    let large: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    for (name, bytes) in [("large", large.as_slice()), ("small", b"12345"), ("empty", b"")] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    for what in ["", "/empty", "/small"] {
        let mount = format!("/={}{what}", folder.path().display());
        let mount = if what.is_empty() { mount } else { mount.replacen("/=", "/x=", 1) };
        let args = ["--with", "fs", "--mount", &mount];
        let bytes = composed(Some(&guest("rust-shell")), &args);
        assert!(bytes == composed(Some(&guest("rust-shell")), &args));
        Validator::new_with_features(WasmFeatures::all()).validate_all(&bytes).unwrap();
        let found = sections(&bytes);
        assert_eq!(found.len(), 1);
        assert!(found[0].0 == 1 && bytes.ends_with(found[0].1));
        let inspection = inspected(&bytes);
        let files: Vec<_> = inspection.parts.iter().filter(|part| part.kind == PartKind::Files).collect();
        assert_eq!(files.len(), 1);
        assert!(files[0].size > if what.is_empty() { 200_000 } else { 500 });
        let made_by = inspection.made_by.unwrap();
        assert!(made_by.does["fs"].contains("embedded"));
        // Where it came from is nobody's business.
        let policy = made_by.policy.unwrap();
        assert!(policy.contains("\nlocal = \"(embedded)\"\n"), "{policy}");
        assert!(!policy.contains(folder.path().to_str().unwrap()), "{policy}");
    }
}

#[test]
fn sections_are_small_and_what_is_left_as_it_was_has_none() {
    let hello = guest("rust-hello");
    assert_eq!(sections(&composed(Some(&hello), &["--allow-all"])), []);
    assert!(sections(&composed(Some(&guest("c-tour")), &["--allow-all"])).is_empty());
    for args in [&["--with", "env", "-e", "A=1"][..], &["--with", "stdio", "--stdio=ignore"], &[]] {
        let bytes = composed(Some(&hello), args);
        let found = sections(&bytes);
        assert!(found.len() == 1 && found[0].1.len() < 600, "{args:?}: {}", found[0].1.len());
    }
}

#[test]
fn the_policy_that_a_section_has_is_a_policy_file() {
    for args in [
        &[][..],
        &["--with=env,stdio", "-e", "A=1", "--stdio=ignore"],
        &["--profile=test", "--tmpfs=/tmp::1M", "--deny=trap", "--seal=a:b"],
        &["--allow-all", "--trace=env", "--trace-size=8"],
    ] {
        let told = inspected(&composed(Some(&guest("rust-shell")), args)).made_by.unwrap().policy.unwrap();
        assert_eq!(Policy::from_toml(&told, "".as_ref()).unwrap(), Cli::policy_of(args).unwrap(), "{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input.txt");
    fs::write(&file, "1234").unwrap();
    for stdin in ["--stdin=text:secret".to_owned(), format!("--stdin=file:{}", file.display())] {
        let told = inspected(&composed(Some(&guest("rust-hello")), &["--with=stdio", &stdin])).made_by.unwrap();
        let told = told.policy.unwrap();
        assert!(told.ends_with("stdin = { file = \"(embedded)\" }\n"), "{told}");
    }
}

#[test]
fn a_composition_in_a_composition_keeps_its_section() {
    let first = composed(Some(&guest("rust-hello")), &["--with", "env", "-e", "A=1"]);
    let second = composed(Some(&first), &["--with", "stdio", "--stdout=prefix:> ", "--stderr=deny"]);
    assert_eq!(sections(&second).iter().map(|(depth, _)| *depth).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));
    let outer = inspected(&second);
    let app = outer.parts.iter().find(|part| part.kind == PartKind::App).unwrap();
    let inner = inspected(&first);
    assert_eq!((&app.made_by, &app.parts, &app.sha256), (&inner.made_by, &inner.parts, &sha256(&first)));
    assert!(inner.made_by.as_ref().unwrap().does.contains_key("env"));
    assert!(outer.made_by.as_ref().unwrap().does.contains_key("stdio"));
    // The other one is a third.
    assert!(inspected(&composed(Some(&second), &[])).imports.is_empty());
}

#[test]
fn a_bundle_hands_on_what_whoever_has_it_can_call() {
    let bundle = composed(None, &["--with", "env", "--allow-env", "-e", "A=1"]);
    let inspection = inspected(&bundle);
    assert!(inspection.parts.iter().all(|part| part.kind != PartKind::App));
    assert!(inspection.parts.iter().any(|part| part.name == "env" && part.kind == PartKind::Adapter));
    assert!(!callers(&inspection, "wasi:cli/environment", "get-environment").is_empty());
    assert!(inspection.made_by.is_some());
}

#[test]
fn a_preview_1_module_is_judged_by_the_component_that_it_would_be() {
    let module = guest("c-tour");
    let inspection = inspected(&module);
    assert!(inspection.preview1 && inspection.size == module.len() && inspection.component_size > module.len());
    let component = composed(Some(&module), &["--allow-all"]);
    assert_eq!(used(&inspection, Used::Callable), used(&inspected(&component), Used::Callable));
    assert!(inspection.to_string().starts_with("a core module for WASI preview 1"));
    assert!(!verify(&inspection, &rules(&["wasi:filesystem/preopens"], None)).ok);
    assert!(verify(&inspection, &rules(&["sockets"], None)).ok);
}

fn patterns(patterns: &[&str]) -> Vec<Pattern> {
    patterns.iter().map(|text| text.parse().unwrap()).collect()
}

fn rules(forbid: &[&str], only: Option<&[&str]>) -> Rules {
    Rules { forbid: patterns(forbid), only: only.map(patterns), ..Rules::default() }
}

/// Lowers `f` of `a:b/c`, which has `g` besides.
const CALLS: &str = r#"
    (import "a:b/c" (instance $c (export "f" (func)) (export "g" (func))))
    (alias export $c "f" (func $f))
    (core func $lowered (canon lower (func $f)))"#;

#[test]
fn a_function_is_followed_by_name_through_whatever_passes_it_on() {
    let host = r#"(import "a:b/c" (instance $c (export "f" (func)) (export "g" (func))))"#;
    for (inside, f, g) in [
        // Listed, and nobody has it.
        (String::new(), vec![], vec![]),
        // Aliased, and nobody has it either.
        (r#"(alias export $c "f" (func))"#.to_owned(), vec![], vec![]),
        (r#"(alias export $c "f" (func $f)) (core func (canon lower (func $f)))"#.to_owned(), vec!["app"], vec![]),
        (r#"(alias export $c "f" (func $f)) (start $f)"#.to_owned(), vec!["app"], vec![]),
        // Whoever calls the export calls it.
        (r#"(alias export $c "g" (func $g)) (export "x" (func $g))"#.to_owned(), vec![], vec!["export x"]),
        (r#"(export "y:z/c" (instance $c))"#.to_owned(), vec!["export y:z/c"], vec!["export y:z/c"]),
        // Handed to somebody who does not call it, and to one who does.
        (format!(r#"(component $a {host}) (instance (instantiate $a (with "a:b/c" (instance $c))))"#), vec![], vec![]),
        (
            format!(r#"(component $a {CALLS}) (instance (instantiate $a (with "a:b/c" (instance $c))))"#),
            vec!["component-0"],
            vec![],
        ),
        // Under another name, in an instance that is made here.
        (
            format!(
                r#"(component $a {CALLS})
                (alias export $c "g" (func $g)) (instance $d (export "f" (func $g)) (export "g" (func $g)))
                (instance (instantiate $a (with "a:b/c" (instance $d))))"#
            ),
            vec![],
            vec!["component-0"],
        ),
        // What is defined further out, further in.
        (
            format!(
                r#"(component $a {CALLS})
                (component $b {host} (instance (instantiate $a (with "a:b/c" (instance $c)))))
                (instance (instantiate $b (with "a:b/c" (instance $c))))"#
            ),
            vec!["component-1"],
            vec![],
        ),
        // Through the export of one that passes it on.
        (
            format!(
                r#"(component $a {CALLS}) (component $b {host} (export "d" (instance $c)))
                (instance $i (instantiate $b (with "a:b/c" (instance $c))))
                (alias export $i "d" (instance $d))
                (instance (instantiate $a (with "a:b/c" (instance $d))))"#
            ),
            vec!["component-0"],
            vec![],
        ),
        // A component of the host's does what it likes.
        (
            r#"(import "k" (component $k (import "f" (func)))) (alias export $c "f" (func $f))
            (instance (instantiate $k (with "f" (func $f))))"#
                .to_owned(),
            vec!["a component of the host's"],
            vec![],
        ),
    ] {
        let text = format!("(component {host} {inside})");
        let inspection = inspected(&component(&text));
        assert_eq!(callers(&inspection, "a:b/c", "f"), f, "{text}");
        assert_eq!(callers(&inspection, "a:b/c", "g"), g, "{text}");
        let is_called = !(f.is_empty() && g.is_empty());
        assert_eq!(verify(&inspection, &rules(&["a:b"], None)).ok, !is_called, "{text}");
        assert_eq!(verify(&inspection, &rules(&["a:b/c#f"], None)).ok, f.is_empty(), "{text}");
        let strict = Rules { strict: true, ..rules(&["a:b/c#g"], None) };
        assert!(!verify(&inspection, &strict).ok, "{text}");
    }
}

#[test]
fn functions_types_and_modules_of_the_world_are_judged_too() {
    let text = r#"(component (import "f" (func $f)) (import "g" (func)) (import "t" (type (sub resource)))
        (import "m" (core module)) (core func (canon lower (func $f))))"#;
    let inspection = inspected(&component(text));
    assert_eq!(used(&inspection, Used::Callable), BTreeSet::from(["f", "m"]));
    assert_eq!(used(&inspection, Used::Types), BTreeSet::from(["g", "t"]));
    for (pattern, ok) in [("f", false), ("g", true), ("t", true), ("m", false), ("*", false), ("env", true)] {
        assert_eq!(verify(&inspection, &rules(&[pattern], None)).ok, ok, "{pattern}");
    }
    assert!(verify(&inspection, &rules(&[], Some(&["f", "m"]))).ok);
    assert!(!verify(&inspection, &Rules { strict: true, ..rules(&[], Some(&["f", "m", "g"])) }).ok);
    assert!(verify(&inspection, &Rules { strict: true, ..rules(&[], Some(&["f", "m", "g", "t"])) }).ok);
}

/// An instance may have a component in it, of which there may be another instance, whose functions no import lists.
#[test]
fn what_has_a_component_in_it_may_do_anything() {
    let text = r#"(component (import "a:b/c" (instance $c (export "f" (func)) (export "k" (component (export "h" (func))))))
        (alias export $c "k" (component $k)) (instance $i (instantiate $k)) (alias export $i "h" (func $h))
        (core func (canon lower (func $h))))"#;
    let inspection = inspected(&component(text));
    assert_eq!(used(&inspection, Used::Callable), BTreeSet::from(["a:b/c"]));
    assert!(inspection.to_string().contains("not all is known"), "{inspection}");
    for (forbid, only, ok) in [
        (&["a:b/c#f"][..], None, false),
        (&["a:b"], None, false),
        (&["a:d"], None, true),
        (&[], Some(&["a:b/c#f"][..]), false),
        (&[], Some(&["a:b/c"]), true),
    ] {
        assert_eq!(verify(&inspection, &rules(forbid, only)).ok, ok, "{forbid:?} {only:?}");
    }
}

/// Twice in each other, forty times: more than anybody follows.
#[test]
fn what_is_too_much_to_be_followed_counts_as_called() {
    let host = r#"(import "f" (func $f))"#;
    let mut text = format!("(component $c0 {host})");
    for level in 1..40 {
        let one = format!(r#"(instance (instantiate $c{} (with "f" (func $f))))"#, level - 1);
        text.push_str(&format!("(component $c{level} {host} {one} {one})"));
    }
    let text = format!(r#"(component {host} {text} (instance (instantiate $c39 (with "f" (func $f)))))"#);
    let inspection = inspect(&component(&text)).unwrap();
    assert!(inspection.is_cut_short && inspection.imports[0].used == Used::Callable);
    assert!(!verify(&inspection, &rules(&["f"], None)).ok);
    assert!(inspection.to_string().contains("not known"));
    // In each other, and nothing else.
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..2000 {
        let mut length = Vec::new();
        let mut rest = bytes.len();
        while rest > 127 {
            length.push(rest as u8 | 128);
            rest >>= 7;
        }
        length.push(rest as u8);
        bytes = [&b"\0asm\x0d\0\x01\0\x04"[..], &length, &bytes].concat();
    }
    let error = inspect(&bytes).unwrap_err().to_string();
    assert!(error.contains("1000 deep"), "{error}");
}

/// Whatever stands in a file, there is an answer or an error, and the section decides nothing.
#[test]
fn bytes_that_are_cut_off_changed_or_lying_do_no_harm() {
    for (name, args) in [("rust-hello", &[][..]), ("rust-world", &["--with", "stdio", "--stdin=ignore"])] {
        let whole = composed(Some(&guest(name)), args);
        for length in (0..whole.len()).step_by(1999) {
            assert!(inspect(&whole[..length]).is_err());
        }
        let mut at = 1;
        let (mut good, mut bad) = (0, 0);
        for turn in 0..400_usize {
            at = (at * 7919 + turn * 31) % whole.len();
            // Where the section is, and where types are, a byte says the most.
            let place = if turn % 2 == 0 { whole.len() - 1 - at % 300 } else { at };
            let mut bytes = whole.clone();
            bytes[place] ^= 1 + (turn % 255) as u8;
            match inspect(&bytes) {
                Ok(inspection) => {
                    let words = inspection.to_string();
                    assert!(words.chars().all(|char| char == '\n' || !char.is_control()), "{words:?}");
                    good += 1;
                }
                Err(_) => bad += 1,
            }
        }
        assert!(good > 0 && bad > 0, "{good}, {bad}");
    }
    let lies =
        r#"{"version":1,"tool":"\u001b[2J9","parts":["io","app"],"does":{"\u0007":"\nx"},"policy":"a\u001b\nb"}"#;
    let mut bytes = component(&format!("(component {CALLS} (component) (component))"));
    CustomSection { name: "virt-compose".into(), data: lies.as_bytes().into() }.append_to(&mut bytes);
    let inspection = inspected(&bytes);
    let words = inspection.to_string();
    assert!(inspection.made_by.is_some(), "{words}");
    assert!(words.chars().all(|char| char == '\n' || !char.is_control()), "{words:?}");
    assert_eq!(parts(&inspection), [(PartKind::Other, "io"), (PartKind::App, "app")]);
    assert!(!verify(&inspection, &Rules { sealed: true, ..Rules::default() }).ok);
}

/// A run of the tool in a folder with some components.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hello.wasm"), guest("rust-hello")).unwrap();
    fs::write(folder.path().join("world.wasm"), guest("rust-world")).unwrap();
    fs::write(folder.path().join("tour.wasm"), guest("c-tour")).unwrap();
    fs::write(folder.path().join("bad.wasm"), &guest("rust-hello")[..999]).unwrap();
    fs::write(folder.path().join("sealed.wasm"), composed(Some(&guest("rust-hello")), &[])).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_virt-compose"));
    command.current_dir(folder.path()).args(args).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!stderr.contains("panicked"), "{stderr}");
    (status.code(), stdout, stderr)
}

#[test]
fn verify_ends_with_its_verdict() {
    for (args, code, lines) in [
        (&["sealed.wasm", "--sealed"][..], 0, &["verified: it can call nothing that it must not"][..]),
        (&["hello.wasm", "--forbid", "sockets,wasi:http", "--forbid", "fs"], 0, &["verified"]),
        (&["world.wasm", "--forbid", "sockets"], 1, &["violated in "]),
        (
            &["world.wasm", "--forbid", "wasi:sockets/tcp#start-connect"],
            1,
            &[
                "`wasi:sockets/tcp@0.2.6` is forbidden by `wasi:sockets/tcp#start-connect`: tcp-socket.start-connect (called by app)",
                "violated in 1 way",
            ],
        ),
        (&["hello.wasm", "--only", "stdio,env,exit,random,io"], 0, &["verified"]),
        (
            &["hello.wasm", "--only", "stdio,env,exit,random"],
            1,
            &[
                "`wasi:io/poll@0.2.6` is not among what may be called: pollable.block",
                "streams and pollables",
                "violated in 2",
            ],
        ),
        (
            &["hello.wasm", "--sealed"],
            1,
            &["`wasi:io/error@0.2.6` is there for its types alone, which is no violation", "violated"],
        ),
        (
            &["hello.wasm", "--forbid", "wasi:io/error"],
            0,
            &["`wasi:io/error@0.2.6` is there for its types", "verified"],
        ),
        (
            &["hello.wasm", "--forbid", "wasi:io/error", "--strict"],
            1,
            &["it is there for its types alone", "violated in 1"],
        ),
        (&["tour.wasm", "--forbid", "fs"], 1, &["called by app", "violated in 2"]),
    ] {
        let (found, stdout, stderr) = run(&[&["verify"], args].concat());
        assert_eq!(found, Some(code), "{args:?}: {stdout}{stderr}");
        assert_eq!(stderr, "", "{args:?}");
        for line in lines {
            assert!(stdout.contains(line), "{args:?}: `{line}` is not in: {stdout}");
        }
        assert!(stdout.lines().last().unwrap().starts_with(if code == 0 { "verified" } else { "violated" }));
        let (found, json, _) = run(&[&["verify", "--json"], args].concat());
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((found, &json["version"], &json["ok"]), (Some(code), &1.into(), &(code == 0).into()), "{args:?}");
        assert_eq!(json["violations"].as_array().unwrap().is_empty(), code == 0);
    }
}

#[test]
fn what_cannot_be_verified_is_refused_with_the_way_out() {
    for (args, code, words) in [
        (&["hello.wasm"][..], 2, &["`--forbid`", "`--only`", "`--sealed`"][..]),
        (&["hello.wasm", "--forbid", "sokets"], 2, &["`sokets`", "did you mean `sockets`?"]),
        (&["hello.wasm", "--forbid", "wasi:sockest"], 2, &["did you mean `sockets`?"]),
        (&["hello.wasm", "--only", "wasi:cli/stdot"], 2, &["did you mean `stdout`?"]),
        (&["hello.wasm", "--forbid", "wasi:cli/qqqq"], 2, &["`qqqq`", "expected one of environment, "]),
        (&["hello.wasm", "--forbid", "wasi:sockets/tcp#start-conect"], 2, &["did you mean `start-connect`?"]),
        (&["hello.wasm", "--forbid", "wasi:sockets/tcp#tcp-socket.start-conect"], 2, &["`tcp-socket.start-connect`?"]),
        (&["hello.wasm", "--forbid", "wasi:cli/stdin@0.2.6"], 2, &["versions are left out"]),
        (&["hello.wasm", "--only", ""], 2, &["`--only`", "`a:b/c#f`"]),
        (&["hello.wasm", "--only", "io", "--sealed"], 2, &["--only", "--sealed"]),
        (&["bad.wasm", "--sealed"], 1, &["failed to verify `bad.wasm`", "not valid"]),
        (&["gone.wasm", "--sealed"], 1, &["`gone.wasm`"]),
    ] {
        let (found, stdout, stderr) = run(&[&["verify"], args].concat());
        assert_eq!((found, stdout.as_str()), (Some(code), ""), "{args:?}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{args:?}: `{word}` is not in: {stderr}");
        }
    }
    // What may be meant for another component is said, and no error.
    for pattern in ["wasi:nn", "frobnicate"] {
        let (code, _, stderr) = run(&["verify", "hello.wasm", "--forbid", pattern]);
        assert!(code == Some(0) && stderr.contains("warning: ") && stderr.contains(pattern), "{stderr}");
    }
    assert_eq!(run(&["verify", "hello.wasm", "--forbid", "my:own/thing"]).2, "");
}

/// Other programs read these.
#[test]
fn json_has_the_fields_that_are_documented() {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |names: &str| names.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let (code, json, stderr) = run(&["inspect", "--json", "sealed.wasm"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let sealed: Value = serde_json::from_str(&json).unwrap();
    let fields = "version preview1 size component_size imports exports parts wiring made_by is_cut_short";
    assert_eq!(keys(&sealed), set(fields));
    assert_eq!(keys(&sealed["parts"][0]), set("kind name instances subsystem sha256 size made_by parts"));
    assert_eq!((&sealed["version"], &sealed["parts"][1]["kind"]), (&1.into(), &"app".into()));
    assert_eq!(keys(&sealed["made_by"]), set("version tool parts policy"));
    assert_eq!(keys(&sealed["exports"][0]), set("name kind functions"));
    let (_, json, _) = run(&["inspect", "--json", "hello.wasm"]);
    let hello: Value = serde_json::from_str(&json).unwrap();
    let import = hello["imports"].as_array().unwrap().iter().find(|of| of["name"] == "wasi:cli/stdout@0.2.6").unwrap();
    assert_eq!(keys(import), set("name kind subsystem used functions"));
    assert_eq!(
        (&import["kind"], &import["subsystem"], &import["used"]),
        (&"interface".into(), &"stdio".into(), &"callable".into())
    );
    assert_eq!(keys(&import["functions"][0]), set("name callable by"));
    let (_, json, _) = run(&["verify", "--json", "--sealed", "hello.wasm"]);
    let verdict: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(keys(&verdict), set("version ok violations types"));
    assert_eq!(keys(&verdict["violations"][0]), set("import kind reason pattern functions"));
}
