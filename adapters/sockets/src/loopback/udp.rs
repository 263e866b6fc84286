//! `wasi:sockets/udp`.

use super::datagrams::{self, Datagram};
use super::queue::Signal as _;
use super::{options, with_machine};
use crate::bindings::exports::wasi::sockets0_2_12::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets0_2_12::udp::{
    self, GuestIncomingDatagramStream, GuestOutgoingDatagramStream, GuestUdpSocket, IncomingDatagram,
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use crate::bindings::virt::io::pipes::Signal;
use crate::bindings::wasi::io::poll::Pollable;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// How many datagrams are sent or received at once, and how many bytes of them, but for the last.
const MOST: u64 = 16;
const BYTES: usize = 1 << 16;

type Result<T> = core::result::Result<T, ErrorCode>;

/// Gives its port back when neither the socket nor a stream of it is there any more.
struct Inner(RefCell<datagrams::Socket<Rc<Signal>>>);

impl Drop for Inner {
    fn drop(&mut self) {
        with_machine(|machine| self.0.get_mut().release(machine));
    }
}

pub struct Socket(Rc<Inner>);

impl Socket {
    pub fn open(family: IpAddressFamily) -> UdpSocket {
        UdpSocket::new(Self(Rc::new(Inner(RefCell::new(datagrams::Socket::new(family))))))
    }
}

impl udp::Guest for crate::Sockets {
    type UdpSocket = Socket;
    type IncomingDatagramStream = Incoming;
    type OutgoingDatagramStream = Outgoing;
}

impl GuestUdpSocket for Socket {
    fn start_bind(&self, _: NetworkBorrow<'_>, local: IpSocketAddress) -> Result<()> {
        with_machine(|machine| self.0.0.borrow_mut().start_bind(machine, local.into()))
    }

    fn finish_bind(&self) -> Result<()> {
        self.0.0.borrow_mut().finish_bind()
    }

    fn stream(&self, peer: Option<IpSocketAddress>) -> Result<(IncomingDatagramStream, OutgoingDatagramStream)> {
        let peer = peer.map(Into::into);
        let pair = with_machine(|machine| self.0.0.borrow_mut().stream(machine, peer))?;
        Ok((
            IncomingDatagramStream::new(Incoming { socket: self.0.clone(), pair }),
            OutgoingDatagramStream::new(Outgoing { socket: self.0.clone(), pair, permit: Cell::new(0) }),
        ))
    }

    fn local_address(&self) -> Result<IpSocketAddress> {
        Ok(self.0.0.borrow().local_address()?.into())
    }

    fn remote_address(&self) -> Result<IpSocketAddress> {
        Ok(self.0.0.borrow().remote_address()?.into())
    }

    fn address_family(&self) -> IpAddressFamily {
        self.0.0.borrow().family
    }

    fn unicast_hop_limit(&self) -> Result<u8> {
        Ok(self.0.0.borrow_mut().options().hop_limit)
    }

    fn set_unicast_hop_limit(&self, value: u8) -> Result<()> {
        self.0.0.borrow_mut().options().hop_limit = options::hop_limit(value)?;
        Ok(())
    }

    fn receive_buffer_size(&self) -> Result<u64> {
        Ok(self.0.0.borrow_mut().options().receive_buffer)
    }

    fn set_receive_buffer_size(&self, value: u64) -> Result<()> {
        self.0.0.borrow_mut().set_receive_buffer(options::size(value)?);
        Ok(())
    }

    fn send_buffer_size(&self) -> Result<u64> {
        Ok(self.0.0.borrow_mut().options().send_buffer)
    }

    fn set_send_buffer_size(&self, value: u64) -> Result<()> {
        self.0.0.borrow_mut().options().send_buffer = options::size(value)?;
        Ok(())
    }

    /// Nothing that a socket does by itself takes time.
    fn subscribe(&self) -> Pollable {
        Rc::<Signal>::ready().subscribe()
    }
}

pub struct Incoming {
    socket: Rc<Inner>,
    pair: u32,
}

impl GuestIncomingDatagramStream for Incoming {
    fn receive(&self, most: u64) -> Result<Vec<IncomingDatagram>> {
        let socket = self.socket.0.borrow();
        let (mut datagrams, mut bytes) = (Vec::new(), 0);
        while (datagrams.len() as u64) < most.min(MOST) && bytes < BYTES {
            let Some(Datagram { from, data }) = socket.receive(self.pair)? else { break };
            bytes += data.len();
            datagrams.push(IncomingDatagram { data, remote_address: from.into() });
        }
        Ok(datagrams)
    }

    fn subscribe(&self) -> Pollable {
        self.socket.0.borrow().signal(self.pair).subscribe()
    }
}

pub struct Outgoing {
    socket: Rc<Inner>,
    pair: u32,
    permit: Cell<u64>,
}

impl GuestOutgoingDatagramStream for Outgoing {
    fn check_send(&self) -> Result<u64> {
        self.permit.set(MOST);
        Ok(MOST)
    }

    /// More than is permitted is a trap, as WASI has it.
    fn send(&self, datagrams: Vec<OutgoingDatagram>) -> Result<u64> {
        if datagrams.is_empty() {
            return Ok(0);
        }
        assert!(datagrams.len() as u64 <= self.permit.take());
        let socket = self.socket.0.borrow();
        let mut sent = 0;
        for OutgoingDatagram { data, remote_address } in datagrams {
            let remote = remote_address.map(Into::into);
            match with_machine(|machine| socket.send(machine, self.pair, data, remote)) {
                Ok(()) => sent += 1,
                Err(_) if sent > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// It never waits: what there is no room for is lost.
    fn subscribe(&self) -> Pollable {
        Rc::<Signal>::ready().subscribe()
    }
}
