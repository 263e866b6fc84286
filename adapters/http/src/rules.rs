//! Whether a request may be sent, and changed.

use crate::asked::{Asked, spelled};
use crate::bindings::virt::http::settings::{self, Rule};
use crate::bindings::wasi::http0_2_0::types::{Method, OutgoingRequest, Scheme};
use crate::matching::{Requests, is_same};
use crate::path::Path;
use crate::place::Place;
use alloc::borrow::ToOwned;
use alloc::string::String;

/// Whether the host may send what was read, if it could be. One without a scheme gets the one that hosts take then, so that all
/// take the same.
pub fn permit(asked: Option<&Asked>, request: &OutgoingRequest) -> bool {
    let is_allowed = asked.is_some_and(|asked| is_allowed(asked, &settings::rules()));
    #[cfg(feature = "audit")]
    let is_allowed = is_allowed || crate::audit::note(request);
    is_allowed && (request.scheme().is_some() || request.set_scheme(Some(&Scheme::Https)).is_ok())
}

/// What a request asks for.
pub fn read(request: &OutgoingRequest) -> Option<Asked> {
    let target = request.path_with_query().unwrap_or_default();
    let asked = Asked::read(method(request.method()), scheme(request), &request.authority()?, &target)?;
    // Most hosts do not let a program set it; what those that do send is decided by nobody here.
    let headers = request.headers().get("host");
    headers.iter().all(|header| is_same_place(&asked, header)).then_some(asked)
}

/// Whether a `host` header says the same as the authority.
fn is_same_place(asked: &Asked, header: &[u8]) -> bool {
    Place::read(header, &asked.scheme).as_ref() == Some(&asked.place)
}

/// A scheme as URLs have it; where there is none, hosts take `https`.
pub fn scheme(request: &OutgoingRequest) -> String {
    match request.scheme() {
        Some(Scheme::Http) => "http".to_owned(),
        Some(Scheme::Other(scheme)) => scheme,
        Some(Scheme::Https) | None => "https".to_owned(),
    }
}

/// A method as HTTP spells it.
pub fn method(method: Method) -> String {
    spelled!(Method, method).to_owned()
}

/// Whether the first rule that a request is in allows it.
fn is_allowed(asked: &Asked, rules: &[Rule]) -> bool {
    rules.iter().find(|rule| is_in(asked, rule)).is_some_and(|rule| rule.allow)
}

/// Whether a rule is about a request. Denying reads wide and allowing narrow: servers may take `/Admin` for `/admin`, and
/// `post` for `POST`.
fn is_in(asked: &Asked, rule: &Rule) -> bool {
    let wide = !rule.allow;
    let Rule { method, scheme, host, port, .. } = rule;
    Requests { method, scheme, host, port: *port }.have(asked, wide) && is_at(&asked.path, &rule.path, wide)
}

/// Whether a path is below that of a rule.
pub fn is_at(path: &Path, top: &str, wide: bool) -> bool {
    top == "/"
        || match path {
            Path::Plain(path) => is_below(path, top.as_bytes(), wide),
            Path::Doubtful => wide,
        }
}

