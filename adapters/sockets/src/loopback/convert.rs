//! Addresses as the interfaces have them. What else an IPv6 address has with it, a flow and a scope, means nothing here.

use super::place::Place;
use crate::bindings::exports::wasi::sockets0_2_12::network::{
    IpAddress, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use crate::bindings::virt::sockets::settings;
use core::net::IpAddr;

impl From<IpSocketAddress> for Place {
    fn from(address: IpSocketAddress) -> Self {
        match address {
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) }) => {
                Self { ip: [a, b, c, d].into(), port }
            }
            IpSocketAddress::Ipv6(Ipv6SocketAddress { port, address: (a, b, c, d, e, f, g, h), .. }) => {
                Self { ip: [a, b, c, d, e, f, g, h].into(), port }
            }
        }
    }
}

impl From<Place> for IpSocketAddress {
    fn from(Place { ip, port }: Place) -> Self {
        match ip.into() {
            IpAddress::Ipv4(address) => Self::Ipv4(Ipv4SocketAddress { port, address }),
            IpAddress::Ipv6(address) => Self::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 }),
        }
    }
}

impl From<IpAddr> for IpAddress {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::Ipv4(ip.octets().into()),
            IpAddr::V6(ip) => Self::Ipv6(ip.segments().into()),
        }
    }
}

impl From<settings::IpAddress> for IpAddr {
    fn from(address: settings::IpAddress) -> Self {
        match address {
            settings::IpAddress::Ipv4((a, b, c, d)) => [a, b, c, d].into(),
            settings::IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => [a, b, c, d, e, f, g, h].into(),
        }
    }
}
