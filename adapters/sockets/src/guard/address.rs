//! Addresses, and sets of them.

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// An address. Scope ids and flow labels are the host's numbers, so nothing can be said of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub family: Family,
    /// From the top of 128 bits; IPv4 has 32.
    pub bits: u128,
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Any, if there is none.
    pub family: Option<Family>,
    pub bits: u128,
    /// How many of the bits count.
    pub len: u8,
}

/// Groups of which each address means many: `224.0.0.0/4`, `ff00::/8`, `255.255.255.255`.
const MANY: [Range; 3] = [
    Range { family: Some(Family::V4), bits: 0xe0 << 120, len: 4 },
    Range { family: Some(Family::V6), bits: 0xff << 120, len: 8 },
    Range { family: Some(Family::V4), bits: 0xffff_ffff << 96, len: 32 },
];

/// Where IPv6 addresses have an IPv4 address in them, and how many bits from the top it begins: mapped (RFC 4291), compatible
/// (the same), translated (RFC 6052), 6to4 (RFC 3056).
const EMBEDDED: [(Range, u32); 4] = [
    (Range { family: Some(Family::V6), bits: 0xffff << 32, len: 96 }, 96),
    (Range { family: Some(Family::V6), bits: 0, len: 96 }, 96),
    (Range { family: Some(Family::V6), bits: 0x0064_ff9b << 96, len: 96 }, 96),
    (Range { family: Some(Family::V6), bits: 0x2002 << 112, len: 16 }, 16),
];

impl Address {
    pub fn v4([a, b, c, d]: [u8; 4]) -> Self {
        Self { family: Family::V4, bits: u128::from(u32::from_be_bytes([a, b, c, d])) << 96 }
    }

    pub fn v6(groups: [u16; 8]) -> Self {
        Self { family: Family::V6, bits: groups.iter().fold(0, |bits, group| bits << 16 | u128::from(*group)) }
    }

    /// `0.0.0.0` or `::`, which is all of this machine's to who is bound there, and this machine to some who connect.
    fn is_unspecified(self) -> bool {
        self.bits == 0
    }

    /// The IPv4 addresses that a host, or a router on the way, may take it for.
    fn embedded(self) -> impl Iterator<Item = Self> {
        // `::1` is this machine and not `0.0.0.1`.
        let is_own = self.bits <= 1;
        let within = EMBEDDED.iter().filter(move |(range, _)| !is_own && range.has(self));
        within.map(move |(_, at)| Self { family: Family::V4, bits: self.bits << at >> 96 << 96 })
    }

    /// What it is to everybody: a mapped address is the IPv4 address.
    fn plain(self) -> Self {
        let is_mapped = EMBEDDED[0].0.has(self);
        if is_mapped { Self { family: Family::V4, bits: self.bits << 96 } } else { self }
    }
}

impl Range {
    /// Whether an address begins with these bits.
    fn has(&self, address: Address) -> bool {
        let differ = self.bits ^ address.bits;
        self.family.is_none_or(|family| family == address.family) && (self.len == 0 || differ >> (128 - self.len) == 0)
    }

    /// Whether an address is surely in it: all that an unspecified one may mean is, and where one means many, the range is of
    /// such addresses.
    pub fn has_all_of(&self, address: Address) -> bool {
        let address = address.plain();
        let many = MANY.iter().find(|many| many.has(address));
        self.has(address)
            && !(address.is_unspecified() && self.len > 0)
            && many.is_none_or(|many| self.family == many.family && self.len >= many.len)
    }

    /// Whether an address may be in it, however it is read.
    pub fn has_some_of(&self, address: Address) -> bool {
        let is_any_of = address.is_unspecified() && self.family.is_none_or(|family| family == address.family);
        is_any_of || self.has(address) || address.embedded().any(|address| self.has_some_of(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn address(text: &str) -> Address {
        match text.parse().unwrap() {
            IpAddr::V4(address) => Address::v4(address.octets()),
            IpAddr::V6(address) => Address::v6(address.segments()),
        }
    }

    fn range(text: &str) -> Range {
        if text == "*" {
            return Range { family: None, bits: 0, len: 0 };
        }
        let (start, len) = text.split_once('/').unwrap();
        let Address { family, bits } = address(start);
        Range { family: Some(family), bits, len: len.parse().unwrap() }
    }

    #[track_caller]
    fn surely(within: &str, inside: &[&str], outside: &[&str]) {
        for text in inside {
            assert!(range(within).has_all_of(address(text)), "{text} is in {within}");
        }
        for text in outside {
            assert!(!range(within).has_all_of(address(text)), "{text} is not in {within}");
        }
    }

    #[track_caller]
    fn maybe(within: &str, inside: &[&str], outside: &[&str]) {
        for text in inside {
            assert!(range(within).has_some_of(address(text)), "{text} may be in {within}");
        }
        for text in outside {
            assert!(!range(within).has_some_of(address(text)), "{text} is not in {within}");
        }
    }

    #[test]
    fn ranges_have_what_begins_alike() {
        surely("10.0.0.0/8", &["10.0.0.0", "10.255.255.255"], &["11.0.0.0", "9.255.255.255", "a00::"]);
        surely("10.1.2.3/32", &["10.1.2.3"], &["10.1.2.2"]);
        surely("fd00::/8", &["fd12::1"], &["fe80::1", "253.0.0.0"]);
        surely("::1/128", &["::1"], &["::", "127.0.0.1", "0.0.0.1"]);
        surely("*", &["1.2.3.4", "::1", "0.0.0.0", "::"], &[]);
    }

    #[test]
    fn all_of_this_machine_is_surely_in_all_alone() {
        surely("0.0.0.0/0", &["0.0.0.0", "1.2.3.4"], &["::", "::1"]);
        surely("::/0", &["::", "::1"], &["0.0.0.0"]);
        surely("0.0.0.0/1", &["1.2.3.4"], &["0.0.0.0"]);
        maybe("127.0.0.0/8", &["0.0.0.0", "127.0.0.1", "::ffff:0.0.0.0"], &["::", "::1", "1.2.3.4"]);
        maybe("::1/128", &["::", "::1"], &["0.0.0.0"]);
    }

    #[test]
    fn what_means_many_is_in_ranges_of_such() {
        let many = ["224.0.0.1", "255.255.255.255", "ff02::1"];
        for all in ["*", "0.0.0.0/0", "::/0"] {
            surely(all, &[], &many);
            maybe(all, if all == "::/0" { &many[2..] } else { &many[..1] }, &[]);
        }
        surely("224.0.0.0/4", &["239.1.2.3"], &["255.255.255.255", "223.0.0.0"]);
        surely("224.0.0.1/32", &["224.0.0.1"], &["224.0.0.2"]);
        surely("255.255.255.255/32", &["255.255.255.255"], &[]);
        surely("ff02::/16", &["ff02::fb"], &["ff05::1"]);
        surely("*", &["10.0.0.255"], &[]);
    }

    #[test]
    fn ipv4_within_ipv6_is_denied_with_it_and_only_mapped_allowed() {
        let forms = ["::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::", "2002:a00:1::5"];
        maybe("10.0.0.0/8", &forms, &["::ffff:11.0.0.1", "64:ff9b::11.0.0.1", "2002:b00:1::", "64:ff9b:1::10.0.0.1"]);
        surely("10.0.0.0/8", &forms[..1], &forms[1..]);
        maybe("0.0.0.0/8", &["0.0.0.0", "::2"], &["::1"]);
        maybe("::ffff:0.0.0.0/96", &["::ffff:1.2.3.4"], &["1.2.3.4"]);
    }
}
