//! What is embedded: directories, files and symbolic links, and the component that has them in the artifact.
//!
//! - here: a tree, and its index, in which every entry has a number;
//! - `links`: whether symbolic links lead anywhere;
//! - [`local`]: a tree from a directory of this machine, through `globs`;
//! - `module`: the code that finds entries and reads content;
//! - [`component`]: the component, put into a composition that was made without the content;
//! - [`Artifact`]: that composition, with the content still to be read.

mod artifact;
pub mod component;
mod globs;
mod links;
pub mod local;
mod module;

pub use artifact::Artifact;
pub use globs::Globs;
pub use links::check_links;

use crate::words;
use anyhow::{Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A place in a tree, and all that is below it.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A directory, by the names in it. The map has them in the order of their bytes.
    Directory(BTreeMap<String, Node>),
    /// A file.
    File(Content),
    /// A symbolic link, with what it points to.
    Link(String),
}

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A file of this machine, of that length when it was looked at. Its bytes are read when the result is written.
    Local {
        /// Where it is.
        path: PathBuf,
        /// Its length in bytes.
        len: u64,
    },
    /// These bytes.
    Inline(Vec<u8>),
}

impl Content {
    fn len(&self) -> u64 {
        match self {
            Self::Local { len, .. } => *len,
            Self::Inline(bytes) => bytes.len() as u64,
        }
    }
}

impl Node {
    /// An empty directory.
    pub fn directory() -> Self {
        Self::Directory(BTreeMap::new())
    }

    /// How many bytes a file has; of anything else none.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(content) => content.len(),
            Self::Directory(_) | Self::Link(_) => 0,
        }
    }

    /// Whether a file of this machine is in it.
    pub(crate) fn has_local(&self, file: &Path) -> bool {
        match self {
            Self::Directory(entries) => entries.values().any(|node| node.has_local(file)),
            Self::File(Content::Local { path, .. }) => {
                path.file_name() == file.file_name() && path.canonicalize().is_ok_and(|path| path == file)
            }
            Self::File(Content::Inline(_)) | Self::Link(_) => false,
        }
    }

    /// Puts something at a path below this directory, and makes the directories on the way.
    pub fn insert(&mut self, path: &str, node: Node) -> Result<()> {
        check_path(path)?;
        let (folders, name) = path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
        let mut at = self;
        for folder in folders.iter().flat_map(|folders| folders.split('/')) {
            let Self::Directory(entries) = at else {
                bail!("`{path}` is below a file or link; give one of them another name");
            };
            at = entries.entry(folder.to_owned()).or_insert_with(Self::directory);
        }
        let Self::Directory(entries) = at else {
            bail!("`{path}` is below a file or link; give one of them another name");
        };
        match (entries.get(name), &node) {
            (None, _) => drop(entries.insert(name.to_owned(), node)),
            // It was made on the way to something below it.
            (Some(Self::Directory(_)), Self::Directory(new)) if new.is_empty() => {}
            (Some(_), _) => bail!("there are two of `{path}`; leave one out"),
        }
        Ok(())
    }
}

/// As long as a path may be on the systems that are around.
const PATH_MAX: usize = 4096;

/// As long as a name may be: what file systems have, and what the component has room for.
const NAME_MAX: usize = 255;

/// A path below the root of a tree.
fn check_path(path: &str) -> Result<()> {
    ensure!(path.len() <= PATH_MAX, "a path of {} bytes is too long; at most {PATH_MAX} fit", path.len());
    for name in path.split('/') {
        if name.is_empty() || name == "." || name == ".." || name.contains('\0') {
            bail!("`{}` is no path below a directory; write it like `etc/app.conf`", path.escape_debug());
        }
        check_name(name)?;
    }
    Ok(())
}

pub(crate) fn check_name(name: &str) -> Result<()> {
    ensure!(name.len() <= NAME_MAX, "the name `{name}` has {} bytes; at most {NAME_MAX} fit: shorten it", name.len());
    Ok(())
}

