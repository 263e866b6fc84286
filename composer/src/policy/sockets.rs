//! What sockets may do, by address and port, and which names have addresses of their own.

use super::endpoints::{ALL_PORTS, SocketRule};
use super::{Access, Hook, Policy, Rules, check_audit, count};
use crate::catalog::{
    IP_NAME_LOOKUP, NETWORK, PIPES, SOCKETS_GUARD, SOCKETS_NAMES, STDERR, TCP, TCP_CREATE_SOCKET, UDP,
    UDP_CREATE_SOCKET,
};
use crate::interpose::About;
use crate::names::Track;
use crate::value::Value;
use anyhow::{Result, bail, ensure};
use std::net::IpAddr;

/// What sockets may do, by address and port, and which names have addresses of their own. The default is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// What may be done; `None` is all.
    pub allow: Option<Vec<SocketRule>>,
    /// What may not, even so.
    pub deny: Vec<SocketRule>,
    /// Whether what would be denied is done, and written down on standard error.
    pub audit: bool,
    /// Names, as [`Sockets::host`] takes them, that are answered without the host, and their addresses.
    pub hosts: Vec<(String, Vec<IpAddr>)>,
    /// Whether sockets reach only each other, in memory, and nothing is the host's.
    pub loopback: bool,
}

impl Default for Sockets {
    fn default() -> Self {
        Self { allow: Some(Vec::new()), ..Self::open() }
    }
}

impl Sockets {
    /// All of it, as it is.
    pub fn open() -> Self {
        Self { allow: None, deny: Vec::new(), audit: false, hosts: Vec::new(), loopback: false }
    }

    /// Gives a name an address, besides those that it has.
    pub fn host(&mut self, name: &str, address: IpAddr) -> Result<()> {
        let plain = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_name = plain.bytes().all(is_known) && !plain.split('.').any(str::is_empty);
        let last = plain.rsplit('.').next().unwrap_or_default();
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
        let is_nobodys = match address {
            IpAddr::V4(address) => address.is_unspecified() || address.is_multicast() || address.is_broadcast(),
            IpAddr::V6(address) => {
                address.is_unspecified() || address.is_multicast() || address.to_ipv4_mapped().is_some()
            }
        };
        ensure!(!is_nobodys, "no host has the address `{address}`; write one like `127.0.0.1`");
        ensure!(is_name, "`{}` is no name of a host; write one like `db.test`", name.escape_debug());
        ensure!(!is_number, "`{name}` is an address, and has no other; write a name like `db.test`");
        match self.hosts.iter_mut().find(|(known, _)| *known == plain) {
            Some((_, addresses)) if addresses.contains(&address) => {}
            Some((_, addresses)) => addresses.push(address),
            None => self.hosts.push((plain, vec![address])),
        }
        Ok(())
    }

    /// Whether nothing that an interface is for may be done, so that there need be no socket of the kind. What TCP's are the guard has
    /// to know, and it makes one where names have addresses.
    fn is_useless(&self, path: &str) -> bool {
        let Some(allow) = self.allow.as_ref().filter(|_| !self.audit) else { return false };
        match path {
            TCP_CREATE_SOCKET => {
                let is_for = |rule: &SocketRule| matches!(rule, SocketRule::Tcp(_) | SocketRule::Listen(_));
                self.hosts.is_empty() && !allow.iter().any(is_for)
            }
            UDP | UDP_CREATE_SOCKET => !allow.iter().any(|rule| matches!(rule, SocketRule::Udp(_))),
            _ => false,
        }
    }

    /// A name is given an address so that sockets use it.
    fn check_hosts(&self) -> Result<()> {
        for (name, addresses) in &self.hosts {
            let known: SocketRule = format!("dns:{name}").parse()?;
            if let Some(by) = self.deny.iter().find(|denied| denied.covers(&known)) {
                bail!("`{name}` has an address, and `{by}` denies its lookup; leave one out");
            }
            for address in addresses {
                let is_used = |rule: &SocketRule| rule.endpoints().is_some_and(|ends| ends.addresses.have(*address));
                let rules = self.allow.as_deref().filter(|_| !self.loopback && !self.audit);
                let is_useless = rules.is_some_and(|rules| !rules.iter().any(is_used));
                let rule = match address {
                    IpAddr::V4(address) => format!("tcp:{address}:*"),
                    IpAddr::V6(address) => format!("tcp:[{address}]:*"),
                };
                ensure!(
                    !is_useless,
                    "`{name}` is `{address}`, and no socket may use it; write `--allow-sockets={rule}`, or `--sockets=loopback`"
                );
            }
        }
        Ok(())
    }

    /// Whether it matters who connects.
    fn says_from_whom(&self) -> bool {
        let is_about = |rule: &SocketRule| matches!(rule, SocketRule::Accept(_));
        let denies = |rule: &SocketRule| match rule {
            SocketRule::Tcp(endpoints) => endpoints.ports == ALL_PORTS,
            other => is_about(other),
        };
        self.allow.iter().flatten().any(is_about) || self.deny.iter().any(denies)
    }

