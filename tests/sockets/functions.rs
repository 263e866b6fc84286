//! Every function of `wasi:sockets`: what it does where what it needs is allowed, and what where nothing is. The table
//! is compared with the interfaces, so that none is forgotten.

use crate::script::{GUEST, check};
use crate::table::{Both, ELSEWHERE, rows};
use crate::trial;
use crate::ways::{WAYS, program, ruled, ruled_inside};
use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use virt_compose_tests::host::{End, Host, Program};
use virt_compose_tests::net::{Peers, Reached};
use wit_parser::Resolve;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("every function of the interfaces is in the table".to_owned(), is_whole),
        trial("sealed: nothing is to be had".to_owned(), sealed),
        trial("denied: nothing is to be had".to_owned(), || refused(&["--with=sockets"])),
    ];
    // Waits of this guest have an end, which must not come early.
    for way in WAYS.iter().filter(|way| way.has_time) {
        trials.push(trial(format!("{}: every function", way.name), || {
            let program = way.program(GUEST)?;
            for row in rows() {
                check(&program, Peers::ipv4(), &row.does, &row.allowed).context(row.function)?;
            }
            Ok(())
        }));
        trials.push(trial(format!("{}: everything in one run", way.name), || everything(&way.program(GUEST)?)));
    }
    trials.push(trial("under rules that allow other things: every function".to_owned(), || {
        for row in rows() {
            let program = ruled(GUEST, row.under.0, row.under.1)?;
            let reached = check(&program, Peers::ipv4(), &row.does, &row.denied).context(row.function)?;
            is_kept(&row, &reached)?;
        }
        Ok(())
    }));
    trials.push(trial("under rules that allow other things, with virtual streams: every function".to_owned(), || {
        for row in rows() {
            let program = ruled_inside(GUEST, row.under.0, row.under.1)?;
            let reached = check(&program, Peers::ipv4(), &row.does, &row.denied).context(row.function)?;
            is_kept(&row, &reached)?;
        }
        Ok(())
    }));
    trials
}

/// What is denied does not come as far as the host.
fn is_kept(row: &Both, reached: &Reached) -> Result<()> {
    let others = reached.others();
    ensure!(others.is_empty() || row.under.0 != ELSEWHERE, "{}: the host was brought to {others:?}", row.function);
    Ok(())
}

/// The table has what the package has.
fn is_whole() -> Result<()> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let deps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/deps");
    for name in ["io", "clocks", "sockets"] {
        resolve.push_file(deps.join(format!("{name}.wit")))?;
    }
    let mut functions = BTreeSet::new();
    for (_, package) in resolve.packages.iter().filter(|(_, package)| package.name.name == "sockets") {
        for (interface, id) in &package.interfaces {
            for name in resolve.interfaces[*id].functions.keys() {
                functions.insert(format!("{interface}.{}", name.rsplit(']').next().unwrap_or(name)));
            }
        }
    }
    let table: BTreeSet<_> = rows().iter().map(|row| row.function.to_owned()).collect();
    let missing: Vec<_> = functions.difference(&table).collect();
    let more: Vec<_> = table.difference(&functions).collect();
    ensure!(missing.is_empty() && more.is_empty(), "without a row: {missing:?}; without a function: {more:?}");
    ensure!(functions.len() > 50, "there are only {functions:?}");
    Ok(())
}

/// One run of all of them, which leaves nobody's state but the last one's. The record has what it brought to the host:
/// where it has nothing, that means something.
fn everything(program: &Arc<Program>) -> Result<()> {
    let peers = Peers::ipv4();
    let args = vec![format!("everything {} {}", peers.echo, peers.datagrams)];
    let host = Host { args, sockets: true, ..Host::default() };
    let ran = program.run(&host)?;
    ensure!(ran.end == End::Exit(0), "{ran:?}");
    let failed = ["denied", "failed", "invalid", "not-", "no socket", "no connection", "no streams"];
    let wrong: Vec<_> = ran.stdout.lines().filter(|line| failed.iter().any(|word| line.contains(word))).collect();
    ensure!(wrong.is_empty() && ran.stdout.lines().count() > 50, "{wrong:?} of {}", ran.stdout);
    let reached = host.reached.all();
    for what in ["TcpBind", "TcpConnect", "TcpListen", "TcpAccept", "UdpBind", "UdpSend", "UdpReceive"] {
        ensure!(reached.iter().any(|line| line.starts_with(what)), "no {what} in {reached:?}");
    }
    Ok(())
}

fn sealed() -> Result<()> {
    refused(&["--allow-args", "--allow-clocks", "--stdout=allow"])
}

/// No socket can be made, and no name is looked up.
fn refused(args: &[&str]) -> Result<()> {
    let args: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
    let program = program(GUEST, &args)?;
    let does = "instance-network; tcp4; connect {echo}; tcp6; udp4; bind 127.0.0.1:0; udp6; resolve localhost";
    let says = "instance-network: ok; create-tcp-socket: access-denied; connect: no socket; \
                create-tcp-socket: access-denied; create-udp-socket: access-denied; bind: no socket; \
                create-udp-socket: access-denied; resolve-addresses: access-denied|permanent-resolver-failure";
    let reached = check(&program, Peers::ipv4(), does, says)?;
    ensure!(reached.all().is_empty(), "the host was brought to {reached:?}");
    Ok(())
}
