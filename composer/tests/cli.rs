//! The tool itself, on real guests and on what is none: results, words, exit codes, and what it leaves on disk.

mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tool::{Folder, Ran, guest};
use virt_compose::component::Component;
use virt_compose::wit::Item;

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(guest(name)).expect("tests/guests/build.sh made it")
}

/// An input that must be refused, by its name.
#[track_caller]
fn refused_input(folder: &Folder, bytes: impl AsRef<[u8]>, words: &[&str]) {
    folder.write("bad.wasm", bytes);
    let ran = folder.refused(1, &["bad.wasm", "-o", "out.wasm"], words);
    assert!(ran.words.contains("`bad.wasm`"), "{}", ran.words);
}

/// Names, without versions.
fn paths(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(|item| item.name.split('@').next().unwrap_or_default().to_owned()).collect()
}

fn imports(bytes: &[u8]) -> BTreeSet<String> {
    paths(&Component::of(bytes).expect("the result is a component").imports)
}

fn exports(bytes: &[u8]) -> BTreeSet<String> {
    paths(&Component::of(bytes).expect("the result is a component").exports)
}

/// The line of a report that starts with these words.
#[track_caller]
fn line<'a>(words: &'a str, start: &str) -> &'a str {
    words.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no `{start}` in: {words}"))
}

/// The interfaces that a line of a report names, without versions. Those of one package stand together in it.
fn told(line: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for word in line.split([' ', '(', ')']).filter(|word| word.contains('/')) {
        let path = word.split('@').next().unwrap_or_default();
        match path.split_once("/{") {
            Some((package, several)) => {
                let several = several.trim_end_matches('}').split(',');
                names.extend(several.map(|interface| format!("{package}/{interface}")));
            }
            None => drop(names.insert(path.to_owned())),
        }
    }
    names
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(String::from).into()
}

/// A folder with all that the command lines of the help and the README name.
fn folder_of_examples() -> Folder {
    let folder = Folder::new();
    // It imports all that the examples are about.
    folder.write("app.wasm", bytes_of("rust-chance"));
    folder.write("server.wasm", bytes_of("rust-wstd-server"));
    folder.write("client.wasm", bytes_of("rust-fetch"));
    folder.write("net.wasm", bytes_of("rust-net"));
    folder.write("api.toml", "[[mock]]\nurl = \"https://api.example.com/\"\nbody = \"hello\"\n");
    fs::create_dir(folder.path("site")).unwrap();
    folder.write("site/index.html", "hello");
    let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/env.wac");
    folder.write("graph.wac", fs::read(graph).unwrap());
    let both = "package my:graph;
        let server = new my:server { ... };
        let client = new my:client { ...server, ... };
        export client...;";
    folder.write("both.wac", both);
    let [server, client] =
        ["server", "client"].map(|name| format!("my:{name}={}", guest(&format!("rust-echo-{name}"))));
    folder.done(&["build", "both.wac", "--dep", &server, "--dep", &client, "-o", "both.wasm"]);
    folder
}

/// The command lines of the help and the README that write something, word by word.
fn examples(folder: &Folder) -> Vec<Vec<String>> {
    let help = String::from_utf8(folder.done(&["--help"]).stdout).unwrap();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let mut examples = Vec::new();
    for text in [help, readme] {
        let before = examples.len();
        for line in text.lines() {
            let line = line.trim().replace("cargo run --release -p virt-compose --", "virt-compose");
            let line = line.replace("tests/guests/rust-hello.wasm", "app.wasm");
            let line = line.split('#').next().unwrap_or_default();
            // Those that go through a pipe are another tool's, too.
            if let Some(args) = line.strip_prefix("virt-compose ").filter(|args| args.contains(" -o ")) {
                examples.push(args.split_whitespace().map(str::to_owned).collect());
            }
        }
        assert!(examples.len() >= before + 3, "there are hardly any examples in: {text}");
    }
    examples
}

#[test]
fn every_command_line_of_the_help_and_the_readme_works() {
    let folder = folder_of_examples();
    for example in examples(&folder) {
        let args: Vec<&str> = example.iter().map(String::as_str).collect();
        folder.done(&args);
        let out = args[args.iter().position(|arg| *arg == "-o").unwrap() + 1];
        if !["policy", "plan"].contains(&args[0]) {
            exports(&folder.read(out));
        }
        fs::remove_file(folder.path(out)).unwrap();
    }
}

#[test]
fn every_command_line_of_the_help_and_the_readme_can_be_a_policy_file() {
    let folder = folder_of_examples();
    fs::create_dir(folder.path("said")).unwrap();
    // Commands have other options besides.
    let is_without = |example: &&Vec<String>| {
        let has_parts = example.iter().any(|arg| arg == "--for");
        (example[0].starts_with('-') || example[0].ends_with(".wasm")) && !has_parts
    };
    for example in examples(&folder).iter().filter(is_without) {
        let mut options: Vec<&str> = example.iter().map(String::as_str).collect();
        folder.done(&options);
        let output = options.iter().position(|arg| *arg == "-o").unwrap();
        let out: Vec<&str> = options.drain(output..output + 2).collect();
        let app = options.pop_if(|arg| arg.ends_with(".wasm"));
        let expected = folder.read(out[1]);
        for file in ["policy.toml", "said/policy.toml"] {
            folder.done(&[&["policy", "-o", file][..], &options].concat());
            let words = folder.done(&[&["--policy", file, "-o", "again.wasm"][..], app.as_slice()].concat()).words;
            assert!(folder.read("again.wasm") == expected, "{example:?}: {words}");
        }
    }
}

