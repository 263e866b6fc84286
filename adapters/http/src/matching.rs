//! Which requests the settings mean, but for the path: rules and mocks say it in the same words.

use crate::asked::Asked;

/// A set of requests, as `virt:http/settings` has it.
pub struct Requests<'s> {
    pub method: &'s str,
    pub scheme: &'s str,
    pub host: &'s str,
    pub port: Option<u16>,
}

impl Requests<'_> {
    /// Whether a request is one of them, with its method in any case or as it is written.
    pub fn have(&self, asked: &Asked, any_case: bool) -> bool {
        let (host, is_of) = (self.host.as_bytes(), asked.place.host.as_slice());
        let is_host = match host.first() {
            None => true,
            Some(b'.') => is_of.len() > host.len() && is_of.ends_with(host),
            Some(_) => is_of == host,
        };
        is_host
            && (self.port.is_none() || self.port == asked.place.port)
            && (self.scheme.is_empty() || self.scheme == asked.scheme)
            && (self.method.is_empty() || is_same(asked.method.as_bytes(), self.method.as_bytes(), any_case))
    }
}

pub fn is_same(one: &[u8], other: &[u8], any_case: bool) -> bool {
    one == other || (any_case && one.eq_ignore_ascii_case(other))
}
