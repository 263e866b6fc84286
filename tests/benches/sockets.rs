//! How fast bytes go over a connection: 100 MB to an echo on this machine and back, of the same guest unvirtualized,
//! under rules and in the closure. `cargo bench -p virt-compose-tests --bench sockets` prints the times with their
//! bars, and fails when one is missed.
//!
//! Rules are asked once, when it connects, so that they cost nothing afterwards. In the closure each byte crosses one
//! component more, each way, which copies it; what such a copy costs, the probe of the bench `files` says, in the same
//! run.

use anyhow::{Context, Result};
use std::env;
use std::path::Path;
use std::process::ExitCode;
use virt_compose_tests::net::Peers;
use virt_compose_tests::speed::{Program, engine, probe};
use virt_compose_tests::{compose, guests};

const MB: usize = 1 << 20;
const BYTES: usize = 100 * MB;

/// By turns, because a machine's speed drifts. The fastest counts.
const TURNS: usize = 9;

/// What it is, the guest that way, and the fastest of its turns so far.
struct Way {
    what: &'static str,
    program: Program,
    fastest: f64,
}

fn main() -> Result<ExitCode> {
    // `cargo test --benches` is about whether it builds.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    let engine = engine()?;
    let app = guests::load("rust-net")?;
    let way = |what, args: &[&str]| -> Result<Way> {
        let bytes = if args.is_empty() { app.clone() } else { compose(&app, args).context(what)?.bytes };
        Ok(Way { what, program: Program::new(&engine, &bytes)?, fastest: f64::INFINITY })
    };
    let rules = "--allow-sockets=tcp:127.0.0.1:*";
    let mut ways = [
        way("unvirtualized", &[])?,
        way("again", &["--allow-all"])?,
        way("under rules", &["--with", "sockets", rules])?,
        way("in the closure", &["--with", "stdio", "--stdin=ignore", "--stdout=cap:1M"])?,
        way("both", &["--with", "stdio,sockets", "--stdin=ignore", "--stdout=cap:1M", rules])?,
    ];
    let probe = Program::new(&engine, &probe()?)?;
    let mut copy = f64::INFINITY;
    for _ in 0..TURNS {
        for way in &mut ways {
            way.fastest = way.fastest.min(echo(&way.program, folder.path()).context(way.what)?);
        }
        copy = copy.min(copied(&probe, folder.path())?);
    }

    // One copy more of each byte, each way.
    let (bare, closure) = (ways[0].fastest, ways[0].fastest + 2.0 * copy);
    println!("a copy of {} MB takes {:.0} ms", BYTES / MB, copy / 1e6);
    println!("{:20}{:>10}{:>10}{:>8}{:>8}", "", "time", "MB/s", "ratio", "bar");
    let mut missed = false;
    for (way, bar) in ways.iter().zip([None, None, Some(bare / 0.98), Some(1.15 * closure), None]) {
        let (ratio, rate) = (way.fastest / bare, (BYTES / MB) as f64 / (way.fastest / 1e9));
        let bar_text = bar.map(|bar| format!("{:.2}", bar / bare)).unwrap_or_default();
        println!("{:20}{:>7.0} ms{rate:>10.0}{ratio:>8.2}{bar_text:>8}", way.what, way.fastest / 1e6);
        missed |= bar.is_some_and(|bar| way.fastest > bar);
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Nanoseconds for all of it, there and back.
fn echo(program: &Program, folder: &Path) -> Result<f64> {
    program.run(folder, &["speed", &Peers::ipv4().echo.to_string(), &BYTES.to_string()])
}

/// Nanoseconds for a copy of as many bytes from one component to another, in the parts that sockets have.
fn copied(probe: &Program, folder: &Path) -> Result<f64> {
    const CHUNK: usize = 65_536;
    let one = probe.run(folder, &[&CHUNK.to_string(), &BYTES.to_string()])?;
    Ok(one * (BYTES / CHUNK) as f64)
}
