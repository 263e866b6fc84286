//! `wasi:sockets/ip-name-lookup`.

use super::queue::Signal as _;
use super::{names, with_machine};
use crate::bindings::exports::wasi::sockets0_2_12::ip_name_lookup::{
    Guest, GuestResolveAddressStream, ResolveAddressStream,
};
use crate::bindings::exports::wasi::sockets0_2_12::network::{ErrorCode, IpAddress, NetworkBorrow};
use crate::bindings::virt::io::pipes::Signal;
use crate::bindings::wasi::io::poll::Pollable;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use core::cell::RefCell;
use core::net::IpAddr;

impl Guest for crate::Sockets {
    type ResolveAddressStream = Addresses;

    fn resolve_addresses(_: NetworkBorrow<'_>, name: String) -> Result<ResolveAddressStream, ErrorCode> {
        let addresses = with_machine(|machine| names::resolve(&machine.hosts, &name))?;
        Ok(ResolveAddressStream::new(Addresses(RefCell::new(addresses.into_iter()))))
    }
}

/// They are there at once.
pub struct Addresses(RefCell<vec::IntoIter<IpAddr>>);

impl GuestResolveAddressStream for Addresses {
    fn resolve_next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        Ok(self.0.borrow_mut().next().map(Into::into))
    }

    fn subscribe(&self) -> Pollable {
        Rc::<Signal>::ready().subscribe()
    }
}
