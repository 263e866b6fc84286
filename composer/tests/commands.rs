//! The commands that are about adapters and graphs, as the tool has them: `adapters`, `adapter`, `build`, and `--emit-wac`.

mod tool;

use std::fs;
use std::path::Path;
use tool::{Folder, Ran, guest};
use virt_compose::catalog::rows;
use virt_compose::component::Component;

fn graph(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../graphs/{name}.wac"));
    path.to_str().expect("the checkout has a plain path").to_owned()
}

fn imports(bytes: &[u8]) -> Vec<String> {
    Component::of(bytes).unwrap().imports.into_iter().map(|item| item.name).collect()
}

#[test]
fn all_builds_are_listed() {
    let folder = Folder::new();
    let text = String::from_utf8(folder.done(&["adapters"]).stdout).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&folder.done(&["adapters", "--json"]).stdout).unwrap();
    let listed = json["adapters"].as_array().unwrap();
    for row in rows().filter(|row| !row.builds.is_empty()) {
        assert!(text.contains(&format!("{}: {}\n", row.name, row.about)), "{text}");
        let of_row = listed.iter().find(|listed| listed["name"] == row.name).unwrap();
        for (build, listed) in row.builds.iter().zip(of_row["builds"].as_array().unwrap()) {
            assert_eq!(listed["name"], build.name);
            assert_eq!(listed["bytes"], build.wasm.len());
            let sum = listed["sha256"].as_str().unwrap();
            assert!(sum.len() == 64 && text.contains(sum), "{text}");
        }
    }
    assert!(text.contains("\n  virtual with: -e --arg --cwd\n"), "{text}");
    assert!(text.contains("    imports: host:io/{error,poll,streams}@0.2.0\n"), "{text}");
}

#[test]
fn an_adapter_is_what_a_bundle_of_one_is() {
    let folder = Folder::new();
    folder.write("site", "text");
    for (args, with) in [
        (&["env", "-e", "A=1"][..], &["--with", "env", "-e", "A=1"][..]),
        (&["fs", "--mount", "/site=./site"], &["--with", "fs", "--mount", "/site=./site"]),
        (&["random", "--seed=1"], &["--with", "random", "--seed=1"]),
        (&["stdio"], &["--with", "stdio"]),
    ] {
        let Ran { words, .. } = folder.done(&[&["adapter", "-o", "one.wasm"], args].concat());
        assert!(!words.contains("no app was named"), "{words}");
        folder.done(&[with, &["-o", "bundle.wasm"]].concat());
        assert_eq!(folder.read("one.wasm"), folder.read("bundle.wasm"), "{args:?}");
    }
    let Ran { stdout: text, .. } = folder.done(&["adapter", "env", "-e", "A=1", "-t"]);
    assert!(text.starts_with(b"(component"));
}

#[test]
fn a_bare_adapter_is_the_published_file() {
    let folder = Folder::new();
    for build in rows().flat_map(|row| row.builds) {
        folder.done(&["adapter", build.name, "--bare", "-o", "bare.wasm"]);
        assert_eq!(folder.read("bare.wasm"), build.wasm, "{}", build.name);
    }
}

#[test]
fn what_is_no_adapter_is_refused() {
    let folder = Folder::new();
    for (args, words) in [
        (&["exit"][..], &["`exit` has no adapter"][..]),
        (&["io"], &["`io`", "alone"]),
        (&["environment"], &["unknown adapter `environment`", "stdio"]),
        (&["fs-host"], &["a build of `fs`", "`adapter fs`", "--bare"]),
        (&["fs", "-e", "A=1"], &["`env`", "--with fs,env"]),
        (&["env", "--with", "fs"], &["leave it out"]),
        (&["env", "-e", "A=1", "--bare"], &["`--bare`"]),
        (&["envv", "--bare"], &["unknown adapter `envv`", "did you mean `env`"]),
    ] {
        folder.refused(2, &[&["adapter"], args, &["-o", "out.wasm"]].concat(), words);
    }
}