#[test]
fn a_policy_is_printed_and_grows() {
    let folder = Folder::new();
    let ran = folder.done(&["policy", "--time=now+1h", "-e", "A=1"]);
    assert_eq!(ran.words, "");
    folder.write("virt.toml", &ran.stdout);
    let grown = folder.done(&["policy", "--policy", "virt.toml", "-e", "B=2", "--deny=trap", "-o", "virt.toml"]);
    assert_eq!(grown.stdout, b"");
    let text = String::from_utf8(folder.read("virt.toml")).unwrap();
    for line in ["version = 1", "trap = true", "set = { A = \"1\", B = \"2\" }", "time = \"now+1h\""] {
        assert!(text.lines().any(|known| known == line), "{text}");
    }
    let ran = folder.done(&["policy", "--policy", "virt.toml", "--deny=answer", "-o", "-"]);
    assert!(!String::from_utf8(ran.stdout).unwrap().contains("trap"));
    let schema = folder.done(&["policy", "--schema"]).stdout;
    assert!(schema == include_bytes!("../../graphs/policy.schema.json"));
    folder.refused(2, &["policy", "--time=noon"], &["--time", "`noon`"]);
    folder.refused(2, &["policy", "-e", "A=1", "-o", "gone/virt.toml"], &["`gone`"]);
    folder.refused(2, &["policy", "--mount=/=.", "-o", "virt.toml"], &["`virt.toml`", "`/`", "elsewhere"]);
    folder.refused(2, &["policy", "--mount=/=.", "-o", "new.toml"], &["`new.toml`", "elsewhere"]);
}

#[test]
fn a_profile_is_for_apps_that_lack_some_of_it() {
    let folder = Folder::new();
    let app = guest("rust-hello");
    // It has neither clocks nor files, and of random numbers those that need not be secure.
    let ran = folder.done(&["--profile=test", &app, "-o", "out.wasm"]);
    assert!(!ran.words.contains("warning"), "{}", ran.words);
    let host = told(line(&ran.words, "left to the host: "));
    assert!(host.contains("wasi:cli/stdout") && host.contains("wasi:cli/exit"), "{host:?}");
    assert!(!host.contains("wasi:cli/environment") && !host.contains("wasi:random/insecure-seed"), "{host:?}");
    folder.write("virt.toml", "version = 1\nprofile = \"test\"\n");
    folder.done(&["--policy", "virt.toml", &app, "-o", "again.wasm"]);
    assert!(folder.read("again.wasm") == folder.read("out.wasm"));
    // What is said besides has to take effect.
    folder.refused(1, &["--profile=test", "--time=now+1h", &app, "-o", "out.wasm"], &["`--time`", "leave it out"]);
    // The command line wins.
    folder.done(&["--policy", "virt.toml", "--profile=open", &app, "-o", "out.wasm"]);
    assert!(folder.read("out.wasm") == bytes_of("rust-hello"));
    folder.refused(2, &["--profile=tests", &app], &["tests", "sealed, test, open"]);
    folder.refused(2, &["--profile=test", "--allow-all", &app], &["--profile", "--allow-all"]);
}

#[test]
fn without_options_an_app_is_sealed() {
    let folder = Folder::new();
    let ran = folder.done(&[&guest("rust-hello"), "-o", "sealed.wasm"]);
    let sealed = folder.read("sealed.wasm");
    assert_eq!(imports(&sealed), BTreeSet::new());
    assert_eq!(exports(&sealed), exports(&bytes_of("rust-hello")));
    assert_eq!(told(line(&ran.words, "denied: ")), imports(&bytes_of("rust-hello")));
    assert_eq!(line(&ran.words, "left to the host: "), "left to the host: nothing");
}

#[test]
fn what_traps_is_told() {
    let folder = Folder::new();
    let told_with = |args: &[&str]| {
        let ran = folder.done(&[&[&guest("rust-hello"), "-o", "out.wasm"], args].concat());
        told(line(&ran.words, "trap when called: "))
    };
    assert_eq!(told_with(&[]), set(["wasi:cli/exit"]));
    assert!(told_with(&["--deny=trap"]).is_superset(&set(["wasi:cli/exit", "wasi:cli/stdout", "wasi:io/streams"])));
}

#[test]
fn with_env_and_stdio_the_rest_stays() {
    let folder = Folder::new();
    let args =
        ["--with", "env,stdio", "-e", "GREETING=hello", "--stdin=ignore", &guest("rust-hello"), "-o", "out.wasm"];
    let ran = folder.done(&args);
    let left = set(["wasi:cli/exit", "wasi:random/insecure-seed"]);
    assert_eq!(imports(&folder.read("out.wasm")), left);
    assert!(line(&ran.words, "virtual: env").contains("1 variable set, none of the host's"), "{}", ran.words);
    assert!(line(&ran.words, "virtual: stdio").contains("stdin ignore, stdout deny, stderr deny"), "{}", ran.words);
    assert_eq!(told(line(&ran.words, "virtual: env")), set(["wasi:cli/environment"]));
    // Streams that are closed, or at their end, need no virtual io.
    let denied = set(["wasi:cli/stdout", "wasi:cli/stderr", "wasi:io/error", "wasi:io/poll", "wasi:io/streams"]);
    assert_eq!(told(line(&ran.words, "denied: ")), denied);
    assert_eq!(told(line(&ran.words, "left to the host: ")), left);
}

