//! What sockets may do, and with whom.

use super::http::refuse_pattern;
use crate::Error;
use crate::policy::{self, ALL_PORTS, Addresses, Endpoints, Names, SocketRule};
use anyhow::anyhow;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// What sockets may do, and with whom. Unless something is said, no socket can be made and no name looked up.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr, SocketAddr};
/// use virt_compose::Virt;
/// use virt_compose::policy::{Endpoints, SocketRule};
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-net.wasm"))?;
/// let database = IpAddr::from([10, 0, 0, 5]);
/// let virt = Virt::open().sockets(|s| {
///     s.allow(SocketRule::tcp((database, 5432)))
///         .allow(SocketRule::listen(Endpoints::from(IpAddr::from(Ipv4Addr::LOCALHOST)).ports(8000..=8999)))
///         .allow(SocketRule::dns_below("example.com"))
///         .name("db.example.com", database)
/// });
/// virt.compose(&app)?;
/// let ten = Endpoints::within([10, 0, 0, 0], 8);
/// Virt::open().sockets(|s| s.host().deny(SocketRule::tcp(ten))).compose(&app)?;
/// Virt::sealed().stdio(|s| s.host()).sockets(|s| s.loopback()).compose(&app)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Sockets(pub(super) policy::Sockets, pub(super) Option<Error>);

impl Sockets {
    /// Lets all be done, but for what is denied.
    pub fn host(mut self) -> Self {
        self.0.allow = None;
        self
    }

    /// Lets this be done. After [`host`](Self::host), only this.
    pub fn allow(mut self, rule: SocketRule) -> Self {
        self.0.allow.get_or_insert_default().push(rule);
        self
    }

    /// Keeps this back, whatever lets it through: it gets the error `access-denied`.
    pub fn deny(mut self, rule: SocketRule) -> Self {
        self.0.deny.push(rule);
        self
    }

    /// Does what would be denied, and writes it down on standard error.
    pub fn audit(mut self) -> Self {
        self.0.audit = true;
        self
    }

    /// Answers lookups of this name with this address, besides those that it has, without asking the host.
    pub fn name(mut self, name: impl AsRef<str>, address: impl Into<IpAddr>) -> Self {
        if let Err(error) = self.0.host(name.as_ref(), address.into()) {
            self.1.get_or_insert(Error::policy(error));
        }
        self
    }

    /// Sockets reach only each other, in memory, and nothing is the host's. Names stay; rules go.
    pub fn loopback(self) -> Self {
        Self(policy::Sockets { loopback: true, hosts: self.0.hosts, ..policy::Sockets::default() }, self.1)
    }

    pub(super) fn done(mut self) -> Result<policy::Sockets, Error> {
        if let Some(error) = self.1 {
            return Err(error);
        }
        for rule in self.0.allow.iter_mut().flatten().chain(&mut self.0.deny) {
            if let SocketRule::Dns(Names::Name(name) | Names::Below(name)) = rule {
                refuse_pattern(name)?;
            }
            // A rule's text says all of it, and what reads that checks it.
            *rule = rule.to_string().parse().map_err(Error::policy)?;
        }
        self.0.deny.iter().try_for_each(SocketRule::check_denied).map_err(Error::policy)?;
        if self.0.allow.as_ref().is_some_and(Vec::is_empty) && !self.0.deny.is_empty() {
            return Err(Error::policy(anyhow!(
                "sockets are kept back, and nothing is let through: let some through, too"
            )));
        }
        Ok(self.0)
    }
}

/// As values, in place of text. What cannot be is refused when the rule is used.
impl SocketRule {
    /// Connecting to these by TCP.
    pub fn tcp(peers: impl Into<Endpoints>) -> Self {
        Self::Tcp(peers.into())
    }

    /// Exchanging datagrams with these.
    pub fn udp(peers: impl Into<Endpoints>) -> Self {
        Self::Udp(peers.into())
    }

    /// Binding to these local addresses, and listening there. Port 0 is one that the host chooses.
    pub fn listen(local: impl Into<Endpoints>) -> Self {
        Self::Listen(local.into())
    }

    /// Being connected to by these.
    pub fn accept(peers: impl Into<Endpoints>) -> Self {
        Self::Accept(peers.into())
    }

    /// Looking up this name.
    pub fn dns(name: impl Into<String>) -> Self {
        Self::Dns(Names::Name(name.into()))
    }

    /// Looking up all names.
    pub fn dns_any() -> Self {
        Self::Dns(Names::Any)
    }

    /// Looking up all names that end in a dot and this.
    pub fn dns_below(name: impl Into<String>) -> Self {
        Self::Dns(Names::Below(name.into()))
    }
}

impl Endpoints {
    /// All addresses, at all ports. They have no multicast and no broadcast in them.
    pub fn any() -> Self {
        Self { addresses: Addresses::Any, ports: ALL_PORTS }
    }

    /// All addresses with the first bits of this one, as many as the number says, at all ports.
    pub fn within(address: impl Into<IpAddr>, bits: u8) -> Self {
        let addresses = match address.into() {
            IpAddr::V4(address) => Addresses::V4(address, bits),
            IpAddr::V6(address) => Addresses::V6(address, bits),
        };
        Self { addresses, ports: ALL_PORTS }
    }

    /// The same addresses at these ports.
    pub fn ports(self, ports: RangeInclusive<u16>) -> Self {
        Self { ports: (*ports.start(), *ports.end()), ..self }
    }

    /// The same addresses at this port.
    pub fn port(self, port: u16) -> Self {
        self.ports(port..=port)
    }
}

/// One address, at all ports.
impl From<IpAddr> for Endpoints {
    fn from(address: IpAddr) -> Self {
        Self::within(address, if address.is_ipv4() { 32 } else { 128 })
    }
}

/// One address, at one port.
impl From<SocketAddr> for Endpoints {
    fn from(address: SocketAddr) -> Self {
        Self::from(address.ip()).port(address.port())
    }
}

/// One address, at one port.
impl<A: Into<IpAddr>> From<(A, u16)> for Endpoints {
    fn from((address, port): (A, u16)) -> Self {
        Self::from(address.into()).port(port)
    }
}