#[test]
fn a_graph_is_built_with_adapters_that_nobody_named_a_file_for() {
    let folder = Folder::new();
    let dep = format!("my:app={}", guest("rust-hello"));
    let Ran { words, .. } =
        folder.done(&["build", &graph("env"), "-e", "GREETING=hello", "--dep", &dep, "-o", "out.wasm"]);
    assert!(words.contains("virt:env: env") && words.contains("left to the host: wasi:"), "{words}");
    assert!(!imports(&folder.read("out.wasm")).iter().any(|name| name.starts_with("wasi:cli/environment@")));
    let args = ["build", &graph("env"), "--seed=1", "--with", "env", "--dep", &dep, "-o", "out.wasm"];
    let Ran { words, .. } = folder.done(&args);
    assert!(words.contains("no adapter of `random`") && words.contains("`--with` has no effect"), "{words}");
}

#[test]
fn errors_of_a_graph_have_a_place_and_a_way_out() {
    let folder = Folder::new();
    let dep = format!("my:app={}", guest("rust-hello"));
    let app = ["--dep", dep.as_str()];
    for (graph, args, words) in [
        (
            "let app = new my:app { ... };\nexport app...;",
            &[][..],
            &["graph.wac:2:15:", "`my:app`", "--dep my:app=FILE.wasm", "^^^^^^"][..],
        ),
        (
            "let app = new my:app { ... }\nexport app...;",
            &app,
            &["graph.wac:3:1:", "expected `;`", "3 | export", "| ^^^^^^"],
        ),
        (
            "let app = new my:app { };\nexport app...;",
            &app,
            &["graph.wac:2:15:", "missing instantiation argument `wasi:"],
        ),
        ("let app = new my:app { ... };\nexport ap...;", &app, &["graph.wac:3:8:", "undefined name `ap`"]),
        ("let e = new virt:envv { ... };\nexport e...;", &[], &["graph.wac:2:13:", "did you mean `env`"]),
        ("let e = new virt:exit { ... };\nexport e...;", &[], &["graph.wac:2:13:", "`exit` has no adapter"]),
        ("let e = new virt:env@0.1.0 { ... };\nexport e...;", &[], &["write `virt:env`"]),
        ("let e = new virt:bundle { ... };\nexport e...;", &[], &["graph.wac:2:13:", "--with env,stdio"]),
        ("let e = new virt:env { ... };\nexport e...;", &["--allow-env"], &["there is no `virt:env`"]),
        ("let e = new virt:env { ... };\nexport e...;", &app, &["has no `my:app`", "it has `virt:env`"]),
        (
            "let f = new virt:fs { ... };\nlet s = new virt:stdio { ... };\nlet app = new my:app { ...s, ...f, ... };\nexport app...;",
            &["--dep", "my:app=shell.wasm", "--tmpfs", "/tmp", "--stdout=capture"],
            &["`virt:stdio`", "`virt:fs`", "streams of two makers", "`virt:bundle`", "--with fs,stdio"],
        ),
        (
            "let f = new virt:fs { ... };\nlet app = new my:app { ...f, ... };\nexport app...;",
            &["--dep", "my:app=shell.wasm", "--tmpfs", "/tmp"],
            &["`virt:fs`", "from the host", "--with fs,stdio --allow-stdio"],
        ),
        (
            "import e as \"wasi:cli/environment@0.2.0\": func();\nlet app = new my:app { ... };\nexport app...;",
            &app,
            &["wac fails at this graph", "instance cannot be merged with function"],
        ),
        // What denies streams has them, too.
        (
            "let b = new virt:bundle { ... };\nlet app = new my:app { ...b, ... };\nexport app...;",
            &["--dep", "my:app=server.wasm", "--with", "fs,stdio"],
            &[
                "`my:app`",
                "from `virt:bundle`",
                "from the host",
                "--with clocks,fs,http,stdio --allow-clocks --allow-http",
            ],
        ),
        (
            "let io = new my:both { ... };\nexport io[\"a:b/c\"] as \"a:b/c\";",
            &["--dep", "my:both=both.wasm"],
            &["`host:io/poll@0.2.0`", "`wasi:io/poll@0.2.0`", "`virt:bundle`"],
        ),
        (
            "let io = new my:own { ... };\nexport io[\"a:b/c\"] as \"a:b/c\";",
            &["--dep", "my:own=own.wasm"],
            &["`host:my/thing` is left"],
        ),
    ] {
        folder.write("shell.wasm", fs::read(guest("rust-shell")).unwrap());
        folder.write("server.wasm", fs::read(guest("rust-server")).unwrap());
        let exports = "(instance $i) (export \"a:b/c\" (instance $i))";
        let imports = |name: &str| format!("(import \"{name}\" (instance))");
        let (host, wasi) = (imports("host:io/poll@0.2.0"), imports("wasi:io/poll@0.2.0"));
        let both = format!("(component {host} {wasi} {exports})");
        let own = format!("(component {} {exports})", imports("host:my/thing"));
        folder.write("both.wasm", wat::parse_str(both).unwrap());
        folder.write("own.wasm", wat::parse_str(own).unwrap());
        folder.write("graph.wac", format!("package my:graph;\n{graph}"));
        folder.refused(1, &[&["build", "graph.wac", "-o", "out.wasm"], args].concat(), words);
    }
    folder.refused(2, &["build", "graph.wac", "--dep", "my:app", "-o", "out.wasm"], &["--dep my:app=FILE.wasm"]);
    folder.refused(2, &["build", "graph.wac", "--dep", "app=a.wasm", "-o", "out.wasm"], &["`app` is no package"]);
    folder.refused(2, &["build", "graph.wac", "-o", "graph.wac"], &["`graph.wac`, which it is made from"]);
}