#[test]
fn with_env_alone_only_the_environment_goes() {
    let folder = Folder::new();
    let ran = folder.done(&["--with", "env", &guest("rust-hello"), "-o", "out.wasm"]);
    let mut expected = imports(&bytes_of("rust-hello"));
    assert!(expected.remove("wasi:cli/environment"));
    assert_eq!(imports(&folder.read("out.wasm")), expected);
    assert_eq!(line(&ran.words, "denied: "), "denied: wasi:cli/environment@0.2.6");
    assert_eq!(told(line(&ran.words, "left to the host: ")), expected);
}

#[test]
fn without_an_app_the_result_is_a_bundle_for_other_tools() {
    let folder = Folder::new();
    folder.done(&["-o", "bundle.wasm", "--with", "env,stdio"]);
    let bundle = exports(&folder.read("bundle.wasm"));
    for interface in ["wasi:cli/environment", "wasi:cli/stdin", "wasi:cli/stdout", "wasi:cli/stderr"] {
        assert!(bundle.contains(interface), "{interface} is not in {bundle:?}");
    }
    folder.done(&["-o", "open.wasm", "--with", "env,stdio", "--allow-env", "-e", "A=1", "--stdio=ignore"]);
    let open = folder.read("open.wasm");
    assert_eq!(exports(&open), bundle);
    assert!(imports(&open).contains("wasi:cli/environment"));
}

#[test]
fn the_result_is_on_standard_output_and_words_are_not() {
    let folder = Folder::new();
    let app = guest("rust-hello");
    let file = folder.done(&[&app, "-o", "out.wasm"]);
    assert_eq!(file.stdout, b"");
    for args in [&[app.as_str()][..], &[&app, "-o", "-"]] {
        let ran = folder.done(args);
        assert_eq!(ran.stdout, folder.read("out.wasm"), "{args:?}");
        assert_eq!(ran.words, file.words, "{args:?}");
    }
    assert_eq!(folder.names(), set(["out.wasm"]), "`-` is not a file");
}

#[test]
fn a_dash_reads_the_app_from_standard_input() {
    let folder = Folder::new();
    folder.done(&[&guest("rust-hello"), "-o", "out.wasm"]);
    let stdin = fs::File::open(guest("rust-hello")).unwrap();
    let ran: Ran = folder.command(&["-"]).stdin(stdin).output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.words);
    assert_eq!(ran.stdout, folder.read("out.wasm"));
}

#[test]
fn text_is_the_same_component_as_binary() {
    let folder = Folder::new();
    let app = guest("rust-hello");
    folder.done(&[&app, "-o", "out.wasm"]);
    folder.done(&["--wat", &app, "-o", "out.wat"]);
    let ran = folder.done(&["-t", &app]);
    assert!(ran.stdout.starts_with(b"(component"));
    assert_eq!(folder.read("out.wat"), ran.stdout);
    let parsed = wat::parse_bytes(&ran.stdout).unwrap();
    assert_eq!(exports(&parsed), exports(&folder.read("out.wasm")));
    assert_eq!(imports(&parsed), BTreeSet::new());
}

#[test]
fn what_is_carried_along_is_said_with_the_reason() {
    let folder = Folder::new();
    let args = ["--with", "stdio", "--stdin=ignore", "--stdout=allow", "--stderr=allow", &guest("rust-world")];
    let ran = folder.done(&args);
    let carried = line(&ran.words, "carried along, because streams are virtual (");
    let (why, what) = carried.split_once(") and these have some: ").expect("a reason, then names");
    assert_eq!(told(why), set(["wasi:cli/stdin"]));
    let carried = told(what);
    for interface in ["wasi:cli/stdout", "wasi:filesystem/types", "wasi:sockets/tcp"] {
        assert!(carried.contains(interface), "{what}");
    }
    assert!(!carried.contains("wasi:cli/environment"), "it has no streams: {what}");
}

#[test]
fn what_an_export_holds_in_place_is_said() {
    let ran = Folder::new().done(&[&guest("rust-server")]);
    assert!(line(&ran.words, "kept: wasi:http/types@").contains("wasi:http/incoming-handler@"), "{}", ran.words);
}

#[test]
fn what_has_no_effect_is_a_warning() {
    let folder = Folder::new();
    let ran = folder.done(&["--with", "env,clocks", "-e", "A=1", "-e", "A=2", &guest("rust-hello")]);
    assert!(line(&ran.words, "warning: the app").contains("`clocks`"), "{}", ran.words);
    assert!(line(&ran.words, "warning: `-e A`").contains("the last one wins"), "{}", ran.words);
}

#[test]
fn with_everything_allowed_the_result_is_the_input() {
    let folder = Folder::new();
    let ran = folder.done(&["--allow-all", &guest("rust-world"), "-o", "out.wasm"]);
    assert_eq!(folder.read("out.wasm"), bytes_of("rust-world"));
    assert!(ran.words.contains("nothing to do: the result is the input, byte for byte"), "{}", ran.words);
}

