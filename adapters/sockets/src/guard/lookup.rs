//! Names, of which some have addresses of their own; others are the host's to look up, if they may be.

use super::names;
use crate::Sockets;
use crate::bindings::exports::virt::sockets::names::{self as own, Guest, GuestResolveAddressStream};
use crate::bindings::virt::sockets::settings;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::sockets0_2_0::ip_name_lookup as host;
use crate::bindings::wasi::sockets0_2_0::network::{ErrorCode, IpAddress, IpAddressFamily, Network};
use crate::bindings::wasi::sockets0_2_0::tcp::TcpSocket;
use crate::bindings::wasi::sockets0_2_0::tcp_create_socket::create_tcp_socket;
use crate::single::Single;
use alloc::string::String;
use alloc::vec::{IntoIter, Vec};
use core::cell::{OnceCell, RefCell};

/// What a name is answered with.
pub enum Addresses {
    /// With what is ready, if no socket is.
    Own(RefCell<IntoIter<settings::IpAddress>>, Option<host::ResolveAddressStream>),
    Host(host::ResolveAddressStream),
}

impl Guest for Sockets {
    type ResolveAddressStream = Addresses;

    fn resolve_addresses(network: &Network, name: String) -> Result<own::ResolveAddressStream, ErrorCode> {
        let addresses = match own_addresses(&name) {
            Some(addresses) => {
                // A lookup of an address is one of the host's that is ready, where it makes no sockets.
                let ready = if idle().is_ok() { None } else { host::resolve_addresses(network, "127.0.0.1").ok() };
                Addresses::Own(RefCell::new(addresses.into_iter()), ready)
            }
            None if super::may_resolve(&name) => Addresses::Host(host::resolve_addresses(network, &name)?),
            None => return Err(ErrorCode::PermanentResolverFailure),
        };
        Ok(own::ResolveAddressStream::new(addresses))
    }
}

/// The addresses that the settings have for a name.
fn own_addresses(name: &str) -> Option<Vec<settings::IpAddress>> {
    let name = names::plain(name);
    settings::hosts().into_iter().find(|(known, _)| *known == name).map(|(_, addresses)| addresses)
}

impl GuestResolveAddressStream for Addresses {
    fn resolve_next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        match self {
            Self::Own(addresses, _) => Ok(addresses.borrow_mut().next().map(|address| match address {
                settings::IpAddress::Ipv4(address) => IpAddress::Ipv4(address),
                settings::IpAddress::Ipv6(address) => IpAddress::Ipv6(address),
            })),
            Self::Host(stream) => stream.resolve_next_address(),
        }
    }

    /// A host that makes neither sockets nor lookups has nothing to wait for: that is a trap.
    fn subscribe(&self) -> Pollable {
        match self {
            Self::Host(stream) | Self::Own(_, Some(stream)) => stream.subscribe(),
            Self::Own(_, None) => idle().expect("it was there when the name was looked up").subscribe(),
        }
    }
}

/// A socket that nothing was done with, which asks no network: only the host makes pollables, and one of this is ready. It stays, because
/// hosts want it to outlive its pollables.
fn idle() -> Result<&'static TcpSocket, ErrorCode> {
    static IDLE: Single<OnceCell<TcpSocket>> = Single(OnceCell::new());
    if let Some(socket) = IDLE.0.get() {
        return Ok(socket);
    }
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).or_else(|_| create_tcp_socket(IpAddressFamily::Ipv6))?;
    Ok(IDLE.0.get_or_init(|| socket))
}
