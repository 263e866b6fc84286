//! Names and values of fields, as wasmtime has them: names are in lower case and in the order in which they came, each with all
//! its values.

use super::syntax::is_token;
use crate::bindings::exports::wasi::http0_2_12::types::HeaderError;
use alloc::string::String;
use alloc::vec::Vec;

const CONTENT_LENGTH: &str = "content-length";

/// What belongs to the connection is not for programs.
const FORBIDDEN: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "host",
    "http2-settings",
];

#[derive(Clone, Default)]
pub struct Map {
    /// Values with the same name are side by side.
    entries: Vec<(String, Vec<u8>)>,
    is_fixed: bool,
}

impl Map {
    /// The same, to be changed or not.
    pub fn with_fixed(self, is_fixed: bool) -> Self {
        Self { is_fixed, ..self }
    }

    pub fn get(&self, mut name: String) -> Vec<Vec<u8>> {
        name.make_ascii_lowercase();
        let (start, end) = self.range(&name);
        self.entries[start..end].iter().map(|(_, value)| value.clone()).collect()
    }

    /// Every value with its name.
    pub fn entries(&self) -> Vec<(String, Vec<u8>)> {
        self.entries.clone()
    }

    pub fn append(&mut self, name: String, value: Vec<u8>) -> Result<(), HeaderError> {
        let name = self::name(name)?;
        let value = self::value(&name, value)?;
        let (start, end) = self.range(&name);
        // Of several lengths each reader would take another.
        if name == CONTENT_LENGTH && start < end {
            return Err(HeaderError::InvalidSyntax);
        }
        self.check()?;
        self.entries.insert(end, (name, value));
        Ok(())
    }

