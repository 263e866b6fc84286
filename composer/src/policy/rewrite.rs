//! How requests change on their way out.

use super::{Requests, Scheme, headers};
use crate::value::Value;
use anyhow::{Context as _, Result, ensure};

/// How requests change on their way out. What the app sees of them stays as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Which requests, as the app asks for them.
    pub requests: Requests,
    /// Where they go, if that changes.
    pub to: Option<(Scheme, String)>,
    /// Headers that are taken out, in lower case.
    pub remove: Vec<String>,
    /// Headers that get this value, whatever they had.
    pub set: Vec<(String, String)>,
    /// Headers that are there besides.
    pub add: Vec<(String, String)>,
}

impl Rewrite {
    /// One that changes nothing yet.
    pub fn of(requests: Requests) -> Self {
        Self { requests, to: None, remove: Vec::new(), set: Vec::new(), add: Vec::new() }
    }

    /// Sends them to another scheme and authority, as in `http://localhost:8080`. Path and query stay.
    pub fn send_to(&mut self, url: &str) -> Result<()> {
        let failed =
            || format!("`{}` is no place to send to; write one like `http://localhost:8080`", url.escape_debug());
        let place: Requests = url.parse().with_context(failed)?;
        let is_one = !url.contains('*') && place.path == "/";
        let scheme = place.scheme.filter(|_| is_one).with_context(failed)?;
        let (_, authority) = url.trim_end_matches('/').split_once("://").with_context(failed)?;
        self.to = Some((scheme, authority.to_owned()));
        Ok(())
    }

    /// Takes a header out.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.remove.push(headers::checked_name(name)?);
        Ok(())
    }

    /// Gives a header this value, whatever it had.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let header = self.checked(name, value)?;
        ensure!(
            self.set.iter().all(|(known, _)| *known != header.0),
            "the header `{}` is set twice; leave one out",
            header.0
        );
        self.set.push(header);
        Ok(())
    }

    /// Adds a header beside those that are there.
    pub fn add(&mut self, name: &str, value: &str) -> Result<()> {
        self.add.push(self.checked(name, value)?);
        Ok(())
    }

    /// What is said of the body is the app's to say.
    fn checked(&self, name: &str, value: &str) -> Result<(String, String)> {
        let header = headers::checked(name, value)?;
        ensure!(
            header.0 != "content-length",
            "the header `content-length` is of the body, which is the app's; leave it out"
        );
        Ok(header)
    }

    /// Where they go, if that changes.
    pub(super) fn place(&self) -> Option<Requests> {
        let (scheme, authority) = self.to.as_ref()?;
        format!("{}://{authority}", scheme.as_str()).parse().ok()
    }

    /// One that changes nothing is a mistake.
    pub(crate) fn check(&self) -> Result<()> {
        let is_something = self.to.is_some() || !(self.remove.is_empty() && self.set.is_empty() && self.add.is_empty());
        ensure!(
            is_something,
            "the rewrite of `{}` changes nothing; say what, with `to`, `set`, `add` or `remove`",
            self.requests
        );
        let is_clear = self.requests.scheme.is_none() && self.to.is_none();
        ensure!(
            !is_clear || (self.set.is_empty() && self.add.is_empty()),
            "the rewrite of `{0}` is for `http`, too, where what it sets goes in the clear; write `https://{0}`, or `http://{0}` if that \
             is meant",
            self.requests
        );
        Ok(())
    }

    /// As `virt:http/settings` has it.
    pub(super) fn values(&self) -> Vec<Value> {
        let pair = |(name, value): &(String, String)| Value::Tuple(vec![Value::string(name), Value::string(value)]);
        let pairs = |list: &[(String, String)]| Value::List(list.iter().map(pair).collect());
        let (scheme, authority) = self.to.as_ref().map_or(("", ""), |(scheme, at)| (scheme.as_str(), at.as_str()));
        self.requests.values(&[
            ("path", Value::string(&self.requests.path)),
            ("to-scheme", Value::string(scheme)),
            ("to-authority", Value::string(authority)),
            ("remove", Value::strings(&self.remove)),
            ("set", pairs(&self.set)),
            ("add", pairs(&self.add)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_send_to_is_one_place() {
        let mut rewrite = Rewrite::of("api.test".parse().unwrap());
        assert!(rewrite.check().unwrap_err().to_string().contains("`api.test`"));
        rewrite.send_to("http://localhost:8080/").unwrap();
        assert_eq!(rewrite.to, Some((Scheme::Http, "localhost:8080".to_owned())));
        rewrite.check().unwrap();
        for url in
            ["localhost:8080", "http://*", "http://*.a.com", "http://a.com/x", "ftp://a.com", "http://a.com:*", ""]
        {
            let error = format!("{:#}", rewrite.send_to(url).unwrap_err());
            assert!(error.contains("`http://localhost:8080`"), "{error}");
        }
    }

    #[test]
    fn headers_of_the_hosts_are_not_ours() {
        let mut rewrite = Rewrite::of(Requests::all());
        assert!(rewrite.set("Host", "a.com").is_err() && rewrite.remove("connection").is_err());
        rewrite.set("Authorization", "Bearer x").unwrap();
        assert_eq!(rewrite.set, [("authorization".to_owned(), "Bearer x".to_owned())]);
    }
}
