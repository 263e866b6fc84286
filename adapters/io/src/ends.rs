//! `virt:io/ends`: what several streams share.

use crate::Io;
use crate::bindings::exports::virt::io::ends::{Guest, GuestFilter, GuestSource, InputStream, OutputStream};
use crate::bindings::exports::wasi::io::streams::{GuestOutputStream, Pollable, StreamError};
use crate::buffer::Reader;
use crate::lines::Lines;
use crate::{input::Input, output::Output};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

impl Guest for Io {
    type Source = Source;
    type Filter = Filter;
}

pub struct Source(Rc<RefCell<Reader>>);

impl GuestSource for Source {
    fn new(start: u32, len: u32) -> Self {
        Self(Rc::new(RefCell::new(Reader::of_content(start, len))))
    }

    fn stream(&self) -> InputStream {
        InputStream::new(Input::buffer(self.0.clone()))
    }
}

pub struct Filter(Rc<Filtered>);

impl GuestFilter for Filter {
    fn new(to: OutputStream, prefix: Vec<u8>, limit: u64) -> Self {
        let lines = RefCell::new((Lines::new(prefix, limit), Vec::new()));
        Self(Rc::new(Filtered { to: to.into_inner(), lines }))
    }

    fn stream(&self) -> OutputStream {
        OutputStream::new(Output::filtered(self.0.clone()))
    }
}

/// A stream, and what becomes of bytes on the way there.
pub struct Filtered {
    to: Output,
    /// With those that are on the way because there was no room. There are some only where there is less room than a line of
    /// one byte takes with its prefix.
    lines: RefCell<(Lines, Vec<u8>)>,
}

type Result<T> = core::result::Result<T, StreamError>;

/// The most that one blocking write takes.
const BLOCK: usize = 4096;

impl Filtered {
    /// Sends on what there is room for.
    fn send(&self) -> Result<()> {
        let waiting = &mut self.lines.borrow_mut().1;
        while !waiting.is_empty() {
            let room = usize::try_from(self.to.check_write()?).unwrap_or(usize::MAX);
            if room == 0 {
                break;
            }
            let part = waiting.len().min(room);
            self.to.write(waiting.drain(..part).collect())?;
        }
        Ok(())
    }

    pub fn check_write(&self) -> Result<u64> {
        self.send()?;
        let (lines, waiting) = &*self.lines.borrow();
        match (waiting.is_empty(), lines.is_full()) {
            (false, _) => Ok(0),
            (true, true) => Err(StreamError::Closed),
            (true, false) => Ok(match self.to.check_write()? {
                0 => 0,
                room => lines.permit(room),
            }),
        }
    }

    /// Lets bytes in. What does not fit any more closes the stream, once the rest is on its way.
    fn take(&self, bytes: &[u8]) -> Result<()> {
        let (lines, waiting) = &mut *self.lines.borrow_mut();
        match lines.take(bytes, waiting) {
            true => Ok(()),
            false => Err(StreamError::Closed),
        }
    }

    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let taken = self.take(bytes);
        self.send()?;
        taken
    }

    pub fn blocking_write_and_flush(&self, bytes: &[u8]) -> Result<()> {
        let taken = self.take(bytes);
        self.blocking_flush()?;
        taken
    }

    pub fn flush(&self) -> Result<()> {
        self.send()?;
        self.to.flush()
    }

    pub fn blocking_flush(&self) -> Result<()> {
        let waiting = core::mem::take(&mut self.lines.borrow_mut().1);
        for block in waiting.chunks(BLOCK) {
            self.to.blocking_write_and_flush(block.into())?;
        }
        self.to.blocking_flush()
    }

    pub fn subscribe(&self) -> Pollable {
        self.to.subscribe()
    }

    pub fn wait(&self) {
        self.to.wait();
    }
}
