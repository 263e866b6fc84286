//! Graphs in the language of wac: each of `graphs/` makes the same with upstream's parser and with `build`, and what `emit` writes
//! makes what `virtualize` does. What the results do when they run is in `tests/graphs.rs`.

mod again;

use again::{by_wac, is_made_again};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use virt_compose::cli::Cli;
use virt_compose::component::Component;
use virt_compose::graph::Build;
use virt_compose::virtualize;
use wasm_compose::composer::ComponentComposer;
use wasm_compose::config::{Config, Dependency, Instantiation, InstantiationArg};
use wasmparser::{Validator, WasmFeatures};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn guest(name: &str) -> Result<Vec<u8>> {
    fs::read(repository().join(format!("tests/guests/{name}.wasm"))).context("tests/guests/build.sh made it")
}

fn graph(name: &str) -> Result<String> {
    Ok(fs::read_to_string(repository().join(format!("graphs/{name}.wac")))?)
}

/// What the tool makes without an app, or of one.
fn composed(app: Option<&str>, args: &[&str]) -> Result<Vec<u8>> {
    let app = app.map(guest).transpose()?;
    Ok(virtualize(app.as_deref(), &Cli::policy_of(args)?)?.bytes)
}

fn imports(bytes: &[u8]) -> Result<Vec<String>> {
    Ok(Component::of(bytes)?.imports.into_iter().map(|item| item.name).collect())
}

fn exports(bytes: &[u8]) -> Result<Vec<String>> {
    Ok(Component::of(bytes)?.exports.into_iter().map(|item| item.name).collect())
}

/// A graph of the folder, and what is at hand for it.
struct Case {
    /// The options of `build`.
    args: &'static [&'static str],
    /// What is in `virt:bundle`.
    bundle: &'static [&'static str],
    /// The components, as a user names them.
    deps: Vec<(&'static str, Vec<u8>)>,
    /// What is left to the host.
    left: fn(&str) -> bool,
}

/// Each way that its header has.
fn cases(name: &str) -> Result<Vec<Case>> {
    let case = |args, bundle, left| Case { args, bundle, deps: Vec::new(), left };
    let hello = || guest("rust-hello");
    Ok(vec![match name {
        "bundle" => Case {
            deps: vec![("app:app", hello()?)],
            ..case(&["-e", "GREETING=hello", "--stdio=ignore"], &["env", "stdio"], |name| {
                name.starts_with("wasi:cli/exit@") || name.starts_with("wasi:random/insecure-seed@")
            })
        },
        "captured" => Case {
            deps: vec![
                ("my:inner", composed(Some("rust-lines"), &["--export-captured"])?),
                ("my:outer", guest("rust-contains")?),
            ],
            ..case(&[], &[], |name| name.starts_with("wasi:"))
        },
        "echo" => Case {
            deps: vec![("example:echo", guest("rust-echo-server")?), ("my:client", guest("rust-echo-client")?)],
            ..case(&[], &[], |name| name.starts_with("wasi:"))
        },
        "pong" => Case {
            deps: vec![
                ("example:pong", composed(Some("rust-pong"), &["-e", "PONG=demo", "--allow-random"])?),
                ("my:server", guest("rust-hello-server")?),
            ],
            ..case(&[], &[], |name| name.starts_with("wasi:"))
        },
        "env" => Case {
            deps: vec![("my:app", hello()?)],
            ..case(&["-e", "GREETING=hello"], &[], |name| !name.starts_with("wasi:cli/environment@"))
        },
        "sealed" => Case {
            deps: vec![("my:app", hello()?)],
            ..case(&[], &["env", "config", "random", "http", "sockets", "stdio", "fs", "clocks"], |name| {
                name.starts_with("wasi:cli/exit@")
            })
        },
        "site" => {
            let deps = || anyhow::Ok(vec![("my:server", guest("rust-server")?)]);
            let hosts = case(&["--preopen", "/site=/srv::ro"], &["fs"], |name| name.starts_with("wasi:"));
            let args = &["--tmpfs", "/", "--allow-http", "--allow-clocks", "--stdio=allow"];
            let embedded = case(args, &["fs", "http", "clocks", "stdio"], |name| !name.starts_with("wasi:filesystem/"));
            return [hosts, embedded].into_iter().map(|case| Ok(Case { deps: deps()?, ..case })).collect();
        }
        "isolated" => Case {
            deps: vec![
                ("my:first", guest("rust-shell")?),
                ("my:second", guest("rust-shell")?),
                (
                    "first:bundle",
                    composed(
                        None,
                        &["--with", "env,fs,stdio", "-e", "NAME=first", "--tmpfs", "/tmp", "--stdio=allow"],
                    )?,
                ),
            ],
            ..case(&["-e", "NAME=second", "--tmpfs", "/data", "--stdio=allow"], &["env", "fs", "stdio"], |name| {
                !name.starts_with("wasi:cli/environment@") && !name.starts_with("wasi:filesystem/")
            })
        },
        "chain" => Case {
            deps: vec![
                ("my:app", hello()?),
                ("my:hides", composed(None, &["--with", "env", "--allow-env", "--deny-env=SECRET"])?),
            ],
            ..case(&["--allow-env", "-e", "GREETING=hello"], &[], |name| name.starts_with("wasi:"))
        },
        "middleware" => Case {
            deps: vec![
                ("my:server", guest("rust-server")?),
                ("my:middleware", wat::parse_file(repository().join("graphs/middleware.wat"))?),
            ],
            ..case(&["-e", "GREETING=hello"], &[], |name| {
                !["wasi:cli/environment@", "wasi:http/incoming-handler@"].iter().any(|path| name.starts_with(path))
            })
        },
        "own" => Case {
            deps: vec![("my:app", hello()?), ("virt:env", wat::parse_file(repository().join("graphs/own-env.wat"))?)],
            ..case(&[], &[], |name| !name.starts_with("wasi:cli/environment@"))
        },
        _ => bail!("there is no test of `graphs/{name}.wac`: write one here"),
    }])
}

