//! A result that is not written yet. What is embedded may be most of it, so that stays where it is until it is known where
//! it goes, and from one file to another the system copies it without us.

use super::local::refuse_access;
use super::{Content, Placed};
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// A result: bytes, and what is embedded in the midst of them.
pub struct Artifact<'a> {
    pub(super) before: Vec<u8>,
    /// Each is followed by zeros, up to a multiple of 8.
    pub(super) content: Vec<Placed<'a>>,
    pub(super) after: Vec<u8>,
    pub(super) len: usize,
}

impl From<Vec<u8>> for Artifact<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len(), before: bytes, content: Vec::new(), after: Vec::new() }
    }
}

/// A file of this length or less is read as a whole and written with what is around it: that takes fewer calls.
const SMALL: u64 = 1 << 16;

/// So much of a larger one is copied before somebody is told.
const PIECE: u64 = 1 << 24;

impl Artifact<'_> {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.len as u64
    }

    /// Puts bytes behind all others.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        // Without content, `before` is all of it.
        let last = if self.content.is_empty() && self.after.is_empty() { &mut self.before } else { &mut self.after };
        last.extend(bytes);
        self.len += bytes.len();
    }

    /// Writes it. If that fails, a part may have been written.
    pub fn write_to(&self, out: &mut impl Write) -> Result<()> {
        self.write_telling(out, &mut |_| ())
    }

    /// Writes it, and tells of bytes as they are written.
    pub fn write_telling(&self, out: &mut impl Write, told: &mut dyn FnMut(u64)) -> Result<()> {
        let mut out = BufWriter::with_capacity(SMALL as usize, out);
        let mut whole = Vec::new();
        out.write_all(&self.before)?;
        told(self.before.len() as u64);
        for Placed { mount, content } in &self.content {
            match content {
                Content::Inline(bytes) => {
                    out.write_all(bytes)?;
                    told(bytes.len() as u64);
                }
                Content::Local { path, len } => {
                    let failed = || format!("failed to embed what is mounted at `{mount}`");
                    if *len <= SMALL {
                        whole.clear();
                        read(path, *len, &mut whole).with_context(failed)?;
                        out.write_all(&whole)?;
                        told(*len);
                    } else {
                        copy(path, *len, &mut out, told).with_context(failed)?;
                    }
                }
            }
            let rest = content.len().next_multiple_of(8) - content.len();
            out.write_all(&[0; 8][..rest as usize])?;
        }
        out.write_all(&self.after)?;
        out.flush()?;
        Ok(())
    }

    /// All in one piece of memory.
    pub fn bytes(self) -> Result<Vec<u8>> {
        if self.before.len() == self.len {
            return Ok(self.before);
        }
        let (mut bytes, len) = (Vec::new(), self.len);
        bytes.try_reserve_exact(len).with_context(|| format!("there is no memory for a result of {len} bytes"))?;
        self.write_to(&mut bytes)?;
        ensure!(
            bytes.len() == len,
            "{len} bytes were expected and {} made; this is a defect of virt-compose",
            bytes.len()
        );
        Ok(bytes)
    }
}

/// Reads a file that has just so many bytes.
fn read(path: &Path, len: u64, bytes: &mut Vec<u8>) -> Result<()> {
    let refused = |error| refuse_access(path, &error);
    let file = File::open(path).map_err(refused)?;
    let found = file.take(len + 1).read_to_end(bytes).map_err(refused)?;
    check_len(path, len, found as u64)
}

/// Copies a file that has just so many bytes.
fn copy(path: &Path, len: u64, out: &mut impl Write, told: &mut dyn FnMut(u64)) -> Result<()> {
    let mut file = File::open(path).map_err(|error| refuse_access(path, &error))?;
    let mut found = 0;
    while found <= len {
        let mut piece = Read::by_ref(&mut file).take(PIECE.min(len + 1 - found));
        // Which of both has failed, the system does not say.
        let copied = io::copy(&mut piece, out).with_context(|| format!("failed to copy `{}`", path.display()))?;
        found += copied;
        told(copied);
        if copied == 0 {
            break;
        }
    }
    check_len(path, len, found)
}

fn check_len(path: &Path, len: u64, found: u64) -> Result<()> {
    ensure!(found == len, "`{}` changed while it was read: try again when nobody writes it", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::component::component;
    use super::super::{Node, Tree};
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for len in [0, 5, SMALL, SMALL + 1] {
            fs::write(&path, vec![1; len as usize]).unwrap();
            for (expected, is_made) in [(len, true), (len + 1, false), (len.wrapping_sub(1), false)] {
                let root = Node::File(Content::Local { path: path.clone(), len: expected });
                let Ok(tree) = Tree::of([("/var/log", &root)]) else { continue };
                match component(tree) {
                    Ok(made) => assert!(is_made, "{len} bytes instead of {expected}: {}", made.len()),
                    Err(error) => {
                        let error = format!("{error:#}");
                        assert!(!is_made, "{error}");
                        for words in ["log` changed while it was read", "`/var/log`"] {
                            assert!(error.contains(words), "{error}");
                        }
                    }
                }
            }
        }
        fs::remove_file(&path).unwrap();
        let root = Node::File(Content::Local { path, len: 5 });
        let error = format!("{:#}", component(Tree::of([("/var/log", &root)]).unwrap()).unwrap_err());
        assert!(error.contains("there is no"), "{error}");
    }
}
