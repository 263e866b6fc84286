//! `wasi:sockets` within the artifact: sockets of everybody who shares this adapter reach only each other.
//!
//! 1. They are on one machine (`machine`), with the loopback addresses and those of the names that are set. Binding elsewhere
//!    is `address-not-bindable`, and what is elsewhere is `remote-unreachable`.
//! 2. Who is where is in `ports`, what a socket may do in which state in `streams` (TCP) and `datagrams` (UDP), where errors are
//!    those of wasmtime. What can be waited for is a queue with a signal (`queue`); nothing else sets one.
//! 3. Everything is done when it is started: connecting never takes time, and is refused where nobody listens or the backlog is
//!    full. Ports are given out in turn. So a program does the same in every run.
//! 4. A connection is two pipes of `virt:io/pipes`. Waiting for bytes, or for room, that only the program itself could bring is
//!    a trap.
//! 5. Datagrams are lost where nobody is bound, and where they would take too much memory.
//!
//! Limits: a peer that is gone is an end and a closed stream, never `connection-reset`. Who sends a datagram to where nobody is
//! does not get to know.

mod convert;
mod datagrams;
mod lookup;
mod machine;
mod names;
mod options;
mod place;
mod ports;
mod queue;
mod streams;
mod tcp;
mod udp;

use crate::Sockets;
use crate::bindings::exports::wasi::sockets0_2_12::{instance_network, network, tcp_create_socket, udp_create_socket};
use crate::bindings::virt::io::pipes::Signal;
use crate::bindings::virt::sockets::settings;
use crate::bindings::wasi::io::error::Error;
use crate::single::Single;
use alloc::rc::Rc;
use core::cell::{OnceCell, RefCell};
use network::{ErrorCode, IpAddressFamily};

type Machine = machine::Machine<tcp::End, Rc<Signal>>;

fn with_machine<T>(act: impl FnOnce(&mut Machine) -> T) -> T {
    static MACHINE: Single<OnceCell<RefCell<Machine>>> = Single(OnceCell::new());
    let make = || {
        let ips = |ips: alloc::vec::Vec<settings::IpAddress>| ips.into_iter().map(Into::into).collect();
        RefCell::new(Machine::new(settings::hosts().into_iter().map(|(name, list)| (name, ips(list))).collect()))
    };
    act(&mut MACHINE.0.get_or_init(make).borrow_mut())
}

impl queue::Signal for Rc<Signal> {
    fn ready() -> Self {
        let signal = Signal::new();
        signal.set(true);
        Self::new(signal)
    }

    fn set(&self, ready: bool) {
        Signal::set(self, ready);
    }
}

/// There is one network, so a handle says nothing.
pub struct Network;

impl network::GuestNetwork for Network {}

impl network::Guest for Sockets {
    type Network = Network;

    /// Streams end, and have no errors.
    fn network_error_code(_: &Error) -> Option<ErrorCode> {
        None
    }
}

impl instance_network::Guest for Sockets {
    fn instance_network() -> network::Network {
        network::Network::new(Network)
    }
}

impl tcp_create_socket::Guest for Sockets {
    fn create_tcp_socket(family: IpAddressFamily) -> Result<tcp_create_socket::TcpSocket, ErrorCode> {
        Ok(tcp::Socket::open(family))
    }
}

impl udp_create_socket::Guest for Sockets {
    fn create_udp_socket(family: IpAddressFamily) -> Result<udp_create_socket::UdpSocket, ErrorCode> {
        Ok(udp::Socket::open(family))
    }
}
