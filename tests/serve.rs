//! HTTP servers stay servers: the guest serves real connections, with wasmtime-wasi-http as the host, one instance for
//! each request as `wasmtime serve` has it.

use anyhow::{Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use std::path::Path;
use std::sync::OnceLock;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use virt_compose_tests::host::engine;
use virt_compose_tests::{compose, guests, imports, server};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::io::TokioIo;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be had"))
}

/// Serves a component on a port of its own, for as long as the process lives.
async fn serve(component: &[u8]) -> Result<std::net::SocketAddr> {
    let wasi = || {
        let mut wasi = WasiCtxBuilder::new();
        wasi.env("GREETING", "the host's");
        if let Some(folder) = FOLDER.get() {
            wasi.preopened_dir(folder.path(), "/srv", FsPerms::ReadWrite)?;
        }
        Ok(wasi.build())
    };
    server::serve(engine(), component, wasi).await
}

/// What the host has at `/srv`, once a test has put it there.
static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();

/// What is in the files that are served: more than one read gives.
fn content() -> Vec<u8> {
    (0..3_000_000u32).map(|number| (number / 5) as u8).collect()
}

fn folder() -> &'static Path {
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        std::fs::write(folder.path().join("file"), content()).expect("it can be written");
        folder
    });
    folder.path()
}

/// A server answers as ever, and serves a file from each of these paths.
fn serves_files(args: &[&str], paths: &[&str]) -> Result<()> {
    folder();
    answers(args, "the host's")?;
    let composed = compose(&guests::load("rust-server")?, args)?.bytes;
    runtime().block_on(async {
        let address = serve(&composed).await?;
        for path in paths {
            let answer = ask(address, &format!("/file{path}"), Vec::new()).await?;
            ensure!(answer.body == content(), "`{path}` is {} bytes", answer.body.len());
        }
        let answer = ask(address, "/file/none/such", Vec::new()).await?;
        ensure!(answer.body == "entity not found", "{:?}", answer.body);
        Ok(())
    })
}

struct Answer {
    status: StatusCode,
    greeting: String,
    body: Bytes,
}

async fn ask(address: std::net::SocketAddr, path: &str, body: Vec<u8>) -> Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post(path).header("host", "localhost").body(Full::new(Bytes::from(body)))?;
    let response = client.send_request(request).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let greeting = headers.get("x-greeting").map_or("", |value| value.to_str().unwrap_or("?")).to_owned();
    Ok(Answer { status, greeting, body: response.into_body().collect().await?.to_bytes() })
}

/// What every server does, however it was virtualized.
fn answers(args: &[&str], greeting: &str) -> Result<()> {
    let composed = compose(&guests::load("rust-server")?, args)?.bytes;
    runtime().block_on(async {
        let address = serve(&composed).await?;
        let hello = ask(address, "/hello", Vec::new()).await?;
        ensure!(hello.status == 200 && hello.body == "hello", "{} {:?}", hello.status, hello.body);
        ensure!(hello.greeting == greeting, "greeted with `{}`", hello.greeting);
        let sent: Vec<u8> = (0..5_000_000u32).map(|number| (number / 7) as u8).collect();
        let echo = ask(address, "/echo", sent.clone()).await?;
        ensure!(echo.body == sent, "5 MB came back as {} bytes", echo.body.len());
        let chunks = ask(address, "/chunks", Vec::new()).await?;
        ensure!(chunks.body.len() == 1 << 20, "1 MB is {} bytes", chunks.body.len());
        ensure!(chunks.body.iter().enumerate().all(|(at, byte)| *byte == (at / 4096) as u8), "chunks are out of order");
        for _ in 0..20 {
            ensure!(ask(address, "/hello", Vec::new()).await?.body == "hello", "a later request fails");
        }
        Ok(())
    })
}

#[test]
fn a_server_serves_unvirtualized() -> Result<()> {
    answers(&["--allow-all"], "the host's")
}

#[test]
fn a_server_serves_with_virtual_streams() -> Result<()> {
    answers(&["--with", "env,stdio", "--stdout=ignore", "-e", "GREETING=ours"], "ours")
}

#[test]
fn a_server_serves_with_only_variables_virtual() -> Result<()> {
    answers(&["--with", "env", "-e", "GREETING=ours"], "ours")
}

#[test]
fn a_server_serves_files_of_the_host_with_the_hosts_streams() -> Result<()> {
    let args = ["--with", "fs", "--preopen", "/data=/srv::ro"];
    let outcome = compose(&guests::load("rust-server")?, &args)?;
    ensure!(outcome.report.makers.is_empty(), "streams are virtual because of {:?}", outcome.report.makers);
    serves_files(&args, &["/data/file"])
}

#[test]
fn a_server_serves_files_that_it_carries() -> Result<()> {
    let mount = format!("/site={}", folder().display());
    serves_files(&["--with", "fs", "--mount", &mount, "--tmpfs", "/tmp"], &["/site/file"])
}

#[test]
fn a_server_serves_files_of_the_host_beside_others() -> Result<()> {
    let mount = format!("/site={}", folder().display());
    let args = ["--with", "fs", "--mount", &mount, "--preopen", "/data=/srv::cow", "--preopen", "/srv=/srv"];
    serves_files(&args, &["/site/file", "/data/file", "/srv/file"])
}

#[test]
fn a_sealed_server_keeps_what_its_handler_needs_and_nothing_else() -> Result<()> {
    let args = ["--stdout=ignore", "-e", "GREETING=ours"];
    let composed = compose(&guests::load("rust-server")?, &args)?.bytes;
    let mut imported = imports(&composed)?;
    imported.sort();
    let kept = ["http/types", "io/error", "io/poll", "io/streams"].map(|name| format!("wasi:{name}@0.2.12"));
    ensure!(imported == kept, "it imports {imported:?}");
    answers(&args, "ours")
}

#[test]
fn a_server_has_clocks_of_its_own_and_a_filtered_output() -> Result<()> {
    answers(&["--with", "clocks,stdio", "--time=2026-01-01T00:00:00Z", "--stdout=prefix:[server] "], "the host's")
}

/// `/sleep` waits, by the host's clock or by one that waiting moves.
#[test]
fn a_server_that_waits_answers_later() -> Result<()> {
    for args in [["--with", "env,stdio", "--stdout=ignore"], ["--with", "clocks", "--time=2026-01-01T00:00:00Z"]] {
        let composed = compose(&guests::load("rust-server")?, &args)?.bytes;
        runtime().block_on(async {
            let address = serve(&composed).await?;
            let answer = ask(address, "/sleep", Vec::new()).await?;
            ensure!(answer.body == "slept", "{:?}", answer.body);
            anyhow::Ok(())
        })?;
    }
    Ok(())
}
