//! Values as WAVE text, the component model's notation for values. Bytes are the exception: a list of numbers is not for people,
//! so they are written as Rust writes them, `b"..."`.

use alloc::string::String;
use core::fmt::{Display, Write};

extern crate alloc;

pub fn show(said: &mut String, value: impl Display) {
    // Writing to a string cannot fail.
    let _ = write!(said, "{value}");
}

pub fn character(said: &mut String, value: char) {
    said.push('\'');
    escape(said, value, '\'');
    said.push('\'');
}

pub fn quoted(said: &mut String, value: &str) {
    said.push('"');
    value.chars().for_each(|char| escape(said, char, '"'));
    said.push('"');
}

/// Also what would turn a line around, or break it: `char::escape_debug` would take 4 KB.
fn escape(said: &mut String, char: char, quote: char) {
    match char {
        '\\' | '\t' | '\r' | '\n' => said.extend(char.escape_default()),
        _ if char == quote => said.extend(['\\', char]),
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            said.extend(char.escape_unicode());
        }
        _ if char.is_control() => said.extend(char.escape_unicode()),
        _ => said.push(char),
    }
}

pub fn bytes(said: &mut String, value: &[u8]) {
    said.push_str("b\"");
    for byte in value {
        match byte {
            b' '..=b'~' | b'\n' | b'\r' | b'\t' => escape(said, (*byte).into(), '"'),
            _ => {
                let _ = write!(said, "\\x{byte:02x}");
            }
        }
    }
    said.push('"');
}

/// One of several names, which stand with a space between.
pub fn one_of(names: &str, index: u32) -> &str {
    names.split(' ').nth(index as usize).unwrap_or("?")
}

/// Those of several names whose bits are set, from the lowest on.
pub fn flags(said: &mut String, names: &str, bits: u32) {
    said.push('{');
    let set = names.split(' ').enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    for (count, (_, name)) in set.enumerate() {
        said.push_str(if count > 0 { ", " } else { "" });
        said.push_str(name);
    }
    said.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: impl FnOnce(&mut String)) -> String {
        let mut said = String::new();
        what(&mut said);
        said
    }

    #[test]
    fn text_is_escaped_as_wave_has_it() {
        assert_eq!(said(|to| quoted(to, "a\"b'\\\n\t\r\0é\u{202e}")), r#""a\"b'\\\n\t\r\u{0}é\u{202e}""#);
        assert_eq!(said(|to| character(to, '\'')), r"'\''");
        assert_eq!(said(|to| character(to, '"')), "'\"'");
    }

    #[test]
    fn bytes_are_text_as_far_as_they_can() {
        assert_eq!(said(|to| bytes(to, b"GET /\r\n\0\xff\"'")), r#"b"GET /\r\n\x00\xff\"'""#);
    }

    #[test]
    fn names_are_picked_by_place_and_by_bit() {
        assert_eq!(one_of("none some", 1), "some");
        assert_eq!(said(|to| flags(to, "read write", 0)), "{}");
        assert_eq!(said(|to| flags(to, "read write sync", 5)), "{read, sync}");
    }
}
