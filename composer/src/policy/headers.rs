//! Headers of HTTP, as somebody writes them.

use anyhow::{Result, ensure};

/// Those that are the host's to send (`forbidden` in `wasi:http/types`).
const OF_HOST: &[&str] = &[
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// A header that a program may send: its name in lower case, and its value.
pub(super) fn checked(name: &str, value: &str) -> Result<(String, String)> {
    let is_plain = |byte: u8| byte == b'\t' || !byte.is_ascii_control();
    ensure!(
        value.bytes().all(is_plain) && value.trim() == value,
        "the value of the header `{name}` has a line break, or space around it; leave that out"
    );
    Ok((checked_name(name)?, value.to_owned()))
}

/// The name of a header that a program may send, in lower case.
pub(super) fn checked_name(name: &str) -> Result<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    ensure!(
        !name.is_empty() && name.bytes().all(is_token),
        "`{}` is no name of a header; write one like `content-type`",
        name.escape_debug()
    );
    let name = name.to_ascii_lowercase();
    ensure!(
        !OF_HOST.contains(&name.as_str()),
        "the header `{name}` is the host's to send, and no program's; leave it out"
    );
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_and_values_are_lines() {
        assert_eq!(checked("X-A", "b c").unwrap(), ("x-a".to_owned(), "b c".to_owned()));
        for (name, value) in [("", "x"), ("a b", "x"), ("a:", "x"), ("a", "x\r\nb: c"), ("a", " x"), ("\u{e4}", "x")] {
            assert!(checked(name, value).is_err(), "{name} {value}");
        }
        assert!(checked_name("Authorization").is_ok() && checked_name("Host").is_err());
    }
}
