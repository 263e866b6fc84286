//! Where a request goes: the host and the port of an authority.

use alloc::vec::Vec;

/// Where a request goes.
#[derive(Debug, PartialEq)]
pub struct Place {
    /// As the rules have it: a name in lower case, or `#` and the bits of an address.
    pub host: Vec<u8>,
    /// What is written, or what belongs to the scheme, if one does.
    pub port: Option<u16>,
}

impl Place {
    /// Reads an authority. There is no room in it for a user's name.
    pub fn read(authority: &[u8], scheme: &str) -> Option<Self> {
        let (host, rest) = match authority.strip_prefix(b"[") {
            Some(rest) => {
                let end = find(rest, b']')?;
                (v6(&rest[..end])?, &rest[end + 1..])
            }
            None => {
                let (host, rest) = authority.split_at(find(authority, b':').unwrap_or(authority.len()));
                (name(host)?, rest)
            }
        };
        let port = match (rest, scheme) {
            ([], "http") => Some(80),
            ([], "https") => Some(443),
            ([], _) => None,
            ([b':', digits @ ..], _) => Some(u16::try_from(number(digits, 10)?).ok()?),
            _ => return None,
        };
        Some(Place { host, port })
    }
}

pub fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|known| *known == byte)
}

/// An address as the rules have it.
fn address(groups: &[u16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(1 + 4 * groups.len());
    text.push(b'#');
    for group in groups {
        text.extend([12, 8, 4, 0].map(|shift| b"0123456789abcdef"[usize::from(group >> shift & 0xf)]));
    }
    text
}

/// An IPv6 address: eight groups, of which `::` stands for those that are zero; the last two may be written as IPv4.
fn v6(text: &[u8]) -> Option<Vec<u8>> {
    let mut groups = [0; 8];
    let (mut count, mut gap, mut rest) = (0, None, text);
    loop {
        if let ([b':', b':', after @ ..], None) = (rest, gap) {
            gap = Some(count);
            rest = after;
            if rest.is_empty() {
                break;
            }
        } else if count > 0 {
            rest = rest.strip_prefix(b":")?;
        }
        let end = find(rest, b':').unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if after.is_empty() && find(part, b'.').is_some() {
            let bits = dotted(part)?;
            *groups.get_mut(count)? = (bits >> 16) as u16;
            *groups.get_mut(count + 1)? = bits as u16;
            count += 2;
        } else {
            let group = number(part, 16).filter(|_| part.len() <= 4)?;
            *groups.get_mut(count)? = group as u16;
            count += 1;
        }
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    match gap {
        // What is behind the gap moves to the end.
        Some(gap) if count < 8 => {
            for back in 1..=count - gap {
                groups.swap(count - back, 8 - back);
            }
        }
        None if count == 8 => {}
        _ => return None,
    }
    // What is mapped is to a host the IPv4 address itself.
    Some(if groups[..6] == [0, 0, 0, 0, 0, 0xffff] { address(&groups[6..]) } else { address(&groups) })
}

/// Four decimal numbers without more zeroes than they need, as IPv6 addresses have them.
fn dotted(text: &[u8]) -> Option<u32> {
    let mut parts = 0;
    for part in text.split(|byte| *byte == b'.') {
        if part.len() > 1 && part[0] == b'0' {
            return None;
        }
        parts += 1;
    }
    if parts == 4 { v4(text) } else { None }
}

/// A name, or an IPv4 address however it is written: resolvers take `0x7f.1` for one.
fn name(text: &[u8]) -> Option<Vec<u8>> {
    let name = text.strip_suffix(b".").unwrap_or(text).to_ascii_lowercase();
    let mut is_number = false;
    for label in name.split(|byte| *byte == b'.') {
        if label.is_empty() || !label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return None;
        }
        is_number = label.iter().all(u8::is_ascii_digit) || of_c(label).is_some();
    }
    if !is_number {
        return Some(name);
    }
    let bits = v4(&name)?;
    Some(address(&[(bits >> 16) as u16, bits as u16]))
}

/// One to four numbers, the last of which fills what is left.
fn v4(text: &[u8]) -> Option<u32> {
    let (mut bits, mut last, mut room) = (0, 0, 32);
    for (at, part) in text.split(|byte| *byte == b'.').enumerate() {
        if at > 0 {
            // What came before was not the last.
            room -= 8;
            if last > 0xff || at > 3 {
                return None;
            }
            bits |= last << room;
        }
        last = of_c(part)?;
    }
    if room < 32 && last >> room != 0 { None } else { Some(bits | last) }
}

/// A number as C writes them, decimal or hexadecimal. With a zero in front, it is octal to some and decimal to others.
fn of_c(text: &[u8]) -> Option<u32> {
    match text {
        b"0x" => Some(0),
        [b'0', b'x', digits @ ..] => number(digits, 16),
        [b'0', _, ..] => None,
        _ => number(text, 10),
    }
}

pub fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut number: u32 = 0;
    for digit in digits {
        number = number.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)?;
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(authority: &str) -> Option<Place> {
        Place::read(authority.as_bytes(), "other")
    }

    fn is(host: &str, port: Option<u16>) -> Option<Place> {
        Some(Place { host: host.as_bytes().to_vec(), port })
    }

    #[test]
    fn names_are_lower_case_without_the_last_dot() {
        assert_eq!(at("Example.COM"), is("example.com", None));
        assert_eq!(at("example.com."), is("example.com", None));
        assert_eq!(at("example.com:8443"), is("example.com", Some(8443)));
        assert_eq!(at("a_b-c.d1"), is("a_b-c.d1", None));
        assert_eq!(at("localhost:00080"), is("localhost", Some(80)));
        assert_eq!(at("0x7f.example"), is("0x7f.example", None));
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        for text in [
            "127.0.0.1",
            "127.0.0.1.",
            "2130706433",
            "127.1",
            "0x7f.0.0.1",
            "0X7F.0x1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:FFFF:7F00:0001]",
        ] {
            assert_eq!(at(text), is("#7f000001", None), "{text}");
        }
        assert_eq!(at("[::1]:8080"), is("#00000000000000000000000000000001", Some(8080)));
        assert_eq!(at("[::]"), is("#00000000000000000000000000000000", None));
        assert_eq!(at("[1::]"), is("#00010000000000000000000000000000", None));
        assert_eq!(at("[1:2:3::7:8]"), is("#00010002000300000000000000070008", None));
        assert_eq!(at("[1:2:3:4:5:6:7:8]"), is("#00010002000300040005000600070008", None));
        assert_eq!(at("[64:ff9b::1.2.3.4]"), is("#0064ff9b000000000000000001020304", None));
        assert_eq!(at("[2001:DB8::1]"), is("#20010db8000000000000000000000001", None));
        assert_eq!(at("0x."), is("#00000000", None));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "a..",
            "user@example.com",
            "user:secret@example.com",
            "allowed.com@evil.com",
            "example.com:",
            "example.com:80:80",
            "example.com:+80",
            "example.com:65536",
            "example.com:8 0",
            "example.com/evil.com",
            "example.com\\@evil.com",
            "example.com?",
            "example.com#",
            "exa mple.com",
            "exa%6dple.com",
            "ex\u{e4}mple.com",
            "\u{ff45}xample.com",
            "a\tb",
            "a\0b",
            "0177.0.0.1",
            "127.00.0.1",
            "256.0.0.1",
            "1.2.3.4.5",
            "1.2.3.08",
            "1.2.3.4294967296",
            "4294967296",
            "example.1",
            "[::1",
            "[::1]8080",
            "[::1]:",
            "[::1%25eth0]",
            "[fe80::1%eth0]",
            "[v1.x]",
            "[]",
            "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4:5:6:7::8:9]",
            "[1::2::3]",
            "[:1::]",
            "[1:]",
            "[1::2:]",
            "[:::]",
            "[12345::]",
            "[::127.0.0.01]",
            "[::127.1]",
            "[::1.2.3.4:5]",
            "::1",
        ] {
            assert_eq!(at(text), None, "{text:?}");
        }
    }
}