#[test]
fn a_preview_1_command_becomes_a_component_first() {
    let folder = Folder::new();
    for name in ["c-tour", "solver"] {
        let ran = folder.done(&[&guest(name), "-o", "out.wasm"]);
        assert!(ran.words.contains("made a component of the preview 1 module first"), "{name}: {}", ran.words);
        let sealed = folder.read("out.wasm");
        assert_eq!(imports(&sealed), BTreeSet::new(), "{name}");
        assert_eq!(exports(&sealed), set(["wasi:cli/run"]), "{name}");
    }
    let ran = folder.done(&["--allow-all", &guest("c-tour"), "-o", "out.wasm"]);
    assert!(ran.words.contains("nothing else to do"), "{}", ran.words);
    assert!(!ran.words.contains("byte for byte"), "a component is not the module: {}", ran.words);
    assert!(imports(&folder.read("out.wasm")).contains("wasi:cli/stdout"));
}

#[test]
fn a_preview_1_reactor_becomes_a_component_first() {
    let folder = Folder::new();
    let module = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_initialize"))
        (func (export "roll") (result i32) (call $random (i32.const 8) (i32.const 4))))"#;
    let module = wat::parse_str(module).unwrap();
    // What of a module's exports is the component's, a world says that the toolchain embeds.
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("a.wit", "package a:b; world dice { export roll: func() -> u32; }").unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut with_world = module.clone();
    wit_component::embed_component_metadata(&mut with_world, &resolve, world, wit_component::StringEncoding::UTF8)
        .unwrap();
    for (module, expected) in [(module, None), (with_world, Some("roll".to_owned()))] {
        folder.write("reactor.wasm", module);
        let ran = folder.done(&["reactor.wasm", "-o", "out.wasm"]);
        assert!(ran.words.contains("made a component of the preview 1 module first"), "{}", ran.words);
        assert!(line(&ran.words, "denied: ").contains("wasi:random/random@"), "{}", ran.words);
        let sealed = folder.read("out.wasm");
        assert_eq!(imports(&sealed), BTreeSet::new());
        assert_eq!(exports(&sealed), BTreeSet::from_iter(expected));
    }
}

/// Each writes beside what it replaces, under a name that no other has.
#[test]
fn twenty_runs_side_by_side_do_not_disturb_each_other() {
    let folder = Folder::new();
    folder.write("app.wasm", bytes_of("rust-shell"));
    fs::create_dir(folder.path("site")).unwrap();
    folder.write("site/index.html", "hello");
    let args = ["--mount", "/site=site", "-e", "A=1", "--stdout=allow", "--allow-args", "app.wasm", "-o"];
    folder.done(&[&args[..], &["alone.wasm"]].concat());
    // Half of them write over each other.
    let outputs: Vec<String> = (0..20).map(|run| format!("out{}.wasm", run % 10)).collect();
    std::thread::scope(|scope| {
        for output in &outputs {
            scope.spawn(|| folder.done(&[&args[..], &[output]].concat()));
        }
    });
    for output in &outputs {
        assert!(folder.read(output) == folder.read("alone.wasm"), "{output}");
    }
    // Nothing is left of what they wrote on the way.
    assert_eq!(folder.names().len(), 3 + 10);
}

#[test]
fn composing_twice_gives_the_same_bytes() {
    let folder = Folder::new();
    let (hello, world, server) = (guest("rust-hello"), guest("rust-world"), guest("rust-server"));
    for args in [
        &[hello.as_str()][..],
        &["--with", "env,stdio", "-e", "B=1", "-e", "A=1", "--stdin=ignore", &world],
        &["--with", "io,env", "--seal", "wasi:sockets", "--allow-env=C,A", &world],
        &["--allow-clocks", &server],
        &["--with", "env,stdio", "--stdio=ignore"],
    ] {
        assert!(folder.done(args).stdout == folder.done(args).stdout, "{args:?}");
    }
}

#[test]
fn there_is_a_page_for_man() {
    let page = String::from_utf8(Folder::new().done(&["man"]).stdout).unwrap();
    for words in [".TH virt-compose 1", "\\-\\-mount", "Subsystems"] {
        assert!(page.contains(words), "`{words}` is not in: {page}");
    }
}

#[test]
fn how_much_is_said_is_the_users_choice() {
    let (folder, app) = (Folder::new(), guest("rust-chance"));
    let args = [app.as_str(), "-o", "out.wasm", "-e", "A=1", "--deny-env", "B"];
    let normal = folder.done(&args);
    assert!(normal.words.contains("warning: ") && normal.words.lines().count() < 20, "{}", normal.words);
    assert_eq!(folder.done(&[&args[..], &["-q"]].concat()).words, "");
    let verbose = folder.done(&[&args[..], &["-v"]].concat());
    assert!(verbose.words.contains(" get-environment: answered with [(\"A\", \"1\")]\n"), "{}", verbose.words);
    assert!(verbose.words.contains(" get-random-u64: trap\n"), "{}", verbose.words);
    line(&verbose.words, "virtual: env");
    folder.refused(1, &["-q", "missing.wasm", "-o", "out.wasm"], &["`missing.wasm`"]);
}

