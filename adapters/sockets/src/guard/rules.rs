//! What may be done, by address and port.

use super::address::{Address, Family, Range};
use crate::bindings::virt::sockets::settings::{self, Act, Rule};

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub address: Address,
    pub port: u16,
}

impl Rule {
    fn range(&self) -> Range {
        let family = match self.family {
            settings::Family::Any => None,
            settings::Family::Ipv4 => Some(Family::V4),
            settings::Family::Ipv6 => Some(Family::V6),
        };
        Range { family, bits: u128::from(self.address.0) << 64 | u128::from(self.address.1), len: self.bits }
    }

    /// Whether it allows that for certain.
    fn allows(&self, act: Act, end: End) -> bool {
        self.allow && self.act == act && self.has_port(end.port) && self.range().has_all_of(end.address)
    }

    /// Whether it denies that, however it is read.
    fn denies(&self, act: Act, end: End) -> bool {
        !self.allow && self.act == act && self.has_port(end.port) && self.range().has_some_of(end.address)
    }

    /// Whether it denies all that has to do with a peer, whatever port it comes from.
    fn denies_peer(&self, from: End) -> bool {
        self.is_about_peers() && self.denies(self.act, from)
    }

    /// Whether it says who may connect. Who is denied at some ports is so at his, and not at those that he comes from.
    fn is_about_peers(&self) -> bool {
        self.act == Act::Accept || (self.act == Act::Tcp && !self.allow && self.ports == (0, u16::MAX))
    }

    fn has_port(&self, port: u16) -> bool {
        (self.ports.0..=self.ports.1).contains(&port)
    }
}

/// Whether something may be done with a peer, or at a local address.
pub fn may(rules: &[Rule], act: Act, end: End) -> bool {
    !rules.iter().any(|rule| rule.denies(act, end)) && rules.iter().any(|rule| rule.allows(act, end))
}

/// Whether a socket may be bound there. One that leaves the port to the host is a client's: whoever may talk to anybody by that
/// protocol needs it, and it opens nothing.
pub fn may_bind(rules: &[Rule], protocol: Act, end: End) -> bool {
    let is_clients = end.port == 0 && rules.iter().any(|rule| rule.allow && rule.act == protocol);
    is_clients || may(rules, Act::Listen, end)
}

/// Whether a socket may listen where it is bound. It got there by `may_bind`, so where a rule leaves the port to the host, this
/// is the port: any other that is bound has a rule of its own.
pub fn may_listen(rules: &[Rule], end: End) -> bool {
    let is_chosen = || rules.iter().any(|rule| rule.allows(Act::Listen, End { port: 0, ..end }));
    !rules.iter().any(|rule| rule.denies(Act::Listen, end))
        && (rules.iter().any(|rule| rule.allows(Act::Listen, end)) || is_chosen())
}

/// Whether a connection from there may be taken: from anybody, unless rules say from whom.
pub fn may_accept(rules: &[Rule], from: End) -> bool {
    let says = rules.iter().any(|rule| rule.allow && rule.act == Act::Accept);
    !rules.iter().any(|rule| rule.denies_peer(from))
        && (!says || rules.iter().any(|rule| rule.allows(Act::Accept, from)))
}

