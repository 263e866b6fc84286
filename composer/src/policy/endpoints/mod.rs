//! Sets of peers, local addresses and names, and which are in which.

mod text;

use super::RequestHost;
use crate::value::Value;
use anyhow::{Result, bail};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be done with sockets, and with whom or where.
///
/// ```
/// use virt_compose::policy::SocketRule;
///
/// let database: SocketRule = "tcp:10.0.0.5:5432".parse()?;
/// let inside: SocketRule = "tcp:10.0.0.0/8:*".parse()?;
/// assert!(inside.covers(&database) && !database.covers(&inside));
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketRule {
    /// Connecting to these by TCP. Denied at every port, they cannot connect to the app either.
    Tcp(Endpoints),
    /// Exchanging datagrams with these.
    Udp(Endpoints),
    /// Binding sockets to these local addresses, and listening there. Port 0 is one that the host chooses.
    Listen(Endpoints),
    /// Being connected to by these, whose ports do not count. Without any that is allowed, it is all that are not denied.
    Accept(Endpoints),
    /// Looking up these names.
    Dns(Names),
}

/// Addresses and ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Addresses.
    pub addresses: Addresses,
    /// The first port, and the last.
    pub ports: (u16, u16),
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// All.
    Any,
    /// Those of IPv4 that have the first bits of this, as many as the number says.
    V4(Ipv4Addr, u8),
    /// Those of IPv6.
    V6(Ipv6Addr, u8),
}

/// Names of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// All.
    Any,
    /// One, in lower case and without a dot at its end.
    Name(String),
    /// All that end in a dot and this.
    Below(String),
}

/// Every port.
pub const ALL_PORTS: (u16, u16) = (0, u16::MAX);

impl SocketRule {
    /// What there is besides the rules: everything. Addresses that mean many are in no range of others, so they have their own.
    pub(super) fn all() -> Vec<Self> {
        let all = |addresses| Endpoints { addresses, ports: ALL_PORTS };
        let many = [
            Addresses::V4(Ipv4Addr::new(224, 0, 0, 0), 4),
            Addresses::V4(Ipv4Addr::BROADCAST, 32),
            Addresses::V6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
        ];
        let of_act = |act: fn(Endpoints) -> Self| act(all(Addresses::Any));
        let any = [of_act(Self::Tcp), of_act(Self::Udp), of_act(Self::Listen), Self::Dns(Names::Any)];
        any.into_iter().chain(many.map(|addresses| Self::Udp(all(addresses)))).collect()
    }

    /// Addresses and ports, if it is about any.
    pub fn endpoints(&self) -> Option<&Endpoints> {
        match self {
            Self::Tcp(endpoints) | Self::Udp(endpoints) | Self::Listen(endpoints) | Self::Accept(endpoints) => {
                Some(endpoints)
            }
            Self::Dns(_) => None,
        }
    }

    /// A rule that denies cannot tell a port that the host chose from others.
    pub(crate) fn check_denied(&self) -> Result<()> {
        if let Self::Listen(Endpoints { ports: (0, 0), .. }) = self {
            bail!(
                "`{self}` is about ports that the host chooses, which cannot be denied by themselves; write `listen:*:*`"
            );
        }
        Ok(())
    }

