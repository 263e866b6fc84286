//! Addresses and ports, and which of them can be what. The checks are wasmtime's.

use crate::bindings::exports::wasi::sockets0_2_12::network::IpAddressFamily as Family;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Place {
    pub ip: IpAddr,
    pub port: u16,
}

impl Place {
    /// The address is one of a socket of that family. One that maps or embeds an IPv4 address is of none.
    pub fn is_of(self, family: Family) -> bool {
        match self.ip {
            IpAddr::V4(_) => family == Family::Ipv4,
            IpAddr::V6(ip) if ip.is_unspecified() || ip.is_loopback() => family == Family::Ipv6,
            IpAddr::V6(ip) => family == Family::Ipv6 && ip.to_ipv4().is_none(),
        }
    }

    pub fn is_unicast(self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => !ip.is_multicast() && !ip.is_broadcast(),
            IpAddr::V6(ip) => !ip.is_multicast(),
        }
    }

    /// Something may be there.
    pub fn is_remote(self) -> bool {
        !self.ip.is_unspecified() && self.port != 0
    }

    /// What is sent to one may come to who is at the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.port == other.port
            && self.ip.is_ipv4() == other.ip.is_ipv4()
            && (self.ip == other.ip || self.ip.is_unspecified() || other.ip.is_unspecified())
    }

    /// As what the peer sees who sends from here. An unspecified address is that of the way to the peer.
    pub fn towards(self, peer: Self) -> Self {
        let ip = match peer.ip {
            _ if !self.ip.is_unspecified() => self.ip,
            IpAddr::V4(ip) if ip.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self { ip, ..self }
    }
}

/// The unspecified address of a family.
pub fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::Ipv6 => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
pub fn at(place: &str) -> Place {
    let place: core::net::SocketAddr = place.parse().unwrap();
    Place { ip: place.ip(), port: place.port() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_one_family_or_of_none() {
        for place in ["127.0.0.1:1", "0.0.0.0:0", "224.0.0.1:1"] {
            assert!(at(place).is_of(Family::Ipv4) && !at(place).is_of(Family::Ipv6), "{place}");
        }
        for place in ["[::1]:1", "[::]:0", "[2001:db8::1]:1", "[::1:0:0]:1", "[::5:0:0]:1"] {
            assert!(at(place).is_of(Family::Ipv6) && !at(place).is_of(Family::Ipv4), "{place}");
        }
        for place in ["[::ffff:127.0.0.1]:1", "[::127.0.0.1]:1", "[::2]:1", "[::ffff:0.0.0.0]:1"] {
            assert!(!at(place).is_of(Family::Ipv6) && !at(place).is_of(Family::Ipv4), "{place}");
        }
    }

    #[test]
    fn what_can_be_bound_and_reached() {
        for place in ["224.0.0.1:1", "255.255.255.255:1", "[ff02::1]:1"] {
            assert!(!at(place).is_unicast(), "{place}");
        }
        for place in ["127.0.0.1:0", "0.0.0.0:1", "[::]:1", "[::1]:0"] {
            assert!(at(place).is_unicast() && !at(place).is_remote(), "{place}");
        }
        assert!(at("10.0.0.1:1").is_remote());
    }

    #[test]
    fn an_unspecified_address_is_every_one_of_its_family() {
        assert!(at("0.0.0.0:1").overlaps(at("10.0.0.1:1")) && at("10.0.0.1:1").overlaps(at("0.0.0.0:1")));
        assert!(at("[::]:1").overlaps(at("[::1]:1")) && at("[::1]:1").overlaps(at("[::1]:1")));
        assert!(!at("0.0.0.0:1").overlaps(at("[::]:1")) && !at("0.0.0.0:1").overlaps(at("[::1]:1")));
        assert!(!at("127.0.0.1:1").overlaps(at("127.0.0.2:1")) && !at("0.0.0.0:1").overlaps(at("0.0.0.0:2")));
    }

    #[test]
    fn peers_see_an_address_of_the_way_to_them() {
        for (from, to, seen) in [
            ("0.0.0.0:5", "127.0.0.9:1", "127.0.0.1:5"),
            ("0.0.0.0:5", "10.0.0.9:1", "10.0.0.9:5"),
            ("127.0.0.2:5", "10.0.0.9:1", "127.0.0.2:5"),
            ("[::]:5", "[::1]:1", "[::1]:5"),
        ] {
            assert_eq!(at(from).towards(at(to)), at(seen));
        }
    }
}
