//! Sets of HTTP requests as users write them: `https://api.example.com:8443/v1`.

use super::{Port, RequestHost, Requests, Scheme};
use anyhow::{Context as _, Error, Result, anyhow, bail, ensure};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

impl FromStr for Requests {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).with_context(|| format!("`{}` is no pattern of requests", text.escape_debug()))
    }
}

fn parse(text: &str) -> Result<Requests> {
    const FORMS: &str = "write one like `example.com`, `*.example.com`, `example.com:8443` or `https://example.com/v1`";
    ensure!(!text.is_empty(), "it is empty; {FORMS}, or `*` for all");
    if text == "*" {
        return Ok(Requests::all());
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(Scheme::Http), rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Scheme::Https), rest),
        Some((scheme, rest)) => {
            bail!("no host sends `{scheme}`; write `https://{rest}`, or `{rest}` for `http` and `https`")
        }
        None => (None, text),
    };
    let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    ensure!(!text.contains(['?', '#']), "what stands behind `?` or `#` cannot be told apart; {FORMS}");
    if let Some((_, host)) = place.rsplit_once('@') {
        bail!("requests with a user's name in front are never sent; write `{host}`");
    }
    let (host, port) = host_and_port(place).with_context(|| FORMS)?;
    let is_address = matches!(host, RequestHost::V4(_) | RequestHost::V6(_));
    if is_address && path.len() > 1 && path[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("ranges of addresses are not known, only `{place}` by itself");
    }
    Ok(Requests { methods: Vec::new(), scheme, host, port, path: parse_path(path)? })
}

fn host_and_port(place: &str) -> Result<(RequestHost, Port)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']').ok_or_else(|| anyhow!("`[` is not closed"))?;
            let address: Ipv6Addr = address.parse().map_err(|_| anyhow!("`{address}` is no IPv6 address"))?;
            // To a host these are one.
            let mapped = address.to_ipv4_mapped().map(RequestHost::V4);
            (mapped.unwrap_or(RequestHost::V6(address)), rest)
        }
        None if place.parse::<Ipv6Addr>().is_ok() => bail!("IPv6 addresses are in brackets: `[{place}]`"),
        None => {
            let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
            (parse_host(host)?, port)
        }
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => Port::OfScheme,
        Some("*") => Port::Any,
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let number = number.parse().ok().filter(|number| *number > 0);
            Port::Number(number.ok_or_else(|| anyhow!("`{port}` is no port; ports are `:1` to `:65535`, or `:*`"))?)
        }
        _ => bail!("`{port}` is no port; ports are `:1` to `:65535`, or `:*`"),
    };
    Ok((host, port))
}

/// The host of a URL, or several.
pub fn parse_host(text: &str) -> Result<RequestHost> {
    let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if host == "*" {
        return Ok(RequestHost::Any);
    }
    let (name, is_below) = host.strip_prefix("*.").map_or((host.as_str(), false), |name| (name, true));
    ensure!(!name.is_empty(), "there is no host");
    ensure!(!name.contains('*'), "`*` stands for whole names at the front, as in `*.example.com`");
    ensure!(name.is_ascii(), "`{name}` is to be written as DNS has it, with `xn--`");
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ensure!(name.bytes().all(is_known) && !name.split('.').any(str::is_empty), "`{name}` is no name of a host");
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") {
        let address: Ipv4Addr = name.parse().map_err(|_| anyhow!("`{name}` is no IPv4 address like `127.0.0.1`"))?;
        ensure!(!is_below, "nothing is below an address; write `{name}`");
        return Ok(RequestHost::V4(address));
    }
    Ok(if is_below { RequestHost::Below(name.to_owned()) } else { RequestHost::Name(name.to_owned()) })
}

