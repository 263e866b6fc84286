//! How fast embedded files are, against the same guest on the host's own filesystem in the same wasmtime, and against what
//! the copy of a `list<u8>` from one component to another leaves possible. `cargo bench -p virt-compose-tests` prints the
//! ratios with their bars, and fails when one is missed.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use virt_compose_tests::{compose, guests};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Each is measured so many times, by turns, and the fastest counts.
const TURNS: usize = 7;

const MB: usize = 1 << 20;
const CHUNK: &str = "65536";

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A guest that says how long it took.
struct Program {
    component: Component,
    linker: Linker<State>,
}

impl Program {
    fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        Ok(Self { component: Component::new(engine, bytes)?, linker })
    }

    /// Nanoseconds for one operation.
    fn run(&self, folder: &Path, args: &[&str]) -> Result<f64> {
        let stdout = MemoryOutputPipe::new(1 << 16);
        let mut wasi = WasiCtxBuilder::new();
        wasi.arg("speed").args(args).stdout(stdout.clone()).inherit_stderr().allow_blocking_current_thread(true);
        wasi.preopened_dir(folder, "/", FsPerms::ReadWrite)?;
        let state = State { wasi: wasi.build(), table: ResourceTable::new() };
        let mut store = Store::new(self.component.engine(), state);
        let command = Command::instantiate(&mut store, &self.component, &self.linker)?;
        if command.wasi_cli_run().call_run(&mut store)?.is_err() {
            bail!("`{}` failed", args.join(" "));
        }
        drop(store);
        let said = String::from_utf8(stdout.contents().to_vec())?;
        let numbers: Vec<f64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [nanoseconds, operations, _] = numbers[..] else { bail!("it said: {said}") };
        Ok(nanoseconds / operations)
    }
}

/// What is compared, and the most that ours may take, as a part of the other.
struct Row<'a> {
    what: &'static str,
    ours: (&'a Program, &'a [&'a str]),
    other: (&'a str, &'a Program, &'a [&'a str]),
    bar: f64,
}

fn main() -> Result<ExitCode> {
    // `cargo test --benches` is about whether it builds.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("many"))?;
    for number in 0..1000 {
        fs::write(folder.path().join(format!("many/file-{number:05}")), [number as u8; 4096])?;
    }
    let large: Vec<u8> = (0..64 * MB).map(|at| (at / 3) as u8).collect();
    fs::write(folder.path().join("large"), large)?;

    let engine = Engine::default();
    let app = guests::load("rust-fs-speed")?;
    let mount = format!("/={}", folder.path().display());
    let host = Program::new(&engine, &app)?;
    let embedded = Program::new(&engine, &compose(&app, &["--with", "fs", "--mount", &mount])?.bytes)?;
    let probe = Program::new(&engine, &probe()?)?;

    let (open, stat) = (["open-read-close", "/many", "1000", "5"], ["stat", "/many", "1000", "5"]);
    let (stream, file) = (["read-stream", "/large", CHUNK, "2"], ["read-file", "/large", CHUNK, "2"]);
    let limit = [CHUNK, &(128 * MB).to_string()];
    let rows = [
        Row {
            what: "open, read, close 4 KB",
            ours: (&embedded, &open),
            other: ("the host's", &host, &open),
            bar: 1.0 / 2.0,
        },
        Row { what: "stat", ours: (&embedded, &stat), other: ("the host's", &host, &stat), bar: 1.0 / 5.0 },
        Row {
            what: "64 KB of 64 MB, by stream",
            ours: (&embedded, &stream),
            other: ("the limit", &probe, &limit),
            // Of the copies inside, one is of words and costs an eighth of the limit, and the bytes come from where they
            // were never touched, which costs as much; a `Vec` of words is no `Vec` of bytes, which is the rest.
            bar: 1.4,
        },
        Row {
            what: "64 KB of 64 MB, by std",
            ours: (&embedded, &file),
            other: ("the host's", &host, &file),
            bar: f64::INFINITY,
        },
    ];
    println!("{:28}{:>12}{:>28}{:>8}{:>8}", "", "embedded", "", "ratio", "bar");
    let mut missed = false;
    for row in rows {
        let (mut ours, mut other) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..TURNS {
            ours = ours.min(row.ours.0.run(folder.path(), row.ours.1).context(row.what)?);
            other = other.min(row.other.1.run(folder.path(), row.other.2).context(row.what)?);
        }
        let ratio = ours / other;
        let bar = if row.bar.is_finite() { format!("{:.2}", row.bar) } else { String::new() };
        println!("{:28}{ours:>9.0} ns{:>16}{other:>9.0} ns{ratio:>8.2}{bar:>8}", row.what, row.other.0);
        missed |= ratio > row.bar;
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The probe with what it calls.
fn probe() -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut add = |name: &str, bytes: Vec<u8>| -> Result<_> {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
        let package = graph.register_package(package)?;
        Ok(graph.instantiate(package))
    };
    let text = include_str!("../apps/files/probe-source.wat");
    let source = add("test:source", wat::parse_str(text)?)?;
    let probe = add("test:main", guests::load("rust-fs-probe")?)?;
    let read = graph.alias_instance_export(source, "test:probe/source")?;
    graph.set_instantiation_argument(probe, "test:probe/source", read)?;
    let run = {
        let wac_graph::types::ItemKind::Instance(exports) = graph[probe].item_kind() else { bail!("no instance") };
        let mut names = graph.types()[exports].exports.keys();
        names.find(|name| name.starts_with("wasi:cli/run")).cloned().context("it exports no `run`")?
    };
    let export = graph.alias_instance_export(probe, &run)?;
    graph.export(export, &run)?;
    Ok(graph.encode(EncodeOptions::default())?)
}
