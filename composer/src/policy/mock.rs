//! Answers to HTTP requests without a server.

use super::{Requests, headers};
use crate::tree::{Content, Node};
use crate::value::Value;
use anyhow::{Context as _, Result, bail, ensure};
use std::fmt;

/// An answer to HTTP requests without a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Mock {
    /// To which requests, whatever their paths.
    pub requests: Requests,
    /// To which paths, and queries if there is a `?` in it; `*` is any number of any characters.
    pub target: String,
    /// The status code.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body: a file.
    pub body: Node,
}

impl Mock {
    /// An empty answer, 200, to requests of a URL, in which `*` may stand in the path for any characters. Without a path it is
    /// any; without a query, too.
    pub fn of(url: &str) -> Result<Self> {
        let start = url.find("://").map_or(0, |at| at + 3);
        let at = url[start..].find(['/', '?']).map_or(url.len(), |at| start + at);
        let (place, target) = url.split_at(at);
        let requests = place.parse().with_context(|| format!("`{}` is no URL of a mock", url.escape_debug()))?;
        let is_plain = |byte: u8| byte > b' ' && byte != 0x7f && byte != b'#';
        ensure!(
            target.bytes().all(is_plain),
            "`{}` is no URL: `%20` is a space, and `#` is never sent",
            url.escape_debug()
        );
        let target = match target.strip_prefix('?') {
            Some(query) => format!("/?{query}"),
            None if target.is_empty() => "*".to_owned(),
            None => target.to_owned(),
        };
        let body = Node::File(Content::Inline(Vec::new()));
        Ok(Self { requests, target, status: 200, headers: Vec::new(), body })
    }

    /// Sets the status code.
    pub fn set_status(&mut self, status: u64) -> Result<()> {
        match u16::try_from(status) {
            Ok(status @ 200..=599) => self.status = status,
            _ => bail!("`{status}` is no status of a response; they are 200 to 599"),
        }
        Ok(())
    }

    /// Adds a header.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = headers::checked(name, value)?;
        if name == "content-length" {
            // The adapter adds the right one, and to a HEAD there is no body to be right about.
            let is_first = self.headers.iter().all(|(known, _)| *known != name);
            let is_length = is_first && value.parse::<u64>().is_ok();
            ensure!(is_length, "the header `content-length` is one number; leave it out for the length of the body");
        }
        self.headers.push((name, value));
        Ok(())
    }

    /// Whether it answers all that another does.
    pub fn covers(&self, other: &Self) -> bool {
        let without_query = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
        let target = if self.target.contains('?') { other.target.clone() } else { without_query(&other.target) };
        // What `*` stands for in the other must be in this one's `*`, so it is taken for a character.
        self.requests.covers(&other.requests) && matches(&self.target, &target)
    }

    /// As `virt:http/settings` has it.
    pub(super) fn values(&self, body: Value) -> Vec<Value> {
        let header = |(name, value): &(String, String)| Value::Tuple(vec![Value::string(name), Value::string(value)]);
        self.requests.values(&[
            ("target", Value::string(&self.target)),
            ("status", Value::Int(self.status.into())),
            ("headers", Value::List(self.headers.iter().map(header).collect())),
            ("body", body),
        ])
    }
}

/// Whether a pattern matches a text: `*` is any number of any characters. What stands between two of them is found at the first
/// place where it is.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

impl fmt::Display for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.requests)?;
        if self.target == "*" { Ok(()) } else { f.write_str(&self.target) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock(url: &str) -> Mock {
        Mock::of(url).unwrap()
    }

    #[test]
    fn a_url_is_a_place_and_a_target() {
        for (url, place, target) in [
            ("https://a.com", "https://a.com", "*"),
            ("a.com/", "a.com", "/"),
            ("http://a.com:8080/x/*?y=*", "http://a.com:8080", "/x/*?y=*"),
            ("a.com?q", "a.com", "/?q"),
            ("*/x", "*", "/x"),
        ] {
            let mock = mock(url);
            assert_eq!((mock.requests.to_string().as_str(), mock.target.as_str()), (place, target));
        }
        for url in ["", "ftp://a.com/x", "a.com/x y", "a.com/x#y", "/x"] {
            assert!(Mock::of(url).is_err(), "{url}");
        }
    }

    #[test]
    fn one_may_cover_another() {
        for (one, other) in [
            ("a.com", "https://a.com/x?y"),
            ("a.com/*", "a.com/x/*"),
            ("a.com/x", "a.com/x?y"),
            ("a.com/x?*", "a.com/x?y"),
            ("a.com/*a*b", "a.com/aab"),
        ] {
            assert!(mock(one).covers(&mock(other)) && !mock(other).covers(&mock(one)), "{one} {other}");
        }
        let long = format!("a.com/{}", "a".repeat(1000));
        for (one, other) in [
            ("a.com/x", "a.com/y"),
            ("a.com/x", "b.com/x"),
            ("a.com/*/x", "a.com/x"),
            ("a.com/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", long.as_str()),
            ("a.com/*ab*ba", "a.com/aba"),
        ] {
            assert!(!mock(one).covers(&mock(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_status_is_final() {
        let mut mock = mock("a.com");
        mock.set_status(404).unwrap();
        assert_eq!(mock.status, 404);
        for status in [0, 100, 600, 65_736] {
            assert!(mock.set_status(status).unwrap_err().to_string().contains("200 to 599"));
        }
    }
}
