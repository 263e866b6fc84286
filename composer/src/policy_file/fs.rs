//! `[fs]`.

use super::Size;
use crate::policy::{Fs, Mount, Origin, Policy, Source, Writing};
use crate::tree::{Content, Globs, Node, check_links, local};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files and directories
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[fs]` with `host`, `mount`, `tmpfs` or `preopen`")]
pub struct FsTable {
    /// Whether the host's preopens are there, under their names
    host: Option<bool>,
    /// What is embedded
    mount: Vec<MountTable>,
    /// Empty directories in memory
    tmpfs: Vec<TmpfsTable>,
    /// Preopens of the host that runs the result, or what is below them
    preopen: Vec<PreopenTable>,
}

/// A local directory or file, embedded, or files that are written down here
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(extend("oneOf" = [{ "required": ["local"] }, { "required": ["files"] }]))
)]
#[serde(deny_unknown_fields)]
struct MountTable {
    /// Where it is: an absolute path
    guest: String,
    /// A local directory or file, whose path starts at the policy file
    local: Option<PathBuf>,
    /// Files by their paths; directories on the way are made
    files: Option<BTreeMap<String, FileTable>>,
    /// What writing does
    #[serde(default)]
    access: MountAccess,
    /// Patterns for what of `local` is taken in: `*` is any name, `**` any directories
    #[serde(default)]
    include: Vec<String>,
    /// Patterns for what of `local` is left out
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum MountAccess {
    /// It is refused
    #[default]
    ReadOnly,
    /// It changes memory
    InMemory,
}

/// What is at a path: one of these, or an empty directory
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("maxProperties" = 1)))]
#[serde(default, deny_unknown_fields)]
struct FileTable {
    /// A file with this text
    text: Option<String>,
    /// A file with these bytes
    bytes: Option<Vec<u8>>,
    /// A file with what is in a local one, whose path starts at the policy file
    local: Option<PathBuf>,
    /// A symbolic link to this
    link: Option<String>,
    /// A file of the host that runs the result, by its name there
    host: Option<String>,
}

/// An empty directory in memory
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TmpfsTable {
    /// Where it is: an absolute path
    guest: String,
    /// How many bytes it may take
    size: Option<Size>,
}

/// A preopen of the host that runs the result, or a directory or file below one
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PreopenTable {
    /// Where it is: an absolute path
    guest: String,
    /// Its name on the host
    host: String,
    /// What writing does
    #[serde(default)]
    access: PreopenAccess,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum PreopenAccess {
    /// It is refused
    ReadOnly,
    /// It changes memory
    CopyOnWrite,
    /// It changes the host's files
    #[default]
    ReadWrite,
}

impl FsTable {
    /// Adds what it mounts, and gives back what there is to say. Local paths start at the folder.
    pub fn apply(&self, policy: &mut Policy, folder: &Path) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        policy.fs.host = self.host.unwrap_or(policy.fs.host);
        policy.fs.overlay(self.read(folder, &mut notes)?)?;
        Ok(notes)
    }

    fn read(&self, folder: &Path, notes: &mut Vec<String>) -> Result<Fs> {
        let mut fs = Fs::default();
        for mount in &self.mount {
            let added = mount.read(folder, &mut fs, notes);
            added.with_context(|| format!("cannot take `[[fs.mount]]` of `{}`", mount.guest))?;
        }
        for tmpfs in &self.tmpfs {
            let limit = tmpfs.size.as_ref().map(Size::bytes).transpose();
            let added = limit.and_then(|limit| fs.mount(&tmpfs.guest, Source::Empty { limit }, Writing::InMemory));
            added.with_context(|| format!("cannot take `[[fs.tmpfs]]` of `{}`", tmpfs.guest))?;
        }
        for preopen in &self.preopen {
            let access = match preopen.access {
                PreopenAccess::ReadOnly => Writing::ReadOnly,
                PreopenAccess::CopyOnWrite => Writing::InMemory,
                PreopenAccess::ReadWrite => Writing::Host,
            };
            let added = fs.mount(&preopen.guest, Source::Host(preopen.host.clone()), access);
            added.with_context(|| format!("cannot take `[[fs.preopen]]` of `{}`", preopen.guest))?;
        }
        Ok(fs)
    }
}

impl MountTable {
    fn read(&self, folder: &Path, fs: &mut Fs, notes: &mut Vec<String>) -> Result<()> {
        let access = match self.access {
            MountAccess::ReadOnly => Writing::ReadOnly,
            MountAccess::InMemory => Writing::InMemory,
        };
        let (root, origin) = match (&self.local, &self.files) {
            (Some(local), None) => {
                let local = folder.join(local);
                let scan = local::read(&local, Globs::of(&self.include, &self.exclude)?)?;
                notes.extend(scan.notes);
                let origin = Origin { local, include: self.include.clone(), exclude: self.exclude.clone() };
                (scan.root, Some(origin))
            }
            (None, Some(files)) => {
                ensure!(
                    self.include.is_empty() && self.exclude.is_empty(),
                    "`include` and `exclude` choose from what is at `local`; leave them out beside `files`"
                );
                let mut root = Node::directory();
                for (path, file) in files {
                    let put = file.put(path, folder, &mut root);
                    if let Some(host) = put.with_context(|| format!("in `files`, of `{path}`"))? {
                        let guest = format!("{}/{path}", self.guest.trim_end_matches('/'));
                        fs.mount(&guest, Source::Host(host.to_owned()), access)?;
                    }
                }
                check_links(&root, Path::new(&self.guest))?;
                (root, None)
            }
            (None, None) => bail!("write what is there: `local = \"./path\"`, or `files`"),
            (Some(_), Some(_)) => bail!("`local` and `files` both say what is there; leave one out"),
        };
        fs.add(Mount { guest: self.guest.clone(), source: Source::Embedded(root), access, origin })
    }
}

impl FileTable {
    /// Puts it at a path, or gives back the name that the host has for what is there.
    fn put(&self, path: &str, folder: &Path, root: &mut Node) -> Result<Option<&str>> {
        let node = match (&self.text, &self.bytes, &self.local, &self.link, &self.host) {
            (None, None, None, None, None) => Node::directory(),
            (Some(text), None, None, None, None) => Node::File(Content::Inline(text.clone().into_bytes())),
            (None, Some(bytes), None, None, None) => Node::File(Content::Inline(bytes.clone())),
            (None, None, Some(local), None, None) => local::file(&folder.join(local))?,
            (None, None, None, Some(target), None) => Node::Link(target.clone()),
            (None, None, None, None, Some(host)) => return Ok(Some(host)),
            _ => bail!("`text`, `bytes`, `local`, `link` and `host` exclude each other; leave all but one out"),
        };
        root.insert(path, node)?;
        Ok(None)
    }
}
