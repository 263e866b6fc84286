//! Names.

use crate::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets::network::{ErrorCode, IpAddress, Network};
use crate::{say, told, wait};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub fn resolve(network: &Network, name: &str) {
    let Some(stream) = told("resolve-addresses", resolve_addresses(network, name)) else { return };
    let mut found = Vec::new();
    let end = loop {
        match stream.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => found.push(IpAddr::from(Ipv4Addr::new(a, b, c, d))),
            Ok(Some(IpAddress::Ipv6((a, b, c, d, e, f, g, h)))) => {
                found.push(IpAddr::from(Ipv6Addr::new(a, b, c, d, e, f, g, h)));
            }
            Ok(None) => break None,
            Err(ErrorCode::WouldBlock) if wait(&stream.subscribe()) => {}
            Err(code) => break Some(code),
        }
    };
    found.sort();
    // One for each kind of socket, as some hosts say.
    found.dedup();
    for address in found {
        say("resolve-next-address", address);
    }
    say("resolve-next-address", end.map_or("none", |code| code.name()));
}

pub fn subscribe(network: &Network, name: &str) {
    let Some(stream) = told("resolve-addresses", resolve_addresses(network, name)) else { return };
    say("resolve-address-stream.subscribe", if wait(&stream.subscribe()) { "ready" } else { "not ready" });
}
