//! `wasi:io/streams.input-stream`.

use crate::bindings::exports::wasi::io::streams::{self as virt, GuestInputStream, StreamError};
use crate::bindings::host::io::streams as host;
use crate::buffer::Reader;
use crate::pipe;
use crate::poll::Pollable;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

pub struct Input(RefCell<Kind>);

enum Kind {
    Host(host::InputStream),
    #[cfg_attr(not(feature = "buffers"), expect(dead_code, reason = "nobody has a `Reader` then"))]
    Buffer(Rc<RefCell<Reader>>),
    /// At the end from the start. Also what a host's stream is while it is lent.
    Closed,
    #[cfg_attr(not(feature = "pipes"), expect(dead_code, reason = "nobody has a `pipe::Reader` then"))]
    Pipe(pipe::Reader),
}

impl Input {
    pub fn host(stream: host::InputStream) -> Self {
        Self(RefCell::new(Kind::Host(stream)))
    }

    #[cfg(feature = "buffers")]
    pub fn buffer(reader: Rc<RefCell<Reader>>) -> Self {
        Self(RefCell::new(Kind::Buffer(reader)))
    }

    #[cfg(feature = "pipes")]
    pub fn pipe(reader: pipe::Reader) -> Self {
        Self(RefCell::new(Kind::Pipe(reader)))
    }

    pub fn closed() -> Self {
        Self(RefCell::new(Kind::Closed))
    }

    pub fn lend(&self) -> Option<host::InputStream> {
        let mut kind = self.0.borrow_mut();
        match core::mem::replace(&mut *kind, Kind::Closed) {
            Kind::Host(stream) => Some(stream),
            other => {
                *kind = other;
                None
            }
        }
    }

    pub fn take_back(&self, stream: host::InputStream) {
        self.0.replace(Kind::Host(stream));
    }

    /// Calls `act` with the host's stream, if there is one.
    pub fn with_host<T>(&self, act: impl FnOnce(&host::InputStream) -> T) -> Option<T> {
        match &*self.0.borrow() {
            Kind::Host(stream) => Some(act(stream)),
            _ => None,
        }
    }
}

impl Input {
    /// Waits until the stream has something; those of buffers always have.
    pub fn wait(&self) {
        match &*self.0.borrow() {
            Kind::Host(stream) => stream.subscribe().block(),
            Kind::Pipe(reader) => reader.wait(),
            Kind::Buffer(..) | Kind::Closed => {}
        }
    }
}

impl GuestInputStream for Input {
    fn read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        match &mut *self.0.borrow_mut() {
            Kind::Host(stream) => Ok(stream.read(len)?),
            Kind::Buffer(reader) => reader.borrow_mut().read(len)?.ok_or(StreamError::Closed),
            Kind::Pipe(reader) => reader.read(len),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn blocking_read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        match &*self.0.borrow() {
            Kind::Host(stream) => return Ok(stream.blocking_read(len)?),
            Kind::Pipe(reader) => reader.wait(),
            Kind::Buffer(..) | Kind::Closed => {}
        }
        self.read(len)
    }

    fn skip(&self, len: u64) -> Result<u64, StreamError> {
        match &mut *self.0.borrow_mut() {
            Kind::Host(stream) => Ok(stream.skip(len)?),
            Kind::Buffer(reader) => reader.borrow_mut().skip(len).ok_or(StreamError::Closed),
            Kind::Pipe(reader) => reader.read(len).map(|bytes| bytes.len() as u64),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn blocking_skip(&self, len: u64) -> Result<u64, StreamError> {
        self.wait();
        self.skip(len)
    }

    fn subscribe(&self) -> virt::Pollable {
        virt::Pollable::new(match &*self.0.borrow() {
            Kind::Host(stream) => Pollable::host(stream.subscribe()),
            Kind::Pipe(reader) => return reader.subscribe(),
            Kind::Buffer(..) | Kind::Closed => Pollable::ready(),
        })
    }
}
