//! Rules for sockets as users write them: `tcp:10.0.0.0/8:5432`.

use super::{ALL_PORTS, Addresses, Endpoints, Names, SocketRule};
use crate::policy::RequestHost;
use crate::policy::requests::parse_host;
use crate::words::unknown;
use anyhow::{Context as _, Error, Result, anyhow, bail, ensure};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What rules begin with.
const KINDS: &[&str] = &["tcp", "udp", "listen", "accept", "dns"];

const FORMS: &str =
    "write one like `tcp:10.0.0.0/8:5432`, `udp:*:53`, `tcp:[::1]:*`, `listen:127.0.0.1:8080` or `dns:*.example.com`";

impl FromStr for SocketRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).with_context(|| format!("`{}` is no rule for sockets", text.escape_debug()))
    }
}

fn parse(text: &str) -> Result<SocketRule> {
    ensure!(!text.is_empty(), "it is empty; {FORMS}");
    ensure!(
        !["*", "all", "any"].contains(&text),
        "for everything, leave the list out: `--allow-sockets`, or `allow = true`"
    );
    ensure!(!text.contains(';'), "rules are separated by commas");
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    if let Some(rest) = rest.strip_prefix("//") {
        bail!("it is no URL; write `{kind}:{rest}`");
    }
    match kind {
        "dns" => Ok(SocketRule::Dns(names(rest)?)),
        "tcp" => Ok(SocketRule::Tcp(peers(kind, rest)?)),
        "udp" => Ok(SocketRule::Udp(peers(kind, rest)?)),
        "accept" => Ok(SocketRule::Accept(accepted(rest)?)),
        "listen" => Ok(SocketRule::Listen(local(rest)?)),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            bail!("it is a port without an address; say the whole rule again, as in `tcp:10.0.0.5:{text}`")
        }
        _ if kind.starts_with(|first: char| first.is_ascii_digit() || "*[".contains(first)) => {
            bail!("what is to be done comes first; write `tcp:{text}`, or `udp:`, `listen:` or `accept:`")
        }
        _ if kind.contains('.') => bail!("what is to be done comes first; {FORMS}"),
        _ => {
            let meant = match kind.to_ascii_lowercase().as_str() {
                "bind" | "server" => "listen".to_owned(),
                "connect" => "tcp".to_owned(),
                other => other.to_owned(),
            };
            match KINDS.contains(&meant.as_str()) {
                true => bail!("there is no kind `{kind}`, did you mean `{meant}:{rest}`?"),
                false => bail!("{}; {FORMS}", unknown("kind", kind, KINDS)),
            }
        }
    }
}

fn names(text: &str) -> Result<Names> {
    ensure!(!text.contains([':', '[', '/']), "names have no ports or ranges; write `dns:example.com`");
    match parse_host(text).context("write a name like `dns:example.com` or `dns:*.example.com`, or `dns:*` for all")? {
        RequestHost::Any => Ok(Names::Any),
        RequestHost::Name(name) => Ok(Names::Name(name)),
        RequestHost::Below(name) => Ok(Names::Below(name)),
        RequestHost::V4(_) | RequestHost::V6(_) => {
            bail!("`{text}` is an address, and looking up an address asks nobody; leave the rule out")
        }
    }
}

fn peers(kind: &str, text: &str) -> Result<Endpoints> {
    let endpoints = endpoints(kind, text)?;
    let is_unspecified = match endpoints.addresses {
        Addresses::Any => false,
        Addresses::V4(address, len) => address.is_unspecified() && len == 32,
        Addresses::V6(address, len) => address.is_unspecified() && len == 128,
    };
    let port = Ports(endpoints.ports);
    ensure!(!is_unspecified, "nobody has that address; write `{kind}:*:{port}` for all");
    let is_zero = endpoints.ports.0 == 0 && endpoints.ports != ALL_PORTS;
    ensure!(!is_zero, "nobody is at port 0; ports of others are `1` to `65535`, or `*`");
    Ok(endpoints)
}

/// Who connects does it from a port that nobody can know, so there is none to write.
fn accepted(text: &str) -> Result<Endpoints> {
    let is_all = |text: &str| text.strip_suffix(":*").map(str::to_owned);
    let end = text.rfind(']').map_or(0, |at| at + 1);
    let bare = if text[end..].contains(':') { is_all(text) } else { Some(text.to_owned()) };
    let Some(address) = bare.filter(|address| !address.is_empty()) else {
        let address = text.rsplit_once(':').map_or(text, |(address, _)| address);
        bail!("the port would be the peer's own, which is random; write `accept:{address}`");
    };
    peers("accept", &format!("{address}:*"))
}

