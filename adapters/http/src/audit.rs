//! What would be denied is written down.

use crate::bindings::wasi::cli0_2_12::stderr::get_stderr;
use crate::bindings::wasi::http0_2_0::types::OutgoingRequest;
use crate::rules::{method, scheme};
use alloc::string::String;
use alloc::vec::Vec;

/// What a stream takes at a time, by the WIT of `blocking-write-and-flush`.
const AT_ONCE: usize = 4096;

/// Writes a line to standard error, and lets the request pass. Who cannot write goes on, too.
pub fn note(request: &OutgoingRequest) -> bool {
    let [authority, target] = [request.authority(), request.path_with_query()].map(Option::unwrap_or_default);
    let line = line(&[method(request.method()), scheme(request), authority, target]);
    let to = get_stderr();
    let _ = line.chunks(AT_ONCE).try_for_each(|part| to.blocking_write_and_flush(part));
    true
}

/// What is no text on a line comes out as `?`, so that nobody can write lines of his own.
fn line([method, scheme, authority, target]: &[String; 4]) -> Vec<u8> {
    let parts = ["http: would be denied: ", method, " ", scheme, "://", authority, target];
    let plain = |byte: u8| if byte.is_ascii_control() { b'?' } else { byte };
    parts.iter().flat_map(|part| part.bytes()).map(plain).chain([b'\n']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line() {
        let parts = ["GET", "https", "a.com:80", "/x\ny"].map(String::from);
        assert_eq!(line(&parts), b"http: would be denied: GET https://a.com:80/x?y\n");
    }
}
