//! How the parts of a request are written. What is refused is what wasmtime refuses, which is what its crate `http` does.

/// Whether a byte is one of those that methods and the names of fields are made of.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

pub fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

pub fn is_scheme(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'~'))
}

/// `example.com:80`, `user:secret@[::1]`. Only a user's part may have `%`, or a zone in brackets.
pub fn is_authority(text: &str) -> bool {
    let (mut colons, mut has_percent) = (0, false);
    // Brackets, of which there may be one pair.
    let (mut opened, mut closed) = (false, false);
    for byte in text.bytes() {
        match byte {
            b'%' => has_percent = true,
            b':' if colons == 8 => return false,
            b':' => colons += 1,
            b'[' if has_percent || opened => return false,
            b'[' => opened = true,
            b']' if !opened || closed => return false,
            b']' | b'@' => {
                closed |= byte == b']';
                (colons, has_percent) = (0, false);
            }
            b'!' | b'$' | b'&'..=b'.' | b';' | b'=' | b'_' | b'~' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return false,
        }
    }
    !text.is_empty() && opened == closed && colons <= 1 && !text.ends_with('@') && !has_percent
}

/// A path and a query, or one of them, or nothing. What is behind `#` is not looked at.
pub fn is_target(text: &str) -> bool {
    let mut in_query = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'#' if at > 0 => break,
            b'?' => in_query = true,
            b'/' => {}
            _ if at == 0 => return false,
            0..=b' ' | b'<' | b'>' | 0x7f => return false,
            b'`' if !in_query => return false,
            b'"' if in_query => return false,
            _ => {}
        }
    }
    text.len() < usize::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_tokens() {
        assert!(is_method("PURGE") && is_method("x-!#$%&'*+-.^_`|~1"));
        for text in ["", "A B", "A\r\n", "(", "\u{e4}", "A/B"] {
            assert!(!is_method(text), "{text:?}");
        }
    }

    #[test]
    fn schemes_are_letters_and_some_signs() {
        assert!(is_scheme("ftp") && is_scheme("my+funky-scheme.1") && is_scheme(&"a".repeat(64)));
        for text in ["my_scheme", "a:", "a/", "\u{e4}", &"a".repeat(65)] {
            assert!(!is_scheme(text), "{text:?}");
        }
    }

    #[test]
    fn authorities_are_what_stands_ahead_of_a_path() {
        for text in [
            "example.com",
            "EXAMPLE.com:80",
            "example.com:",
            "user@example.com",
            "us%65r:s:e@example.com:80",
            "127.0.0.1",
            "[::1]",
            "[1:2:3:4:5:6:7:8]:80",
            "[fe80::1%25eth0]",
        ] {
            assert!(is_authority(text), "{text}");
        }
        for text in [
            "",
            "a/b",
            "/",
            "a?b",
            "a#b",
            "a b",
            "a\\b",
            "a\r\n",
            "a:1:2",
            "a@",
            "[::1",
            "::1]",
            "[[::1]]",
            "[::1]]",
            "[a][b]",
            "ex%61mple.com",
            "\u{e4}.com",
            "a:b:c:d:e:f:g:h:i:j@k",
        ] {
            assert!(!is_authority(text), "{text:?}");
        }
    }

    #[test]
    fn targets_begin_with_a_slash_or_a_query() {
        for text in ["", "/", "/a/b?c=d&e=%20", "?a", "/{a}\"|^", "/\u{e4}", "/?/?`{}", "/a#b c", "/%"] {
            assert!(is_target(text), "{text}");
        }
        for text in ["*", "a", "http://example.com/", "/a b", "/a\r\n", "/\0", "/<", "/`", "/?\"", "/?>", "/\x7f"] {
            assert!(!is_target(text), "{text:?}");
        }
        assert!(is_target(&"/".repeat(65534)) && !is_target(&"/".repeat(65535)));
    }
}
