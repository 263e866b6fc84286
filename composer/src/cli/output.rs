//! Where results go, and words.

use super::progress::Progress;
use crate::files::replace;
use crate::tree::Artifact;
use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes a component to a file, and shows how far it has come if that takes a while, or to standard output (`-`, or nothing said), as text if that is asked for.
pub fn write(artifact: Artifact, output: Option<&Path>, wat: bool) -> Result<()> {
    let artifact = match wat {
        true => wasmprinter::print_bytes(artifact.bytes()?)?.into_bytes().into(),
        false => artifact,
    };
    match output {
        Some(path) if path != Path::new("-") => {
            let mut progress = Progress::of(artifact.size(), is_watched());
            replace(path, artifact, &mut |bytes| progress.add(bytes))
        }
        _ => {
            if io::stdout().is_terminal() && !wat {
                bail!(
                    "this is a terminal, and the result is binary: write to a file with `-o FILE`, or text with `-t`"
                );
            }
            // No byte comes out if something embedded cannot be read.
            print(&artifact.bytes()?)
        }
    }
}

/// Writes words that are a result to a file, or to standard output.
pub fn write_text(text: String, output: Option<&Path>) -> Result<()> {
    match output {
        Some(path) => replace(path, text.into_bytes().into(), &mut |_| {}),
        None => print(text.as_bytes()),
    }
}

/// Writes to standard output.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("failed to write to standard output"),
    }
}

/// Whether nothing is said but errors.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// From now on nothing is said but errors.
pub fn be_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

/// Words go to standard error. That nobody listens, as behind a closed pipe, is no reason to fail.
pub fn say(words: fmt::Arguments) {
    if !IS_QUIET.load(Ordering::Relaxed) {
        complain(words);
    }
}

/// Whether somebody watches standard error, and wants to.
fn is_watched() -> bool {
    io::stderr().is_terminal() && !IS_QUIET.load(Ordering::Relaxed)
}

/// The same for errors, which are never kept back.
pub fn complain(words: fmt::Arguments) {
    let stderr = io::stderr().lock();
    let choice = if stderr.is_terminal() { AutoStream::choice(&stderr) } else { ColorChoice::Never };
    let _ = AutoStream::new(stderr, choice).write_all(styled(&words.to_string()).as_bytes());
}

/// With a colour where an error or a warning begins. Who writes it takes it out where it is not wanted.
fn styled(words: &str) -> String {
    let mut text = String::new();
    for line in words.split_inclusive('\n') {
        let colors = [("error:", AnsiColor::Red), ("warning:", AnsiColor::Yellow)];
        match colors.into_iter().find(|(start, _)| line.starts_with(start)) {
            Some((start, color)) => {
                let style = color.on_default().bold();
                text += &format!("{style}{start}{style:#}{}", &line[start.len()..]);
            }
            None => text += line,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_an_error_or_a_warning_has_a_color() {
        let plain = "virtual: env\nwarning: a\nerror: b\n  error: c\n";
        let colored = styled(plain);
        assert_eq!(colored.matches("\x1b[0m").count(), 2, "{colored:?}");
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}
