//! `wasi:sockets/tcp`: connections are pairs of pipes.

use super::{options, streams, with_machine};
use crate::bindings::exports::wasi::sockets0_2_12::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets0_2_12::tcp::{self, GuestTcpSocket, ShutdownType, TcpSocket};
use crate::bindings::virt::io::pipes::{Pipe, Signal};
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use alloc::rc::Rc;
use core::cell::RefCell;

type Result<T> = core::result::Result<T, ErrorCode>;

type Inner = streams::Socket<End, Rc<Signal>>;

pub struct Socket(RefCell<Inner>);

impl Socket {
    pub fn open(family: IpAddressFamily) -> TcpSocket {
        Self::wrap(Inner::new(family))
    }

    fn wrap(inner: Inner) -> TcpSocket {
        TcpSocket::new(Self(RefCell::new(inner)))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        with_machine(|machine| self.0.get_mut().release(machine));
    }
}

impl tcp::Guest for crate::Sockets {
    type TcpSocket = Socket;
}

/// Options that are read and written.
macro_rules! options {
    ($($get:ident $set:ident: $type:ty = $field:ident by $check:expr;)*) => {
        $(
            fn $get(&self) -> Result<$type> {
                Ok(self.0.borrow_mut().options()?.$field)
            }

            fn $set(&self, value: $type) -> Result<()> {
                self.0.borrow_mut().options()?.$field = $check(value)?;
                Ok(())
            }
        )*
    };
}

impl GuestTcpSocket for Socket {
    fn start_bind(&self, _: NetworkBorrow<'_>, local: IpSocketAddress) -> Result<()> {
        with_machine(|machine| self.0.borrow_mut().start_bind(machine, local.into()))
    }

    fn finish_bind(&self) -> Result<()> {
        self.0.borrow_mut().finish_bind()
    }

    fn start_connect(&self, _: NetworkBorrow<'_>, remote: IpSocketAddress) -> Result<()> {
        with_machine(|machine| self.0.borrow_mut().start_connect(machine, remote.into()))
    }

    fn finish_connect(&self) -> Result<(InputStream, OutputStream)> {
        self.0.borrow_mut().finish_connect()?.streams()
    }

    fn start_listen(&self) -> Result<()> {
        with_machine(|machine| self.0.borrow_mut().start_listen(machine))
    }

    fn finish_listen(&self) -> Result<()> {
        self.0.borrow_mut().finish_listen()
    }

    fn accept(&self) -> Result<(TcpSocket, InputStream, OutputStream)> {
        let mut accepted = self.0.borrow_mut().accept()?;
        let (input, output) = accepted.connected()?.streams()?;
        Ok((Self::wrap(accepted), input, output))
    }

    fn local_address(&self) -> Result<IpSocketAddress> {
        Ok(self.0.borrow().local_address()?.into())
    }

    fn remote_address(&self) -> Result<IpSocketAddress> {
        Ok(self.0.borrow().remote_address()?.into())
    }

    fn is_listening(&self) -> bool {
        self.0.borrow().is_listening()
    }

    fn address_family(&self) -> IpAddressFamily {
        self.0.borrow().family
    }

    fn set_listen_backlog_size(&self, value: u64) -> Result<()> {
        self.0.borrow_mut().set_backlog(value)
    }

    options! {
        keep_alive_enabled set_keep_alive_enabled: bool = keep_alive by Ok;
        keep_alive_idle_time set_keep_alive_idle_time: u64 = idle_time by options::time;
        keep_alive_interval set_keep_alive_interval: u64 = interval by options::time;
        keep_alive_count set_keep_alive_count: u32 = count by options::count;
        hop_limit set_hop_limit: u8 = hop_limit by options::hop_limit;
        receive_buffer_size set_receive_buffer_size: u64 = receive_buffer by options::size;
        send_buffer_size set_send_buffer_size: u64 = send_buffer by options::size;
    }

    fn subscribe(&self) -> Pollable {
        self.0.borrow().signal.subscribe()
    }

    fn shutdown(&self, how: ShutdownType) -> Result<()> {
        let (receive, send) = match how {
            ShutdownType::Receive => (true, false),
            ShutdownType::Send => (false, true),
            ShutdownType::Both => (true, true),
        };
        self.0.borrow_mut().shutdown(receive, send)
    }
}

pub struct End {
    /// Until somebody has them. They live on without the socket.
    streams: Option<(InputStream, OutputStream)>,
    input: Rc<Pipe>,
    output: Rc<Pipe>,
    no_input: bool,
    no_output: bool,
}

impl End {
    fn new(input: &Rc<Pipe>, output: &Rc<Pipe>) -> Self {
        let streams = Some((input.reader(), output.writer()));
        Self { streams, input: input.clone(), output: output.clone(), no_input: false, no_output: false }
    }

    fn streams(&mut self) -> Result<(InputStream, OutputStream)> {
        self.streams.take().ok_or(ErrorCode::InvalidState)
    }
}

impl streams::End for End {
    fn pair(out: u64, back: u64) -> (Self, Self) {
        let [out, back] = [out, back].map(|capacity| Rc::new(Pipe::new(capacity as u32)));
        (Self::new(&back, &out), Self::new(&out, &back))
    }

    /// The peer of one that does not receive does not notice it, unless nothing is sent, either: that is as good as gone.
    fn shut(&mut self, receive: bool, send: bool) {
        self.no_input |= receive;
        self.no_output |= send;
        if self.no_output {
            self.output.close_writer();
        }
        match (self.no_input, self.no_output) {
            (true, true) => self.input.close_reader(),
            (true, false) => self.input.drain(),
            _ => {}
        }
    }
}
