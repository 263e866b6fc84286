//! Datagrams, from both ends.

use crate::outcome;
use crate::pattern::{CHUNK, Pattern, Sum};
use std::io::{self, Error, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// A socket at a port that the host chooses, on loopback. It has no timeout: libc has none for those. What is lost is
/// waited for.
fn bound(for_peer: SocketAddr) -> io::Result<UdpSocket> {
    match for_peer {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)),
    }
}

pub fn echo(address: &str, count: usize, size: usize) -> io::Result<()> {
    let peer: SocketAddr = address.parse().expect("an address");
    let socket = bound(peer)?;
    let (pattern, mut buffer, mut sum) = (Pattern::new(), vec![0; CHUNK], Sum::new());
    for number in 0..count {
        socket.send_to(pattern.from(number, size), peer)?;
        let (len, from) = socket.recv_from(&mut buffer)?;
        if from != peer || len != size {
            return Err(Error::new(ErrorKind::InvalidData, "it is another one"));
        }
        pattern.check(number, &buffer[..len])?;
        sum.add(&buffer[..len]);
    }
    println!("{count} datagrams of {size} bytes came back, sum {sum}");
    socket.connect(peer)?;
    println!("connected to where it was asked to: {}", socket.peer_addr()? == peer);
    for number in 0..count {
        socket.send(pattern.from(number, size))?;
        let len = socket.recv(&mut buffer)?;
        pattern.check(number, &buffer[..len])?;
    }
    println!("{count} connected");
    println!("a timeout: {}", outcome(socket.set_read_timeout(Some(std::time::Duration::from_secs(1)))));
    Ok(())
}

pub fn serve(address: &str, count: usize) -> io::Result<()> {
    let socket = UdpSocket::bind(address)?;
    println!("listening");
    let mut buffer = vec![0; CHUNK];
    for number in 1..=count {
        let (len, peer) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..len], peer)?;
        println!("datagram {number} of {}: {len} bytes", peer.ip());
    }
    Ok(())
}
