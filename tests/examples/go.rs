// go MODE GUEST behaviours...
use virt_compose::policy::*;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::*;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
struct S {
    ctx: WasiCtx,
    table: ResourceTable,
}
impl WasiView for S {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}
fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let app = std::fs::read(&args[2])?;
    let mut policy = Policy::open();
    policy.scope = Scope::Only(["fs"].into());
    policy.fs = Fs::default();
    let host = args[1] != "tmpfs";
    match args[1].as_str() {
        "host" => {}
        "tmpfs" => policy.fs.mount(&dirname(), Source::Empty { limit: None }, Writing::InMemory)?,
        "cow" => policy.fs.mount(&dirname(), Source::Host(dirname()), Writing::InMemory)?,
        "ro" => policy.fs.mount(&dirname(), Source::Host(dirname()), Writing::ReadOnly)?,
        "rw" => policy.fs.mount(&dirname(), Source::Host(dirname()), Writing::Host)?,
        _ => panic!(),
    }
    let bytes = if args[1] == "host" { app } else { virt_compose::virtualize(Some(&app), &policy)?.bytes };
    let mut config = Config::new();
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, &bytes).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let mut linker = Linker::<S>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let run = |guest_args: &[&str]| -> anyhow::Result<(String, String, String)> {
        let dir = tempfile::tempdir()?;
        let (stdout, stderr) = (MemoryOutputPipe::new(1 << 24), MemoryOutputPipe::new(1 << 20));
        let mut wasi = WasiCtxBuilder::new();
        wasi.arg("program").args(guest_args).stdout(stdout.clone()).stderr(stderr.clone());
        if host {
            wasi.preopened_dir(dir.path(), &dirname(), FsPerms::ReadWrite).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        }
        let mut store = Store::new(&engine, S { ctx: wasi.build(), table: ResourceTable::new() });
        let command = Command::instantiate(&mut store, &component, &linker).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let end = match command.wasi_cli_run().call_run(&mut store) {
            Ok(Ok(())) => "ok".to_string(),
            Ok(Err(())) => "exit 1".into(),
            Err(e) => match e.downcast_ref::<I32Exit>() {
                Some(x) => format!("exit {}", x.0),
                None => {
                    let t = format!("{e:?}");
                    let idx: Vec<String> = t
                        .lines()
                        .filter_map(|l| l.split("wasm function ").nth(1))
                        .map(|x| x.trim_end_matches(')').to_string())
                        .take(12)
                        .collect();
                    format!("TRAP [{}] {}", idx.join(" "), t.lines().last().unwrap_or(""))
                }
            },
        };
        drop(store);
        Ok((
            end,
            String::from_utf8_lossy(&stdout.contents()).into(),
            String::from_utf8_lossy(&stderr.contents()).into(),
        ))
    };
    let mut names: Vec<String> = args[3..].to_vec();
    if names.first().is_some_and(|n| n == "raw") {
        let a: Vec<&str> = names[1..].iter().map(String::as_str).collect();
        let (end, out, err) = run(&a)?;
        println!("{out}{err}{end}");
        return Ok(());
    }
    if names.is_empty() {
        names = run(&["list"])?.1.lines().map(String::from).collect();
    }
    let (mut good, mut bad) = (0, 0);
    for name in &names {
        let (end, _, err) = run(&[name])?;
        if end == "ok" {
            good += 1
        } else {
            bad += 1;
            println!("FAIL {name}: {} {}", err.trim(), if end.starts_with("exit") { "" } else { &end });
        }
    }
    println!("{good} ok, {bad} failed");
    Ok(())
}
fn dirname() -> String {
    std::env::var("DIR").unwrap_or("/work".into())
}
