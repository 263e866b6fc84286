//! Growing bytes, and `virt:io/buffers.buffer` over them.

use crate::bindings::exports::virt::io::buffers::{GuestBuffer, InputStream, OutputStream};
use crate::{input::Input, output::Output};
use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

extern crate alloc;

/// The bytes, as plain Rust.
#[derive(Default)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Up to `len` bytes from `offset`.
    pub fn read(&self, offset: u64, len: u64) -> &[u8] {
        let start = offset.min(self.len());
        let end = offset.saturating_add(len).min(self.len());
        self.0.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Writes at `offset`, after zeroes if that is past the end. False if memory does not suffice.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> bool {
        let Some(end) = offset.checked_add(bytes.len() as u64) else {
            return false;
        };
        if !bytes.is_empty() && end > self.len() && !self.set_len(end) {
            return false;
        }
        if let Some(place) = self.0.get_mut(offset as usize..).and_then(|rest| rest.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
        true
    }

    /// Cuts the bytes off at `len`, or adds zeroes. False if memory does not suffice.
    pub fn set_len(&mut self, len: u64) -> bool {
        let Ok(len) = usize::try_from(len) else {
            return false;
        };
        if self.0.try_reserve(len.saturating_sub(self.0.len())).is_err() {
            return false;
        }
        self.0.resize(len, 0);
        true
    }
}

/// The bytes, shared by the streams that read and write them.
pub type Shared = Rc<RefCell<Bytes>>;

#[derive(Default)]
pub struct Buffer(Shared);

impl GuestBuffer for Buffer {
    fn new() -> Self {
        Self::default()
    }

    fn len(&self) -> u64 {
        self.0.borrow().len()
    }

    fn read(&self, offset: u64, len: u64) -> Vec<u8> {
        self.0.borrow().read(offset, len).to_vec()
    }

    fn write(&self, offset: u64, bytes: Vec<u8>) -> bool {
        self.0.borrow_mut().write(offset, &bytes)
    }

    fn set_len(&self, len: u64) -> bool {
        self.0.borrow_mut().set_len(len)
    }

    fn read_via_stream(&self, offset: u64) -> InputStream {
        InputStream::new(Input::buffer(self.0.clone(), offset))
    }

    fn write_via_stream(&self, offset: u64) -> OutputStream {
        OutputStream::new(Output::buffer(self.0.clone(), Some(offset)))
    }

    fn append_via_stream(&self) -> OutputStream {
        OutputStream::new(Output::buffer(self.0.clone(), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(content: &[u8]) -> Bytes {
        Bytes(content.to_vec())
    }

    #[test]
    fn reads_stop_at_the_end() {
        assert_eq!(bytes(b"abcdef").read(4, 10), b"ef");
        assert_eq!(bytes(b"abcdef").read(6, 1), b"");
        assert_eq!(bytes(b"abcdef").read(2, 0), b"");
    }

    #[test]
    fn reads_past_four_gibibytes_do_not_wrap() {
        assert_eq!(bytes(b"abcdef").read(1 << 32, 3), b"");
        assert_eq!(bytes(b"abcdef").read(u64::MAX, u64::MAX), b"");
    }

    #[test]
    fn a_write_past_the_end_leaves_zeroes_between() {
        let mut content = bytes(b"ab");
        assert!(content.write(4, b"cd"));
        assert_eq!(content.0, b"ab\0\0cd");
    }

    #[test]
    fn a_write_inside_keeps_the_rest() {
        let mut content = bytes(b"abcdef");
        assert!(content.write(1, b"XY"));
        assert_eq!(content.0, b"aXYdef");
    }

    #[test]
    fn an_empty_write_changes_nothing_wherever_it_is() {
        let mut content = bytes(b"ab");
        assert!(content.write(100, b""));
        assert_eq!(content.0, b"ab");
    }

    #[test]
    fn a_write_that_memory_cannot_hold_is_refused_and_changes_nothing() {
        let mut content = bytes(b"ab");
        assert!(!content.write(u64::MAX, b"c"));
        assert!(!content.write(u64::MAX - 1, b"c"));
        assert!(!content.set_len(u64::MAX));
        assert_eq!(content.0, b"ab");
    }

    #[test]
    fn set_len_cuts_and_extends() {
        let mut content = bytes(b"abcdef");
        assert!(content.set_len(2));
        assert!(content.set_len(4));
        assert_eq!(content.0, b"ab\0\0");
    }
}
