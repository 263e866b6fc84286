//! Sockets that reach only each other do what the host's do, and nothing of the host's is left.

use crate::script::{GUEST, check};
use crate::table::rows;
use crate::trial;
use crate::ways::program;
use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use std::path::Path;
use std::sync::Arc;
use virt_compose_tests::host::{End, Host, Program};
use virt_compose_tests::net::Peers;
use virt_compose_tests::{compose, guests, imports};
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;

/// Sealed but for what a test sees by.
const LOOPBACK: &[&str] = &["--sockets=loopback", "--stdio=allow", "--allow-args"];

/// The same with virtual time, for who waits: what could never come has timed out at once.
const TIMED: &[&str] = &["--sockets=loopback", "--stdio=allow", "--allow-args", "--time=2026-01-01T00:00:00Z"];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in the loopback: a program that talks to itself".to_owned(), alone),
        trial("in the loopback: a client and a server in one component".to_owned(), together),
        trial("in the loopback: every function that needs no peer".to_owned(), functions),
        trial("in the loopback: who talks to whom".to_owned(), scripts),
        trial("in the loopback: who waits for nobody traps, and does not hang".to_owned(), deadlock),
        trial("in the loopback: who waits with a timeout gets it at once".to_owned(), timeout),
    ]
}

fn own(guest: &'static str, args: &[&str]) -> Result<Arc<Program>> {
    program(guest, &args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
}

/// A host that has no sockets.
fn without(args: &[&str]) -> Host {
    Host { args: args.iter().map(|arg| (*arg).to_owned()).collect(), ..Host::default() }
}

fn no_sockets(component: &[u8]) -> Result<()> {
    let left = imports(component)?;
    ensure!(left.iter().all(|name| !name.starts_with("wasi:sockets/")), "it imports {left:?}");
    Ok(())
}

fn alone() -> Result<()> {
    let bare = own("rust-net", &["--allow-all"])?.run(&Host { sockets: true, ..without(&["alone"]) })?;
    no_sockets(&compose(&guests::load("rust-net")?, LOOPBACK)?.bytes)?;
    let ran = own("rust-net", LOOPBACK)?.run(&without(&["alone"]))?;
    ensure!(ran == bare, "{ran:?}\nunvirtualized: {bare:?}");
    ensure!(ran.stdout.contains("1048576 bytes"), "{ran:?}");
    Ok(())
}

/// `graphs/echo.wac`, as its header says.
fn together() -> Result<()> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/echo.wac"))?;
    let packages =
        [("example:echo", guests::load("rust-echo-server")?), ("my:client", guests::load("rust-echo-client")?)];
    let packages = packages
        .iter()
        .map(|(name, bytes)| (BorrowedPackageKey::from_name_and_version(name, None), bytes.clone()))
        .collect();
    let both = wac_parser::Document::parse(&text)?.resolve(packages)?.encode(EncodeOptions::default())?;
    let prints = "listens: Ok(())\nsent back: Ok(21)\nclient 0 reads \"hello 0\"\nclient 1 reads \"hello 1\"\n\
                  client 2 reads \"hello 2\"\nsent back: Ok(0)\n";
    let inside = compose(&both, LOOPBACK)?.bytes;
    no_sockets(&inside)?;
    let ran = Program::new(&inside)?.run(&without(&["127.0.0.1:7000"]))?;
    ensure!(ran.end == End::Exit(0) && ran.stdout == prints, "{ran:?}");
    // At an address that a name makes one of this machine's.
    let named = compose(&both, &[LOOPBACK, &["--host", "db.test=10.0.0.5"]].concat())?.bytes;
    let ran = Program::new(&named)?.run(&without(&["db.test:5432"]))?;
    ensure!(ran.end == End::Exit(0) && ran.stdout == prints, "{ran:?}");
    let ran = Program::new(&inside)?.run(&without(&["10.0.0.5:5432"]))?;
    ensure!(ran.stdout.contains("listens: Err") && ran.stdout.contains("client 0: "), "{ran:?}");
    Ok(())
}

/// What the host's do where everything is allowed.
fn functions() -> Result<()> {
    let program = own(GUEST, TIMED)?;
    let mut done = 0;
    for row in rows() {
        // What is asked of a socket is so of one that is bound, and of one whose peer nobody is.
        let asks =
            |does: &str| does.split("; ").all(|one| ["set ", "get ", "address-"].iter().any(|of| one.starts_with(of)));
        let (does, says) = match row.does.strip_prefix("tcp4; connect {echo}; ") {
            Some(rest) if asks(rest) => (
                format!("tcp4; bind 127.0.0.1:0; {rest}"),
                row.allowed.replacen("start-connect: ok; finish-connect: ok", "start-bind: ok; finish-bind: ok", 1),
            ),
            _ => match row.does.strip_prefix("udp4; bind 127.0.0.1:0; stream {datagrams}; ") {
                Some(rest) if asks(rest) => (row.does.replace("{datagrams}", "127.0.0.1:9"), row.allowed),
                _ => (row.does, row.allowed),
            },
        };
        // The machine's own resolver may give both addresses of this machine, or one.
        if !does.replace("{free}", "").contains('{') && !does.contains("localhost") {
            check(&program, Peers::ipv4(), &does, &says).context(row.function)?;
            done += 1;
        }
    }
    ensure!(done > 30, "only {done} need no peer");
    Ok(())
}

fn scripts() -> Result<()> {
    let program = own(GUEST, &[TIMED, &["--host=db.test=10.0.0.5", "--host=db.test=fd00::5"]].concat())?;
    for (does, says) in [
        (
            "resolve localhost; resolve DB.test.; resolve nobody.test",
            "resolve-addresses: ok; resolve-next-address: 127.0.0.1; resolve-next-address: ::1; resolve-next-address: none; \
             resolve-addresses: ok; resolve-next-address: 10.0.0.5; resolve-next-address: fd00::5; resolve-next-address: none; \
             resolve-addresses: name-unresolvable",
        ),
        (
            "tcp4; connect 127.0.0.1:80; tcp4; connect 192.0.2.1:80; tcp4; bind 192.0.2.1:80; tcp4; connect 10.0.0.5:80",
            "create-tcp-socket: ok; start-connect: ok; finish-connect: connection-refused; \
             create-tcp-socket: ok; start-connect: ok; finish-connect: remote-unreachable; \
             create-tcp-socket: ok; start-bind: address-not-bindable; \
             create-tcp-socket: ok; start-connect: ok; finish-connect: connection-refused",
        ),
    ] {
        check(&program, Peers::ipv4(), does, says)?;
    }
    Ok(())
}

fn deadlock() -> Result<()> {
    let ran = own("rust-net", LOOPBACK)?.run(&without(&["serve", "127.0.0.1:7000", "1"]))?;
    ensure!(matches!(&ran.end, End::Trap(trap) if trap.contains("unreachable")), "{ran:?}");
    Ok(())
}

fn timeout() -> Result<()> {
    check(
        &own(GUEST, TIMED)?,
        Peers::ipv4(),
        "udp4; bind 127.0.0.1:0; stream -; receive",
        "create-udp-socket: ok; start-bind: ok; finish-bind: ok; stream: ok; receive: nothing",
    )?;
    Ok(())
}
