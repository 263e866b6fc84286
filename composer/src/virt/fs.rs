//! Files and directories.

use crate::Error;
use crate::policy::{self, Mount, Origin, Source, Writing};
use crate::tree::{Content, Globs, Node, check_links, local};
use anyhow::Result as Anyhow;
use std::path::{Path, PathBuf};

/// Files and directories. Unless something is said, there are none, and asking for them is an error.
///
/// What is embedded, what is in memory and what is the host's are one tree; one may be in the other. Every step may fail, so each but
/// the last has a `?`:
///
/// ```
/// use virt_compose::Virt;
/// use virt_compose::virt::{Access, Local};
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-tempfile.wasm"))?;
/// let virt = Virt::sealed().fs(|f| {
///     f.mount("/src", Local::at("src").include(["**/*.rs"]).writable())?
///         .dir("/etc", |d| d.text("motd", "welcome")?.link("news", "motd")?.host("hosts", "/etc/hosts"))?
///         .bytes("/key.bin", [1, 2, 3])?
///         .tmpfs_of("/tmp", 64 << 20)?
///         .preopen("/data", "/srv", Access::ReadOnly)
/// });
/// virt.compose(&app)?;
/// # anyhow::Ok(())
/// ```
///
/// Places are absolute paths of the guest's, and no two things are at the same one. What cannot be is an [`Error::Policy`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Fs {
    pub(super) rules: policy::Fs,
    pub(super) notes: Vec<String>,
}

/// A directory or file of this machine, as it is embedded: to be read only, links stay links, and all of it, unless something else
/// is said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Local {
    path: PathBuf,
    include: Vec<String>,
    exclude: Vec<String>,
    access: Writing,
}

/// What the app can do to what is the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    ReadOnly,
    /// Read it, and write to a copy in memory, which each instance has anew.
    CopyOnWrite,
    /// Read and write it.
    ReadWrite,
}

impl Fs {
    /// The host's preopens are there, as they are, besides what else is said.
    pub fn host(mut self) -> Result<Self, Error> {
        self.rules.host = true;
        Ok(self)
    }

    /// Embeds a directory or file of this machine. What is in its files is read when the result is made.
    ///
    /// # Errors
    ///
    /// If it is not there, cannot be read, or has what cannot be embedded: names that are not UTF-8, links that lead out of it, devices.
    pub fn mount(mut self, guest: impl AsRef<str>, local: impl Into<Local>) -> Result<Self, Error> {
        let Local { path, include, exclude, access } = local.into();
        let scan = Globs::of(&include, &exclude).and_then(|globs| local::read(&path, globs)).map_err(Error::policy)?;
        self.notes.extend(scan.notes);
        let (guest, source) = (guest.as_ref().to_owned(), Source::Embedded(scan.root));
        let origin = Some(Origin { local: path, include, exclude });
        self.rules.add(Mount { guest, source, access, origin }).map_err(Error::policy)?;
        Ok(self)
    }

    /// Embeds a directory that is made here: [`Dir`].
    pub fn dir(mut self, guest: impl AsRef<str>, say: impl FnOnce(Dir) -> Result<Dir, Error>) -> Result<Self, Error> {
        let empty = Dir { root: Node::directory(), hosts: Vec::new(), access: Writing::ReadOnly };
        let Dir { root, hosts, access } = say(empty)?;
        let guest = guest.as_ref();
        check_links(&root, Path::new(guest)).map_err(Error::policy)?;
        for (path, host) in hosts {
            self = self.put(format!("{}/{path}", guest.trim_end_matches('/')), Source::Host(host), access)?;
        }
        self.put(guest, Source::Embedded(root), access)
    }

    /// Embeds a file with this text, to be read only.
    pub fn text(self, guest: impl AsRef<str>, text: impl Into<String>) -> Result<Self, Error> {
        self.bytes(guest, text.into())
    }

    /// Embeds a file with these bytes, to be read only.
    pub fn bytes(self, guest: impl AsRef<str>, bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        self.put(guest, Source::Embedded(Node::File(Content::Inline(bytes.into()))), Writing::ReadOnly)
    }

    /// An empty directory in memory, which each instance has anew.
    pub fn tmpfs(self, guest: impl AsRef<str>) -> Result<Self, Error> {
        self.put(guest, Source::Empty { limit: None }, Writing::InMemory)
    }

