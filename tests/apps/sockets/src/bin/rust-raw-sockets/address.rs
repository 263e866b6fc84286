//! Addresses as they are written.

use crate::wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

pub fn parsed(text: &str) -> IpSocketAddress {
    match text.parse().unwrap_or_else(|_| panic!("`{text}` is no address")) {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: address.port(),
                flow_info: address.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: address.scope_id(),
            })
        }
    }
}

/// With what stands for a port, which may be another in each run.
pub fn written(address: IpSocketAddress) -> String {
    let (mut address, port) = match address {
        IpSocketAddress::Ipv4(ipv4) => {
            let (a, b, c, d) = ipv4.address;
            (SocketAddr::from(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), 0)), ipv4.port)
        }
        IpSocketAddress::Ipv6(ipv6) => {
            let (a, b, c, d, e, f, g, h) = ipv6.address;
            let ip = Ipv6Addr::new(a, b, c, d, e, f, g, h);
            (SocketAddr::from(SocketAddrV6::new(ip, 0, ipv6.flow_info, ipv6.scope_id)), ipv6.port)
        }
    };
    address.set_port(0);
    let text = address.to_string();
    if port == 0 { text } else { format!("{}port", text.strip_suffix('0').expect("that is its port")) }
}

pub fn family(family: IpAddressFamily) -> &'static str {
    match family {
        IpAddressFamily::Ipv4 => "ipv4",
        IpAddressFamily::Ipv6 => "ipv6",
    }
}
