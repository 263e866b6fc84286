//! Lengths of words: where lines break, and how wide they are when they are drawn.

use crate::names::InterfaceName;

/// Breaks text at spaces, and behind commas without one, into lines of so many characters. A word that is longer stays whole.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split_inclusive([' ', ',']) {
        let long = word.trim_end().chars().count();
        if length > 0 && length + long > width {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
        length += word.chars().count();
    }
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// At most so many characters, the last of which then says that there are more.
pub fn clip(text: &str, width: usize) -> String {
    match text.char_indices().nth(width.saturating_sub(1)) {
        Some((end, last)) if end + last.len_utf8() < text.len() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// A few lines for a wire: its interfaces, or, if they are many, how many there are of each package.
pub fn label(interfaces: &[String]) -> Vec<String> {
    const FEW: usize = 3;
    const LINES: usize = 7;
    let path = |name: &String| InterfaceName::parse(name).path;
    if interfaces.len() <= FEW {
        return interfaces.iter().map(path).collect();
    }
    let mut packages: Vec<(String, Vec<String>)> = Vec::new();
    for path in interfaces.iter().map(path) {
        let package = path.split_once('/').map_or(path.as_str(), |(package, _)| package).to_owned();
        match packages.iter_mut().find(|(known, _)| *known == package) {
            Some((_, paths)) => paths.push(path),
            None => packages.push((package, vec![path])),
        }
    }
    let lines = packages.into_iter().map(|(package, paths)| match paths.as_slice() {
        [only] => only.clone(),
        several => format!("{package} ×{}", several.len()),
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.len() > LINES {
        let more = lines.split_off(LINES - 1).len();
        lines.push(format!("{more} more"));
    }
    lines
}

/// How wide text is, at most, in units of its height. Fonts differ, so this is generous.
pub fn width(text: &str) -> f64 {
    let of = |char: char| match char {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' => 0.95,
        'A'..='Z' => 0.74,
        // Wide scripts, and pictures.
        '\u{1100}'.. => 1.1,
        _ => 0.62,
    };
    text.chars().map(of).sum()
}

/// Text within the elements and attributes of XML. What XML has no way to write is left out.
pub fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_commas() {
        assert_eq!(
            wrap("wasi:cli/{stdin,stdout,stderr} and more", 20),
            ["wasi:cli/{stdin,", "stdout,stderr} and", "more"]
        );
        assert_eq!(wrap("one-word-that-is-long x", 5), ["one-word-that-is-long", "x"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
    }

    #[test]
    fn what_is_cut_off_says_so() {
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdefg", 6), "abcde…");
        assert_eq!(clip("äöüäöü", 3), "äö…");
    }

    #[test]
    fn many_interfaces_are_told_by_package() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(label(&names(&["wasi:cli/stdin@0.2.6", "f"])), ["wasi:cli/stdin", "f"]);
        let many = names(&["a:b/c@1.0.0", "a:b/d@1.0.0", "e:f/g", "h"]);
        assert_eq!(label(&many), ["a:b ×2", "e:f/g", "h"]);
        let more: Vec<String> = (0..20).map(|number| format!("a:b{number}/c")).collect();
        assert_eq!(label(&more).last().unwrap(), "14 more");
    }

    #[test]
    fn xml_has_no_open_ends() {
        assert_eq!(xml("a<b & \"c\"\u{0}\n"), "a&lt;b &amp; &quot;c&quot; ");
    }
}