fn parse_path(text: &str) -> Result<String> {
    // As others write what begins so.
    let path = text.strip_suffix("/*").map_or(text.to_owned(), |path| format!("{path}/"));
    ensure!(!path.contains('*'), "a path is what paths begin with, and `*` in it stands for nothing; write `/v1`");
    ensure!(!path.contains('%'), "a path is written as it reads, without `%`");
    let is_step = |step: &str| !matches!(step, "." | "..") && !step.contains('\\');
    let mut steps = path.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        let is_last = steps.peek().is_none();
        ensure!(
            is_step(step) && (!step.is_empty() || is_last),
            "no request has `{path}`: those with `.`, `..` or `//` are in no path, because servers read them differently"
        );
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path })
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.methods.is_empty() {
            write!(f, "{} ", self.methods.join("|"))?;
        }
        if *self == (Self { methods: self.methods.clone(), ..Self::all() }) {
            return f.write_str("*");
        }
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.as_str())?;
        }
        match &self.host {
            RequestHost::Any => f.write_str("*")?,
            RequestHost::Name(name) => f.write_str(name)?,
            RequestHost::Below(name) => write!(f, "*.{name}")?,
            RequestHost::V4(address) => write!(f, "{address}")?,
            RequestHost::V6(address) => write!(f, "[{address}]")?,
        }
        match self.port {
            Port::OfScheme => {}
            Port::Any => f.write_str(":*")?,
            Port::Number(port) => write!(f, ":{port}")?,
        }
        f.write_str(if self.path == "/" { "" } else { &self.path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(text: &str) -> Requests {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_what_is_shown() {
        for text in [
            "*",
            "*:8080",
            "https://*",
            "http://*:*",
            "example.com",
            "*.example.com",
            "example.com:8443",
            "example.com:*",
            "https://api.example.com",
            "http://127.0.0.1:8080/v1/x",
            "[::1]:8080",
            "[2001:db8::1]/a/",
        ] {
            assert_eq!(requests(text).to_string(), text);
        }
        for (text, shown) in [
            ("HTTPS://Example.COM./", "https://example.com"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
            ("a.com/v1/*", "a.com/v1/"),
        ] {
            assert_eq!(requests(text).to_string(), shown);
        }
        let some = requests("a.com").with_methods(["get", "PURGE"]).unwrap();
        assert_eq!(some.to_string(), "GET|PURGE a.com");
    }

    #[test]
    fn what_is_no_pattern_is_told_with_a_right_one() {
        for (text, words) in [
            ("", &["empty", "`*.example.com`"][..]),
            ("ftp://a.com", &["`ftp`", "`https://a.com`"]),
            ("https://", &["no host"]),
            ("https://user@a.com", &["user", "`a.com`"]),
            ("a.com?x=1", &["`?`"]),
            ("a.com#x", &["`#`"]),
            ("a*.com", &["`*.example.com`"]),
            ("a.*.com", &["`*.example.com`"]),
            ("**", &["`*.example.com`"]),
            ("a..com", &["no name"]),
            ("a b.com", &["no name"]),
            ("\u{e4}.com", &["xn--"]),
            ("a.com:0", &["`:0`", "65535"]),
            ("a.com:99999", &["`:99999`"]),
            ("a.com:http", &["`:http`"]),
            ("a.com:", &["`:`"]),
            ("::1", &["`[::1]`"]),
            ("[::1", &["closed"]),
            ("[::g]", &["IPv6"]),
            ("1.2.3", &["IPv4"]),
            ("*.1.2.3.4", &["below an address"]),
            ("10.0.0.0/8", &["ranges", "`10.0.0.0`"]),
            ("a.com/v*/x", &["`/v1`"]),
            ("a.com/a%20b", &["`%`"]),
            ("a.com/../x", &["`..`"]),
            ("a.com//x", &["`//`"]),
        ] {
            let error = format!("{:#}", text.parse::<Requests>().unwrap_err());
            for word in words.iter().chain(&["is no pattern"]) {
                assert!(error.contains(word), "`{word}` is not in: {error}");
            }
        }
        for method in ["", "*", "G T", "GET,POST"] {
            assert!(Requests::all().with_methods([method]).is_err(), "{method}");
        }
    }
}
