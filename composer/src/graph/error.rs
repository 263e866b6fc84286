//! Where in the text of a graph something is wrong: file, line, column, the line, and a caret.

use anyhow::{Error, anyhow};
use miette::{Diagnostic, SourceSpan};
use std::fmt::Display;

/// The text of a graph, and what it is called.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    /// What wac says, at the place that it says.
    pub fn told(self, error: &dyn Diagnostic) -> Error {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        if let Some(help) = error.help() {
            words = format!("{words}; {help}");
        }
        let mut labels: Vec<_> = error.labels().into_iter().flatten().collect();
        labels.sort_by_key(|label| !label.primary());
        match labels.first() {
            Some(label) => self.at(*label.inner(), label.label().unwrap_or_default(), words),
            None => anyhow!("{}: {words}", self.file),
        }
    }

    /// Words about a place.
    pub fn at(self, span: SourceSpan, label: &str, words: impl Display) -> Error {
        // What is missing at the end is told where the end is.
        let start = self.text.floor_char_boundary(span.offset());
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let (number, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
        let marked = self.text[start..].chars().take_while(|char| *char != '\n');
        let within = marked.scan(0, |at, char| {
            *at += char.len_utf8();
            Some(*at <= span.len())
        });
        let carets = "^".repeat(within.take_while(|is_within| *is_within).count().max(1));
        // Tabs stay, so that the caret is below.
        let indent: String = before[line_start..].chars().map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
        let (file, gutter) = (self.file, " ".repeat(number.to_string().len()));
        let marks = format!("{indent}{carets} {label}");
        anyhow!("{file}:{number}:{column}: {words}\n {gutter} |\n {number} | {line}\n {gutter} | {}", marks.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_is_below_what_is_meant() {
        let source = Source { file: "a.wac", text: "package a:b;\n\tlet é = new my:app { };\n" };
        let at = source.text.find("my:app").unwrap();
        let told = source.at(SourceSpan::new(at.into(), 6), "here", "it is gone").to_string();
        let expected = "a.wac:2:14: it is gone\n   |\n 2 | \tlet é = new my:app { };\n   | \t            ^^^^^^ here";
        assert_eq!(told, expected);
        let told = source.at(SourceSpan::new(source.text.len().into(), 0), "", "more").to_string();
        assert_eq!(told, "a.wac:3:1: more\n   |\n 3 | \n   | ^");
    }
}
