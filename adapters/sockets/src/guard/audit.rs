//! What would be denied is written down.

use super::address::{Address, Family};
use super::rules::End;
use crate::bindings::wasi::cli0_2_12::stderr::get_stderr;
use alloc::vec::Vec;

/// Something that can be on a line.
pub trait Line {
    fn write(&self, line: &mut Vec<u8>);
}

/// What a stream takes at a time, by the WIT of `blocking-write-and-flush`.
const AT_ONCE: usize = 4096;

/// Writes a line to standard error, and lets it be done. Who cannot write goes on, too.
pub fn note(what: &'static str, asked: impl Line) -> bool {
    let to = get_stderr();
    let _ = line(what, asked).chunks(AT_ONCE).try_for_each(|part| to.blocking_write_and_flush(part));
    true
}

fn line(what: &'static str, asked: impl Line) -> Vec<u8> {
    let mut line = b"sockets: would be denied: ".to_vec();
    line.extend_from_slice(what.as_bytes());
    asked.write(&mut line);
    line.push(b'\n');
    line
}

impl Line for &str {
    /// What is no text on a line comes out as `?`, so that nobody can write lines of his own.
    fn write(&self, line: &mut Vec<u8>) {
        line.extend(self.bytes().map(|byte| if byte.is_ascii_control() { b'?' } else { byte }));
    }
}

impl Line for End {
    fn write(&self, line: &mut Vec<u8>) {
        let Address { family, bits } = self.address;
        let (count, width, base, between) = match family {
            Family::V4 => (4, 8, 10, b'.'),
            Family::V6 => (8, 16, 16, b':'),
        };
        let brackets = family == Family::V6;
        line.extend(brackets.then_some(b'['));
        for at in 1..=count {
            let part = bits >> (128 - width * at) & ((1 << width) - 1);
            digits(part as u32, base, line);
            line.extend((at < count).then_some(between));
        }
        line.extend(brackets.then_some(b']'));
        line.push(b':');
        digits(self.port.into(), 10, line);
    }
}

fn digits(number: u32, base: u32, line: &mut Vec<u8>) {
    if number >= base {
        digits(number / base, base, line);
    }
    line.extend(char::from_digit(number % base, base).map(|digit| digit as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_one_line() {
        let v4 = End { address: Address::v4([10, 0, 0, 255]), port: 5432 };
        assert_eq!(line("tcp connect ", v4), b"sockets: would be denied: tcp connect 10.0.0.255:5432\n");
        let v6 = End { address: Address::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0x1a]), port: 0 };
        assert_eq!(line("udp bind ", v6), b"sockets: would be denied: udp bind [fe80:0:0:0:0:0:0:1a]:0\n");
        assert_eq!(line("lookup of ", "a\nb"), b"sockets: would be denied: lookup of a?b\n");
    }
}