#[test]
fn every_graph_makes_the_same_with_wac_and_with_build() -> Result<()> {
    let mut tried = BTreeSet::new();
    for entry in fs::read_dir(repository().join("graphs"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wac") {
            let name = path.file_stem().context("a graph has a name")?.to_string_lossy().into_owned();
            try_graph(&name).with_context(|| format!("graphs/{name}.wac"))?;
            tried.insert(name);
        }
    }
    ensure!(tried.len() >= 11, "only {tried:?} are there");
    Ok(())
}

fn try_graph(name: &str) -> Result<()> {
    let text = graph(name)?;
    ensure!(text.contains("// ") && text.contains("\n//   "), "its header has no words, or no commands");
    cases(name)?.into_iter().try_for_each(|case| try_case(name, &text, case))
}

fn try_case(name: &str, text: &str, case: Case) -> Result<()> {
    let Case { args, bundle, deps, left } = case;
    let policy = Cli::policy_of(args)?;
    let mut build = Build::new(text, name, &policy);
    build.bundle = bundle.iter().copied().collect();
    build.deps = deps.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    let built = build.component()?;
    Validator::new_with_features(WasmFeatures::all()).validate_all(&built.bytes)?;
    for import in &built.imports {
        ensure!(left(import), "it imports `{import}`");
    }
    // What a user of wac alone has: the adapters as the tool writes them without an app.
    let mut packages = build.deps.clone();
    for ours in &built.ours {
        let with = ours.subsystems.iter().copied().collect::<Vec<_>>().join(",");
        packages.insert(ours.name.clone(), composed(None, &[&["--with", &with], args].concat())?);
    }
    let upstream = by_wac(text, &packages)?;
    let (ours, upstreams) = (imports(&built.bytes)?, imports(&upstream)?);
    ensure!(ours == upstreams, "build leaves {ours:?}, wac {upstreams:?}");
    ensure!(exports(&built.bytes)? == exports(&upstream)?, "exports differ");
    Ok(())
}

