//! The path of a request.

use crate::place::{find, number};
use alloc::vec::Vec;

/// The path of a request, without its query.
#[derive(Debug, PartialEq)]
pub enum Path {
    /// With what stands for bytes (`%41`) read.
    Plain(Vec<u8>),
    /// Servers differ in what they make of it: `/a/../b`, `/a%2fb`, `//a`.
    Doubtful,
}

impl Path {
    /// Reads the target of a request. Bytes that no URL has, and what some hosts cut off, make it unreadable.
    pub fn read(target: &[u8]) -> Option<Self> {
        if target.iter().any(|byte| *byte <= b' ' || *byte == 0x7f || *byte == b'#') {
            return None;
        }
        let mut path = target[..find(target, b'?').unwrap_or(target.len())].to_vec();
        match path.first() {
            None => path.push(b'/'),
            Some(b'/') => {}
            Some(_) if path == b"*" => return Some(Self::Doubtful),
            Some(_) => return None,
        }
        // Some servers read what they have read again.
        let is_plain =
            decode(&mut path) && !is_doubtful(&path) && (0..path.len()).all(|at| escaped(&path, at).is_none());
        Some(if is_plain { Self::Plain(path) } else { Self::Doubtful })
    }
}

/// Whether there are steps in a path that servers take in different ways: `.`, `..` and none at all, and those of which some cut
/// off an end.
fn is_doubtful(path: &[u8]) -> bool {
    let mut was_empty = false;
    for (at, step) in path.split(|byte| *byte == b'/').enumerate() {
        // The last two are no UTF-8.
        let is_cut =
            |byte: &u8| *byte < b' ' || matches!(byte, b';' | b'?' | b'#' | b'\\' | 0x7f | 0xc0 | 0xc1 | 0xf5..);
        if was_empty || step.ends_with(b".") || step.ends_with(b" ") || step.iter().any(is_cut) {
            return true;
        }
        // The first is what is ahead of the first slash, and the last may be empty.
        was_empty = at > 0 && step.is_empty();
    }
    false
}

/// Reads what stands for bytes. False if a slash comes out.
fn decode(path: &mut Vec<u8>) -> bool {
    let (mut from, mut to) = (0, 0);
    while from < path.len() {
        let (byte, len) = escaped(path, from).map_or((path[from], 1), |byte| (byte, 3));
        if byte == b'/' && len > 1 {
            return false;
        }
        path[to] = byte;
        (from, to) = (from + len, to + 1);
    }
    path.truncate(to);
    true
}

/// The byte that what is at a place stands for, as in `%41`.
fn escaped(path: &[u8], at: usize) -> Option<u8> {
    let digits = path.get(at + 1..at + 3).filter(|_| path[at] == b'%')?;
    number(digits, 16).map(|byte| byte as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(target: &str) -> Option<Path> {
        Path::read(target.as_bytes())
    }

    #[test]
    fn paths_are_plain_or_doubtful() {
        let plain = |text: &str| Some(Path::Plain(text.as_bytes().to_vec()));
        for (target, read) in [
            ("", "/"),
            ("?q=/../x", "/"),
            ("/", "/"),
            ("/v1/users?q=%2f..", "/v1/users"),
            ("/v1/", "/v1/"),
            ("/%76%31/a.b", "/v1/a.b"),
            ("/.well-known/x", "/.well-known/x"),
            ("/100%", "/100%"),
            ("/100%25", "/100%"),
            ("/%zz", "/%zz"),
            ("/caf%c3%a9", "/caf\u{e9}"),
        ] {
            assert_eq!(path(target), plain(read), "{target}");
        }
        for target in [
            "*",
            "//a",
            "/a//b",
            "/a/../b",
            "/a/..",
            "/a/./b",
            "/a/%2e%2e/b",
            "/a/%252e%252e/b",
            "/%2525",
            "/a%2fb",
            "/%252f",
            "/a%5cb",
            "/a\\b",
            "/a/..;x/b",
            "/admin;x=1",
            "/admin%3bx/y",
            "/admin.",
            "/admin%20/x",
            "/admin%00",
            "/v1/..%3fx",
            "/v1/..%23x",
            "/v1/..%00/admin",
            "/v1/%c0%ae%c0%ae/admin",
            "/...",
        ] {
            assert_eq!(path(target), Some(Path::Doubtful), "{target}");
        }
        for target in ["a", "http://evil.com/", "/a#b", "/a b", "/a\r\nb", "@evil.com", ":80"] {
            assert_eq!(path(target), None, "{target}");
        }
    }

    #[test]
    fn a_long_path_is_read_once() {
        let target = format!("/%{}", "25".repeat(200_000));
        assert_eq!(path(&target), Some(Path::Doubtful));
    }
}
