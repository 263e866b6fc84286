//! Bytes that say where they are.

use std::io::{self, Error, ErrorKind};

/// No power of two, so that a block that is lost or comes twice is told.
const PERIOD: usize = 65_521;

/// The most that is handed out at once.
pub const CHUNK: usize = 65_536;

/// The pattern, with room for a chunk from wherever it starts.
pub struct Pattern(Vec<u8>);

impl Pattern {
    /// Makes it, once: comparing must not take longer than what it compares.
    pub fn new() -> Self {
        let byte = |at: usize| (at * 31 + at / 251) as u8;
        Self((0..PERIOD + CHUNK).map(|at| byte(at % PERIOD)).collect())
    }

    /// As much of it as there may be from there on.
    pub fn from(&self, at: usize, most: usize) -> &[u8] {
        &self.0[at % PERIOD..][..most.min(CHUNK)]
    }

    /// Whether that is what is there.
    pub fn check(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        if bytes != self.from(at, bytes.len()) {
            return Err(Error::new(ErrorKind::InvalidData, "other bytes came back"));
        }
        Ok(())
    }
}

/// A sum of bytes in which their order counts (FNV-1a).
pub struct Sum(u64);

impl Sum {
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