/// The index of several trees. First come the roots, then, breadth first, what is in directories; entries of one directory
/// stand together, in the order of the bytes of their names.
pub struct Tree<'a> {
    /// By number.
    entries: Vec<Entry<'a>>,
    /// What the files have, one after the other, each from a multiple of 8 on.
    content: Vec<Placed<'a>>,
    /// The length of all content, a multiple of 8.
    len: u32,
}

/// An entry of the index, as `virt:fs/files` has it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry<'a> {
    name: &'a str,
    kind: Kind,
    start: u32,
    len: u32,
    target: &'a str,
}

/// The cases of `kind`, in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Directory,
    File,
    Link,
}

/// The bytes of one file, and where the user wants them.
struct Placed<'a> {
    mount: &'a str,
    content: &'a Content,
}

impl Placed<'_> {
    /// What to call it in an error.
    fn name(&self) -> String {
        match self.content {
            Content::Local { path, .. } => format!("`{}`, embedded at `{}`", path.display(), self.mount),
            Content::Inline(_) => format!("a file of `{}`", self.mount),
        }
    }
}

/// What a runtime takes in one module, or in a component inside another.
const MODULE_MAX: u64 = 1 << 30;

/// More than code and types take.
const OVERHEAD: u64 = 4096;

impl<'a> Tree<'a> {
    /// Of these roots, each with the place in the guest's tree that it goes to.
    pub fn of(roots: impl IntoIterator<Item = (&'a str, &'a Node)>) -> Result<Self> {
        let mut tree = Self { entries: Vec::new(), content: Vec::new(), len: 0 };
        // What an entry is made of, and the root that it is below, by the entry's number.
        let (mut nodes, mut names) = (Vec::new(), Vec::new());
        for (mount, node) in roots {
            nodes.push((mount, node));
            names.push("");
        }
        let (mut content, mut text, mut at) = (0_u64, 0_u64, 0);
        while let Some(&(mount, node)) = nodes.get(at) {
            let name = names[at];
            let (kind, start, len, target) = match node {
                Node::Directory(entries) => {
                    let start = nodes.len();
                    for (name, node) in entries {
                        check_name(name)?;
                        nodes.push((mount, node));
                        names.push(name);
                    }
                    (Kind::Directory, start as u64, entries.len() as u64, "")
                }
                Node::File(bytes) => {
                    let start = content;
                    content = content.saturating_add(bytes.len()).saturating_add(7) & !7;
                    tree.content.push(Placed { mount, content: bytes });
                    (Kind::File, start, bytes.len(), "")
                }
                Node::Link(target) => (Kind::Link, 0, 0, target.as_str()),
            };
            text += (name.len() + target.len()) as u64;
            // What does not fit in 32 bits is over the limit, and found below.
            tree.entries.push(Entry { name, kind, start: start as u32, len: len as u32, target });
            at += 1;
        }
        let index = module::RECORD as u64 * at as u64 + text;
        tree.check_size(content.saturating_add(index).saturating_add(OVERHEAD), at)?;
        tree.len = content as u32;
        Ok(tree)
    }

    fn check_size(&self, total: u64, entries: usize) -> Result<()> {
        if total <= MODULE_MAX {
            return Ok(());
        }
        let total = words::size(total);
        let way_out =
            "let the host give it when the result runs (`--preopen`), or leave it out (`exclude`, in a policy file)";
        match self.content.iter().max_by_key(|placed| placed.content.len()) {
            Some(biggest) => bail!(
                "what is embedded takes {total} in {entries} entries, and runtimes take 1 GiB; the biggest is {}, of {}: {way_out}",
                biggest.name(),
                words::size(biggest.content.len())
            ),
            None => bail!("what is embedded takes {total} in {entries} entries, and runtimes take 1 GiB: {way_out}"),
        }
    }