/// Whether it does not matter where a connection is from.
pub fn may_accept_any(rules: &[Rule]) -> bool {
    !rules.iter().any(Rule::is_about_peers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> End {
        match text.parse().unwrap() {
            std::net::SocketAddr::V4(end) => End { address: Address::v4(end.ip().octets()), port: end.port() },
            std::net::SocketAddr::V6(end) => End { address: Address::v6(end.ip().segments()), port: end.port() },
        }
    }

    /// `!` denies; an address of zeroes is any.
    fn rules(texts: &[(Act, &str)]) -> Vec<Rule> {
        let rule = |(act, text): &(Act, &str)| {
            let (allow, text) = text.strip_prefix('!').map_or((true, *text), |text| (false, text));
            let (text, last) = text.split_once('-').map_or((text, None), |(text, last)| (text, Some(last)));
            let End { address: Address { family, bits }, port } = end(text);
            let is_any = bits == 0;
            let (family, bits_that_count) = match family {
                _ if is_any => (settings::Family::Any, 0),
                Family::V4 => (settings::Family::Ipv4, 32),
                Family::V6 => (settings::Family::Ipv6, 128),
            };
            let address = ((bits >> 64) as u64, bits as u64);
            let ports = (port, last.map_or(port, |last| last.parse().unwrap()));
            Rule { allow, act: *act, family, address, bits: bits_that_count, ports }
        };
        texts.iter().map(rule).collect()
    }

    #[test]
    fn what_none_allows_is_denied_and_what_one_denies() {
        let rules = rules(&[(Act::Tcp, "!0.0.0.0:25"), (Act::Tcp, "0.0.0.0:1-100"), (Act::Udp, "1.1.1.1:53")]);
        assert!(may(&rules, Act::Tcp, end("1.2.3.4:80")) && may(&rules, Act::Tcp, end("[::1]:100")));
        assert!(!may(&rules, Act::Tcp, end("1.2.3.4:25")) && !may(&rules, Act::Tcp, end("1.2.3.4:101")));
        assert!(may(&rules, Act::Udp, end("1.1.1.1:53")) && !may(&rules, Act::Udp, end("1.1.1.1:80")));
        assert!(!may(&rules, Act::Tcp, end("1.2.3.4:0")));
    }

    #[test]
    fn a_port_that_the_host_chooses_is_a_clients() {
        let client = rules(&[(Act::Udp, "1.1.1.1:53"), (Act::Listen, "!0.0.0.0:0-65535")]);
        assert!(may_bind(&client, Act::Udp, end("0.0.0.0:0")) && may_bind(&client, Act::Udp, end("[::]:0")));
        assert!(!may_bind(&client, Act::Tcp, end("0.0.0.0:0")) && !may_bind(&client, Act::Udp, end("0.0.0.0:53")));
        assert!(!may_listen(&client, end("127.0.0.1:49152")));
    }

    #[test]
    fn who_listens_does_it_where_rules_say() {
        let fixed = rules(&[(Act::Listen, "127.0.0.1:8080")]);
        assert!(may_bind(&fixed, Act::Tcp, end("127.0.0.1:8080")) && may_listen(&fixed, end("127.0.0.1:8080")));
        for other in ["0.0.0.0:8080", "127.0.0.2:8080", "127.0.0.1:8081", "[::1]:8080", "127.0.0.1:0"] {
            assert!(!may_bind(&fixed, Act::Tcp, end(other)) && !may_listen(&fixed, end(other)), "{other}");
        }
        let chosen = rules(&[(Act::Listen, "127.0.0.1:0")]);
        assert!(may_bind(&chosen, Act::Tcp, end("127.0.0.1:0")) && !may_bind(&chosen, Act::Tcp, end("127.0.0.1:80")));
        assert!(may_listen(&chosen, end("127.0.0.1:49152")) && !may_listen(&chosen, end("127.0.0.2:49152")));
        let but = rules(&[(Act::Listen, "!127.0.0.1:22"), (Act::Listen, "0.0.0.0:0-65535")]);
        assert!(may_bind(&but, Act::Tcp, end("0.0.0.0:80")) && !may_bind(&but, Act::Tcp, end("0.0.0.0:22")));
    }

    #[test]
    fn connections_are_taken_from_all_that_are_not_denied() {
        let any = rules(&[(Act::Listen, "0.0.0.0:80"), (Act::Tcp, "!10.0.0.1:0-65535")]);
        assert!(may_accept(&any, end("10.0.0.2:5000")) && !may_accept(&any, end("10.0.0.1:5000")));
        assert!(!may_accept(&any, end("[::ffff:10.0.0.1]:5000")));
        let mail = rules(&[(Act::Listen, "0.0.0.0:80"), (Act::Tcp, "!0.0.0.0:25")]);
        assert!(may_accept(&mail, end("10.0.0.2:25")) && may_accept_any(&mail));
        assert!(!may_accept_any(&any) && may_accept_any(&any[..1]));
        let some = rules(&[(Act::Accept, "10.0.0.1:0-65535"), (Act::Listen, "0.0.0.0:80")]);
        assert!(may_accept(&some, end("10.0.0.1:5000")) && !may_accept(&some, end("10.0.0.2:5000")));
    }
}
