//! `virt:io/pipes`: bytes on their way through memory, and what somebody waits for.

use crate::Io;
use crate::bindings::exports::virt::io::pipes::{Guest, GuestPipe, GuestSignal, InputStream, OutputStream, Pollable};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::flow::{Closed, Flow};
use crate::{input::Input, output::Output};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

extern crate alloc;

impl Guest for Io {
    type Pipe = Pipe;
    type Signal = Signal;
}

/// The most that one blocking write takes, so that an empty pipe has room for it.
const BLOCK: u32 = 4096;

/// The bytes, shared by the ends and who waits for them.
type Shared = Rc<RefCell<Flow>>;

pub struct Pipe(Shared);

impl GuestPipe for Pipe {
    fn new(capacity: u32) -> Self {
        Self(Rc::new(RefCell::new(Flow::new(capacity.max(BLOCK)))))
    }

    fn writer(&self) -> OutputStream {
        OutputStream::new(Output::pipe(Writer(self.0.clone())))
    }

    fn reader(&self) -> InputStream {
        InputStream::new(Input::pipe(Reader(self.0.clone())))
    }

    fn close_writer(&self) {
        self.0.borrow_mut().close_writer();
    }

    fn close_reader(&self) {
        self.0.borrow_mut().close_reader();
    }

    fn drain(&self) {
        self.0.borrow_mut().drain();
    }
}

pub struct Signal(Rc<Cell<bool>>);

impl GuestSignal for Signal {
    fn new() -> Self {
        Self(Rc::default())
    }

    fn set(&self, ready: bool) {
        self.0.set(ready);
    }

    fn subscribe(&self) -> Pollable {
        Condition::Set(self.0.clone()).subscribe()
    }
}

impl From<Closed> for StreamError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// The end that is read from.
pub struct Reader(Shared);

impl Reader {
    pub fn read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        Ok(self.0.borrow_mut().read(len)?)
    }

    pub fn subscribe(&self) -> Pollable {
        self.condition().subscribe()
    }

    pub fn wait(&self) {
        self.condition().wait();
    }

    fn condition(&self) -> Condition {
        Condition::Readable(self.0.clone())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.borrow_mut().close_reader();
    }
}

/// The end that is written to.
pub struct Writer(Shared);

impl Writer {
    pub fn check_write(&self) -> Result<u64, StreamError> {
        Ok(self.0.borrow().room()? as u64)
    }

    /// More than is permitted is a trap, as WASI has it. So it is for a write that would wait for room: who reads can do nothing
    /// until it is over.
    pub fn write(&self, bytes: &[u8]) -> Result<(), StreamError> {
        match self.0.borrow_mut().write(bytes)? {
            true => Ok(()),
            false => deadlock(),
        }
    }

    /// What is written is there for the reader at once.
    pub fn flush(&self) -> Result<(), StreamError> {
        self.0.borrow().room()?;
        Ok(())
    }

    pub fn subscribe(&self) -> Pollable {
        self.condition().subscribe()
    }

    pub fn wait(&self) {
        self.condition().wait();
    }

    fn condition(&self) -> Condition {
        Condition::Writable(self.0.clone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.borrow_mut().close_writer();
    }
}

/// What may be waited for. Nothing is told when it comes true; it is looked at when somebody asks.
pub enum Condition {
    Readable(Shared),
    Writable(Shared),
    Set(Rc<Cell<bool>>),
}

impl Condition {
    fn subscribe(self) -> Pollable {
        Pollable::new(crate::poll::Pollable::condition(self))
    }

    pub fn holds(&self) -> bool {
        match self {
            Self::Readable(flow) => flow.borrow().is_readable(),
            Self::Writable(flow) => flow.borrow().room() != Ok(0),
            Self::Set(is_set) => is_set.get(),
        }
    }

    pub fn wait(&self) {
        if !self.holds() {
            deadlock();
        }
    }
}

/// A wait that nobody can end.
pub fn deadlock() -> ! {
    panic!("deadlock")
}
