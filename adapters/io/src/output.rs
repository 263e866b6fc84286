//! `wasi:io/streams.output-stream`.

use crate::bindings::exports::wasi::io::streams::{self as virt, GuestInputStream, GuestOutputStream, StreamError};
use crate::bindings::host::io::streams as host;
use crate::buffer::Writer;
use crate::ends::Filtered;
use crate::input::Input;
use crate::pipe;
use crate::poll::Pollable;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

/// What a virtual stream permits to be written at once: large, so that nobody is slowed down, and small enough that
/// whoever fills the permit does not fill memory.
const PERMIT: u64 = 1 << 20;

/// The most that one splice moves through memory.
const SPLICE: u64 = 1 << 16;

pub struct Output(RefCell<Kind>);

enum Kind {
    Host(host::OutputStream),
    #[cfg_attr(not(feature = "buffers"), expect(dead_code, reason = "nobody has a `Writer` then"))]
    Buffer(Writer),
    #[cfg_attr(not(feature = "ends"), expect(dead_code, reason = "nobody has a `Filtered` then"))]
    Filtered(Rc<Filtered>),
    Sink,
    /// Also what a host's stream is while it is lent.
    Closed,
    #[cfg_attr(not(feature = "pipes"), expect(dead_code, reason = "nobody has a `pipe::Writer` then"))]
    Pipe(pipe::Writer),
}

impl Output {
    pub fn host(stream: host::OutputStream) -> Self {
        Self(RefCell::new(Kind::Host(stream)))
    }

    #[cfg(feature = "buffers")]
    pub fn buffer(writer: Writer) -> Self {
        Self(RefCell::new(Kind::Buffer(writer)))
    }

    #[cfg(feature = "ends")]
    pub fn filtered(filtered: Rc<Filtered>) -> Self {
        Self(RefCell::new(Kind::Filtered(filtered)))
    }

    #[cfg(feature = "pipes")]
    pub fn pipe(writer: pipe::Writer) -> Self {
        Self(RefCell::new(Kind::Pipe(writer)))
    }

    pub fn sink() -> Self {
        Self(RefCell::new(Kind::Sink))
    }

    pub fn closed() -> Self {
        Self(RefCell::new(Kind::Closed))
    }

    pub fn lend(&self) -> Option<host::OutputStream> {
        let mut kind = self.0.borrow_mut();
        match core::mem::replace(&mut *kind, Kind::Closed) {
            Kind::Host(stream) => Some(stream),
            other => {
                *kind = other;
                None
            }
        }
    }

    pub fn take_back(&self, stream: host::OutputStream) {
        self.0.replace(Kind::Host(stream));
    }

    /// Calls `act` with the host's stream, if there is one.
    fn with_host<T>(&self, act: impl FnOnce(&host::OutputStream) -> T) -> Option<T> {
        match &*self.0.borrow() {
            Kind::Host(stream) => Some(act(stream)),
            _ => None,
        }
    }

    /// A write to what is not the host's. After one that failed the stream is closed.
    fn keep(&self, bytes: &[u8]) -> Result<(), StreamError> {
        let kind = &mut *self.0.borrow_mut();
        match kind {
            Kind::Buffer(writer) => Ok(writer.write(bytes).inspect_err(|_| *kind = Kind::Closed)?),
            Kind::Filtered(filtered) => filtered.write(bytes),
            Kind::Pipe(writer) => writer.write(bytes),
            Kind::Sink => Ok(()),
            Kind::Host(_) | Kind::Closed => Err(StreamError::Closed),
        }
    }

    /// Writes zeroes. To the host as one write, because a permit is for one; otherwise in small blocks, so that zeroes over
    /// old bytes and zeroes past the end are one case. A sink would take them for nothing.
    fn zeroes(
        &self,
        mut len: u64,
        write: impl Fn(&Self, Vec<u8>) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        let most = match &*self.0.borrow() {
            Kind::Sink => return Ok(()),
            Kind::Host(_) | Kind::Filtered(_) => u64::MAX,
            Kind::Buffer(..) | Kind::Pipe(_) | Kind::Closed => 4096,
        };
        loop {
            let block = len.min(most);
            write(self, alloc::vec![0; usize::try_from(block).unwrap_or(usize::MAX)])?;
            len -= block;
            if len == 0 {
                return Ok(());
            }
        }
    }

