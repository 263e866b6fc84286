//! `[fs]`.

use super::Size;
use crate::policy::{Fs, Policy, Source, Writing};
use crate::tree::{Content, Globs, Node, check_links, local};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "`[fs]` with `host`, `mount`, `tmpfs` or `preopen`")]
pub struct FsTable {
    host: Option<bool>,
    mount: Vec<MountTable>,
    tmpfs: Vec<TmpfsTable>,
    preopen: Vec<PreopenTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MountTable {
    guest: String,
    local: Option<PathBuf>,
    files: Option<BTreeMap<String, FileTable>>,
    #[serde(default)]
    access: MountAccess,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MountAccess {
    #[default]
    ReadOnly,
    InMemory,
}

/// What is at a path: one of these, or a directory.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileTable {
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    link: Option<String>,
    host: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TmpfsTable {
    guest: String,
    size: Option<Size>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreopenTable {
    guest: String,
    host: String,
    #[serde(default)]
    access: PreopenAccess,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PreopenAccess {
    ReadOnly,
    CopyOnWrite,
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
        let root = match (&self.local, &self.files) {
            (Some(local), None) => {
                let scan = local::read(&folder.join(local), Globs::of(&self.include, &self.exclude)?)?;
                notes.extend(scan.notes);
                scan.root
            }
            (None, Some(files)) => {
                ensure!(
                    self.include.is_empty() && self.exclude.is_empty(),
                    "`include` and `exclude` choose from what is at `local`; leave them out beside `files`"
                );
                let mut root = Node::directory();
                for (path, file) in files {
                    let put = file.put(path, &mut root);
                    if let Some(host) = put.with_context(|| format!("in `files`, of `{path}`"))? {
                        let guest = format!("{}/{path}", self.guest.trim_end_matches('/'));
                        fs.mount(&guest, Source::Host(host.to_owned()), access)?;
                    }
                }
                check_links(&root, Path::new(&self.guest))?;
                root
            }
            (None, None) => bail!("write what is there: `local = \"./path\"`, or `files`"),
            (Some(_), Some(_)) => bail!("`local` and `files` both say what is there; leave one out"),
        };
        fs.mount(&self.guest, Source::Embedded(root), access)
    }
}

impl FileTable {
    /// Puts it at a path, or gives back the name that the host has for what is there.
    fn put(&self, path: &str, root: &mut Node) -> Result<Option<&str>> {
        let node = match (&self.text, &self.bytes, &self.link, &self.host) {
            (None, None, None, None) => Node::directory(),
            (Some(text), None, None, None) => Node::File(Content::Inline(text.clone().into_bytes())),
            (None, Some(bytes), None, None) => Node::File(Content::Inline(bytes.clone())),
            (None, None, Some(target), None) => Node::Link(target.clone()),
            (None, None, None, Some(host)) => return Ok(Some(host)),
            _ => bail!("`text`, `bytes`, `link` and `host` exclude each other; leave all but one out"),
        };
        root.insert(path, node)?;
        Ok(None)
    }
}
