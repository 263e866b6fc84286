//! wasmtime as the host of commands.

use crate::net::Reached;
use crate::outgoing::Outgoing;
use anyhow::{Result, anyhow, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use wasmtime::component::{Component, Linker, ResourceTable, Val};
use wasmtime::{Config, Engine, OptLevel, ResourceLimiter, Store};
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::filesystem::FsPerms;
use wasmtime_wasi::p2::bindings::sync::{CommandPre, LinkOptions};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_config::{WasiConfig, WasiConfigVariables};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView, default_hooks};

/// What the host has for a program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Arguments after the program's name, which is `program`.
    pub args: Vec<String>,
    /// Values of `wasi:config`. One that starts with `error: ` is an error to who asks the older version for it.
    pub config: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: String,
    /// Whether writing to standard error fails, and not by closing.
    pub failing_stderr: bool,
    /// Which of the standard streams are terminals: `stdin`, `stdout`, `stderr`.
    pub terminals: Vec<String>,
    /// Whether HTTP requests go where they are sent to. If not, they go to a server that answers with what it was asked.
    #[serde(skip)]
    pub network: bool,
    /// Whether sockets reach this machine's loopback addresses, and names may be looked up. They never reach any other.
    pub sockets: bool,
    /// What they were brought to.
    #[serde(skip)]
    pub reached: Reached,
    /// Preopened directories.
    #[serde(skip)]
    pub dirs: Vec<Dir>,
}

/// A directory that a program is given.
#[derive(Clone, Debug)]
pub struct Dir {
    /// Its name to the program.
    pub guest: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether the host refuses to change it.
    pub read_only: bool,
}

/// A standard error that nobody can write to.
struct Failing;

impl tokio::io::AsyncWrite for Failing {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::Error::other("writing fails")))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for Failing {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Failing {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(Self)
    }
}

/// A stream that is a terminal.
struct Terminal<T>(T);

impl<T> IsTerminal for Terminal<T> {
    fn is_terminal(&self) -> bool {
        true
    }
}

impl<T: StdoutStream> StdoutStream for Terminal<T> {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        self.0.async_stream()
    }
}

impl<T: StdinStream> StdinStream for Terminal<T> {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncRead + Send + Sync> {
        self.0.async_stream()
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// With an exit code. 1 stands for a `run` that returned an error.
    Exit(i32),
    /// With a trap; the backtrace.
    Trap(String),
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// The HTTP requests that went out.
    pub sent: Vec<String>,
}

/// A store's state.
pub struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    config: WasiConfigVariables,
    config_draft: BTreeMap<String, String>,
    table: ResourceTable,
    outgoing: Option<Outgoing>,
    memory: Memory,
}

/// How much memory instances took, all linear memories together.
#[derive(Clone, Copy, Debug, Default)]
struct Memory(usize);

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.0 += desired - current;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

impl State {
    /// With the host's side of WASI.
    pub fn new(wasi: WasiCtx) -> Self {
        Self {
            wasi,
            http: WasiHttpCtx::new(),
            config: WasiConfigVariables::new(),
            config_draft: BTreeMap::new(),
            table: ResourceTable::new(),
            outgoing: None,
            memory: Memory::default(),
        }
    }

    /// A store that counts what its instances take.
    pub fn into_store(self) -> Store<Self> {
        let mut store = Store::new(engine(), self);
        store.limiter(|state| &mut state.memory);
        store
    }

    /// How many bytes the linear memories of the store have. They never shrink.
    pub fn memory(&self) -> usize {
        self.memory.0
    }

    /// How many things the host keeps for the instances.
    pub fn resources(&mut self) -> usize {
        self.table.iter_mut().count()
    }
}

/// `wasi:config/store` under both of its names. wasmtime has the newer; the older is the same interface.
fn add_config(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_config::add_to_linker(linker, |state| WasiConfig::from(&state.config))?;
    let ok = |value: Val| Val::Result(Ok(Some(Box::new(value))));
    let mut draft = linker.instance("wasi:config/store@0.2.0-draft")?;
    draft.func_new("get", move |store, _, params, results| {
        let Val::String(key) = &params[0] else { unreachable!("a key is a string") };
        let value = store.data().config_draft.get(key).cloned();
        results[0] = match value.as_deref().and_then(|value| value.strip_prefix("error: ")) {
            Some(words) => {
                let words = Val::Variant("upstream".to_owned(), Some(Box::new(Val::String(words.to_owned()))));
                Val::Result(Err(Some(Box::new(words))))
            }
            None => ok(Val::Option(value.map(|value| Box::new(Val::String(value))))),
        };
        Ok(())
    })?;
    draft.func_new("get-all", move |store, _, _, results| {
        let pair =
            |(key, value): (&String, &String)| Val::Tuple(vec![Val::String(key.clone()), Val::String(value.clone())]);
        results[0] = ok(Val::List(store.data().config_draft.iter().map(pair).collect()));
        Ok(())
    })
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let hooks: &mut dyn WasiHttpHooks = match &mut self.outgoing {
            Some(outgoing) => outgoing,
            None => default_hooks(),
        };
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks }
    }
}