    /// All rules, those that deny first.
    fn rules(&self) -> impl Iterator<Item = (bool, SocketRule)> {
        let allow = self.allow.clone().unwrap_or_else(SocketRule::all);
        let denied = self.deny.iter().map(|rule| (false, rule.clone()));
        denied.chain(allow.into_iter().map(|rule| (true, rule)))
    }
}

impl Rules for Sockets {
    fn check(&self, policy: &Policy) -> Result<()> {
        if self.loopback {
            let has_rules = self.allow.as_ref().is_none_or(|allow| !allow.is_empty()) || !self.deny.is_empty();
            ensure!(
                !has_rules && !self.audit,
                "in a loopback of their own sockets reach nothing, so there is nothing to allow, deny or audit; leave one out"
            );
        }
        if self.audit && self.is_ruled() {
            check_audit(policy, "sockets")?;
        }
        for rule in self.allow.iter().flatten() {
            if let Some(by) = self.deny.iter().find(|denied| denied.covers(rule)) {
                bail!("`{rule}` can never match: `{by}`, which is denied, takes all of it in; leave one out");
            }
        }
        let listens = |rule: &SocketRule| matches!(rule, SocketRule::Listen(_));
        let accept = self.allow.iter().flatten().find(|rule| matches!(rule, SocketRule::Accept(_)));
        if let (Some(accept), false) = (accept, self.allow.iter().flatten().any(listens)) {
            bail!("`{accept}` can never match: nothing may listen; write `listen:127.0.0.1:8080`, too");
        }
        self.check_hosts()
    }

    fn access(&self, track: &Track) -> Access {
        match self.loopback {
            true => Access::Adapter("sockets"),
            false if self.is_useless(track.path()) => Access::Deny,
            false if self.is_open() || self.is_ruled() => Access::Host,
            false => Access::Deny,
        }
    }

    fn hook(&self, path: &str, function: &str) -> Option<Hook> {
        if !self.is_ruled() {
            return None;
        }
        let (hook, about) = match (path, function) {
            (IP_NAME_LOOKUP, _) if !self.hosts.is_empty() => return Some(Hook::Take(SOCKETS_NAMES)),
            (IP_NAME_LOOKUP, "resolve-addresses") => ("resolve-addresses", About::Arguments),
            (TCP, "[method]tcp-socket.start-bind") => ("tcp-bind", About::Arguments),
            (TCP, "[method]tcp-socket.start-connect") => ("tcp-connect", About::Arguments),
            (TCP, "[method]tcp-socket.start-listen") => ("tcp-listen", About::Arguments),
            (TCP, "[method]tcp-socket.accept") if self.says_from_whom() => ("tcp-accept", About::Result),
            (UDP, "[method]udp-socket.start-bind") => ("udp-bind", About::Arguments),
            (UDP, "[method]udp-socket.stream") => ("udp-stream", About::Arguments),
            (UDP, "[method]outgoing-datagram-stream.send") => ("udp-send", About::Elements),
            (UDP, "[method]incoming-datagram-stream.receive") => ("udp-receive", About::ResultElements),
            _ => return None,
        };
        Some(Hook::Ask(SOCKETS_GUARD, hook, about))
    }

    /// Whether some of it is the host's and some is not, or written down.
    fn is_ruled(&self) -> bool {
        let all = self.deny.is_empty() && self.hosts.is_empty();
        !self.loopback && self.allow.as_ref().map_or(!all, |allow| self.audit || !allow.is_empty())
    }

    fn asks(&self) -> Vec<&'static str> {
        if self.loopback {
            return vec![PIPES];
        }
        let names = if self.hosts.is_empty() { &[][..] } else { &[NETWORK, IP_NAME_LOOKUP, TCP_CREATE_SOCKET] };
        [TCP].iter().chain(names).copied().chain(self.audit.then_some(STDERR)).collect()
    }

    fn makes_io(&self) -> bool {
        self.loopback
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        match name {
            "rules" => Some(Value::List(self.rules().filter_map(|(allow, rule)| rule.value(allow)).collect())),
            "names" => Some(Value::List(self.rules().filter_map(|(allow, rule)| rule.name_value(allow)).collect())),
            "hosts" => {
                let host = |(name, addresses): &(String, Vec<IpAddr>)| {
                    Value::Tuple(vec![Value::string(name), Value::List(addresses.iter().map(address).collect())])
                };
                Some(Value::List(self.hosts.iter().map(host).collect()))
            }
            _ => None,
        }
    }

    fn needs(&self) -> Vec<&'static str> {
        if self.hosts.is_empty() { Vec::new() } else { vec![IP_NAME_LOOKUP] }
    }

    fn reaches(&self) -> Vec<&'static str> {
        self.audit.then_some(STDERR).into_iter().collect()
    }

    fn is_open(&self) -> bool {
        // There is nothing to write down.
        Self { audit: false, ..self.clone() } == Self::open()
    }

    fn is_set(&self) -> bool {
        self.is_ruled() || self.loopback || !self.hosts.is_empty()
    }

    fn only_opens(&self) -> bool {
        !self.loopback && self.hosts.is_empty()
    }

    fn describe(&self) -> String {
        let list = |rules: &[SocketRule]| rules.iter().map(SocketRule::to_string).collect::<Vec<_>>().join(", ");
        let hosts = match self.hosts.as_slice() {
            [] => String::new(),
            hosts @ ([_] | [_, _]) => {
                let host = |(name, addresses): &(String, Vec<IpAddr>)| {
                    let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                    format!(", {name} is {}", addresses.join(" and "))
                };
                hosts.iter().map(host).collect()
            }
            hosts => format!(", {} with addresses", count(hosts.len(), "name")),
        };
        if self.loopback {
            return format!("sockets that reach only each other{hosts}");
        }
        let allowed = match self.allow.as_deref() {
            None => "all".to_owned(),
            Some([]) => "nothing".to_owned(),
            Some(allow) => list(allow),
        };
        let denied = if self.deny.is_empty() { String::new() } else { format!(", but not {}", list(&self.deny)) };
        match self.audit {
            true => format!(
                "audit alone, nothing is denied: other than {allowed}{denied} is written to standard error{hosts}"
            ),
            false => format!("{allowed}{denied}{hosts}"),
        }
    }
}