#[test]
fn what_adapters_have_of_the_host_is_named_as_the_host_has_it() {
    let folder = Folder::new();
    folder.done(&["adapter", "io", "--bare", "-o", "io.wasm"]);
    folder
        .write("graph.wac", "package my:graph;\nlet io = new virt:io { ... };\nexport io[\"wasi:io/streams@0.2.12\"];");
    folder.done(&["build", "graph.wac", "--dep", "virt:io=io.wasm", "-o", "out.wasm"]);
    assert_eq!(
        imports(&folder.read("out.wasm")),
        ["wasi:io/error@0.2.0", "wasi:io/poll@0.2.0", "wasi:io/streams@0.2.0"]
    );
}

#[test]
fn a_composition_is_written_as_a_graph_with_its_parts() {
    let folder = Folder::new();
    let Ran { stdout, .. } = folder.done(&["-e", "A=1", "--allow-env", &guest("rust-hello"), "--emit-wac", "graph"]);
    assert!(stdout.is_empty());
    let text = String::from_utf8(folder.read("graph/composition.wac")).unwrap();
    for line in [
        "package virt:composition;",
        "import wasi-cli-environment as \"wasi:cli/environment@0.2.6\": virt:root/wasi-cli-environment;",
        "let env = new virt:env {",
        "let app = new app:app {",
        "export app[\"wasi:cli/run@0.2.0\"] as \"wasi:cli/run@0.2.0\";",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in:\n{text}");
    }
    assert!(!text.replace("app...", "").contains("..."), "{text}");
    for part in ["app/app", "virt/env", "virt/root"] {
        assert!(
            Component::of(&folder.read(&format!("graph/deps/{part}.wasm"))).is_ok() || part == "virt/root",
            "{part}"
        );
    }
    folder.refused(1, &["--allow-all", &guest("rust-hello"), "--emit-wac", "graph"], &["no graph to write"]);
    for to in ["graph", "new"] {
        let args = ["--stdio=allow", "--mount", "/=.", &guest("rust-shell"), "--emit-wac", to];
        folder.refused(2, &args, &["below what is embedded at `/`"]);
    }
}

