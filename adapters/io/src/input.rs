//! `wasi:io/streams.input-stream`.

use crate::bindings::exports::wasi::io::streams::{self as virt, GuestInputStream, StreamError};
use crate::bindings::host::io::streams as host;
use crate::buffer::Shared;
use crate::poll::Pollable;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

pub struct Input(RefCell<Kind>);

enum Kind {
    Host(host::InputStream),
    /// Bytes, and how far they have been read.
    Buffer(Shared, u64),
    /// At the end from the start. Also what a host's stream is while it is lent.
    Closed,
}

impl Input {
    pub fn host(stream: host::InputStream) -> Self {
        Self(RefCell::new(Kind::Host(stream)))
    }

    pub fn buffer(bytes: Shared, offset: u64) -> Self {
        Self(RefCell::new(Kind::Buffer(bytes, offset)))
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
    /// Waits until the host's stream has something; the others always have.
    pub fn wait(&self) {
        self.with_host(|stream| stream.subscribe().block());
    }
}

/// Passes up to `len` bytes of a buffer to `take` and moves on by what it says it took. At the end the stream is closed.
fn advance<T>(bytes: &Shared, at: &mut u64, len: u64, take: impl FnOnce(&[u8]) -> T) -> Result<T, StreamError> {
    let bytes = bytes.borrow();
    if *at >= bytes.len() {
        return Err(StreamError::Closed);
    }
    let part = bytes.read(*at, len);
    *at += part.len() as u64;
    Ok(take(part))
}

impl GuestInputStream for Input {
    fn read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        match &mut *self.0.borrow_mut() {
            Kind::Host(stream) => Ok(stream.read(len)?),
            Kind::Buffer(bytes, at) => advance(bytes, at, len, <[u8]>::to_vec),
            Kind::Closed => Err(StreamError::Closed),
        }
    }

    fn blocking_read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        if let Kind::Host(stream) = &*self.0.borrow() {
            return Ok(stream.blocking_read(len)?);
        }
        self.read(len)
    }

    fn skip(&self, len: u64) -> Result<u64, StreamError> {
        match &mut *self.0.borrow_mut() {
            Kind::Host(stream) => Ok(stream.skip(len)?),
            Kind::Buffer(bytes, at) => advance(bytes, at, len, |part| part.len() as u64),
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
            Kind::Buffer(..) | Kind::Closed => Pollable::ready(),
        })
    }
}