    /// Whether all that is in another is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(own), Self::Tcp(other) | Self::Accept(other))
            | (Self::Udp(own), Self::Udp(other))
            | (Self::Listen(own), Self::Listen(other))
            | (Self::Accept(own), Self::Accept(other)) => own.covers(other),
            (Self::Dns(own), Self::Dns(other)) => own.host().covers(&other.host()),
            _ => false,
        }
    }

    /// As `virt:sockets/settings` has those about addresses.
    pub(super) fn value(&self, allow: bool) -> Option<Value> {
        let (act, Endpoints { addresses, ports }) = match self {
            Self::Tcp(endpoints) => ("tcp", endpoints),
            Self::Udp(endpoints) => ("udp", endpoints),
            Self::Listen(endpoints) => ("listen", endpoints),
            Self::Accept(endpoints) => ("accept", endpoints),
            Self::Dns(_) => return None,
        };
        let (family, bits, len) = match addresses {
            Addresses::Any => ("any", 0, 0),
            Addresses::V4(address, len) => ("ipv4", u128::from(address.to_bits()) << 96, *len),
            Addresses::V6(address, len) => ("ipv6", address.to_bits(), *len),
        };
        let int = |number: u128| Value::Int(number as i128);
        let fields = [
            ("allow", Value::Bool(allow)),
            ("act", Value::Enum(act.to_owned())),
            ("family", Value::Enum(family.to_owned())),
            ("address", Value::Tuple(vec![int(bits >> 64), int(bits & u128::from(u64::MAX))])),
            ("bits", Value::Int(len.into())),
            ("ports", Value::Tuple(vec![Value::Int(ports.0.into()), Value::Int(ports.1.into())])),
        ];
        Some(Value::Record(fields.map(|(name, value)| (name.to_owned(), value)).into()))
    }

    /// As `virt:sockets/settings` has those about names.
    pub(super) fn name_value(&self, allow: bool) -> Option<Value> {
        let Self::Dns(names) = self else { return None };
        let fields = [("allow", Value::Bool(allow)), ("name", Value::string(names.host().key()))];
        Some(Value::Record(fields.map(|(name, value)| (name.to_owned(), value)).into()))
    }
}

impl Endpoints {
    fn covers(&self, other: &Self) -> bool {
        self.addresses.covers(other.addresses) && self.ports.0 <= other.ports.0 && other.ports.1 <= self.ports.1
    }
}

impl Addresses {
    /// Whether an address is one of them.
    pub fn have(self, address: IpAddr) -> bool {
        self.covers(match address {
            IpAddr::V4(address) => Self::V4(address, 32),
            IpAddr::V6(address) => Self::V6(address, 128),
        })
    }

    fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::V4(own, len), Self::V4(other, more)) => {
                len <= more && (len == 0 || (own.to_bits() ^ other.to_bits()) >> (32 - len) == 0)
            }
            (Self::V6(own, len), Self::V6(other, more)) => {
                len <= more && (len == 0 || (own.to_bits() ^ other.to_bits()) >> (128 - len) == 0)
            }
            _ => false,
        }
    }
}

impl Names {
    /// The same as requests have it.
    fn host(&self) -> RequestHost {
        match self {
            Self::Any => RequestHost::Any,
            Self::Name(name) => RequestHost::Name(name.clone()),
            Self::Below(name) => RequestHost::Below(name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> SocketRule {
        text.parse().unwrap()
    }

    #[test]
    fn some_are_in_others() {
        for (one, other) in [
            ("tcp:*:*", "tcp:1.2.3.4:80"),
            ("tcp:*:80", "tcp:[::1]:80"),
            ("tcp:10.0.0.0/8:*", "tcp:10.1.0.0/16:1-9"),
            ("tcp:0.0.0.0/0:1-10", "tcp:10.1.2.3:10"),
            ("tcp:10.0.0.0/8:*", "accept:10.1.2.3"),
            ("udp:[fd00::]/8:53", "udp:[fd00::1]:53"),
            ("listen:0.0.0.0:80", "listen:127.0.0.1:80"),
            ("dns:*", "dns:a.com"),
            ("dns:*.a.com", "dns:b.a.com"),
        ] {
            assert!(rule(one).covers(&rule(other)), "{one} {other}");
            assert!(!rule(other).covers(&rule(one)), "{other} {one}");
        }
        for (one, other) in [
            ("tcp:*:80", "tcp:1.2.3.4:81"),
            ("tcp:*:80", "udp:1.2.3.4:80"),
            ("tcp:10.0.0.0/8:*", "tcp:11.0.0.0/8:*"),
            ("tcp:0.0.0.0/0:*", "tcp:[::1]:80"),
            ("accept:10.0.0.0/8", "tcp:10.0.0.1:80"),
            ("dns:*.a.com", "dns:a.com"),
        ] {
            assert!(!rule(one).covers(&rule(other)) && !rule(other).covers(&rule(one)), "{one} {other}");
        }
    }
}
