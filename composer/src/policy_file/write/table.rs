//! Tables as they stand in a file: a header, and keys with values, each in one line.

use std::fmt;
use toml::Value;

/// A table.
pub struct Table {
    header: &'static str,
    about: String,
    lines: Vec<(String, Value)>,
}

impl Table {
    /// The keys ahead of all tables, with a comment.
    pub fn top(about: String) -> Self {
        Self { header: "", about, lines: Vec::new() }
    }

    /// An empty one.
    pub fn of(header: &'static str) -> Self {
        Self { header, about: String::new(), lines: Vec::new() }
    }

    /// The same with a comment.
    pub fn about(self, about: &str) -> Self {
        Self { about: about.to_owned(), ..self }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds a key.
    pub fn add(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.lines.push((key.into(), value.into()));
    }

    /// Adds a key, if there is something to say.
    pub fn add_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }

    /// Its keys as a value, for one line.
    pub fn inline(self) -> Value {
        Value::Table(self.lines.into_iter().collect())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.about.is_empty() {
            writeln!(f, "# {}", self.about)?;
        }
        if !self.header.is_empty() {
            writeln!(f, "{}", self.header)?;
        }
        for (key, value) in &self.lines {
            // A table in one line knows which keys have to be quoted, and how.
            let line = Value::Table([(key.clone(), value.clone())].into_iter().collect()).to_string();
            let inside = line.strip_prefix('{').and_then(|line| line.strip_suffix('}'));
            writeln!(f, "{}", inside.unwrap_or(&line).trim())?;
        }
        Ok(())
    }
}

/// A list of strings.
pub fn strings<S: ToString>(list: impl IntoIterator<Item = S>) -> Value {
    Value::Array(list.into_iter().map(|text| Value::String(text.to_string())).collect())
}

/// A number, or a text for one that TOML has none for.
pub fn number(number: u64, text: String) -> Value {
    i64::try_from(number).map_or(Value::String(text), Value::Integer)
}

/// Bytes, one by one.
pub fn bytes(bytes: &[u8]) -> Value {
    Value::Array(bytes.iter().map(|byte| Value::Integer((*byte).into())).collect())
}

/// One value, or a list of several.
pub fn one_or_more(values: &[String]) -> Value {
    match values {
        [only] => Value::String(only.clone()),
        _ => strings(values),
    }
}