/// As `virt:sockets/settings` has it.
fn address(address: &IpAddr) -> Value {
    let (family, parts): (_, Vec<i128>) = match address {
        IpAddr::V4(address) => ("ipv4", address.octets().map(i128::from).into()),
        IpAddr::V6(address) => ("ipv6", address.segments().map(i128::from).into()),
    };
    let parts = Value::Tuple(parts.into_iter().map(Value::Int).collect());
    Value::Variant(family.to_owned(), Some(Box::new(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> Vec<SocketRule> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn refused(sockets: &Sockets, words: &[&str]) {
        let error = sockets.check(&Policy::default()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }

    #[test]
    fn what_can_never_match_is_refused() {
        let mut sockets = Sockets { allow: Some(rules(&["tcp:10.0.0.0/8:*"])), ..Sockets::default() };
        sockets.deny = rules(&["tcp:10.1.0.0/16:*"]);
        sockets.check(&Policy::default()).unwrap();
        sockets.deny.extend(rules(&["tcp:*:*"]));
        refused(&sockets, &["`tcp:10.0.0.0/8:*`", "`tcp:*:*`", "is denied"]);
        refused(
            &Sockets { allow: Some(rules(&["accept:10.0.0.0/8"])), ..Sockets::default() },
            &["`accept:10.0.0.0/8`", "`listen:127.0.0.1:8080`"],
        );
        refused(&Sockets { loopback: true, ..Sockets::open() }, &["leave one out"]);
        let mut sockets = Sockets::default();
        sockets.host("DB.test.", "10.0.0.5".parse().unwrap()).unwrap();
        refused(&sockets, &["`db.test`", "`--allow-sockets=tcp:10.0.0.5:*`", "`--sockets=loopback`"]);
        sockets.allow = Some(rules(&["tcp:10.0.0.6:80", "dns:*"]));
        refused(&sockets, &["`db.test` is `10.0.0.5`", "`--allow-sockets=tcp:10.0.0.5:*`"]);
        sockets.allow = Some(rules(&["udp:10.0.0.0/8:53"]));
        sockets.check(&Policy::default()).unwrap();
        sockets.deny = rules(&["dns:*.test"]);
        refused(&sockets, &["`db.test`", "`dns:*.test`", "leave one out"]);
    }

    #[test]
    fn names_have_addresses_once() {
        let mut sockets = Sockets::open();
        for (name, address) in [("db.test", "10.0.0.5"), ("DB.TEST.", "::1"), ("db.test", "::1")] {
            sockets.host(name, address.parse().unwrap()).unwrap();
        }
        assert_eq!(sockets.hosts, [("db.test".to_owned(), vec!["10.0.0.5".parse().unwrap(), "::1".parse().unwrap()])]);
        for address in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:10.0.0.1"] {
            assert!(sockets.host("a.test", address.parse().unwrap()).is_err(), "{address}");
        }
        for name in ["", "*.test", "a..b", "a b", "10.0.0.5", "::1", "127.1", "a.0x1"] {
            assert!(sockets.host(name, "::1".parse().unwrap()).is_err(), "{name}");
        }
    }

    #[test]
    fn who_connects_is_asked_only_if_rules_say() {
        let accept = |sockets: &Sockets| sockets.hook(TCP, "[method]tcp-socket.accept");
        assert_eq!(accept(&Sockets { allow: Some(rules(&["listen:*:80"])), ..Sockets::default() }), None);
        for (allow, deny) in
            [(&["listen:*:80", "accept:10.0.0.1"][..], &[][..]), (&["listen:*:80"], &["tcp:10.0.0.1:*"])]
        {
            let sockets = Sockets { allow: Some(rules(allow)), deny: rules(deny), ..Sockets::default() };
            assert!(accept(&sockets).is_some());
        }
        for deny in [&["tcp:*:25"][..], &["udp:*:*"]] {
            assert_eq!(accept(&Sockets { deny: rules(deny), ..Sockets::open() }), None);
        }
    }
}
