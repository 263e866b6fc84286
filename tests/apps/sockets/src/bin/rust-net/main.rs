//! Sockets as std has them.
//!
//! | arguments | does |
//! | --- | --- |
//! | `echo ADDR BYTES` | sends a pattern while it reads what comes back, and checks every byte |
//! | `speed ADDR BYTES` | the same without a sum, and says how long it took |
//! | `half-close ADDR` | sends, says that that was all, and reads to the end |
//! | `refused ADDR` | says how connecting failed |
//! | `ended ADDR` | connects, and says how reading ended |
//! | `reset ADDR` | the same after it has sent a byte |
//! | `connections ADDR N` | `N` connections one after the other, then as many at once |
//! | `timeout ADDR` | waits a while for who says nothing |
//! | `nonblocking ADDR` | reads from an echo before and after there is something |
//! | `options ADDR` | what a connection says of itself, and what can be set |
//! | `unsupported ADDR` | what std refuses, or its libc |
//! | `lookup NAME` | the addresses of a name, sorted |
//! | `serve ADDR N` | says `listening`, gives `N` clients back what they send, one after the other |
//! | `udp-echo ADDR N SIZE` | sends `N` datagrams of `SIZE` bytes, unconnected and connected, and checks what comes back |
//! | `udp-serve ADDR N` | says `listening`, and gives `N` datagrams back |
//! | `alone [IP]` | a server, a client and two datagram sockets, all in here, on loopback |
//!
//! What is printed is the same wherever things go the same: ports that the host chose are not in it. An error is
//! printed by its kind, and where it ends the program, the exit code is 1.

mod alone;
mod pattern;
mod tcp;
mod udp;

use std::io;
use std::net::ToSocketAddrs;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let done = match args[..] {
        ["echo", address, bytes] => tcp::echo(address, number(bytes)),
        ["speed", address, bytes] => tcp::speed(address, number(bytes)),
        ["half-close", address] => tcp::half_close(address),
        ["refused", address] => Ok(tcp::refused(address)),
        ["ended", address] => tcp::ended(address, b""),
        ["reset", address] => tcp::ended(address, b"."),
        ["connections", address, count] => tcp::connections(address, number(count)),
        ["timeout", address] => tcp::timeout(address),
        ["nonblocking", address] => tcp::nonblocking(address),
        ["options", address] => tcp::options(address),
        ["unsupported", address] => tcp::unsupported(address),
        ["lookup", name] => Ok(lookup(name)),
        ["serve", address, count] => tcp::serve(address, number(count)),
        ["udp-echo", address, count, size] => udp::echo(address, number(count), number(size)),
        ["udp-serve", address, count] => udp::serve(address, number(count)),
        ["alone"] => alone::alone("127.0.0.1"),
        ["alone", ip] => alone::alone(ip),
        _ => panic!("no such command: {args:?}"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error {:?}", error.kind());
            ExitCode::FAILURE
        }
    }
}

/// Looks a name up. Of why that fails std has no more than words.
fn lookup(name: &str) {
    match (name, 80).to_socket_addrs() {
        Ok(found) => {
            let mut found: Vec<_> = found.map(|address| address.ip()).collect();
            found.sort();
            found.dedup();
            println!("{name} is {found:?}");
        }
        Err(error) => println!("{name}: {error}"),
    }
}

/// How something went, without what it gave.
fn outcome<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("error {:?}", error.kind()),
    }
}
