//! The machine that all sockets are on.

use super::datagrams::Mailbox;
use super::names::Hosts;
use super::place::Place;
use super::ports::Ports;
use super::streams::Backlog;
use crate::bindings::exports::wasi::sockets0_2_12::network::ErrorCode as Error;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;

/// `E` is an end of a connection, `S` is a signal.
pub struct Machine<E, S> {
    pub hosts: Hosts,
    pub tcp: Ports<Backlog<E, S>>,
    pub udp: Ports<Rc<RefCell<Mailbox<S>>>>,
}

impl<E, S> Machine<E, S> {
    pub fn new(hosts: Hosts) -> Self {
        Self { hosts, tcp: Ports::new(), udp: Ports::new() }
    }

    /// It has the addresses that are loopback anywhere, and those of all names.
    fn has(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.hosts.iter().any(|(_, ips)| ips.contains(&ip))
    }

    pub fn check_bindable(&self, place: Place) -> Result<(), Error> {
        match place.ip.is_unspecified() || self.has(place.ip) {
            true => Ok(()),
            false => Err(Error::AddressNotBindable),
        }
    }

    pub fn check_reachable(&self, place: Place) -> Result<(), Error> {
        if self.has(place.ip) { Ok(()) } else { Err(Error::RemoteUnreachable) }
    }
}