/// Whether a path is another, or begins with it and a slash.
fn is_below(path: &[u8], top: &[u8], any_case: bool) -> bool {
    let (start, rest) = path.split_at(top.len().min(path.len()));
    let is_end = rest.is_empty() || rest[0] == b'/' || top.ends_with(b"/");
    is_same(start, top, any_case) && is_end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(allow: bool, method: &str, url: &str) -> Rule {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (place, path) = rest.split_at(rest.find('/').unwrap());
        let (host, port) = place.split_once(':').unwrap_or((place, ""));
        let [method, scheme, host, path] = [method, scheme, host, path].map(str::to_owned);
        Rule { allow, method, scheme, host, port: port.parse().ok(), path }
    }

    fn allowed(rules: &[Rule], method: &str, url: &str) -> bool {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        is_allowed(&Asked::read(method.to_owned(), scheme.to_owned(), authority, target).unwrap(), rules)
    }

    #[test]
    fn the_first_rule_decides_and_without_one_nothing_is_allowed() {
        let [all, one] = [rule(true, "", ":///"), rule(false, "", "://example.com/")];
        assert!(!allowed(&[], "GET", "https://example.com"));
        assert!(allowed(std::slice::from_ref(&all), "GET", "https://example.com"));
        assert!(!allowed(&[one.clone(), all.clone()], "GET", "https://example.com"));
        assert!(allowed(&[all, one], "GET", "https://example.com"));
    }

    #[test]
    fn a_header_is_compared_as_the_authority_is() {
        let asked = Asked::read("GET".to_owned(), "HTTPS".to_owned(), "Example.com.", "/").unwrap();
        let is_same = |header: &str| is_same_place(&asked, header.as_bytes());
        assert!(is_same("EXAMPLE.com") && is_same("example.com:443"));
        assert!(!is_same("example.com:80") && !is_same("evil.com") && !is_same(""));
    }

    #[test]
    fn below_takes_whole_labels() {
        let rules = [rule(true, "", "://.example.com/")];
        assert!(allowed(&rules, "GET", "https://a.example.com") && allowed(&rules, "GET", "https://a.B.example.com."));
        for url in ["https://example.com", "https://evilexample.com", "https://example.com.evil.com", "https://1.1.1.1"]
        {
            assert!(!allowed(&rules, "GET", url), "{url}");
        }
    }

    #[test]
    fn a_port_is_what_is_written_or_what_belongs_to_the_scheme() {
        let rules = [rule(true, "", "https://a.com:443/")];
        assert!(allowed(&rules, "GET", "https://a.com") && allowed(&rules, "GET", "HTTPS://a.com:443"));
        for url in ["http://a.com", "http://a.com:443", "https://a.com:80", "ftp://a.com"] {
            assert!(!allowed(&rules, "GET", url), "{url}");
        }
    }

    #[test]
    fn paths_end_at_slashes() {
        let v1 = |url: &str| allowed(&[rule(true, "", "://a.com/v1")], "GET", url);
        let not_v1 = |url: &str| allowed(&[rule(false, "", "://a.com/v1"), rule(true, "", ":///")], "GET", url);
        for url in ["http://a.com/v1", "http://a.com/v1/", "http://a.com/v1/x?y", "http://a.com/%761/x"] {
            assert!(v1(url) && !not_v1(url), "{url}");
        }
        for url in ["http://a.com/v10", "http://a.com/", "http://a.com/x/v1", "http://a.com/v"] {
            assert!(!v1(url) && not_v1(url), "{url}");
        }
        // What may be inside or outside is not allowed inside, and not allowed out.
        for url in ["http://a.com/v1/../v2", "http://a.com/v2/../v1", "http://a.com//v1", "http://a.com/%2fv1"] {
            assert!(!v1(url) && !not_v1(url), "{url}");
        }
        assert!(!v1("http://a.com/V1") && !not_v1("http://a.com/V1"));
        assert!(allowed(&[rule(true, "", "://a.com/v1/")], "GET", "http://a.com/v1/x"));
        assert!(!allowed(&[rule(true, "", "://a.com/v1/")], "GET", "http://a.com/v1"));
    }

    #[test]
    fn methods_are_allowed_as_written_and_denied_however_written() {
        let [post, not_post] = [rule(true, "POST", ":///"), rule(false, "POST", ":///")];
        assert!(
            allowed(std::slice::from_ref(&post), "POST", "http://a.com/") && !allowed(&[post], "post", "http://a.com/")
        );
        let rules = [not_post, rule(true, "", ":///")];
        assert!(!allowed(&rules, "post", "http://a.com/") && allowed(&rules, "GET", "http://a.com/"));
    }
}