/// Who listens at the unspecified address listens at all of its family, and may listen at each.
fn local(text: &str) -> Result<Endpoints> {
    let Endpoints { addresses, ports } = endpoints("listen", text)?;
    let is_range = ports.0 == 0 && ports.1 > 0 && ports != ALL_PORTS;
    ensure!(!is_range, "port 0 is one that the host chooses, and in no range; write it by itself, or `*`");
    let addresses = match addresses {
        Addresses::V4(Ipv4Addr::UNSPECIFIED, 32) => Addresses::V4(Ipv4Addr::UNSPECIFIED, 0),
        Addresses::V6(Ipv6Addr::UNSPECIFIED, 128) => Addresses::V6(Ipv6Addr::UNSPECIFIED, 0),
        other => other,
    };
    Ok(Endpoints { addresses, ports })
}

fn endpoints(kind: &str, text: &str) -> Result<Endpoints> {
    let no_port = |address: &str| anyhow!("it has no port; write `{kind}:{address}:*` for any");
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(|| anyhow!("`[` is not closed"))?;
        let (len, port) = rest.split_once(':').ok_or_else(|| no_port(text))?;
        let (address, len) = match (address.split_once('/'), len.strip_prefix('/')) {
            (Some((address, len)), None) if rest.starts_with(':') => (address, Some(len)),
            (None, None) if rest.starts_with(':') => (address, None),
            (None, Some(len)) => (address, Some(len)),
            _ => bail!("what stands between `]` and `:` is no range; write `{kind}:[fd00::]/8:{port}`"),
        };
        return Ok(Endpoints { addresses: v6(kind, address, len)?, ports: ports(port)? });
    }
    if let Some((address, port)) = in_need_of_brackets(text) {
        bail!("IPv6 addresses are in brackets: `{kind}:[{address}]:{port}`");
    }
    let (address, port) = text.split_once(':').ok_or_else(|| no_port(if text.is_empty() { "*" } else { text }))?;
    let addresses = if address == "*" { Addresses::Any } else { v4(kind, address, port)? };
    Ok(Endpoints { addresses, ports: ports(port)? })
}

/// An IPv6 address without brackets, and the port behind it.
fn in_need_of_brackets(text: &str) -> Option<(&str, &str)> {
    let is_address = |text: &str| text.split('/').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    let with_port = text.rsplit_once(':').filter(|(address, _)| is_address(address));
    with_port.or_else(|| is_address(text).then_some((text, "*")))
}

fn v4(kind: &str, text: &str, port: &str) -> Result<Addresses> {
    let (address, len) = text.split_once('/').map_or((text, None), |(address, len)| (address, Some(len)));
    ensure!(!address.is_empty(), "it has no address; write `{kind}:*:{port}` for any");
    let Ok(parsed) = address.parse::<Ipv4Addr>() else {
        let is_number = address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        ensure!(!is_number, "`{address}` is no IPv4 address like `10.0.0.5`");
        ensure!(
            !address.contains('*'),
            "`*` stands for all addresses; for some write a range, as in `{kind}:10.0.0.0/8:{port}`"
        );
        if let Some((_, address)) = address.rsplit_once('@') {
            bail!("sockets have no users; write `{kind}:{address}:{port}`");
        }
        ensure!(
            kind != "listen",
            "`{address}` is a name, and who listens has an address: write `listen:127.0.0.1:{port}`"
        );
        bail!(
            "`{address}` is a name, which may lead anywhere, and rules are about addresses: write `{kind}:10.0.0.5:{port}`, and \
             `dns:{address}` to have it looked up, or `--host {address}=10.0.0.5` to say where it leads"
        );
    };
    let len = len.map_or(Ok(32), |len| prefix(len, 32))?;
    let mask = u32::MAX.checked_shl(32 - u32::from(len)).unwrap_or(0);
    let start = Ipv4Addr::from_bits(parsed.to_bits() & mask);
    ensure!(start == parsed, "`{address}` has more bits than `/{len}` counts; write `{start}/{len}`");
    Ok(Addresses::V4(parsed, len))
}

