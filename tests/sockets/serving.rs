//! Guests that listen, and clients of the test's.

use crate::programs::{PYTHON, guests_in};
use crate::trial;
use crate::ways::{WAYS, Way};
use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream, UdpSocket};
use std::time::Duration;
use virt_compose_tests::guests;
use virt_compose_tests::host::{End, Host};
use virt_compose_tests::net::{Running, free};

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for way in WAYS {
        for guest in guests_in(way) {
            let add = |what: &str, check: fn(&Way, &'static str) -> Result<()>| {
                let is_at_hand = guests::is_at_hand(guest);
                trial(format!("{}: {guest} {what}", way.name), move || check(way, guest)).with_ignored_flag(!is_at_hand)
            };
            trials.extend([add("serve", tcp), add("udp-serve", udp)]);
        }
    }
    trials
}

/// A guest that has begun to listen.
fn start(way: &Way, guest: &'static str, command: &str) -> Result<Running> {
    let command = if guest == PYTHON { format!("net {command}") } else { command.to_owned() };
    let args = command.split(' ').map(str::to_owned).collect();
    let running = Running::start(&way.program(guest)?, Host { args, sockets: true, ..Host::default() });
    running.said("listening")?;
    Ok(running)
}

fn tcp(way: &Way, guest: &'static str) -> Result<()> {
    let address = free(Ipv4Addr::LOCALHOST.into())?;
    let running = start(way, guest, &format!("serve {address} 3"))?;
    for text in ["one", "", "three"] {
        let mut client = TcpStream::connect(address)?;
        client.set_read_timeout(Some(Duration::from_secs(10)))?;
        client.write_all(text.as_bytes())?;
        client.shutdown(Shutdown::Write)?;
        let mut found = String::new();
        client.read_to_string(&mut found)?;
        ensure!(found == text, "{found} came back");
    }
    let ran = running.end()?;
    let said =
        "listening\nclient 1 of 127.0.0.1: 3 bytes\nclient 2 of 127.0.0.1: 0 bytes\nclient 3 of 127.0.0.1: 5 bytes\n";
    ensure!(ran.end == End::Exit(0) && ran.stdout == said, "{ran:?}");
    Ok(())
}

fn udp(way: &Way, guest: &'static str) -> Result<()> {
    let address = free(Ipv4Addr::LOCALHOST.into())?;
    let running = start(way, guest, &format!("udp-serve {address} 2"))?;
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    for text in ["one", ""] {
        client.send_to(text.as_bytes(), address)?;
        let mut found = [0; 16];
        let (len, from) = client.recv_from(&mut found)?;
        ensure!(&found[..len] == text.as_bytes() && from == address, "{:?} came back from {from}", &found[..len]);
    }
    let ran = running.end()?;
    let said = "listening\ndatagram 1 of 127.0.0.1: 3 bytes\ndatagram 2 of 127.0.0.1: 0 bytes\n";
    ensure!(ran.end == End::Exit(0) && ran.stdout == said, "{ran:?}");
    Ok(())
}