#[test]
fn what_is_emitted_makes_the_same_component() -> Result<()> {
    let site = tempfile::tempdir()?;
    fs::write(site.path().join("index.html"), "hello")?;
    let mount = format!("/={}", site.path().display());
    for (app, args) in [
        (Some("rust-hello"), &[][..]),
        (Some("rust-hello"), &["--with", "env", "-e", "GREETING=hello", "--allow-env"]),
        (Some("rust-hello"), &["--stdin=text:yes", "--stdout=prefix:> ", "--allow-env"]),
        (Some("rust-server"), &["--mount", &mount, "--allow-http", "--stdio=allow"]),
        (Some("rust-shell"), &["--mount", &mount, "--tmpfs", "/tmp", "--preopen", "/data=/srv::cow", "--stdio=allow"]),
        (Some("rust-chance"), &["--time=2026-01-01T00:00:00Z+1ms", "--seed=1", "--stdout=allow"]),
        (Some("rust-fetch"), &["--with", "http", "--allow-http=example.com"]),
        (Some("rust-net"), &["--sockets=loopback", "--stdio=allow"]),
        (Some("c-tour"), &["--stdio=allow"]),
        (None, &["--with", "env,stdio", "--stdio=ignore"]),
    ] {
        let app = app.map(guest).transpose()?;
        is_made_again(app.as_deref(), &Cli::policy_of(args)?).with_context(|| args.join(" "))?;
    }
    Ok(())
}

/// The library `wasm-compose`, which is older than wac and deprecated in its favor, on bundles.
///
/// It can: wire an app to a bundle whose every wire it is told, at any version of 0.2, shared streams included; and find by itself
/// what a bundle has at just the version that the app imports.
///
/// It cannot: find another version of 0.2 by itself, which is what most apps have (ours is 0.2.12); wire some of what a bundle with
/// streams has while others of the app's are the host's: it panics there (`rust-wstd-server` on `--with env,stdio --stdio=ignore`),
/// where wac makes a component that is not valid, and `build` says why there is none.
#[test]
fn wasm_compose_wires_what_it_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (app, bundle) = (folder.path().join("app.wasm"), folder.path().join("bundle.wasm"));
    let by_itself = Config { dir: folder.path().to_owned(), definitions: vec![bundle.clone()], ..Config::default() };
    for (guest_of, args, left) in [
        ("rust-hello", &["--with", "env", "-e", "GREETING=hello"][..], None),
        ("rust-hello", &["--with", "env,stdio", "--stdio=ignore"], Some(2)),
    ] {
        fs::write(&app, guest(guest_of)?)?;
        fs::write(&bundle, composed(None, args)?)?;
        let error = ComponentComposer::new(&app, &by_itself).compose().err().context("it found 0.2.12 for 0.2.6")?;
        ensure!(format!("{error:#}").contains("no dependencies of component"), "{error:#}");
        let (wanted, exported) = (imports(&fs::read(&app)?)?, exports(&fs::read(&bundle)?)?);
        let path = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
        let arguments = wanted.iter().filter_map(|import| {
            let export = exported.iter().find(|export| path(export) == path(import))?;
            Some((import.clone(), InstantiationArg { instance: "bundle".to_owned(), export: Some(export.clone()) }))
        });
        let told = Config {
            dir: folder.path().to_owned(),
            dependencies: [("bundle".to_owned(), Dependency { path: bundle.clone() })].into(),
            instantiations: [("root".to_owned(), Instantiation { dependency: None, arguments: arguments.collect() })]
                .into(),
            ..Config::default()
        };
        let made = imports(&ComponentComposer::new(&app, &told).compose()?)?;
        ensure!(!made.iter().any(|name| name.starts_with("wasi:cli/environment@")), "it imports {made:?}");
        ensure!(left.is_none_or(|left| made.len() == left), "it imports {made:?}");
    }
    // 0.2.12, which is what ours are.
    fs::write(&app, guest("rust-wstd-server")?)?;
    fs::write(&bundle, composed(None, &["--with", "env"])?)?;
    let made = imports(&ComponentComposer::new(&app, &by_itself).compose()?)?;
    ensure!(!made.iter().any(|name| name.starts_with("wasi:cli/environment@")), "it imports {made:?}");
    Ok(())
}
