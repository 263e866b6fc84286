//! Where results go, and words.

use crate::files::replace;
use crate::tree::Artifact;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Writes a component to a file, or to standard output (`-`, or nothing said), as text if that is asked for.
pub fn write(artifact: Artifact, output: Option<&Path>, wat: bool) -> Result<()> {
    let artifact = match wat {
        true => wasmprinter::print_bytes(artifact.bytes()?)?.into_bytes().into(),
        false => artifact,
    };
    match output {
        Some(path) if path != Path::new("-") => replace(path, artifact),
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

/// Writes to standard output.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("failed to write to standard output"),
    }
}

/// Words go to standard error. That nobody listens, as behind a closed pipe, is no reason to fail.
pub fn say(words: fmt::Arguments) {
    // Tests show words only where they fail.
    #[cfg(test)]
    eprint!("{words}");
    #[cfg(not(test))]
    let _ = io::stderr().write_fmt(words);
}
