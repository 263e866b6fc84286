//! What is put ahead of lines, and how many bytes may come, as plain Rust.

use alloc::vec::Vec;

extern crate alloc;

pub struct Lines {
    prefix: Vec<u8>,
    /// How many bytes may still come.
    left: u64,
    /// Whether the next byte begins a line.
    at_start: bool,
}

impl Lines {
    pub fn new(prefix: Vec<u8>, limit: u64) -> Self {
        Self { prefix, left: limit, at_start: true }
    }

    /// Whether no byte may come.
    pub fn is_full(&self) -> bool {
        self.left == 0
    }

    /// How many bytes may come if `room` may go out. At worst each is a line of its own; one may come in any case.
    pub fn permit(&self, room: u64) -> u64 {
        (room / (1 + self.prefix.len() as u64)).max(1).min(self.left)
    }

    /// Puts what becomes of bytes behind `out`. False if not all may come.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        let fits = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= fits as u64;
        if self.prefix.is_empty() {
            out.extend_from_slice(&bytes[..fits]);
            return fits == bytes.len();
        }
        for &byte in &bytes[..fits] {
            if self.at_start {
                out.extend_from_slice(&self.prefix);
            }
            out.push(byte);
            self.at_start = byte == b'\n';
        }
        fits == bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(lines: &mut Lines, bytes: &str) -> (String, bool) {
        let mut out = Vec::new();
        let fits = lines.take(bytes.as_bytes(), &mut out);
        (String::from_utf8(out).unwrap(), fits)
    }

    #[test]
    fn each_line_gets_one_prefix_wherever_writes_end() {
        let mut lines = Lines::new(b"> ".to_vec(), u64::MAX);
        assert_eq!(through(&mut lines, "a"), ("> a".into(), true));
        assert_eq!(through(&mut lines, "b\n"), ("b\n".into(), true));
        assert_eq!(through(&mut lines, ""), ("".into(), true));
        assert_eq!(through(&mut lines, "\n\nc\nd"), ("> \n> \n> c\n> d".into(), true));
        assert_eq!(through(&mut lines, "\n"), ("\n".into(), true));
    }

    #[test]
    fn a_limit_counts_what_comes_and_not_prefixes() {
        let mut lines = Lines::new(b"> ".to_vec(), 5);
        assert_eq!(through(&mut lines, "ab\n"), ("> ab\n".into(), true));
        assert!(!lines.is_full());
        assert_eq!(through(&mut lines, "cde"), ("> cd".into(), false));
        assert!(lines.is_full());
        assert_eq!(through(&mut lines, "f"), ("".into(), false));
        let mut bare = Lines::new(Vec::new(), 2);
        assert_eq!(through(&mut bare, "a"), ("a".into(), true));
        assert_eq!(through(&mut bare, "bc"), ("b".into(), false));
    }

    #[test]
    fn a_permit_leaves_room_for_prefixes() {
        let lines = Lines::new(b"> ".to_vec(), 100);
        assert_eq!([3, 10, 1000, 2, 0].map(|room| lines.permit(room)), [1, 3, 100, 1, 1]);
        assert_eq!(Lines::new(Vec::new(), 100).permit(30), 30);
        assert_eq!(Lines::new(Vec::new(), 0).permit(30), 0);
    }
}
