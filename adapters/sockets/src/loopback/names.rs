//! From names to addresses.

use crate::bindings::exports::wasi::sockets0_2_12::network::ErrorCode as Error;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names in lower case and without a dot at the end, and their addresses.
pub type Hosts = Vec<(String, Vec<IpAddr>)>;

/// The addresses of a name. One that is an address, in brackets or not, has that. What is no name is refused as in wasmtime,
/// which reads them as URLs have them.
pub fn resolve(hosts: &Hosts, name: &str) -> Result<Vec<IpAddr>, Error> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(name).parse::<Ipv6Addr>() {
        return Ok([ip.into()].into());
    }
    if let Ok(ip) = name.parse::<Ipv4Addr>() {
        return Ok([ip.into()].into());
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if !is_name(name) {
        return Err(Error::InvalidArgument);
    }
    if let Some((_, ips)) = hosts.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok(ips.clone());
    }
    match name.eq_ignore_ascii_case("localhost") {
        true => Ok([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into()),
        false => Err(Error::NameUnresolvable),
    }
}

/// Whether a URL may have such a host. If it ends with a number it would be an address.
fn is_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    let is_number = match hex {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()),
    };
    !name.is_empty() && !is_number && !name.bytes().any(is_forbidden)
}

fn is_forbidden(byte: u8) -> bool {
    matches!(byte, 0..=b' ' | b'#' | b'%' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'['..=b'^' | b'|' | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(name: &str) -> Result<Vec<String>, Error> {
        let hosts = vec![
            ("db.internal".to_owned(), vec!["10.0.0.5".parse().unwrap(), "fd00::5".parse().unwrap()]),
            ("gone".to_owned(), vec![]),
        ];
        resolve(&hosts, name).map(|ips| ips.iter().map(IpAddr::to_string).collect())
    }

    #[test]
    fn a_name_has_the_addresses_that_are_set() {
        for name in ["db.internal", "DB.Internal", "db.internal."] {
            assert_eq!(addresses(name).unwrap(), ["10.0.0.5", "fd00::5"], "{name}");
        }
        assert_eq!(addresses("LocalHost.").unwrap(), ["127.0.0.1", "::1"]);
        assert_eq!(addresses("gone"), Ok(vec![]));
        for name in
            ["example.com", "a.db.internal", "internal", "x_y", "b\u{fc}cher.example", "db.internal..", "1.2.3.x"]
        {
            assert_eq!(addresses(name), Err(Error::NameUnresolvable), "{name}");
        }
    }

    #[test]
    fn an_address_is_its_own() {
        for (text, ip) in
            [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[FE80:0::1]", "fe80::1"), ("::10.0.0.1", "::a00:1")]
        {
            assert_eq!(addresses(text).unwrap(), [ip]);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in [
            "",
            ".",
            "a b",
            "a:80",
            "a/b",
            "[::1",
            "::1]",
            "[127.0.0.1]",
            "a%20",
            "1.2.3.4.5",
            "256.0.0.1",
            "a.0x1f",
            "\0",
            "a@b",
        ] {
            assert_eq!(addresses(name), Err(Error::InvalidArgument), "{name:?}");
        }
    }
}
