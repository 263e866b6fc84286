//! Local paths as a policy file has them: as seen from its folder.

use super::table::{Table, bytes};
use crate::tree::{Content, Node};
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Component, Path, PathBuf};

/// In place of a path that is not told.
pub const EMBEDDED: &str = "(embedded)";

/// How local paths are written.
pub enum Paths {
    /// As seen from the folder of the policy file.
    Seen {
        /// It.
        folder: PathBuf,
        /// The way from the folder to the current directory, if that is another.
        back: Option<PathBuf>,
    },
    /// Not at all, nor what is there: where the file goes, that is embedded.
    Untold,
}

impl Paths {
    /// Of a folder, which must be there. The empty path is the current directory.
    pub fn of(folder: &Path) -> Result<Self> {
        let is_here = folder.components().all(|part| part == Component::CurDir);
        let back = if is_here { None } else { Some(way_back(folder)?) };
        Ok(Self::Seen { folder: folder.to_owned(), back })
    }

    /// A path of this machine as it is seen from the folder.
    pub fn seen(&self, path: &Path) -> Result<String> {
        let Self::Seen { folder, back } = self else { return Ok(EMBEDDED.to_owned()) };
        let seen = match (back, path.strip_prefix(folder)) {
            _ if path.is_absolute() => path.to_owned(),
            (None, _) => path.to_owned(),
            (Some(_), Ok(rest)) if rest == Path::new("") => PathBuf::from("."),
            (Some(_), Ok(rest)) => rest.to_owned(),
            (Some(back), Err(_)) => back.join(path),
        };
        let text = seen.into_os_string().into_string();
        text.map_err(|path| anyhow!("the path `{}` is not UTF-8, as TOML is: rename it", path.display()))
    }

    /// What a file has, by the keys `text`, `bytes`, or one for a local file.
    pub fn content(&self, file: &Node, local: &str) -> Result<Table> {
        let mut table = Table::of("");
        match file {
            _ if matches!(self, Self::Untold) => table.add(local, EMBEDDED),
            Node::File(Content::Inline(inline)) => match std::str::from_utf8(inline) {
                Ok(text) => table.add("text", text),
                Err(_) => table.add("bytes", bytes(inline)),
            },
            Node::File(Content::Local { path, .. }) => table.add(local, self.seen(path)?),
            Node::Directory(_) | Node::Link(_) => {
                bail!("what is no file is embedded as one, which a policy file cannot say; embed a file")
            }
        }
        Ok(table)
    }
}

/// The way from a folder to the current directory. Where both are on the way is told by what they are, not by how they are written,
/// because `..` leads out of what a link leads to.
fn way_back(folder: &Path) -> Result<PathBuf> {
    let failed = || format!("the folder `{}` of the policy file cannot be found", folder.display());
    let (from, to) = (folder.canonicalize().with_context(failed)?, Path::new(".").canonicalize()?);
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    // From the root on, everything is elsewhere.
    if shared <= 1 {
        return Ok(to);
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    Ok(up.chain(to.components().skip(shared)).collect())
}
