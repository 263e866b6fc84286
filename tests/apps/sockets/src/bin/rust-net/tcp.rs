//! Connections, from both ends.

use crate::outcome;
use crate::pattern::{CHUNK, Pattern, Sum};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

pub fn echo(address: &str, bytes: usize) -> io::Result<()> {
    let mut sum = Sum::new();
    exchange(&mut TcpStream::connect(address)?, bytes, |part| sum.add(part))?;
    println!("{bytes} bytes came back, sum {sum}");
    Ok(())
}

pub fn speed(address: &str, bytes: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let start = Instant::now();
    exchange(&mut stream, bytes, |_| ())?;
    println!("speed {} ns, 1 operations, {bytes} bytes", start.elapsed().as_nanos());
    Ok(())
}

/// Sends a pattern to who sends it back. There is one thread: it writes as much as may be written without waiting, and
/// then waits for something to read, which there must be, as what was written is on its way.
fn exchange(stream: &mut TcpStream, bytes: usize, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let (pattern, mut buffer) = (Pattern::new(), vec![0; CHUNK]);
    let (mut sent, mut received) = (0, 0);
    while received < bytes {
        stream.set_nonblocking(true)?;
        while sent < bytes {
            match stream.write(pattern.from(sent, bytes - sent)) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        stream.set_nonblocking(false)?;
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        pattern.check(received, &buffer[..count])?;
        each(&buffer[..count]);
        received += count;
    }
    Ok(())
}

pub fn half_close(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let pattern = Pattern::new();
    stream.write_all(pattern.from(0, 50_000))?;
    stream.shutdown(Shutdown::Write)?;
    let (mut found, mut sum) = (Vec::new(), Sum::new());
    stream.read_to_end(&mut found)?;
    pattern.check(0, &found)?;
    sum.add(&found);
    println!("{} bytes came back, then the end, sum {sum}", found.len());
    println!("writing more: {}", outcome(stream.write(b"more")));
    println!("reading more: {:?}", stream.read(&mut [0; 8])?);
    Ok(())
}

/// With a timeout it may succeed: libc does not always have the error when std asks for it.
pub fn refused(address: &str) {
    println!("connect: {}", outcome(TcpStream::connect(address)));
}

pub fn ended(address: &str, sends: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(sends)?;
    match stream.read(&mut [0; 8]) {
        Ok(count) => println!("read {count}"),
        Err(error) => println!("read: error {:?}", error.kind()),
    }
    Ok(())
}

pub fn connections(address: &str, count: usize) -> io::Result<()> {
    for number in 0..count {
        let mut stream = TcpStream::connect(address)?;
        say(&mut stream, number)?;
        hear(&mut stream, number)?;
    }
    println!("{count} connections, one after the other");
    // A machine lets one process have 1024 files, of which the other ends may be some.
    let count = count.min(100);
    let mut streams = (0..count).map(|_| TcpStream::connect(address)).collect::<io::Result<Vec<_>>>()?;
    for (number, stream) in streams.iter_mut().enumerate() {
        say(stream, number)?;
    }
    for (number, stream) in streams.iter_mut().enumerate().rev() {
        hear(stream, number)?;
    }
    println!("{count} connections at once");
    Ok(())
}

fn say(stream: &mut TcpStream, number: usize) -> io::Result<()> {
    stream.write_all(format!("connection {number:8}").as_bytes())
}

fn hear(stream: &mut TcpStream, number: usize) -> io::Result<()> {
    let mut found = [0; 19];
    stream.read_exact(&mut found)?;
    assert_eq!(String::from_utf8_lossy(&found), format!("connection {number:8}"));
    Ok(())
}

pub fn timeout(address: &str) -> io::Result<()> {
    let peer: SocketAddr = address.parse().expect("an address");
    println!("connect with a timeout: {}", outcome(TcpStream::connect_timeout(&peer, Duration::from_secs(10))));
    let mut stream = TcpStream::connect(address)?;
    println!("timeout at first: {:?}", stream.read_timeout()?);
    stream.set_read_timeout(Some(Duration::from_millis(50)))?;
    println!("timeout then: {:?}", stream.read_timeout()?);
    println!("read: {}", outcome(stream.read(&mut [0; 8])));
    println!("write: {}", outcome(stream.write(b"still there")));
    println!("none: {}", outcome(stream.set_read_timeout(Some(Duration::ZERO))));
    Ok(())
}

pub fn nonblocking(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nonblocking(true)?;
    let mut found = [0; 8];
    println!("read: {}", outcome(stream.read(&mut found)));
    stream.write_all(b"here")?;
    let count = loop {
        match stream.read(&mut found) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(1)),
            other => break other?,
        }
    };
    println!("read: {:?}", String::from_utf8_lossy(&found[..count]));
    println!("read: {}", outcome(stream.read(&mut found)));
    Ok(())
}

pub fn options(address: &str) -> io::Result<()> {
    let stream = TcpStream::connect(address)?;
    println!("local address: {}", stream.local_addr()?.ip());
    println!("it has a port: {}", stream.local_addr()?.port() != 0);
    println!("peer address: {}", stream.peer_addr()?.ip());
    println!("its port is the one asked for: {}", address.ends_with(&format!(":{}", stream.peer_addr()?.port())));
    println!("no delay: {}", outcome(stream.set_nodelay(true)));
    println!("it has none: {:?}", stream.nodelay()?);
    println!("ttl: {}", outcome(stream.set_ttl(42)));
    println!("it is: {:?}", stream.ttl()?);
    println!("a ttl of nothing: {}", outcome(stream.set_ttl(0)));
    println!("error: {:?}", stream.take_error()?.map(|error| error.kind()));
    Ok(())
}

pub fn unsupported(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    println!("another handle: {}", outcome(stream.try_clone()));
    stream.write_all(b".")?;
    println!("peek: {}", outcome(stream.peek(&mut [0; 1])));
    println!("shutdown of reading: {}", outcome(stream.shutdown(Shutdown::Read)));
    println!("shutdown of both: {}", outcome(stream.shutdown(Shutdown::Both)));
    Ok(())
}

pub fn serve(address: &str, count: usize) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening");
    for number in 1..=count {
        let (mut client, peer) = listener.accept()?;
        let (mut bytes, mut buffer) = (0, vec![0; CHUNK]);
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            client.write_all(&buffer[..count])?;
            bytes += count;
        }
        println!("client {number} of {}: {bytes} bytes", peer.ip());
    }
    Ok(())
}
