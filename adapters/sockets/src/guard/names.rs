//! What may be looked up.

use alloc::string::String;

/// Whether a name may be looked up, by rules of which those that deny come first: whether each allows, and what.
///
/// What hosts may read in more than one way (IDNA, `%41`) is in none that allows but `*`, and in all that deny. An address that
/// is written as one asks nobody.
pub fn may<'r>(rules: impl Iterator<Item = (bool, &'r str)>, name: &str) -> bool {
    if is_address(name.as_bytes()) {
        return true;
    }
    let name = plain(name);
    let name = name.as_bytes();
    let is_doubtful = is_doubtful(name);
    for (allow, rule) in rules {
        let rule = rule.as_bytes();
        let is_in = match rule.first() {
            None => true,
            Some(_) if is_doubtful => !allow,
            Some(b'.') => name.len() > rule.len() && name.ends_with(rule),
            Some(_) => name == rule,
        };
        if is_in {
            return allow;
        }
    }
    false
}

/// Whether hosts may read it in more than one way: an empty label, or more than letters, digits, `-` and `_`.
fn is_doubtful(name: &[u8]) -> bool {
    let mut before = b'.';
    for byte in name {
        let is_known = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (*byte == b'.' && before != b'.');
        if !is_known {
            return true;
        }
        before = *byte;
    }
    before == b'.'
}

/// Whether it is an address as people write them: nothing else goes past the rules, because some hosts look up all that they cannot
/// read as one.
fn is_address(name: &[u8]) -> bool {
    let Some(last) = name.iter().rposition(|byte| *byte == b':') else { return is_ipv4(name) };
    // Groups of IPv6, of which the last may be an IPv4 address. Too many, or too few, no host has read as anything.
    let (groups, rest) = name.split_at(last);
    let is_group = |group: &[u8]| group.len() <= 4 && group.iter().all(u8::is_ascii_hexdigit);
    let rest = &rest[1..];
    groups.contains(&b':') && groups.split(|byte| *byte == b':').all(is_group) && (is_group(rest) || is_ipv4(rest))
}

/// Four numbers, without zeroes ahead, which some read as octal.
fn is_ipv4(name: &[u8]) -> bool {
    let (mut parts, mut digits, mut part) = (1, 0, 0);
    for byte in name {
        match byte {
            b'.' if digits > 0 => (parts, digits, part) = (parts + 1, 0, 0),
            b'0'..=b'9' if digits < 3 && !(digits > 0 && part == 0) => {
                (digits, part) = (digits + 1, part * 10 + u32::from(byte - b'0'))
            }
            _ => return false,
        }
        if part > 255 {
            return false;
        }
    }
    parts == 4 && digits > 0
}

/// As rules have names: in lower case, and without a dot at the end.
pub fn plain(name: &str) -> String {
    let mut name = String::from(name.strip_suffix('.').unwrap_or(name));
    name.make_ascii_lowercase();
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn looked_up(rules: &[(bool, &str)], allowed: &[&str], denied: &[&str]) {
        for name in allowed {
            assert!(may(rules.iter().copied(), name), "{name}");
        }
        for name in denied {
            assert!(!may(rules.iter().copied(), name), "{name}");
        }
    }

    #[test]
    fn names_are_compared_whole_or_by_their_end() {
        looked_up(
            &[(true, "a.com"), (true, ".b.com")],
            &["a.com", "A.COM.", "x.b.com", "y.x.b.com"],
            &["x.a.com", "b.com", "xb.com", "a.com.evil.com", "", ".", "..b.com", "localhost"],
        );
        looked_up(&[], &[], &["a.com", ""]);
    }

    #[test]
    fn addresses_are_no_names() {
        looked_up(
            &[],
            &["127.0.0.1", "::1", "fe80::1", "::ffff:1.2.3.4", "::", "1:2:3:4:5:6:7:8", "0.0.0.0", "10.0.0.255"],
            &[
                "127.1",
                "0x7f.0.0.1",
                "[::1]",
                "1.2.3.4.",
                "1.2.3.4.com",
                "1.2.3.456",
                "1.2.3.4.5",
                "1..3.4",
                "a:b.com",
                ":x",
                "a:b",
                "0123:abcd.fee.de",
                "08.0.0.1",
                "1.2.3.04",
                "::g",
                "12345::",
            ],
        );
        looked_up(&[(true, "")], &["127.1", "[::1]", "localhost", "\u{e4}.com", ""], &[]);
    }

    #[test]
    fn what_may_be_read_in_two_ways_is_denied_with_either() {
        let forms = ["\u{ff41}.com", "%61.com", "a\u{3002}com", "a..com", "a .com"];
        looked_up(&[(true, "a.com")], &[], &forms);
        looked_up(&[(false, "a.com"), (true, "")], &["b.com"], &forms);
    }
}