#[test]
fn help_and_version_are_results() {
    let folder = Folder::new();
    for (flag, word) in [("--help", "--allow-sockets"), ("-h", "--with"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let ran = folder.done(&[flag]);
        assert!(String::from_utf8(ran.stdout).unwrap().contains(word), "{flag}");
        assert_eq!(ran.words, "", "{flag}");
    }
}

#[test]
fn what_is_not_wasm_is_refused() {
    let folder = Folder::new();
    refused_input(&folder, "hello\n", &["not wasm", "`hell`", "pass a component"]);
    refused_input(&folder, "", &["not wasm", "the file is empty"]);
    refused_input(&folder, "(component)", &["not wasm", "text", "`wasm-tools parse`"]);
    refused_input(&folder, "\0as", &["not wasm"]);
    let mut random = Random(1);
    for _ in 0..20 {
        let bytes: Vec<u8> = (0..1000).map(|_| random.below(256) as u8).collect();
        refused_input(&folder, &bytes, &["not wasm"]);
        refused_input(&folder, [&b"\0asm"[..], &bytes].concat(), &["not valid wasm"]);
        refused_input(&folder, [&b"\0asm\x01\0\0\0\x0a"[..], &bytes].concat(), &["not valid wasm"]);
    }
}

#[test]
fn what_is_cut_off_is_refused_wherever_the_cut_is() {
    let folder = Folder::new();
    for name in ["rust-hello", "c-tour"] {
        let whole = bytes_of(name);
        for length in (0..whole.len()).step_by(997) {
            folder.write("bad.wasm", &whole[..length]);
            folder.refused(1, &["bad.wasm", "-o", "out.wasm"], &["`bad.wasm`"]);
        }
    }
}

/// Whatever stands in a file, there is a result that can be read or an error.
#[test]
fn a_wrong_byte_anywhere_is_an_error_or_none() {
    let folder = Folder::new();
    let mut random = Random(2);
    // Types and names, where a byte says the most, come first in a component.
    for (name, until) in
        [("rust-hello", 6000), ("rust-hello", usize::MAX), ("rust-world", 12000), ("c-tour", usize::MAX)]
    {
        let whole = bytes_of(name);
        let (mut good, mut bad) = (0, 0);
        for _ in 0..150 {
            let (at, bits) = (random.below(whole.len().min(until)), 1 + random.below(255) as u8);
            let mut bytes = whole.clone();
            bytes[at] ^= bits;
            folder.write("flipped.wasm", &bytes);
            let ran = folder.run(&["--with", "env,stdio", "--stdin=ignore", "flipped.wasm"]);
            match ran.code {
                Some(0) => {
                    imports(&ran.stdout);
                    good += 1;
                }
                Some(1) => {
                    assert_eq!(ran.stdout, b"", "{name}, byte {at} changed by {bits}");
                    assert!(ran.words.contains("error: "), "{name}, byte {at} changed by {bits}: {}", ran.words);
                    bad += 1;
                }
                code => panic!("{name}, byte {at} changed by {bits}: {code:?}, {}", ran.words),
            }
        }
        assert!(good > 0 && bad > 0, "{name}: {good} went well and {bad} did not, so this tries too little");
    }
}

#[test]
fn a_core_module_without_wasi_is_refused() {
    let module = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    refused_input(&Folder::new(), module, &["core module", "`wasi_snapshot_preview1`", "`wasm-tools component new`"]);
}

#[test]
fn a_preview_1_module_with_other_imports_is_refused_by_their_name() {
    let module = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
        (import "env" "other" (func))
        (memory (export "memory") 1)
        (func (export "_start")))"#;
    refused_input(&Folder::new(), wat::parse_str(module).unwrap(), &["preview 1 module", "`env::other`"]);
}

#[test]
fn a_wit_package_is_refused() {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("a.wit", "package a:b; interface c { f: func(); }").unwrap();
    let bytes = wit_component::encode(&resolve, package).unwrap();
    refused_input(&Folder::new(), bytes, &["WIT package", "pass the component that implements it"]);
}