    pub fn wait(&self) {
        match &*self.0.borrow() {
            Kind::Host(stream) => stream.subscribe().block(),
            Kind::Filtered(filtered) => filtered.wait(),
            Kind::Pipe(writer) => writer.wait(),
            Kind::Buffer(..) | Kind::Sink | Kind::Closed => {}
        }
    }

    /// Moves bytes through memory, where not both ends are the host's. What is read is written: the permit comes first.
    fn pass(&self, source: &Input, len: u64) -> Result<u64, StreamError> {
        let len = len.min(self.check_write()?).min(SPLICE);
        if len == 0 {
            return Ok(0);
        }
        let bytes = source.read(len)?;
        let moved = bytes.len() as u64;
        self.write(bytes)?;
        Ok(moved)
    }
}

impl GuestOutputStream for Output {
    fn check_write(&self) -> Result<u64, StreamError> {
        match &*self.0.borrow() {
            Kind::Host(stream) => Ok(stream.check_write()?),
            Kind::Filtered(filtered) => filtered.check_write(),
            Kind::Pipe(writer) => writer.check_write(),
            Kind::Buffer(..) | Kind::Sink => Ok(PERMIT),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn write(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        match self.with_host(|stream| stream.write(&bytes)) {
            Some(result) => Ok(result?),
            None => self.keep(&bytes),
        }
    }

    fn blocking_write_and_flush(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        match &*self.0.borrow() {
            Kind::Host(stream) => return Ok(stream.blocking_write_and_flush(&bytes)?),
            Kind::Filtered(filtered) => return filtered.blocking_write_and_flush(&bytes),
            Kind::Buffer(..) | Kind::Pipe(_) | Kind::Sink | Kind::Closed => {}
        }
        self.keep(&bytes)
    }

    fn flush(&self) -> Result<(), StreamError> {
        match &*self.0.borrow() {
            Kind::Host(stream) => Ok(stream.flush()?),
            Kind::Filtered(filtered) => filtered.flush(),
            Kind::Pipe(writer) => writer.flush(),
            Kind::Buffer(..) | Kind::Sink => Ok(()),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn blocking_flush(&self) -> Result<(), StreamError> {
        match &*self.0.borrow() {
            Kind::Host(stream) => Ok(stream.blocking_flush()?),
            Kind::Filtered(filtered) => filtered.blocking_flush(),
            Kind::Pipe(writer) => writer.flush(),
            Kind::Buffer(..) | Kind::Sink => Ok(()),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn subscribe(&self) -> virt::Pollable {
        virt::Pollable::new(match &*self.0.borrow() {
            Kind::Host(stream) => Pollable::host(stream.subscribe()),
            Kind::Filtered(filtered) => return filtered.subscribe(),
            Kind::Pipe(writer) => return writer.subscribe(),
            Kind::Buffer(..) | Kind::Sink | Kind::Closed => Pollable::ready(),
        })
    }

    fn write_zeroes(&self, len: u64) -> Result<(), StreamError> {
        self.zeroes(len, Self::write)
    }

    fn blocking_write_zeroes_and_flush(&self, len: u64) -> Result<(), StreamError> {
        self.zeroes(len, Self::blocking_write_and_flush)
    }

    fn splice(&self, source: virt::InputStreamBorrow<'_>, len: u64) -> Result<u64, StreamError> {
        let source = source.get::<Input>();
        match self.with_host(|to| source.with_host(|from| to.splice(from, len))).flatten() {
            Some(result) => Ok(result?),
            None => self.pass(source, len),
        }
    }

    fn blocking_splice(&self, source: virt::InputStreamBorrow<'_>, len: u64) -> Result<u64, StreamError> {
        self.wait();
        source.get::<Input>().wait();
        self.splice(source, len)
    }
}
