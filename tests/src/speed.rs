//! Guests that say how long they took, compared. Those that are compared run by turns, in one run.

use crate::guests;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::ExitCode;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Each is measured so many times, by turns, and the fastest counts.
const TURNS: usize = 7;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// wasmtime without what WASI 0.3 needs of it, which doubles what a call from one component to another costs: the bars are on
/// what is ours.
pub fn engine() -> Result<Engine> {
    Ok(Engine::new(Config::new().concurrency_support(false))?)
}

/// A guest that says how long it took: `COMMAND NANOSECONDS ns, COUNT operations, BYTES bytes`.
pub struct Program {
    component: Component,
    linker: Linker<State>,
}

impl Program {
    /// Compiles a guest.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        Ok(Self { component: Component::new(engine, bytes)?, linker })
    }

    /// Nanoseconds for one operation.
    pub fn run(&self, folder: &Path, args: &[&str]) -> Result<f64> {
        let stdout = MemoryOutputPipe::new(1 << 16);
        let mut wasi = WasiCtxBuilder::new();
        wasi.arg("speed").args(args).stdout(stdout.clone()).inherit_stderr().allow_blocking_current_thread(true);
        // Who has sockets talks to this process.
        wasi.inherit_network().allow_tcp(true);
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
pub struct Row<'a> {
    /// What is measured.
    pub what: &'static str,
    /// Ours, and what it is told.
    pub ours: (&'a Program, &'a [&'a str]),
    /// What the other is called, it, and what it is told.
    pub other: (&'a str, &'a Program, &'a [&'a str]),
    /// The most; infinite for no bar.
    pub bar: f64,
}

/// Measures and prints all of it, with the folder as the host's `/`. Fails if a bar is missed.
pub fn compare(ours: &str, folder: &Path, rows: &[Row]) -> Result<ExitCode> {
    println!("{:28}{:>12}{:>28}{:>8}{:>8}", "", ours, "", "ratio", "bar");
    let mut missed = false;
    for row in rows {
        let (mut fastest, mut other) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..TURNS {
            fastest = fastest.min(row.ours.0.run(folder, row.ours.1).context(row.what)?);
            other = other.min(row.other.1.run(folder, row.other.2).context(row.what)?);
        }
        let ratio = fastest / other;
        let bar = if row.bar.is_finite() { format!("{:.2}", row.bar) } else { String::new() };
        println!("{:28}{fastest:>9.0} ns{:>16}{other:>9.0} ns{ratio:>8.2}{bar:>8}", row.what, row.other.0);
        missed |= ratio > row.bar;
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The guest `rust-fs-probe` with what it calls: what the copy of a `list<u8>` from one component to another costs.
pub fn probe() -> Result<Vec<u8>> {
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
