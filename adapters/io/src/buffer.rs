//! `virt:io/buffers`: bytes in memory, and what streams do with them.

use crate::Io;
use crate::bindings::exports::virt::io::buffers::{
    ErrorBorrow, Guest, GuestBuffer, GuestSpace, InputStream, OutputStream, SpaceBorrow,
};
use crate::bindings::virt::io::content;
use crate::bytes::{Bytes, Content};
use crate::error::{Error, Full};
use crate::{input::Input, output::Output};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

/// The most that one read of a stream gives.
const READ: u64 = 1 << 16;

/// What `virt:io/content` has.
struct Embedded;

impl Content for Embedded {
    fn read(offset: u32, words: u32) -> Vec<u64> {
        content::read(offset, words)
    }
}

impl Guest for Io {
    type Space = Space;
    type Buffer = Buffer;

    fn is_full(error: ErrorBorrow<'_>) -> bool {
        error.get::<Error>().is_full()
    }
}

pub struct Space(Rc<crate::bytes::Space>);

impl GuestSpace for Space {
    fn new(limit: u64) -> Self {
        Self(Rc::new(crate::bytes::Space::new(limit)))
    }
}

/// The bytes, shared by the streams that read and write them.
type Shared = Rc<RefCell<Bytes>>;

pub struct Buffer(Shared);

impl GuestBuffer for Buffer {
    fn new(space: SpaceBorrow<'_>, start: u32, len: u32) -> Self {
        Self(Rc::new(RefCell::new(Bytes::new(space.get::<Space>().0.clone(), start, len))))
    }

    fn len(&self) -> u64 {
        self.0.borrow().len()
    }

    fn read(&self, offset: u64, len: u32) -> Vec<u64> {
        let bytes = self.0.borrow().read::<Embedded>(offset, len.into()).unwrap_or_default();
        let mut words = alloc::vec![0; bytes.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(&bytes);
        words
    }

    fn write(&self, offset: u64, words: Vec<u64>, len: u32) -> bool {
        let bytes = &bytemuck::cast_slice(&words)[..len as usize];
        self.0.borrow_mut().write::<Embedded>(offset, bytes).is_ok()
    }

    fn set_len(&self, len: u64) -> bool {
        self.0.borrow_mut().set_len(len).is_ok()
    }

    fn read_via_stream(&self, offset: u64) -> InputStream {
        InputStream::new(Input::buffer(Rc::new(RefCell::new(Reader { bytes: self.0.clone(), at: offset }))))
    }

    fn write_via_stream(&self, offset: u64) -> OutputStream {
        OutputStream::new(Output::buffer(Writer { bytes: self.0.clone(), at: Some(offset) }))
    }

    fn append_via_stream(&self) -> OutputStream {
        OutputStream::new(Output::buffer(Writer { bytes: self.0.clone(), at: None }))
    }
}

/// A stream's place in a buffer.
pub struct Reader {
    bytes: Shared,
    at: u64,
}

impl Reader {
    /// From the first of so many bytes of the content, which nobody writes.
    #[cfg(feature = "ends")]
    pub fn of_content(start: u32, len: u32) -> Self {
        let space = Rc::new(crate::bytes::Space::new(0));
        Self { bytes: Rc::new(RefCell::new(Bytes::new(space, start, len))), at: 0 }
    }

    /// The next bytes, if the end is not reached.
    pub fn read(&mut self, len: u64) -> Result<Option<Vec<u8>>, Full> {
        let bytes = self.bytes.borrow();
        if self.at >= bytes.len() {
            return Ok(None);
        }
        let part = bytes.read::<Embedded>(self.at, len.min(READ)).ok_or(Full)?;
        self.at += part.len() as u64;
        Ok(Some(part))
    }

    /// Passes over up to `len` bytes, if the end is not reached.
    pub fn skip(&mut self, len: u64) -> Option<u64> {
        let left = self.bytes.borrow().len().checked_sub(self.at).filter(|left| *left > 0)?;
        self.at += left.min(len);
        Some(left.min(len))
    }
}

/// A stream's place in a buffer.
pub struct Writer {
    bytes: Shared,
    /// Where the next write goes; `None` is the end at that time.
    at: Option<u64>,
}

impl Writer {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let mut content = self.bytes.borrow_mut();
        let at = self.at.unwrap_or(content.len());
        content.write::<Embedded>(at, bytes)?;
        if let Some(at) = &mut self.at {
            *at += bytes.len() as u64;
        }
        Ok(())
    }
}
