//! What Rust and WAVE say of one value, made comparable.

/// A piece of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// By number.
    Handle(u32),
    Number(String),
    /// Without quotes, with escapes.
    Text(String),
    /// A case or flag, as WIT has it.
    Name(String),
}

/// The pieces of a value, whoever wrote it: names of fields and records are left out, because Rust and WIT differ in them.
pub fn tokens(value: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(char) = rest.chars().next() {
        if let Some(handle) = rest.strip_prefix("Resource { rep: ") {
            let (number, more) = handle.split_once(',').expect("a state comes behind it");
            found.push(Token::Handle(number.parse().expect("it is a number")));
            rest = more.split_once('}').map_or("", |(_, rest)| rest);
        } else if let Some(error) = rest.strip_prefix("(error ") {
            // wasmtime's own number of an error, which it says besides.
            rest = error.split_once(')').map_or("", |(_, rest)| rest);
        } else if let Some(code) = rest.strip_prefix("ErrorCode { code: ") {
            let name = code.split('"').nth(1).expect("it has a name");
            found.push(Token::Name(name.to_owned()));
            rest = code.split_once('}').map_or("", |(_, rest)| rest);
        } else if rest.starts_with("LastOperationFailed(") {
            // Its words are the host's own.
            found.push(Token::Name("last-operation-failed".to_owned()));
            break;
        } else if char == '"' || rest.starts_with("b\"") {
            let start = rest.find('"').unwrap_or(0) + 1;
            let len = end_of_text(&rest[start..]);
            found.push(Token::Text(rest[start..start + len].to_owned()));
            rest = rest[start + len + 1..].trim_start_matches("...");
        } else if char.is_ascii_digit() || (char == '-' && rest[1..].starts_with(|char: char| char.is_ascii_digit())) {
            let number = word(rest, |char| char.is_ascii_digit() || ['-', '.'].contains(&char));
            found.push(Token::Number(number.to_owned()));
            rest = &rest[number.len()..];
        } else if char.is_ascii_alphabetic() {
            let name = word(rest, |char| char.is_ascii_alphanumeric() || ['-', '_'].contains(&char));
            rest = &rest[name.len()..];
            if let Some(path) = rest.strip_prefix("::") {
                rest = path;
            } else if let Some(number) = rest.strip_prefix('#') {
                let digits = word(number, |char| char.is_ascii_digit());
                found.push(Token::Handle(digits.parse().expect("it is a number")));
                rest = &number[digits.len()..];
            } else if !rest.starts_with(':') && !rest.starts_with(" {") {
                found.push(Token::Name(kebab(name)));
            }
        } else {
            rest = &rest[char.len_utf8()..];
        }
    }
    found
}

fn word(text: &str, is_in: impl Fn(char) -> bool) -> &str {
    let end = text.find(|char| !is_in(char)).unwrap_or(text.len());
    &text[..end]
}

/// How long a text is whose opening quote is gone.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|char| {
        let is_end = char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    });
    end.expect("a text ends")
}

/// `NoEntry` and `SYMLINK_FOLLOW` as WIT has them.
fn kebab(name: &str) -> String {
    if !name.contains(|char: char| char.is_ascii_lowercase()) {
        return name.to_lowercase().replace('_', "-");
    }
    let mut kebab = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(char.to_ascii_lowercase());
    }
    kebab
}

/// Values with commas between, taken apart, up to the parenthesis that none of them opened, and what is behind it.
pub fn split(values: &str) -> (Vec<&str>, &str) {
    let (mut parts, mut depth, mut start, mut at) = (Vec::new(), 0, 0, 0);
    while let Some(char) = values[at..].chars().next() {
        match char {
            ')' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '"' => at += end_of_text(&values[at + 1..]) + 1,
            ',' if depth == 0 => {
                parts.push(values[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        at += char.len_utf8();
    }
    parts.push(values[start..at].trim());
    parts.retain(|part| !part.is_empty());
    (parts, values.get(at + 1..).unwrap_or_default())
}