    /// The same with room for so many bytes. Memory is taken in blocks of 4096.
    pub fn tmpfs_of(self, guest: impl AsRef<str>, bytes: u64) -> Result<Self, Error> {
        self.put(guest, Source::Empty { limit: Some(bytes) }, Writing::InMemory)
    }

    /// A directory or file of the host that runs the result, by its name there: a path in what it preopens
    /// (`wasmtime run --dir /srv out.wasm`). What it does not have is not there.
    pub fn preopen(self, guest: impl AsRef<str>, host: impl Into<String>, access: Access) -> Result<Self, Error> {
        let access = match access {
            Access::ReadOnly => Writing::ReadOnly,
            Access::CopyOnWrite => Writing::InMemory,
            Access::ReadWrite => Writing::Host,
        };
        self.put(guest, Source::Host(host.into()), access)
    }

    fn put(mut self, guest: impl AsRef<str>, source: Source, access: Writing) -> Result<Self, Error> {
        self.rules.mount(guest.as_ref(), source, access).map_err(Error::policy)?;
        Ok(self)
    }
}

impl Local {
    /// What is at this path. It may be a symbolic link, which is followed.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), include: Vec::new(), exclude: Vec::new(), access: Writing::ReadOnly }
    }

    /// Of a directory, only what matches one of these: `*` is any name, `**` any directories. What matches nothing is among
    /// [`Virt::notes`](super::Virt::notes).
    pub fn include(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Of a directory, nothing that matches one of these. What matches nothing is an error: it may be there under another pattern.
    pub fn exclude(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// The app can write to it, in memory. Each instance starts from what is embedded.
    pub fn writable(mut self) -> Self {
        self.access = Writing::InMemory;
        self
    }
}

impl From<&str> for Local {
    fn from(path: &str) -> Self {
        Self::at(path)
    }
}

impl From<&Path> for Local {
    fn from(path: &Path) -> Self {
        Self::at(path)
    }
}

impl From<PathBuf> for Local {
    fn from(path: PathBuf) -> Self {
        Self::at(path)
    }
}

/// A directory that is made here: to be read only, unless something else is said. Paths are below it, without a slash at the front;
/// directories on the way are made.
#[derive(Clone, Debug)]
#[must_use]
pub struct Dir {
    root: Node,
    hosts: Vec<(String, String)>,
    access: Writing,
}

impl Dir {
    /// A file with this text.
    pub fn text(self, path: impl AsRef<str>, text: impl Into<String>) -> Result<Self, Error> {
        self.bytes(path, text.into())
    }

    /// A file with these bytes.
    pub fn bytes(self, path: impl AsRef<str>, bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let node = Node::File(Content::Inline(bytes.into()));
        self.insert(path.as_ref(), Ok(node))
    }

    /// A symbolic link, which must lead to something in the directory.
    pub fn link(self, path: impl AsRef<str>, target: impl Into<String>) -> Result<Self, Error> {
        self.insert(path.as_ref(), Ok(Node::Link(target.into())))
    }

    /// A directory with nothing in it.
    pub fn empty(self, path: impl AsRef<str>) -> Result<Self, Error> {
        self.insert(path.as_ref(), Ok(Node::directory()))
    }

    /// A directory or file of this machine. What is in its files is read when the result is made.
    pub fn local(self, path: impl AsRef<str>, local: impl AsRef<Path>) -> Result<Self, Error> {
        self.insert(path.as_ref(), local::read(local.as_ref(), Globs::default()).map(|scan| scan.root))
    }

    /// A file or directory of the host that runs the result, by its name there.
    pub fn host(mut self, path: impl Into<String>, host: impl Into<String>) -> Result<Self, Error> {
        self.hosts.push((path.into(), host.into()));
        Ok(self)
    }

    /// The app can write to it, in memory. Each instance starts from what is embedded, or the host's.
    pub fn writable(mut self) -> Result<Self, Error> {
        self.access = Writing::InMemory;
        Ok(self)
    }

    fn insert(mut self, path: &str, node: Anyhow<Node>) -> Result<Self, Error> {
        node.and_then(|node| self.root.insert(path, node)).map_err(Error::policy)?;
        Ok(self)
    }
}