fn v6(kind: &str, address: &str, len: Option<&str>) -> Result<Addresses> {
    if let Some((plain, _)) = address.split_once('%') {
        bail!("scope ids are numbers of the host, and rules take in all; write `{kind}:[{plain}]`");
    }
    let parsed: Ipv6Addr = address.parse().map_err(|_| anyhow!("`{address}` is no IPv6 address like `fd00::1`"))?;
    let len = len.map_or(Ok(128), |len| prefix(len, 128))?;
    let mask = u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0);
    let start = Ipv6Addr::from_bits(parsed.to_bits() & mask);
    ensure!(start == parsed, "`{address}` has more bits than `/{len}` counts; write `[{start}]/{len}`");
    // To everybody these are one.
    Ok(match parsed.to_ipv4_mapped().filter(|_| len >= 96) {
        Some(address) => Addresses::V4(address, len - 96),
        None => Addresses::V6(parsed, len),
    })
}

fn prefix(text: &str, most: u8) -> Result<u8> {
    let len = text.parse().ok().filter(|len| *len <= most && text.bytes().all(|byte| byte.is_ascii_digit()));
    len.ok_or_else(|| anyhow!("`/{text}` is no range; ranges are `/0` to `/{most}`"))
}

fn ports(text: &str) -> Result<(u16, u16)> {
    if text == "*" {
        return Ok(ALL_PORTS);
    }
    let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first, last)),
        (Some(first), Some(last)) => bail!("a range goes upwards; write `{last}-{first}`"),
        _ => bail!("`{text}` is no port; ports are `1` to `65535`, some of them `8000-8999`, or `*`"),
    }
}

