//! Graphs in the language of wac: each of `graphs/` makes the same with upstream's parser and with `build`, and what `emit` writes
//! makes what `virtualize` does. What the results do when they run is in `tests/graphs.rs`.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use virt_compose::cli::Cli;
use virt_compose::component::Component;
use virt_compose::graph::{Build, emit};
use virt_compose::virtualize;
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

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

/// What wac makes of a graph.
fn by_wac(text: &str, packages: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let packages =
        packages.iter().map(|(name, bytes)| (BorrowedPackageKey::from_name_and_version(name, None), bytes.clone()));
    Ok(Document::parse(text)?.resolve(packages.collect())?.encode(EncodeOptions::default())?)
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

fn case(name: &str) -> Result<Case> {
    let case = |args, bundle, left| Case { args, bundle, deps: Vec::new(), left };
    let hello = || guest("rust-hello");
    let base = match name {
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
        "site" => Case {
            deps: vec![("my:server", guest("rust-server")?)],
            ..case(&["--preopen", "/site=/srv::ro"], &["fs"], |name| name.starts_with("wasi:"))
        },
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
        "own" => Case {
            deps: vec![("my:app", hello()?), ("virt:env", wat::parse_file(repository().join("graphs/own-env.wat"))?)],
            ..case(&[], &[], |name| !name.starts_with("wasi:cli/environment@"))
        },
        _ => bail!("there is no test of `graphs/{name}.wac`: write one here"),
    };
    Ok(base)
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
    ensure!(tried.len() >= 10, "only {tried:?} are there");
    Ok(())
}

fn try_graph(name: &str) -> Result<()> {
    let Case { args, bundle, deps, left } = case(name)?;
    let text = graph(name)?;
    ensure!(text.contains("\n// ") && text.contains("\n//   "), "its header has no words, or no commands");
    let policy = Cli::policy_of(args)?;
    let mut build = Build::new(&text, name, &policy);
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
    let upstream = by_wac(&text, &packages)?;
    let (ours, upstreams) = (imports(&built.bytes)?, imports(&upstream)?);
    ensure!(ours == upstreams, "build leaves {ours:?}, wac {upstreams:?}");
    ensure!(exports(&built.bytes)? == exports(&upstream)?, "exports differ");
    Ok(())
}

/// The sections of the component's own that mean something: wac says besides what made it and what things are called.
fn sections(bytes: &[u8]) -> Result<Vec<(u8, Vec<u8>)>> {
    let (mut depth, mut sections) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        if let (1, Some((id, range))) = (depth, payload.as_section())
            && id != 0
        {
            sections.push((id, bytes[range.start as usize..range.end as usize].to_vec()));
        }
    }
    Ok(sections)
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
        let policy = Cli::policy_of(args)?;
        let app = app.map(guest).transpose()?;
        let emitted = emit(app.as_deref(), &policy).with_context(|| args.join(" "))?;
        let packages = emitted.deps.into_iter().map(|(name, artifact)| Ok((name, artifact.bytes()?)));
        let packages: BTreeMap<String, Vec<u8>> = packages.collect::<Result<_>>()?;
        let text = emitted.text;
        let again = by_wac(&text, &packages).with_context(|| format!("{args:?}:\n{text}"))?;
        let made = virtualize(app.as_deref(), &policy)?.bytes;
        ensure!(imports(&again)? == imports(&made)?, "{args:?}: imports differ:\n{text}");
        ensure!(exports(&again)? == exports(&made)?, "{args:?}: exports differ:\n{text}");
        ensure!(sections(&again)? == sections(&made)?, "{args:?}: something differs:\n{text}");
    }
    Ok(())
}
