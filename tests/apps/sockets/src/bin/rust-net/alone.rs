//! Both ends in one program, which has one thread: no end may wait for what the other has not done yet.

use crate::outcome;
use crate::pattern::{CHUNK, Pattern, Sum};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream, UdpSocket};

const BYTES: usize = 1 << 20;

pub fn alone(ip: &str) -> io::Result<()> {
    let ip: IpAddr = ip.parse().expect("an address without a port");
    let listener = TcpListener::bind((ip, 0))?;
    println!("it listens at a port: {}", listener.local_addr()?.port() != 0);
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, peer) = listener.accept()?;
    println!("it is the client: {}", peer == client.local_addr()?);
    one_way("client to server", &mut client, &mut server)?;
    one_way("server to client", &mut server, &mut client)?;
    client.shutdown(Shutdown::Write)?;
    println!("the server reads: {}", server.read(&mut [0; 8])?);
    server.write_all(b"bye")?;
    drop(server);
    let mut found = String::new();
    client.read_to_string(&mut found)?;
    println!("the client reads: {found:?}");
    let taken = TcpListener::bind(listener.local_addr()?);
    println!("listening there again: {}", outcome(taken));
    let gone = listener.local_addr()?;
    drop(listener);
    println!("connecting there afterwards: {}", outcome(TcpStream::connect(gone)));
    datagrams(ip)
}

/// A megabyte, as fast as it is taken.
fn one_way(what: &str, from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    let (pattern, mut buffer, mut sum) = (Pattern::new(), vec![0; CHUNK], Sum::new());
    let (mut sent, mut received) = (0, 0);
    while received < BYTES {
        from.set_nonblocking(true)?;
        while sent < BYTES {
            match from.write(pattern.from(sent, BYTES - sent)) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        from.set_nonblocking(false)?;
        let count = to.read(&mut buffer)?;
        pattern.check(received, &buffer[..count])?;
        sum.add(&buffer[..count]);
        received += count;
    }
    println!("{what}: {received} bytes, sum {sum}");
    Ok(())
}

fn datagrams(ip: IpAddr) -> io::Result<()> {
    let (one, other) = (UdpSocket::bind((ip, 0))?, UdpSocket::bind((ip, 0))?);
    let mut buffer = [0; 64];
    one.send_to(b"over there", other.local_addr()?)?;
    let (len, from) = other.recv_from(&mut buffer)?;
    println!("a datagram of the first: {:?}, {}", String::from_utf8_lossy(&buffer[..len]), from == one.local_addr()?);
    other.connect(from)?;
    other.send(b"and back")?;
    let (len, from) = one.recv_from(&mut buffer)?;
    println!(
        "a datagram of the second: {:?}, {}",
        String::from_utf8_lossy(&buffer[..len]),
        from == other.local_addr()?
    );
    one.set_nonblocking(true)?;
    println!("there are no more: {}", outcome(one.recv_from(&mut buffer)));
    Ok(())
}
