//! A server of files and streams, on the raw interface: what it needs of the rest of WASI it has from elsewhere.

use anyhow::{Result, ensure};
use std::path::Path;
use std::sync::OnceLock;
use virt_compose_tests::serve::{GREETING, Instances, Server, Service, runtime};
use virt_compose_tests::{compose, guests, imports};

/// What the host has at `/srv`.
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
    answers(args, GREETING)?;
    runtime().block_on(async {
        let server = serve(args).await?;
        for path in paths {
            let answer = server.ask(&format!("/file{path}"), Vec::new()).await?;
            ensure!(answer.body == content(), "`{path}` is {} bytes", answer.body.len());
        }
        let answer = server.ask("/file/none/such", Vec::new()).await?;
        ensure!(answer.body == "entity not found", "{:?}", answer.body);
        Ok(())
    })
}

async fn serve(args: &[&str]) -> Result<Server> {
    let composed = compose(&guests::load("rust-server")?, args)?.bytes;
    Service::new(&composed)?.with_folder(folder().to_owned()).serve(Instances::Each).await
}

/// What every server does, however it was virtualized.
fn answers(args: &[&str], greeting: &str) -> Result<()> {
    runtime().block_on(async {
        let server = serve(args).await?;
        let hello = server.ask("/hello", Vec::new()).await?;
        ensure!(hello.status == 200 && hello.body == "hello", "{} {:?}", hello.status, hello.body);
        ensure!(hello.header("x-greeting") == greeting, "greeted with `{}`", hello.header("x-greeting"));
        let sent: Vec<u8> = (0..5_000_000u32).map(|number| (number / 7) as u8).collect();
        let echo = server.ask("/echo", sent.clone()).await?;
        ensure!(echo.body == sent, "5 MB came back as {} bytes", echo.body.len());
        let chunks = server.ask("/chunks", Vec::new()).await?;
        ensure!(chunks.body.len() == 1 << 20, "1 MB is {} bytes", chunks.body.len());
        ensure!(chunks.body.iter().enumerate().all(|(at, byte)| *byte == (at / 4096) as u8), "chunks are out of order");
        for _ in 0..20 {
            ensure!(server.ask("/hello", Vec::new()).await?.body == "hello", "a later request fails");
        }
        Ok(())
    })
}

#[test]
fn a_server_serves_unvirtualized() -> Result<()> {
    answers(&["--allow-all"], GREETING)
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
    answers(&["--with", "clocks,stdio", "--time=2026-01-01T00:00:00Z", "--stdout=prefix:[server] "], GREETING)
}

/// `/sleep` waits, by the host's clock or by one that waiting moves.
#[test]
fn a_server_that_waits_answers_later() -> Result<()> {
    for args in [["--with", "env,stdio", "--stdout=ignore"], ["--with", "clocks", "--time=2026-01-01T00:00:00Z"]] {
        runtime().block_on(async {
            let server = serve(&args).await?;
            let answer = server.ask("/sleep", Vec::new()).await?;
            ensure!(answer.body == "slept", "{:?}", answer.body);
            anyhow::Ok(())
        })?;
    }
    Ok(())
}
