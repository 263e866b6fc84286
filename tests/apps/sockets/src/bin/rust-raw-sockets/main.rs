//! Does what its arguments say on the raw interface, one command each, and prints `FUNCTION: RESULT` for each call that
//! counts.
//!
//! | command | calls |
//! | --- | --- |
//! | `tcp4`, `tcp6`, `udp4`, `udp6` | creates a socket, which is the one at hand from then on |
//! | `use N` | the `N`th socket is at hand again; accepted ones count |
//! | `bind ADDR`, `connect ADDR`, `listen` | starts, waits and finishes |
//! | `connect-to N` | the same, to where the `N`th listens |
//! | `finish-bind`, `finish-connect`, `finish-listen` | finishes what may not have started |
//! | `accept` | waits, then accepts; what it accepts is at hand |
//! | `local-address`, `remote-address`, `address-family`, `is-listening` | |
//! | `set OPTION VALUE`, `get OPTION` | `OPTION` as the methods have it: `hop-limit`, `send-buffer-size`, … |
//! | `write TEXT`, `read` | of the connection at hand; what fails has its `network-error-code` |
//! | `shutdown receive\|send\|both` | |
//! | `stream ADDR\|-` | the streams of a datagram socket, for that peer or for any |
//! | `check-send`, `send ADDR\|- TEXT [ADDR\|- TEXT]…` | `send` checks first, as it must, and sends all with one call |
//! | `send-to N TEXT` | the same, to where the `N`th socket is bound |
//! | `receive [COUNT]` | waits until so many have come, or for a while |
//! | `subscribe`, `subscribe-incoming`, `subscribe-outgoing` | a pollable, which must not trap when it is asked |
//! | `resolve NAME` | all addresses, sorted |
//! | `everything TCP UDP` | each of these once, with those two echoes |
//!
//! Addresses are `127.0.0.1:80`, `[::1]:80`, `[fe80::1%2]:80` with a scope. Ports that the host chose are printed as
//! `port`.

wit_bindgen::generate!({
    inline: "
        package test:sockets;
        world sockets {
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:sockets/network@0.2.12;
            import wasi:sockets/instance-network@0.2.12;
            import wasi:sockets/ip-name-lookup@0.2.12;
            import wasi:sockets/tcp@0.2.12;
            import wasi:sockets/tcp-create-socket@0.2.12;
            import wasi:sockets/udp@0.2.12;
            import wasi:sockets/udp-create-socket@0.2.12;
        }
    ",
    path: [
        "../../../wit/deps/io.wit",
        "../../../wit/deps/clocks.wit",
        "../../../wit/deps/sockets.wit",
    ],
    // Nobody implements what is behind it but those who have sockets; `network-error-code` is all there is.
    features: ["network-error-code"],
    generate_all,
});

mod address;
mod lookup;
mod tcp;
mod udp;

use std::fmt::Display;
use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::io::poll::{Pollable, poll};
use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::{ErrorCode, Network};
use wasi::sockets::udp::OutgoingDatagram;

const MILLISECOND: u64 = 1_000_000;

/// More than anything here takes; what takes longer is not going to come.
const PATIENCE: u64 = 2000 * MILLISECOND;

enum Socket {
    Tcp(tcp::Tcp),
    Udp(udp::Udp),
}

#[derive(Default)]
struct State {
    sockets: Vec<Socket>,
    at_hand: Option<usize>,
}

impl State {
    /// Has it at hand. If there is none, nothing is.
    fn add(&mut self, socket: Option<Socket>) {
        self.at_hand = socket.is_some().then_some(self.sockets.len());
        self.sockets.extend(socket);
    }

    fn at_hand(&mut self) -> Option<&mut Socket> {
        self.at_hand.map(|at| &mut self.sockets[at])
    }
}

fn main() {
    let (mut state, network) = (State::default(), instance_network());
    for command in std::env::args().skip(1) {
        match command.split(' ').collect::<Vec<_>>()[..] {
            ["everything", tcp, udp] => {
                for command in EVERYTHING {
                    run(&command.replace("TCP", tcp).replace("UDP", udp), &mut state, &network);
                }
            }
            _ => run(&command, &mut state, &network),
        }
    }
}

