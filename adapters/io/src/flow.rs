//! Bytes on their way through a pipe, as plain Rust.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

extern crate alloc;

/// What a pipe keeps of its memory when it is empty.
const IDLE: usize = 4096;

pub struct Flow {
    capacity: usize,
    /// It takes memory when bytes come.
    bytes: VecDeque<u8>,
    has_writer: bool,
    reader: Reader,
}

/// What is at the other end. It never goes back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reader {
    Reads,
    /// It takes everything and keeps nothing.
    Drains,
    Gone,
}

/// That there is nobody at the other end.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed;

impl Flow {
    /// Room for one byte there must be, or nothing would ever get through.
    pub fn new(capacity: u32) -> Self {
        let capacity = capacity.max(1) as usize;
        Self { capacity, bytes: VecDeque::new(), has_writer: true, reader: Reader::Reads }
    }

    /// How many bytes may be written.
    pub fn room(&self) -> Result<usize, Closed> {
        match self.has_writer && self.reader != Reader::Gone {
            true => Ok(self.capacity - self.bytes.len()),
            false => Err(Closed),
        }
    }

    /// Writes all of it, or nothing if there is no room for all.
    pub fn write(&mut self, bytes: &[u8]) -> Result<bool, Closed> {
        let room = self.room()?;
        let fits = bytes.len() <= room || self.reader != Reader::Reads;
        if fits && self.reader == Reader::Reads {
            self.bytes.extend(bytes);
        }
        Ok(fits)
    }

    /// Whether there is something to read, or the end.
    pub fn is_readable(&self) -> bool {
        !self.bytes.is_empty() || self.is_at_end()
    }

    fn is_at_end(&self) -> bool {
        self.reader != Reader::Reads || (self.bytes.is_empty() && !self.has_writer)
    }

    /// Up to `len` bytes, none if there are none yet.
    pub fn read(&mut self, len: u64) -> Result<Vec<u8>, Closed> {
        if self.is_at_end() {
            return Err(Closed);
        }
        let len = self.bytes.len().min(usize::try_from(len).unwrap_or(usize::MAX));
        let (front, back) = self.bytes.as_slices();
        let mut bytes = Vec::with_capacity(len);
        bytes.extend_from_slice(&front[..len.min(front.len())]);
        bytes.extend_from_slice(&back[..len - bytes.len()]);
        self.bytes.drain(..len);
        if self.bytes.is_empty() {
            self.bytes.shrink_to(IDLE);
        }
        Ok(bytes)
    }

    /// Nothing comes after what is on its way.
    pub fn close_writer(&mut self) {
        self.has_writer = false;
    }

    pub fn close_reader(&mut self) {
        self.end_reader(Reader::Gone);
    }

    /// What is on its way is forgotten, and so is all that comes.
    pub fn drain(&mut self) {
        self.end_reader(Reader::Drains);
    }

    fn end_reader(&mut self, reader: Reader) {
        self.reader = self.reader.max(reader);
        self.bytes = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let mut flow = Flow::new(10);
        assert!(!flow.is_readable());
        assert_eq!(flow.read(5), Ok(vec![]));
        let (mut written, mut read) = (Vec::new(), Vec::new());
        for round in 0..50_u8 {
            let bytes: Vec<u8> = (0..1 + round % 7).map(|byte| byte ^ round).collect();
            match flow.write(&bytes) {
                Ok(true) => written.extend(bytes),
                Ok(false) => assert!(bytes.len() > flow.room().unwrap()),
                Err(Closed) => unreachable!("both ends are open"),
            }
            assert!(flow.is_readable());
            read.extend(flow.read(u64::from(round % 5)).unwrap());
        }
        read.extend(flow.read(u64::MAX).unwrap());
        assert_eq!(read, written);
        assert!(!flow.is_readable());
    }

    #[test]
    fn there_is_room_for_as_many_as_it_has_capacity() {
        let mut flow = Flow::new(3);
        assert_eq!(flow.room(), Ok(3));
        assert_eq!(flow.write(b"abcd"), Ok(false));
        assert_eq!(flow.write(b"ab"), Ok(true));
        assert_eq!(flow.write(b"cd"), Ok(false));
        assert_eq!(flow.room(), Ok(1));
        assert_eq!(flow.write(b"c"), Ok(true));
        assert_eq!((flow.room(), flow.write(b"")), (Ok(0), Ok(true)));
        assert_eq!(flow.read(2), Ok(b"ab".to_vec()));
        assert_eq!(flow.room(), Ok(2));
        assert_eq!(Flow::new(0).room(), Ok(1));
    }

    #[test]
    fn a_reader_comes_to_the_end_after_what_was_written() {
        let mut flow = Flow::new(10);
        flow.write(b"abc").unwrap();
        flow.close_writer();
        assert_eq!((flow.room(), flow.write(b"")), (Err(Closed), Err(Closed)));
        assert!(flow.is_readable());
        assert_eq!(flow.read(2), Ok(b"ab".to_vec()));
        assert_eq!(flow.read(2), Ok(b"c".to_vec()));
        assert!(flow.is_readable());
        assert_eq!(flow.read(2), Err(Closed));
    }

    #[test]
    fn a_writer_is_closed_when_the_reader_is() {
        let mut flow = Flow::new(10);
        flow.write(b"abc").unwrap();
        flow.close_reader();
        assert_eq!((flow.room(), flow.write(b"")), (Err(Closed), Err(Closed)));
        assert!(flow.is_readable());
        assert_eq!(flow.read(1), Err(Closed));
        flow.drain();
        assert_eq!(flow.room(), Err(Closed));
    }

    #[test]
    fn a_pipe_that_drains_is_never_full_and_never_read() {
        let mut flow = Flow::new(3);
        flow.write(b"abc").unwrap();
        flow.drain();
        for _ in 0..3 {
            assert_eq!(flow.write(b"abc"), Ok(true));
            assert_eq!((flow.room(), flow.read(1)), (Ok(3), Err(Closed)));
        }
        assert!(flow.is_readable());
        flow.close_reader();
        assert_eq!(flow.room(), Err(Closed));
    }

    #[test]
    fn an_idle_pipe_keeps_little() {
        let mut flow = Flow::new(1 << 20);
        assert_eq!(flow.bytes.capacity(), 0);
        flow.write(&[7; 1 << 20]).unwrap();
        flow.read(u64::MAX).unwrap();
        assert!(flow.bytes.capacity() <= IDLE);
    }
}