/// A composition of two, in a folder.
fn pair() -> Folder {
    let folder = Folder::new();
    let text = "package my:graph;
        let first = new my:program { ... };
        let second = new my:program { ... };
        export first[\"wasi:cli/run@0.2.0\"] as \"my:graph/first\";
        export second[\"wasi:cli/run@0.2.0\"] as \"wasi:cli/run@0.2.0\";";
    folder.write("graph.wac", text);
    folder.done(&["build", "graph.wac", "--dep", &format!("my:program={}", guest("rust-hello")), "-o", "both.wasm"]);
    folder
}

#[test]
fn what_follows_for_is_about_one_component() {
    let folder = pair();
    let one = ["--for", "first", "--with", "env", "-e", "A=1", "both.wasm", "-o", "out.wasm"];
    let Ran { words, .. } = folder.done(&one);
    assert!(words.contains("first: virtual: env (1 variable set, none of the host's"), "{words}");
    assert!(words.lines().last().unwrap().starts_with("left to the host: wasi:cli/{environment,"), "{words}");
    let all = imports(&folder.read("both.wasm"));
    assert_eq!(imports(&folder.read("out.wasm")).len(), all.len());
    // Each its own, and the whole besides; the app and the result may be named anywhere.
    let each = [
        "-o",
        "out.wasm",
        "--allow-all",
        "--seal=wasi:random",
        "--for=first",
        "both.wasm",
        "--with=env",
        "--for",
        "second",
    ];
    let Ran { words, .. } = folder.done(&[&each[..], &["--with=env,stdio", "--stdio=ignore", "-e", "B=2"]].concat());
    for words_of_one in ["first: denied: wasi:cli/environment", "second: virtual: stdio ", "\ndenied: wasi:random/"] {
        assert!(words.contains(words_of_one), "`{words_of_one}` is not in: {words}");
    }
    let left = imports(&folder.read("out.wasm"));
    assert!(!left.iter().any(|name| name.contains("random") || name.contains("environment")), "{left:?}");
    assert!(left.iter().any(|name| name.starts_with("wasi:cli/stdout@")), "the first has it: {left:?}");
    // What is done is what the graph says.
    folder.done(&["--seal=a:b", "--for", "first", "--with", "env", "both.wasm", "--emit-wac", "graph"]);
    assert!(folder.path("graph/composition.wac").exists());
    // Nothing said of the whole leaves it; what is said of it is as ever.
    folder.done(&["--profile=sealed", "--for", "first", "--with=env", "both.wasm", "-o", "out.wasm"]);
    assert_eq!(imports(&folder.read("out.wasm")), [""; 0]);
}

#[test]
fn a_policy_file_says_what_for_says() {
    let folder = pair();
    folder.done(&[
        "--for",
        "first",
        "--with=env",
        "-e",
        "A=1",
        "--for",
        "second",
        "--stdio=allow",
        "both.wasm",
        "-o",
        "said.wasm",
    ]);
    let parts = "version = 1\n[for.first]\nwith = [\"env\"]\nenv = { set = { A = \"1\" } }\n[for.second.stdio]\nstdin = \"allow\"\nstdout = \"allow\"\n\
                 stderr = \"allow\"\n";
    folder.write("parts.toml", parts);
    // What is said of parts alone leaves the whole.
    folder.done(&["--policy", "parts.toml", "both.wasm", "-o", "out.wasm"]);
    assert_eq!(folder.read("out.wasm"), folder.read("said.wasm"));
    // Options win over it, part by part.
    folder.done(&[
        "--for=first",
        "--with=env",
        "-e",
        "A=2",
        "--for=second",
        "--stdio=allow",
        "both.wasm",
        "-o",
        "said.wasm",
    ]);
    folder.done(&["--policy", "parts.toml", "both.wasm", "--for", "first", "-e", "A=2", "-o", "out.wasm"]);
    assert_eq!(folder.read("out.wasm"), folder.read("said.wasm"));
    // What else it says is about the whole.
    folder.write("all.toml", format!("seal = [\"a:b\"]\n{parts}"));
    let Ran { words, .. } = folder.done(&["--policy", "all.toml", "both.wasm", "-o", "out.wasm"]);
    assert!(words.ends_with("left to the host: nothing\n"), "{words}");
    for (args, words) in [
        (&["plan", "--policy", "parts.toml", "both.wasm"][..], &["`[for.first]`", "leave it out"][..]),
        (&["policy", "--policy", "parts.toml"], &["`[for.first]`"]),
    ] {
        folder.refused(2, args, words);
    }
    folder.write("bad.toml", "version = 1\n[for.first]\nwiht = []\n");
    folder.refused(2, &["--policy", "bad.toml", "both.wasm", "-o", "out.wasm"], &["bad.toml", "did you mean `with`?"]);
    folder.write("bad.toml", "version = 1\n[for.first.for.second]\n");
    folder.refused(2, &["--policy", "bad.toml", "both.wasm", "-o", "out.wasm"], &["`[for.first]`", "`[for.second]`"]);
}

#[test]
fn traces_are_of_apps_and_not_of_adapters_alone() {
    let folder = pair();
    folder.refused(1, &["--with=fs", "--trace", "--tmpfs=/tmp", "-o", "out.wasm"], &["`--trace`", "leave it out"]);
    folder.write("env.wac", fs::read(graph("env")).unwrap());
    let app = format!("my:app={}", guest("rust-hello"));
    folder.refused(1, &["build", "env.wac", "--dep", &app, "--trace", "-o", "out.wasm"], &["env.wac:", "`--trace`"]);
    let none = ["build", "graph.wac", "--dep", &app.replace("my:app", "my:program"), "--trace", "-o", "out.wasm"];
    let Ran { words, .. } = folder.done(&none);
    assert!(words.contains("warning: the graph has no adapter of `trace`"), "{words}");
    folder.refused(2, &["adapter", "trace", "-o", "out.wasm"], &["`trace` is nothing alone", "`--bare`"]);
    folder.done(&["adapter", "trace-files", "--bare", "-o", "out.wasm"]);
    // What the trace calls of the host is not there for types.
    let Ran { words, .. } = folder.done(&["--trace", &guest("rust-shell"), "-o", "out.wasm"]);
    assert!(words.ends_with("\nleft to the host: wasi:io/{error,streams}@0.2.6 wasi:cli/stderr@0.2.6\n"), "{words}");
}

#[test]
fn errors_of_for_name_the_component_and_the_way_out() {
    let folder = pair();
    for (code, args, words) in [
        (2, &["--for"][..], &["`--for` lacks its name", "`--for server`"][..]),
        (2, &["--for", "-e", "A=1"], &["`--for` lacks its name"]),
        (2, &["both.wasm", "--for", "first", "--for=first"], &["`--for first` is there twice"]),
        (2, &["a.wasm", "--for", "first", "b.wasm"], &["two apps", "`a.wasm`", "`b.wasm`"]),
        (2, &["plan", "--for", "first", "both.wasm"], &["`plan`", "`--for first`", "leave one out"]),
        (2, &["inspect", "--for", "first", "both.wasm"], &["`inspect`", "`--for first`"]),
        (2, &["-q", "--for", "first", "both.wasm", "-v"], &["`--quiet`", "`--verbose`"]),
        (2, &["both.wasm", "--for", "first", "--with=envv"], &["did you mean `env`?"]),
        (2, &["--for", "first", "--with=env"], &["there is no app"]),
        (2, &["--with=env", "--for", "first", "--with=env"], &["no app", "`first`"]),
        (2, &["--for", "first", "--with=env", "both.wasm", "--emit-wac", "graph"], &["`--emit-wac`", "`--for`"]),
        (1, &["both.wasm", "--for", "thrid"], &["in it `thrid`", "expected one of first, second"]),
        (1, &["both.wasm", "--for", "secnd"], &["did you mean `second`?"]),
        (1, &["both.wasm", "--for", "component-0", "--with=env"], &["more than once", "first, second"]),
        (
            1,
            &["both.wasm", "--for", "first", "--with=stdio", "--stdout=capture"],
            &["`virt:stdio/captured@0.1.0`", "`first`"],
        ),
        (1, &["both.wasm", "--for", "first", "--tmpfs=/tmp"], &["in it `first`", "`fs`", "cannot take effect"]),
        (1, &[&guest("rust-hello"), "--for", "first"], &["one component", "leave `--for` out"]),
    ] {
        folder.refused(code, &[args, &["-o", "out.wasm"]].concat(), words);
    }
}