/// Each function at least once.
const EVERYTHING: &[&str] = &[
    "instance-network",
    "resolve localhost",
    "subscribe-lookup localhost",
    "tcp4",
    "address-family",
    "set listen-backlog-size 8",
    "bind 127.0.0.1:0",
    "local-address",
    "listen",
    "is-listening",
    "tcp4",
    "set keep-alive-enabled true",
    "get keep-alive-enabled",
    "set keep-alive-idle-time 5000000000",
    "get keep-alive-idle-time",
    "set keep-alive-interval 6000000000",
    "get keep-alive-interval",
    "set keep-alive-count 7",
    "get keep-alive-count",
    "set hop-limit 42",
    "get hop-limit",
    "set receive-buffer-size 65536",
    "get receive-buffer-size",
    "set send-buffer-size 65536",
    "get send-buffer-size",
    "subscribe",
    "connect TCP",
    "remote-address",
    "write hello",
    "read",
    "shutdown send",
    "tcp4",
    "connect-to 1",
    "use 1",
    "accept",
    "udp4",
    "bind 127.0.0.1:0",
    "address-family",
    "local-address",
    "set unicast-hop-limit 42",
    "get unicast-hop-limit",
    "set receive-buffer-size 65536",
    "get receive-buffer-size",
    "set send-buffer-size 65536",
    "get send-buffer-size",
    "subscribe",
    "stream UDP",
    "remote-address",
    "subscribe-outgoing",
    "check-send",
    "send - hello",
    "receive",
    "subscribe-incoming",
];

fn run(command: &str, state: &mut State, network: &Network) {
    match command.split(' ').collect::<Vec<_>>()[..] {
        ["instance-network"] => {
            drop(instance_network());
            say("instance-network", "ok");
        }
        ["resolve", name] => lookup::resolve(network, name),
        ["subscribe-lookup", name] => lookup::subscribe(network, name),
        ["use", number] => state.at_hand = Some(number.parse::<usize>().expect("a number") - 1),
        [family @ ("tcp4" | "tcp6")] => state.add(tcp::create(family == "tcp6").map(Socket::Tcp)),
        [family @ ("udp4" | "udp6")] => state.add(udp::create(family == "udp6").map(Socket::Udp)),
        ["connect-to", number] => {
            let Socket::Tcp(listener) = &state.sockets[number.parse::<usize>().expect("a number") - 1] else {
                panic!("it does not listen");
            };
            let to = listener.socket.local_address().expect("it listens");
            let Some(Socket::Tcp(socket)) = state.at_hand() else { panic!("no socket to connect") };
            socket.connect(network, to);
        }
        ["send-to", number, text] => {
            let Socket::Udp(peer) = &state.sockets[number.parse::<usize>().expect("a number") - 1] else {
                panic!("it takes no datagrams");
            };
            let to = peer.socket.local_address().expect("it is bound");
            let Some(Socket::Udp(socket)) = state.at_hand() else { panic!("no socket to send with") };
            socket.send(&[OutgoingDatagram { data: text.as_bytes().to_vec(), remote_address: Some(to) }]);
        }
        ref words => match state.at_hand() {
            Some(Socket::Tcp(socket)) => {
                if let Some(accepted) = socket.run(network, words) {
                    state.add(Some(Socket::Tcp(accepted)));
                }
            }
            Some(Socket::Udp(socket)) => socket.run(network, words),
            None => say(words[0], "no socket"),
        },
    }
}

fn say(function: &str, result: impl Display) {
    println!("{function}: {result}");
}

/// Says how a call went, and gives what it gave.
fn told<T>(function: &str, result: Result<T, ErrorCode>) -> Option<T> {
    say(function, result.as_ref().map_or_else(|code| code.name().to_owned(), |_| "ok".to_owned()));
    result.ok()
}

/// The same for what is to be seen.
fn shown<T: Display>(function: &str, result: Result<T, ErrorCode>) {
    say(function, result.map_or_else(|code| code.name().to_owned(), |value| value.to_string()));
}

/// Waits until it is ready, and says whether that came in time.
fn wait(pollable: &Pollable) -> bool {
    poll(&[pollable, &subscribe_duration(PATIENCE)])[0] == 0
}