    pub fn set(&mut self, name: String, mut values: Vec<Vec<u8>>) -> Result<(), HeaderError> {
        let name = self::name(name)?;
        self.check()?;
        if name == CONTENT_LENGTH && values.len() > 1 {
            return Err(HeaderError::InvalidSyntax);
        }
        for value in &mut values {
            *value = self::value(&name, core::mem::take(value))?;
        }
        let (start, _) = self.range(&name);
        self.entries.retain(|(known, _)| *known != name);
        for value in values.into_iter().rev() {
            self.entries.insert(start, (name.clone(), value));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), HeaderError> {
        if self.is_fixed { Err(HeaderError::Immutable) } else { Ok(()) }
    }

    /// Where the values of a name are, or where they would be.
    fn range(&self, name: &str) -> (usize, usize) {
        let is = |(known, _): &(String, Vec<u8>)| known == name;
        let start = self.entries.iter().position(is).unwrap_or(self.entries.len());
        (start, start + self.entries[start..].iter().take_while(|entry| is(entry)).count())
    }
}

/// A name in lower case, if a program may use it.
fn name(mut name: String) -> Result<String, HeaderError> {
    if name.is_empty() || name.len() > usize::from(u16::MAX) || !name.bytes().all(is_token) {
        return Err(HeaderError::InvalidSyntax);
    }
    name.make_ascii_lowercase();
    if FORBIDDEN.contains(&name.as_str()) { Err(HeaderError::Forbidden) } else { Ok(name) }
}

/// A value, which for lengths is a number without more zeroes than it needs.
fn value(name: &str, mut value: Vec<u8>) -> Result<Vec<u8>, HeaderError> {
    let is_valid = if name == CONTENT_LENGTH {
        let zeroes = value.iter().take_while(|byte| **byte == b'0').count();
        value.drain(..zeroes.min(value.len().saturating_sub(1)));
        is_number(&value)
    } else {
        value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
    };
    if is_valid { Ok(value) } else { Err(HeaderError::InvalidSyntax) }
}

/// Whether these are digits of a number that 64 bits can hold, and the first is a zero only if it is alone.
fn is_number(digits: &[u8]) -> bool {
    const LAST: &[u8] = b"18446744073709551615";
    let is_small = digits.len() < LAST.len() || (digits.len() == LAST.len() && digits <= LAST);
    is_small && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> Map {
        let mut map = Map::default();
        for (name, value) in entries {
            append(&mut map, name, value).unwrap();
        }
        map
    }

    fn append(map: &mut Map, name: &str, value: &str) -> Result<(), HeaderError> {
        map.append(name.to_owned(), value.into())
    }

    fn set(map: &mut Map, name: &str, values: &[&str]) -> Result<(), HeaderError> {
        map.set(name.to_owned(), values.iter().map(|value| value.as_bytes().to_vec()).collect())
    }

    fn get(map: &Map, name: &str) -> Vec<String> {
        map.get(name.to_owned()).into_iter().map(|value| String::from_utf8(value).unwrap()).collect()
    }

    /// `a: 1, b: 2`
    fn text(map: &Map) -> String {
        let line = |(name, value)| format!("{name}: {}", String::from_utf8(value).unwrap());
        map.entries().into_iter().map(line).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn names_are_lower_case_in_order_and_values_stay_together() {
        let mut map = map(&[("B", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(text(&map), "b: 1, b: 3, a: 2");
        assert_eq!(get(&map, "B"), ["1", "3"]);
        set(&mut map, "C", &["4", ""]).unwrap();
        set(&mut map, "b", &["5"]).unwrap();
        assert_eq!(text(&map), "b: 5, a: 2, c: 4, c: ");
        set(&mut map, "B", &[]).unwrap();
        set(&mut map, "d", &[]).unwrap();
        assert_eq!(text(&map), "a: 2, c: 4, c: ");
        assert!(get(&map, "b").is_empty() && get(&map, "").is_empty() && get(&map, "a b").is_empty());
    }

    #[test]
    fn syntax_is_checked_ahead_of_what_is_forbidden_and_what_is_fixed() {
        let mut map = map(&[("a", "1")]).with_fixed(true);
        for name in ["", "a b", "a:", "\u{e4}", "a\0", &"a".repeat(65536)] {
            assert!(matches!(append(&mut map, name, ""), Err(HeaderError::InvalidSyntax)), "{name:?}");
            assert!(matches!(set(&mut map, name, &[]), Err(HeaderError::InvalidSyntax)), "{name:?}");
        }
        for name in FORBIDDEN.into_iter().chain(["Host", "Transfer-Encoding"]) {
            assert!(matches!(append(&mut map, name, ""), Err(HeaderError::Forbidden)), "{name:?}");
            assert!(matches!(set(&mut map, name, &[""]), Err(HeaderError::Forbidden)), "{name:?}");
        }
        assert!(matches!(append(&mut map, "a", "\n"), Err(HeaderError::InvalidSyntax)));
        assert!(matches!(append(&mut map, "a", "2"), Err(HeaderError::Immutable)));
        assert!(matches!(set(&mut map, "a", &["\n"]), Err(HeaderError::Immutable)));
        assert_eq!(text(&map), "a: 1");
        assert!(append(&mut map.clone().with_fixed(false), "a", "2").is_ok());
    }

    #[test]
    fn values_are_all_but_control_characters() {
        let mut map = Map::default();
        for value in ["", " a\t~", "\u{e4}"] {
            assert!(append(&mut map, "a", value).is_ok(), "{value:?}");
        }
        for value in ["a\r\nb: c", "\0", "\x7f", "\x1f"] {
            assert!(matches!(append(&mut map, "a", value), Err(HeaderError::InvalidSyntax)), "{value:?}");
            assert!(matches!(set(&mut map, "a", &["b", value]), Err(HeaderError::InvalidSyntax)), "{value:?}");
        }
        assert_eq!(get(&map, "a").len(), 3);
    }

    #[test]
    fn there_is_one_length_and_it_is_a_number() {
        for (value, read) in
            [("0", "0"), ("000", "0"), ("0012", "12"), ("18446744073709551615", "18446744073709551615")]
        {
            assert_eq!(text(&map(&[("Content-Length", value)])), format!("content-length: {read}"));
        }
        let mut map = Map::default();
        for value in ["", "+5", "-5", " 5", "5 ", "0x5", "18446744073709551616", "100000000000000000000"] {
            assert!(append(&mut map, "content-length", value).is_err(), "{value:?}");
        }
        assert!(set(&mut map, "content-length", &["1", "1"]).is_err());
        set(&mut map, "content-length", &["1"]).unwrap();
        assert!(append(&mut map, "content-length", "1").is_err());
        set(&mut map, "content-length", &["2"]).unwrap();
        assert_eq!(text(&map), "content-length: 2");
    }
}