/// One engine for all. Guests run once, so compiling fast is worth more than running fast.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::None);
        Engine::new(&config).expect("the engine's settings are sound")
    })
}

/// A command, compiled, to be run as often as need be.
pub struct Program(CommandPre<State>);

impl Program {
    /// Compiles a command.
    pub fn new(component: &[u8]) -> Result<Self> {
        Self::with(component, |_| Ok(()))
    }

    /// Compiles a command for a host that has more than WASI.
    pub fn with(component: &[u8], more: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()>) -> Result<Self> {
        let component = Component::new(engine(), component).map_err(|error| anyhow!("{error:?}"))?;
        let mut linker = Linker::<State>::new(engine());
        let mut options = LinkOptions::default();
        options.network_error_code(true);
        wasmtime_wasi::p2::add_to_linker_with_options_sync(&mut linker, &options)
            .map_err(|error| anyhow!("{error:?}"))?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker).map_err(|error| anyhow!("{error:?}"))?;
        add_config(&mut linker).map_err(|error| anyhow!("{error:?}"))?;
        more(&mut linker).map_err(|error| anyhow!("{error:?}"))?;
        let command = linker.instantiate_pre(&component).and_then(CommandPre::new);
        Ok(Self(command.map_err(|error| anyhow!("failed to start: {error:?}"))?))
    }

    /// Runs it.
    pub fn run(&self, host: &Host) -> Result<Ran> {
        self.run_into(MemoryOutputPipe::new(1 << 20), host)
    }

    /// Runs it, with a standard output that can be looked at meanwhile.
    pub fn run_into(&self, stdout: MemoryOutputPipe, host: &Host) -> Result<Ran> {
        // A trace goes there, too.
        let stderr = MemoryOutputPipe::new(1 << 28);
        let mut wasi = WasiCtxBuilder::new();
        wasi.arg("program").args(&host.args);
        wasi.stdin(MemoryInputPipe::new(host.stdin.clone())).stdout(stdout.clone()).stderr(stderr.clone());
        for name in &host.terminals {
            match name.as_str() {
                "stdin" => wasi.stdin(Terminal(MemoryInputPipe::new(host.stdin.clone()))),
                "stdout" => wasi.stdout(Terminal(stdout.clone())),
                "stderr" => wasi.stderr(Terminal(stderr.clone())),
                other => bail!("`{other}` is no standard stream"),
            };
        }
        if host.failing_stderr {
            wasi.stderr(Failing);
        }
        for (name, value) in &host.env {
            wasi.env(name, value);
        }
        // Each call that touches a file would go to another thread and back otherwise.
        wasi.allow_blocking_current_thread(true);
        if host.sockets {
            wasi.socket_addr_check(host.reached.check()).allow_tcp(true).allow_udp(true).allow_ip_name_lookup(true);
        }
        for dir in &host.dirs {
            let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
            wasi.preopened_dir(&dir.path, &dir.guest, perms).map_err(|error| anyhow!("{error:?}"))?;
        }
        let mut state = State::new(wasi.build());
        state.config = host.config.clone().into_iter().collect();
        state.config_draft = host.config.clone();
        let outgoing = Outgoing::default();
        state.outgoing = (!host.network).then(|| outgoing.clone());
        let mut store = Store::new(engine(), state);
        let command = self.0.instantiate(&mut store).map_err(|error| anyhow!("failed to start: {error:?}"))?;
        let end = match command.wasi_cli_run().call_run(&mut store) {
            Ok(Ok(())) => End::Exit(0),
            Ok(Err(())) => End::Exit(1),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => End::Exit(exit.0),
                None => End::Trap(format!("{error:?}")),
            },
        };
        drop(store);
        let text = |pipe: MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        Ok(Ran { end, stdout: text(stdout), stderr: text(stderr), sent: outgoing.sent() })
    }
}

/// Runs a command.
pub fn run(component: &[u8], host: &Host) -> Result<Ran> {
    Program::new(component)?.run(host)
}

/// Runs a command on a host that has more than WASI.
pub fn run_with(
    component: &[u8],
    host: &Host,
    more: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()>,
) -> Result<Ran> {
    Program::with(component, more)?.run(host)
}
