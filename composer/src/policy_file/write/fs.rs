//! `[fs]` with `[[fs.mount]]`, `[[fs.tmpfs]]` and `[[fs.preopen]]`.

use super::paths::{EMBEDDED, Paths};
use super::stdio::size;
use super::table::{Table, strings};
use crate::policy::{Fs, Mount, Origin, Source, Writing};
use crate::tree::{Content, Node};
use anyhow::{Context, Result, bail};

/// Whether something is not there that there was to start from, and nothing else at its place.
pub fn lacks(fs: &Fs, start: &Fs) -> bool {
    start.mounts.iter().any(|mount| fs.mounts.iter().all(|other| other.guest != mount.guest))
}

pub fn fs(fs: &Fs, start: &Fs, paths: &Paths) -> Result<Vec<Table>> {
    let (mut host, mut is_first) = (Table::of("[fs]"), true);
    if fs.host != start.host {
        host.add("host", fs.host);
    }
    let mut tables = vec![host];
    tables.retain(|table| !table.is_empty());
    for mount in fs.mounts.iter().filter(|mount| !start.mounts.contains(mount)) {
        let added = self::mount(mount, paths);
        let mut added =
            added.with_context(|| format!("what is at `{}` cannot be said in a policy file", mount.guest))?;
        if mount.origin.is_some() && !matches!(paths, Paths::Untold) && std::mem::take(&mut is_first) {
            let first = added.remove(0);
            added.insert(0, first.about("Paths of `local` start at this file."));
        }
        tables.extend(added);
    }
    Ok(tables)
}

fn mount(mount: &Mount, paths: &Paths) -> Result<Vec<Table>> {
    let header = match &mount.source {
        Source::Embedded(_) => "[[fs.mount]]",
        Source::Empty { .. } => "[[fs.tmpfs]]",
        Source::Host(_) => "[[fs.preopen]]",
    };
    let (mut table, mut files) = (Table::of(header), None);
    table.add("guest", mount.guest.as_str());
    match (&mount.source, &mount.origin) {
        (Source::Embedded(_), Some(Origin { local, include, exclude })) => {
            table.add("local", paths.seen(local)?);
            for (key, patterns) in [("include", include), ("exclude", exclude)] {
                if !patterns.is_empty() {
                    table.add(key, strings(patterns));
                }
            }
        }
        (Source::Embedded(_), None) if matches!(paths, Paths::Untold) => table.add("local", EMBEDDED),
        (Source::Embedded(Node::File(Content::Local { path, .. })), None) => table.add("local", paths.seen(path)?),
        (Source::Embedded(root @ Node::Directory(_)), None) => {
            let mut all = Table::of("[fs.mount.files]");
            add_files(&mut all, root, "", paths)?;
            files = Some(all);
        }
        (Source::Embedded(_), None) => {
            bail!("it is no directory, and no local file; mount the directory that it is in")
        }
        (Source::Empty { limit }, _) => table.add_some("size", limit.map(size)),
        (Source::Host(name), _) => table.add("host", name.as_str()),
    }
    table.add_some(
        "access",
        match (&mount.source, mount.access) {
            (Source::Embedded(_), Writing::ReadOnly)
            | (Source::Empty { .. }, Writing::InMemory)
            | (Source::Host(_), Writing::Host) => None,
            (Source::Embedded(_), Writing::InMemory) => Some("in-memory"),
            (Source::Host(_), Writing::ReadOnly) => Some("read-only"),
            (Source::Host(_), Writing::InMemory) => Some("copy-on-write"),
            (Source::Empty { .. }, Writing::ReadOnly) => bail!("it is empty, and stays so"),
            (Source::Embedded(_) | Source::Empty { .. }, Writing::Host) => bail!("it is not the host's to write to"),
        },
    );
    // Nothing in it is a table, too, which a header alone says.
    Ok([table].into_iter().chain(files).collect())
}

/// All that is below a directory, by paths.
fn add_files(files: &mut Table, node: &Node, at: &str, paths: &Paths) -> Result<()> {
    match node {
        Node::Directory(entries) if entries.is_empty() && at.is_empty() => {}
        Node::Directory(entries) if entries.is_empty() => files.add(at, Table::of("").inline()),
        Node::Directory(entries) => {
            for (name, node) in entries {
                let at = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
                add_files(files, node, &at, paths)?;
            }
        }
        Node::File(_) => files.add(at, paths.content(node, "local")?.inline()),
        Node::Link(target) => {
            let mut link = Table::of("");
            link.add("link", target.as_str());
            files.add(at, link.inline());
        }
    }
    Ok(())
}
