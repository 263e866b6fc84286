//! Guests that listen, and clients of the test's.

use crate::trial;
use crate::ways::WAYS;
use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream, UdpSocket};
use std::time::Duration;
use virt_compose_tests::host::{End, Host};
use virt_compose_tests::net::{Running, free};

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for way in WAYS {
        trials.push(trial(format!("{}: rust-net serve", way.name), || tcp(way).context(way.name)));
        trials.push(trial(format!("{}: rust-net udp-serve", way.name), || udp(way).context(way.name)));
    }
    trials
}

const GUEST: &str = "rust-net";

fn tcp(way: &crate::ways::Way) -> Result<()> {
    let address = free(Ipv4Addr::LOCALHOST.into())?;
    let args = ["serve".to_owned(), address.to_string(), "3".to_owned()].to_vec();
    let running = Running::start(&way.program(GUEST)?, Host { args, sockets: true, ..Host::default() });
    running.said("listening")?;
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

fn udp(way: &crate::ways::Way) -> Result<()> {
    let address = free(Ipv4Addr::LOCALHOST.into())?;
    let args = ["udp-serve".to_owned(), address.to_string(), "2".to_owned()].to_vec();
    let running = Running::start(&way.program(GUEST)?, Host { args, sockets: true, ..Host::default() });
    running.said("listening")?;
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
