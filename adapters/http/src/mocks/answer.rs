//! Which mock answers a request.

use crate::asked::Asked;
use crate::bindings::virt::http::settings::Mock;
use crate::matching::Requests;
use crate::place;

/// The first that the request is in. `target` is its path and query as they were set, if not empty.
pub fn find<'m>(mocks: &'m [Mock], asked: &Asked, target: &str) -> Option<&'m Mock> {
    mocks.iter().find(|mock| {
        let Mock { method, scheme, host, port, .. } = mock;
        Requests { method, scheme, host, port: *port }.have(asked, false)
            && is_target(mock.target.as_bytes(), target.as_bytes())
    })
}

/// Whether a target is like a pattern: without its query, unless the pattern is about that, too.
fn is_target(pattern: &[u8], target: &[u8]) -> bool {
    let path = place::find(target, b'?').unwrap_or(target.len());
    let len = if place::find(pattern, b'?').is_some() { target.len() } else { path };
    // An empty path is sent as a slash.
    let slash: &[u8] = if path == 0 { b"/" } else { b"" };
    is_like(pattern, slash.iter().chain(&target[..len]))
}

/// Whether a text is like a pattern, in which `*` stands for any number of any bytes.
fn is_like<'t>(mut pattern: &[u8], mut text: impl Iterator<Item = &'t u8> + Clone) -> bool {
    // Behind the last star, and what is left when that takes one byte more.
    let mut again = None;
    loop {
        if let [b'*', after @ ..] = pattern {
            pattern = after;
            again = Some((after, text.clone()));
            continue;
        }
        match (pattern, text.next()) {
            ([], None) => return true,
            (_, None) => return false,
            ([first, after @ ..], Some(byte)) if first == byte => pattern = after,
            (_, Some(_)) => {
                let Some((after, rest)) = &mut again else { return false };
                rest.next();
                (pattern, text) = (*after, rest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock(method: &str, url: &str, status: u16) -> Mock {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (place, target) = rest.split_at(rest.find('/').unwrap());
        let (host, port) = place.split_once(':').unwrap_or((place, ""));
        let [method, scheme, host, target] = [method, scheme, host, target].map(str::to_owned);
        Mock { method, scheme, host, port: port.parse().ok(), target, status, headers: Vec::new(), body: (0, 0) }
    }

    fn status(mocks: &[Mock], method: &str, url: &str) -> Option<u16> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let asked = Asked::read(method.to_owned(), scheme.to_owned(), authority, target).unwrap();
        find(mocks, &asked, target).map(|mock| mock.status)
    }

    fn is_target(pattern: &str, target: &str) -> bool {
        super::is_target(pattern.as_bytes(), target.as_bytes())
    }

    #[test]
    fn the_first_mock_answers_and_without_one_nothing_does() {
        let mocks = [
            mock("POST", "https://api.example.com/v1/users", 201),
            mock("", "https://api.example.com/v1/*", 200),
            mock("", "://.example.com:8080/*", 202),
            mock("", ":///*", 404),
        ];
        for (method, url, expected) in [
            ("POST", "https://api.example.com/v1/users", 201),
            ("POST", "HTTPS://API.example.com.:443/v1/users?x", 201),
            ("post", "https://api.example.com/v1/users", 200),
            ("GET", "https://api.example.com/v1/users", 200),
            ("GET", "http://api.example.com/v1/users", 404),
            ("GET", "http://a.b.example.com:8080", 202),
            ("GET", "http://example.com:8080/", 404),
            ("GET", "https://[::1]/", 404),
        ] {
            assert_eq!(status(&mocks, method, url), Some(expected), "{method} {url}");
        }
        assert_eq!(status(&mocks[..3], "GET", "https://[::1]/"), None);
        assert_eq!(status(&[], "GET", "https://example.com/"), None);
    }

    #[test]
    fn a_star_is_any_number_of_any_characters() {
        for (pattern, target) in [
            ("*", ""),
            ("/*", "/"),
            ("/*", "/a/b"),
            ("/a*", "/a"),
            ("/a/*/c", "/a/b/b/c"),
            ("/*/c", "/a/c/b/c"),
            ("/*b*b", "/abab"),
            ("/**", "/a"),
            ("*a*", "/bab"),
            ("/a*a", "/aaa"),
        ] {
            assert!(is_target(pattern, target), "{pattern} {target}");
        }
        for (pattern, target) in
            [("", "/"), ("/", "/a"), ("/a", "/"), ("/a*a", "/a"), ("/*/c", "/c"), ("/*b", "/ba"), ("/*ab*ab", "/aab")]
        {
            assert!(!is_target(pattern, target), "{pattern} {target}");
        }
    }

    #[test]
    fn any_query_will_do_unless_the_pattern_has_one() {
        for (pattern, target) in [
            ("/a", "/a?x"),
            ("/", ""),
            ("/", "?x"),
            ("/?x", "?x"),
            ("/a?*", "/a?x=1"),
            ("/*?x=*", "/a/b?x=?"),
            ("/a?", "/a?"),
        ] {
            assert!(is_target(pattern, target), "{pattern} {target}");
        }
        for (pattern, target) in [("/a?*", "/a"), ("/a?x", "/a?x=1"), ("/*x", "/a?x"), ("/a?x=*", "/a?y=1")] {
            assert!(!is_target(pattern, target), "{pattern} {target}");
        }
    }

    #[test]
    fn targets_are_compared_as_they_are_written() {
        assert!(is_target("/%41", "/%41") && !is_target("/%41", "/A") && !is_target("/a", "/A"));
        assert!(is_target("/\u{e4}*", "/\u{e4}\u{e4}") && is_target("/a/../*", "/a/../b"));
    }
}
