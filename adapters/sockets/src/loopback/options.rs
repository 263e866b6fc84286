//! Options of sockets: nothing comes of most, but they are given back. What is refused and what is cut is as in wasmtime, the
//! defaults are those of Linux.

use crate::bindings::exports::wasi::sockets0_2_12::network::ErrorCode as Error;

const SECOND: u64 = 1_000_000_000;

#[derive(Clone)]
pub struct Options {
    pub keep_alive: bool,
    /// In nanoseconds.
    pub idle_time: u64,
    pub interval: u64,
    pub count: u32,
    pub hop_limit: u8,
    pub receive_buffer: u64,
    pub send_buffer: u64,
}

impl Options {
    /// With buffers of so many bytes.
    pub const fn new(buffer: u64) -> Self {
        Self {
            keep_alive: false,
            idle_time: 7200 * SECOND,
            interval: 75 * SECOND,
            count: 9,
            hop_limit: 64,
            receive_buffer: buffer,
            send_buffer: buffer,
        }
    }
}

/// What is left of a number of which the first that is possible is `least`, and the last is `most`. Zero is none.
fn cut<T: Ord + Default>(value: T, least: T, most: T) -> Result<T, Error> {
    if value == T::default() { Err(Error::InvalidArgument) } else { Ok(value.clamp(least, most)) }
}

pub fn time(value: u64) -> Result<u64, Error> {
    cut(value, SECOND, i16::MAX as u64 * SECOND)
}

pub fn count(value: u32) -> Result<u32, Error> {
    cut(value, 1, i8::MAX as u32)
}

pub fn hop_limit(value: u8) -> Result<u8, Error> {
    cut(value, 1, u8::MAX)
}

/// The size of a buffer, or of a backlog.
pub fn size(value: u64) -> Result<u64, Error> {
    cut(value, 1, i32::MAX as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_refused_and_what_is_too_much_is_cut() {
        assert_eq!([time(0), size(0)], [Err(Error::InvalidArgument); 2]);
        assert_eq!((count(0), hop_limit(0)), (Err(Error::InvalidArgument), Err(Error::InvalidArgument)));
        assert_eq!([time(1), time(2 * SECOND), time(u64::MAX)], [SECOND, 2 * SECOND, 32767 * SECOND].map(Ok));
        assert_eq!([count(1), count(u32::MAX)], [Ok(1), Ok(127)]);
        assert_eq!([hop_limit(1), hop_limit(255)], [Ok(1), Ok(255)]);
        assert_eq!([size(1), size(u64::MAX)], [Ok(1), Ok(i32::MAX as u64)]);
    }
}
