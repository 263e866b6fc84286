//! Sets of HTTP requests, and which are in which.

mod text;

pub(super) use text::parse_host;

use crate::value::Value;
use anyhow::{Result, ensure};
use std::net::{Ipv4Addr, Ipv6Addr};

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
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Below(own), Self::Name(name)) => name.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')),
            (Self::Below(own), Self::Below(name)) => own == name || name.ends_with(&format!(".{own}")),
            _ => self == other,
        }
    }

    /// As the settings of adapters have it.
    pub(super) fn key(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(text: &str) -> Requests {
        text.parse().unwrap()
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
}
