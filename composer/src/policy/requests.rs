//! Sets of HTTP requests, as users write them: `https://api.example.com:8443/v1`.

use crate::value::Value;
use anyhow::{Context as _, Error, Result, anyhow, bail, ensure};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A set of HTTP requests.
///
/// ```
/// use virt_compose::policy::Requests;
///
/// let api: Requests = "https://api.example.com/v1".parse()?;
/// let all_of_it: Requests = "*.example.com".parse()?;
/// assert!(all_of_it.covers(&api) && !api.covers(&all_of_it));
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// As HTTP spells them, in upper case; any, if there are none.
    pub methods: Vec<String>,
    /// Any, if there is none.
    pub scheme: Option<Scheme>,
    /// Where they go.
    pub host: RequestHost,
    /// At which port.
    pub port: Port,
    /// `/` is any path; another is itself, and all that begin with it and a slash. As it reads, without `%20` and the like.
    pub path: String,
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, whose port is 80
    Http,
    /// `https`, whose port is 443
    Https,
}

/// The host of a URL, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestHost {
    /// Any name or address.
    Any,
    /// A name, in lower case and without a dot at its end.
    Name(String),
    /// All names that end in a dot and this.
    Below(String),
    /// An address.
    V4(Ipv4Addr),
    /// An address.
    V6(Ipv6Addr),
}

/// The port of a URL, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Any.
    Any,
    /// What belongs to the scheme.
    OfScheme,
    /// This one.
    Number(u16),
}

/// The methods that HTTP has.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// What a request is compared with: a scheme and a port, or any.
type End = (Option<Scheme>, Option<u16>);

impl Scheme {
    /// As URLs have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Requests {
    /// All requests.
    pub fn all() -> Self {
        let (host, port) = (RequestHost::Any, Port::Any);
        Self { methods: Vec::new(), scheme: None, host, port, path: "/".to_owned() }
    }

    /// The same with these methods only. Names that HTTP knows may be in lower case.
    pub fn with_methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        for method in methods {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let known = METHODS.iter().find(|known| known.eq_ignore_ascii_case(method));
            ensure!(
                method != "*" && !method.is_empty() && method.bytes().all(is_token),
                "`{method}` is no method; write it like `GET`, or leave methods out for any"
            );
            self.methods.push(known.map_or(method, |known| known).to_owned());
        }
        Ok(self)
    }

    /// The same at any port, unless one is written.
    pub fn at_any_port(&self) -> Self {
        let port = if self.port == Port::OfScheme { Port::Any } else { self.port };
        Self { port, ..self.clone() }
    }

    /// Whether all that is in another is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        let has_end = |end: &End| {
            self.ends().iter().any(|own| (own.0.is_none() || own.0 == end.0) && (own.1.is_none() || own.1 == end.1))
        };
        let has_method = |method: &String| self.methods.contains(method);
        let has_methods = !other.methods.is_empty() && other.methods.iter().all(has_method);
        (self.methods.is_empty() || has_methods)
            && self.host.covers(&other.host)
            && other.ends().iter().all(has_end)
            && is_below(&other.path, &self.path)
    }

    /// Whether something is in both.
    pub fn meets(&self, other: &Self) -> bool {
        let is_same = |own: &End, other: &End| {
            (own.0.is_none() || other.0.is_none() || own.0 == other.0)
                && (own.1.is_none() || other.1.is_none() || own.1 == other.1)
        };
        let share_method = self.methods.iter().any(|method| other.methods.contains(method));
        let share_end = self.ends().iter().any(|own| other.ends().iter().any(|other| is_same(own, other)));
        (self.methods.is_empty() || other.methods.is_empty() || share_method)
            && (self.host.covers(&other.host) || other.host.covers(&self.host))
            && share_end
            && (is_below(&self.path, &other.path) || is_below(&other.path, &self.path))
    }

    /// Schemes and ports, one by one.
    fn ends(&self) -> Vec<End> {
        let schemes = self.scheme.map_or(vec![Scheme::Http, Scheme::Https], |scheme| vec![scheme]);
        match self.port {
            Port::Any => vec![(self.scheme, None)],
            Port::Number(port) => vec![(self.scheme, Some(port))],
            Port::OfScheme => schemes.into_iter().map(|scheme| (Some(scheme), Some(scheme.port()))).collect(),
        }
    }

    /// As `virt:http/settings` has it: a record for each method, scheme and port, with these fields besides. Paths are the
    /// caller's.
    pub(super) fn values(&self, fields: &[(&str, Value)]) -> Vec<Value> {
        let any = [String::new()];
        let methods = if self.methods.is_empty() { &any[..] } else { &self.methods };
        let mut values = Vec::new();
        for method in methods {
            for (scheme, port) in self.ends() {
                let own = [
                    ("method", Value::string(method)),
                    ("scheme", Value::string(scheme.map_or("", Scheme::as_str))),
                    ("host", Value::string(self.host.key())),
                    ("port", Value::option(port.map(|port| Value::Int(port.into())))),
                ];
                let all = fields.iter().cloned().chain(own).map(|(name, value)| (name.to_owned(), value));
                values.push(Value::Record(all.collect()));
            }
        }
        values
    }
}

impl RequestHost {
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Below(own), Self::Name(name)) => name.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')),
            (Self::Below(own), Self::Below(name)) => own == name || name.ends_with(&format!(".{own}")),
            _ => self == other,
        }
    }

    /// As `virt:http/settings` has it.
    fn key(&self) -> String {
        match self {
            Self::Any => String::new(),
            Self::Name(name) => name.clone(),
            Self::Below(name) => format!(".{name}"),
            Self::V4(address) => format!("#{:08x}", address.to_bits()),
            Self::V6(address) => format!("#{:032x}", address.to_bits()),
        }
    }
}

/// Whether a path is another, or begins with it and a slash.
fn is_below(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || top.ends_with('/'))
}

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

fn parse_host(text: &str) -> Result<RequestHost> {
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
    fn some_are_in_others() {
        for (one, other) in [
            ("*", "https://a.com:1/x"),
            ("*.a.com", "b.a.com"),
            ("*.a.com", "*.b.a.com"),
            ("a.com", "https://a.com"),
            ("a.com", "http://a.com:80"),
            ("a.com:*", "a.com"),
            ("a.com/v1", "a.com/v1/x"),
            ("a.com", "a.com/v1"),
        ] {
            assert!(requests(one).covers(&requests(other)), "{one} {other}");
            assert!(one == other || !requests(other).covers(&requests(one)), "{other} {one}");
            assert!(requests(one).meets(&requests(other)) && requests(other).meets(&requests(one)));
        }
        for (one, other) in [
            ("*.a.com", "a.com"),
            ("*.a.com", "*.ba.com"),
            ("a.com", "a.com:8080"),
            ("http://a.com", "https://a.com"),
            ("http://a.com", "a.com:443"),
            ("a.com/v1", "a.com/v10"),
            ("1.2.3.4", "a.com"),
        ] {
            assert!(!requests(one).meets(&requests(other)) && !requests(one).covers(&requests(other)), "{one} {other}");
        }
        // Neither is in the other, and some are in both.
        let (one, other) = (requests("https://*"), requests("a.com/x"));
        assert!(one.meets(&other) && !one.covers(&other) && !other.covers(&one));
        let [get, post] = ["GET", "POST"].map(|method| requests("a.com").with_methods([method]).unwrap());
        assert!(!get.meets(&post) && requests("a.com").covers(&get) && !get.covers(&requests("a.com")));
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