    /// How many entries there are, roots included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is embedded.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many files there are, and their bytes.
    pub fn files(&self) -> (usize, u64) {
        (self.content.len(), self.content.iter().map(|placed| placed.content.len()).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> Node {
        Node::File(Content::Inline(bytes.to_vec()))
    }

    fn tree(entries: &[(&str, Node)]) -> Node {
        let mut root = Node::directory();
        for (path, node) in entries {
            root.insert(path, node.clone()).unwrap();
        }
        root
    }

    #[test]
    fn roots_come_first_and_entries_of_a_directory_stand_together_in_order() {
        let first =
            tree(&[("b/y", file(b"1")), ("b/x", Node::directory()), ("a", file(b"123456789")), ("ä", file(b""))]);
        let second = tree(&[("c", Node::Link("d".to_owned())), ("d", file(b"2"))]);
        let third = Node::directory();
        let index = Tree::of([("/one", &first), ("/two", &second), ("/three", &third)]).unwrap();
        let told: Vec<_> =
            index.entries.iter().map(|entry| (entry.name, entry.start, entry.len, entry.target)).collect();
        assert_eq!(
            told,
            [
                ("", 3, 3, ""),
                ("", 6, 2, ""),
                ("", 8, 0, ""),
                ("a", 0, 9, ""),
                ("b", 8, 2, ""),
                ("ä", 16, 0, ""),
                ("c", 0, 0, "d"),
                ("d", 16, 1, ""),
                ("x", 10, 0, ""),
                ("y", 24, 1, ""),
            ]
        );
        assert_eq!(index.len, 32);
        assert_eq!(index.files(), (4, 11));
    }

    #[test]
    fn a_root_may_be_a_file() {
        let root = file(b"12");
        let index = Tree::of([("/x", &root)]).unwrap();
        assert_eq!(index.entries, [Entry { name: "", kind: Kind::File, start: 0, len: 2, target: "" }]);
    }

    #[test]
    fn a_path_is_there_once_and_is_a_path() {
        let mut root = tree(&[("a/b", file(b"1")), ("a", Node::directory()), ("l", Node::Link("a".to_owned()))]);
        for (path, node, words) in [
            ("a/b", file(b""), "there are two of `a/b`"),
            ("a", file(b""), "there are two of `a`"),
            ("a/b/c", file(b""), "below a file"),
            ("l/c/d", file(b""), "below a file or link"),
            ("/a", file(b""), "no path"),
            ("a//b", file(b""), "no path"),
            ("a/../b", file(b""), "no path"),
            ("a/", file(b""), "no path"),
            ("", file(b""), "no path"),
            ("a\0b", file(b""), "a\\0b"),
            (&"n".repeat(256), file(b""), "256 bytes"),
            (&"n/".repeat(3000), file(b""), "too long"),
        ] {
            let error = format!("{:#}", root.insert(path, node).unwrap_err());
            assert!(error.contains(words), "{path}: {error}");
        }
        assert_eq!(root, tree(&[("a/b", file(b"1")), ("l", Node::Link("a".to_owned()))]));
    }

    #[test]
    fn what_is_too_big_is_named_with_the_way_out() {
        let big = |len| Node::File(Content::Local { path: "data/big.bin".into(), len });
        let root = tree(&[("small", file(b"1")), ("big", big(MODULE_MAX))]);
        let error = Tree::of([("/data", &root)]).err().unwrap().to_string();
        for word in ["`data/big.bin`", "`/data`", "1 GiB", "--preopen", "exclude"] {
            assert!(error.contains(word), "{word}: {error}");
        }
        let root = tree(&[("big", big(u64::MAX)), ("bigger", big(u64::MAX))]);
        assert!(Tree::of([("/data", &root)]).is_err());
        let root = tree(&[("big", big(MODULE_MAX - 2 * OVERHEAD))]);
        assert!(Tree::of([("/data", &root)]).is_ok());
        let long = Node::Directory([("n".repeat(256), file(b""))].into());
        assert!(Tree::of([("/data", &long)]).err().unwrap().to_string().contains("256 bytes"));
    }
}