#[test]
fn an_import_that_wit_has_no_word_for_is_refused_by_its_name() {
    let folder = Folder::new();
    for (import, what) in [("(core module)", "a core module"), ("(component)", "a component")] {
        let component = wat::parse_str(format!(r#"(component (import "thing" {import}))"#)).unwrap();
        refused_input(&folder, component, &[what, "`thing`", "compose it with its dependencies first"]);
    }
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    folder.refused(1, &["missing.wasm", "-o", "out.wasm"], &["there is no `missing.wasm`", "`-` for standard input"]);
    folder.refused(1, &["folder", "-o", "out.wasm"], &["`folder` is a directory", "name a component in it"]);
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    for (args, words) in [
        (&["--with", "envv"][..], &["`envv`", "did you mean `env`?"][..]),
        (&["--with", "env,sdtio"], &["`sdtio`", "did you mean `stdio`?"]),
        (&["--with", ""], &["expected one of env, "]),
        (&["-e", "=x"], &["`-e` lacks the name", "`-e NAME=VALUE`"]),
        (&["--allow-env=A,,B"], &["`--allow-env` lacks the name"]),
        (&["--allow-args", "--arg", "x"], &["`--allow-args`", "`--arg`", "leave one out"]),
        (&["--allow-cwd", "--cwd", "/"], &["`--allow-cwd`", "`--cwd`", "leave one out"]),
        (&["--with", "stdio", "-e", "A=1"], &["`env`", "`--with stdio,env`"]),
        (&["--with", "env", "--stdin=ignore"], &["`stdio`", "`--with env,stdio`"]),
        (&["--stdin=ignored"], &["`--stdin=ignored`", "did you mean `ignore`?"]),
        (&["--allow-sockets=maybe"], &["`maybe`", "`tcp:10.0.0.0/8:5432`"]),
        (&["--frob"], &["'--frob'"]),
        (&["--allow-env", "A", "more.wasm"], &["`--allow-env=A`"]),
        (&["another.wasm"], &["two apps", "`another.wasm`"]),
        (&["--quiet", "--verbose"], &["'--quiet'", "'--verbose'"]),
    ] {
        let args = [&[app.as_str(), "-o", "out.wasm"], args].concat();
        folder.refused(2, &args, &[words, &["--help"]].concat());
    }
    folder.refused(2, &["-o", "out.wasm"], &["there is no app", "`--with`"]);
    let ran = folder.refused(2, &["completion", "bash", "more"], &["'more'"]);
    assert!(!ran.words.contains("app"), "{}", ran.words);
}

#[test]
fn an_option_that_cannot_take_effect_is_refused() {
    let folder = Folder::new();
    folder.write("none.wasm", wat::parse_str("(component)").unwrap());
    let args = ["none.wasm", "-e", "A=1", "-o", "out.wasm"];
    folder.refused(1, &args, &["`wasi:cli/environment`", "cannot take effect", "leave it out"]);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    fs::create_dir(folder.path("folder")).unwrap();
    folder.refused(1, &[&app, "-o", "missing/out.wasm"], &["`missing/out.wasm`", "no directory `missing`; make it"]);
    for name in ["folder", "folder/", ".", ".."] {
        folder.refused(1, &[&app, "-o", name], &[&format!("`{name}` is a directory; name a file")]);
    }
    folder.refused(1, &[&app, "-o", "out.wasm/out.wasm"], &["`out.wasm/out.wasm`", "Not a directory"]);
    assert_eq!(fs::read_dir(folder.path("folder")).unwrap().count(), 0);
}

#[test]
fn an_output_takes_the_place_of_the_old_file() {
    let folder = Folder::new();
    folder.write("app.wasm", bytes_of("rust-hello"));
    let sealed = folder.done(&["app.wasm"]).stdout;
    // Longer, and the input itself.
    folder.write("out.wasm", vec![0; 1 << 20]);
    folder.done(&["app.wasm", "-o", "out.wasm"]);
    folder.done(&["app.wasm", "-o", "app.wasm"]);
    assert!(folder.read("out.wasm") == sealed && folder.read("app.wasm") == sealed);
    assert_eq!(folder.names(), set(["app.wasm", "out.wasm"]));
}

#[test]
#[cfg(unix)]
fn an_output_keeps_the_mode_of_the_old_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("out.wasm", "");
    fs::set_permissions(folder.path("out.wasm"), fs::Permissions::from_mode(0o600)).unwrap();
    folder.done(&[&guest("rust-hello"), "-e", "SECRET=x", "-o", "out.wasm"]);
    assert_eq!(fs::metadata(folder.path("out.wasm")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
#[cfg(unix)]
fn an_output_through_links_is_written_to_what_they_name() {
    use std::os::unix::fs::symlink;
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    let sealed = folder.done(&[&app]).stdout;
    fs::create_dir(folder.path("folder")).unwrap();
    folder.write("folder/old", "as before");
    symlink("folder/old", folder.path("to-old")).unwrap();
    symlink("folder/new", folder.path("to-new")).unwrap();
    symlink("to-new", folder.path("to-link")).unwrap();
    for (link, target) in [("to-old", "folder/old"), ("to-link", "folder/new"), ("to-new", "folder/new")] {
        folder.done(&[&app, "-o", link]);
        assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink(), "{link}");
        assert!(folder.read(target) == sealed, "{link}");
        fs::write(folder.path(target), "").unwrap();
    }
    assert_eq!(fs::read_dir(folder.path("folder")).unwrap().count(), 2);
    symlink("circle", folder.path("circle")).unwrap();
    folder.refused(1, &[&app, "-o", "circle"], &["`circle`"]);
    assert!(fs::symlink_metadata(folder.path("circle")).unwrap().is_symlink());
}

#[test]
#[cfg(unix)]
fn an_output_to_a_device_leaves_the_device() {
    use std::os::unix::fs::FileTypeExt;
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    folder.done(&[&app, "-o", "/dev/null"]);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    if Path::new("/dev/full").exists() {
        folder.refused(1, &[&app, "-o", "/dev/full"], &["`/dev/full`", "No space left"]);
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = Folder::new();
    // More than a pipe holds.
    let mut tool = folder.command(&[&guest("solver")]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    tool.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ran: Ran = tool.wait_with_output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.words);
    assert!(!ran.words.contains("error: "), "{}", ran.words);
}

#[test]
fn words_that_nobody_hears_do_not_keep_the_result_back() {
    let folder = Folder::new();
    let deaf = |args: &[&str]| {
        let mut tool = folder.command(args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(tool.stderr.take());
        // The tool is still waiting for the app, so it finds the pipe closed. If the command line makes no sense, it
        // does not wait.
        let app = bytes_of("rust-hello");
        let _ = tool.stdin.take().unwrap().write_all(&app[..app.len() - usize::from(args[1] == "bad.wasm")]);
        tool.wait().unwrap().code()
    };
    assert_eq!(deaf(&["-o", "out.wasm", "-"]), Some(0));
    assert_eq!(imports(&folder.read("out.wasm")), BTreeSet::new());
    assert_eq!(deaf(&["-o", "bad.wasm", "-"]), Some(1));
    assert_eq!(deaf(&["-o", "bad.wasm", "-", "--with", "envv"]), Some(2));
    assert_eq!(folder.names(), set(["out.wasm"]));
}

/// Marsaglia's xorshift: the same positions in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }
}

#[test]
fn files_that_cannot_be_embedded_are_refused() {
    let folder = Folder::new();
    let app = guest("rust-hello");
    folder.write("data", "1234");
    let refused = |args: &[&str], words: &[&str]| {
        folder.refused(2, &[&[app.as_str(), "-o", "out.wasm"], args].concat(), words);
    };
    refused(&["--mount", "/data=./gone"], &["`--mount /data=./gone`", "there is no `./gone`"]);
    refused(&["--mount", "./data=/data"], &["swapped", "`--mount /data=./data`"]);
    refused(&["--mount", "/a/../b=./data"], &["`--mount /a/../b=./data`", "`/a/b`"]);
    refused(&["--tmpfs", "/tmp::much"], &["`--tmpfs /tmp::much`", "no size"]);
    refused(&["--mount", "etc/data=./data"], &["`--mount etc/data=./data`", "not absolute", "`/etc/data`"]);
    refused(&["--preopen", "/a=/b", "--tmpfs", "/a"], &["`--preopen /a=/b`", "two of `/a`"]);
    folder.write("policy.toml", "version = 1\n[[fs.mount]]\nguest = \"/data\"\nlocla = \"data\"");
    refused(&["--policy", "policy.toml"], &["`policy.toml`", "line 4", "did you mean `local`?"]);
}

#[test]
#[cfg(unix)]
fn a_folder_with_what_cannot_be_embedded_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let folder = Folder::new();
    let app = guest("rust-hello");
    let refused = |put: &dyn Fn(PathBuf), words: &[&str]| {
        fs::create_dir_all(folder.path("data/sub")).unwrap();
        put(folder.path("data/sub"));
        let words = [&["`--mount /data=data`", "`data/sub/"], words].concat();
        folder.refused(2, &[&app, "-o", "out.wasm", "--mount", "/data=data"], &words);
        fs::remove_dir_all(folder.path("data")).unwrap();
    };
    let link = |target: &'static str| move |sub: PathBuf| symlink(target, sub.join("link")).unwrap();
    refused(&link("gone"), &["`data/sub/link` is a symbolic link to `gone`, where nothing is"]);
    refused(&link("link"), &["`data/sub/link` is a symbolic link to `link`, which leads back to itself"]);
    refused(&link("../../out.wasm"), &["`../../out.wasm`, which leads out of what is mounted"]);
    refused(&link("/etc/passwd"), &["`/etc/passwd`, which is absolute"]);
    refused(&|sub| drop(UnixListener::bind(sub.join("s")).unwrap()), &["`data/sub/s` is a socket", "`exclude`"]);
    refused(
        &|sub| assert!(Command::new("mkfifo").arg(sub.join("fifo")).status().unwrap().success()),
        &["`data/sub/fifo` is a FIFO", "`exclude`"],
    );
    // macOS has no such names.
    if cfg!(target_os = "linux") {
        let put = |sub: PathBuf| fs::write(sub.join(OsStr::from_bytes(b"x\xff")), "").unwrap();
        refused(&put, &["not UTF-8", "rename it"]);
    }
}

/// What was looked at, and cannot be read when the result is written.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_leaves_no_result() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let app = guest("rust-shell");
    let refused = |local: &str, words: &str| {
        let words = [&format!("`{local}` {words}"), "what is mounted at `/data`"];
        let mount = format!("/data={local}");
        for output in [&["-o", "out.wasm"][..], &["-o", "new.wasm"], &["-o", "/dev/null"], &[], &["--wat"]] {
            folder.refused(1, &[&[app.as_str(), "--mount", &mount], output].concat(), &words);
        }
    };
    // Its length is 0 until it is read.
    refused("/proc/version", "changed while it was read");
    refused("/proc/self/mem", "cannot be read");
    folder.write("secret", "1234");
    fs::set_permissions(folder.path("secret"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read it.
    if fs::File::open(folder.path("secret")).is_err() {
        let words = ["no permission to read `secret`", "what is mounted at `/data`"];
        folder.refused(1, &[&app, "--mount", "/data=secret", "-o", "out.wasm"], &words);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_for_which_there_is_no_room_leaves_nothing() {
    let folder = Folder::new();
    fs::create_dir(folder.path("data")).unwrap();
    // Half of one fits, and half of the others.
    for (files, size) in [(1, 8 << 20), (500, 1 << 14)] {
        for number in 0..files {
            folder.write(&format!("data/{number}"), vec![1; size]);
        }
        for out in ["out.wasm", "new.wasm"] {
            folder.write("out.wasm", "as before");
            let before = folder.names();
            let tool = folder.command(&[&guest("rust-shell"), "--mount", "/data=data", "-o", out]);
            // In units of 512 or 1024 bytes. Without the signal, writing fails as on a disk that is full.
            let mut limited = Command::new("sh");
            limited.args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$@\"", "sh"]).arg(tool.get_program());
            limited.args(tool.get_args()).current_dir(folder.path(""));
            let ran: Ran = limited.output().unwrap().into();
            assert_eq!(ran.code, Some(1), "{}", ran.words);
            for word in [&format!("failed to write `{out}`"), "File too large"] {
                assert!(ran.words.contains(word), "`{word}` is not in: {}", ran.words);
            }
            assert_eq!(folder.read("out.wasm"), b"as before");
            assert_eq!(folder.names(), before, "it left something behind");
        }
    }
}

#[test]
fn a_result_is_not_embedded_in_the_next_one() {
    let folder = Folder::new();
    folder.write("app.wasm", bytes_of("rust-world"));
    fs::create_dir(folder.path("site")).unwrap();
    folder.write("site/index.html", "hello");
    for (output, is_there) in [("site/out.wasm", false), ("site/out.wasm", true)] {
        if is_there {
            folder.write(output, "an earlier one");
        }
        let args = ["--with", "fs", "--mount", "/=site", "app.wasm", "-o", output];
        folder.refused(2, &args, &["`site/out.wasm`", "elsewhere"]);
        assert_eq!(folder.path(output).exists(), is_there);
    }
    folder.done(&["--with", "fs", "--mount", "/a=site", "app.wasm", "-o", "out.wasm"]);
}

#[test]
fn a_plan_says_what_a_result_then_imports() {
    let folder = Folder::new();
    for args in [
        &["rust-hello"][..],
        &["rust-hello", "--with", "env", "-e", "A=1"],
        &["rust-hello", "--allow-all"],
        &["rust-server", "--with", "stdio", "--stdio=ignore"],
        &["rust-net", "--with", "sockets,stdio", "--allow-sockets=tcp:*:443", "--stdin=ignore"],
        &["rust-shell", "--with", "fs", "--tmpfs", "/tmp", "--preopen", "/data=/srv"],
        &["c-tour", "--stdio=allow"],
    ] {
        let app = guest(args[0]);
        let args = [&[app.as_str()], &args[1..]].concat();
        let result = Component::of(&folder.done(&args).stdout).unwrap();
        let ran = folder.done(&[&["plan", "--json"], &args[..]].concat());
        let plan: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let list = |key: &str| -> BTreeSet<String> {
            plan[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let names = |items: &[Item]| -> BTreeSet<String> { items.iter().map(|item| item.name.clone()).collect() };
        assert_eq!((list("imports"), list("exports")), (names(&result.imports), names(&result.exports)), "{args:?}");
        assert_eq!(ran.words, "", "what there is to say is in the plan");
    }
    assert_eq!(folder.names(), set([]));
}

#[test]
fn a_plan_is_shown_in_many_formats() {
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    let starts = [
        ("table", "rust-hello.wasm imports"),
        ("json", "{"),
        ("dot", "digraph "),
        ("mermaid", "flowchart BT"),
        ("svg", "<svg "),
    ];
    for (format, start) in starts {
        let shown = folder.done(&["plan", "--format", format, &app]).stdout;
        assert!(shown.starts_with(start.as_bytes()), "{format}");
        let ran = folder.done(&["plan", "--format", format, &app, "-o", "plan.out"]);
        assert!(folder.read("plan.out") == shown && ran.stdout.is_empty(), "{format}");
    }
    let table = folder.done(&["plan", &app]).stdout;
    let verbose = folder.done(&["plan", "-v", &app]).stdout;
    assert!(table.len() < verbose.len() && table == folder.done(&["plan", &app, "-o", "-"]).stdout);
    assert_eq!(folder.done(&["plan", "--json", &app]).stdout, folder.done(&["plan", "--format=json", &app]).stdout);
}

#[test]
fn a_plan_that_cannot_be_shown_is_refused() {
    let (folder, app) = (Folder::new(), guest("rust-hello"));
    folder.refused(2, &["plan", "--format", "jsn", &app], &["jsn", "table", "json", "dot", "mermaid", "svg"]);
    folder.refused(2, &["plan", "--json", "--format", "dot", &app], &["--json", "--format"]);
    folder.refused(2, &["plan"], &["there is no app", "`--with`"]);
    folder.refused(2, &["plan", "--with", "env", "-e", "A=1", "--seal", "app.wasm"], &["took `app.wasm`"]);
    folder.refused(2, &["plan", "--with", "envv", &app], &["`envv`", "`env`"]);
    folder.refused(1, &["plan", "missing.wasm"], &["`missing.wasm`"]);
    folder.refused(
        1,
        &["plan", "--with", "config", "-c", "A=1", &app],
        &["there is no plan for", "cannot take effect"],
    );
    folder.write("app.wasm", bytes_of("rust-hello"));
    folder.refused(2, &["plan", "app.wasm", "-o", "app.wasm"], &["`app.wasm`", "elsewhere"]);
    folder.write("policy.toml", "version = 1");
    folder.refused(2, &["plan", "app.wasm", "--policy", "policy.toml", "-o", "policy.toml"], &["`policy.toml`"]);
    assert!(folder.read("app.wasm") == bytes_of("rust-hello"));
}