/// Ports as they are written.
struct Ports((u16, u16));

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ALL_PORTS => f.write_str("*"),
            (first, last) if first == last => write!(f, "{first}"),
            (first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl fmt::Display for SocketRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, endpoints) = match self {
            Self::Tcp(endpoints) => ("tcp", endpoints),
            Self::Udp(endpoints) => ("udp", endpoints),
            Self::Listen(endpoints) => ("listen", endpoints),
            Self::Accept(endpoints) => ("accept", endpoints),
            Self::Dns(Names::Any) => return f.write_str("dns:*"),
            Self::Dns(Names::Name(name)) => return write!(f, "dns:{name}"),
            Self::Dns(Names::Below(name)) => return write!(f, "dns:*.{name}"),
        };
        // Without the port that nobody can know.
        let ports = (kind != "accept").then_some(Ports(endpoints.ports));
        match endpoints.addresses {
            Addresses::Any => write!(f, "{kind}:*")?,
            Addresses::V4(address, 32) => write!(f, "{kind}:{address}")?,
            Addresses::V4(address, len) => write!(f, "{kind}:{address}/{len}")?,
            Addresses::V6(address, 128) => write!(f, "{kind}:[{address}]")?,
            Addresses::V6(address, len) => write!(f, "{kind}:[{address}]/{len}")?,
        }
        ports.map_or(Ok(()), |ports| write!(f, ":{ports}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_shown() {
        for text in [
            "tcp:*:*",
            "tcp:10.0.0.0/8:5432",
            "udp:*:53",
            "tcp:[::1]:*",
            "listen:127.0.0.1:8080",
            "listen:127.0.0.1:0",
            "accept:10.1.2.3",
            "accept:[fd00::]/8",
            "accept:*",
            "udp:[fd00::]/8:8000-8999",
            "udp:255.255.255.255:67",
            "dns:*",
            "dns:example.com",
            "dns:*.example.com",
        ] {
            assert_eq!(text.parse::<SocketRule>().unwrap().to_string(), text);
        }
        for (text, shown) in [
            ("tcp:[fd00::/8]:1", "tcp:[fd00::]/8:1"),
            ("tcp:[::ffff:10.0.0.1]:1", "tcp:10.0.0.1:1"),
            ("tcp:[::ffff:10.0.0.0]/104:1", "tcp:10.0.0.0/8:1"),
            ("listen:0.0.0.0:80", "listen:0.0.0.0/0:80"),
            ("listen:[::]:80", "listen:[::]/0:80"),
            ("listen:0.0.0.0/1:80", "listen:0.0.0.0/1:80"),
            ("listen:[::]/64:80", "listen:[::]/64:80"),
            ("tcp:10.0.0.1/32:0080", "tcp:10.0.0.1:80"),
            ("accept:10.1.2.3:*", "accept:10.1.2.3"),
            ("accept:[::1]:*", "accept:[::1]"),
            ("dns:Example.COM.", "dns:example.com"),
        ] {
            assert_eq!(text.parse::<SocketRule>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_rule_is_told_with_a_right_one() {
        for (text, words) in [
            ("", &["empty", "`tcp:10.0.0.0/8:5432`"][..]),
            ("10.0.0.1:80", &["`tcp:10.0.0.1:80`"]),
            ("[::1]:80", &["`tcp:[::1]:80`"]),
            ("example.com", &["comes first", "`dns:*.example.com`"]),
            ("*", &["`--allow-sockets`"]),
            ("443", &["port without an address", "`tcp:10.0.0.5:443`"]),
            ("tcp://10.0.0.5:80", &["`tcp:10.0.0.5:80`"]),
            ("tcp:10.0.0.5:80;udp:*:53", &["commas"]),
            ("TCP:10.0.0.5:80", &["`tcp:10.0.0.5:80`"]),
            ("bind:127.0.0.1:80", &["`listen:127.0.0.1:80`"]),
            ("accept:127.0.0.1:8080", &["peer's own", "`accept:127.0.0.1`"]),
            ("accept:[::1]:8080", &["`accept:[::1]`"]),
            ("accept:", &["`accept:"]),
            ("tcp:me@10.0.0.5:80", &["`tcp:10.0.0.5:80`"]),
            ("tcpp:*:80", &["`tcpp`", "did you mean `tcp`"]),
            ("tcp", &["no port", "`tcp:*:*`"]),
            ("tcp:10.0.0.1", &["no port", "`tcp:10.0.0.1:*`"]),
            ("tcp:[::1]", &["no port", "`tcp:[::1]:*`"]),
            ("tcp::80", &["no address", "`tcp:*:80`"]),
            ("tcp:::1:80", &["brackets", "`tcp:[::1]:80`"]),
            ("tcp:::1", &["brackets", "`tcp:[::1]:*`"]),
            ("tcp:fd00::/8:80", &["brackets", "`tcp:[fd00::/8]:80`"]),
            ("tcp:[::1:80", &["not closed"]),
            ("tcp:[::1]x:80", &["`tcp:[fd00::]/8:80`"]),
            ("tcp:[::g]:80", &["`::g`", "IPv6"]),
            ("tcp:[fe80::1%2]:80", &["scope", "`tcp:[fe80::1]`"]),
            ("tcp:db.test:5432", &["`db.test` is a name", "`tcp:10.0.0.5:5432`", "`dns:db.test`", "--host"]),
            ("listen:localhost:80", &["`localhost` is a name", "`listen:127.0.0.1:80`"]),
            ("tcp:10.*:80", &["`tcp:10.0.0.0/8:80`"]),
            ("tcp:10.0.0:80", &["`10.0.0`", "`10.0.0.5`"]),
            ("tcp:10.0.0.1/8:80", &["`10.0.0.0/8`"]),
            ("tcp:[fd00::1]/8:80", &["`[fd00::]/8`"]),
            ("tcp:10.0.0.0/33:80", &["`/33`", "`/32`"]),
            ("tcp:10.0.0.0/:80", &["`/`"]),
            ("tcp:*:http", &["`http`", "8000-8999"]),
            ("tcp:*:9-1", &["`1-9`"]),
            ("tcp:*:65536", &["`65536`"]),
            ("tcp:*:", &["``"]),
            ("tcp:*:0", &["port 0"]),
            ("udp:*:0-9", &["port 0"]),
            ("listen:*:0-9", &["port 0", "by itself"]),
            ("tcp:0.0.0.0:80", &["`tcp:*:80`"]),
            ("accept:[::]", &["`accept:*"]),
            ("dns:10.0.0.1", &["is an address"]),
            ("dns:a.com:53", &["no ports", "`dns:example.com`"]),
            ("dns:a*.com", &["`dns:*.example.com`"]),
            ("dns:", &["`dns:example.com`"]),
        ] {
            let error = format!("{:#}", text.parse::<SocketRule>().unwrap_err());
            for word in words.iter().chain(&["is no rule"]) {
                assert!(error.contains(word), "{text}: `{word}` is not in: {error}");
            }
        }
    }
}
