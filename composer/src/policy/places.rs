//! Places in the guest's tree: their names, and what may be where.

use super::{Fs, Mount, Source, Writing};
use crate::tree::{Node, check_name};
use anyhow::{Result, bail};

impl Fs {
    /// Why a file of the guest's tree cannot be written, and the way out, if that can be told: what is the host's shows when the result
    /// runs. `is_read` says whether anybody could read it where it is in memory.
    pub(crate) fn refuses_to_write(&self, path: &str, is_read: bool) -> Option<(String, String)> {
        let way = |mount: &Mount| {
            let rest = path.strip_prefix(mount.guest.trim_end_matches('/'))?;
            if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let (folder, file) =
            if folder.is_empty() { ("/log", format!("/log/{name}")) } else { (folder, path.to_owned()) };
        let preopen = format!("a preopen of the host's, `--preopen {folder}=HOST`, for `{file}`");
        // Where the app has no files, nobody could read what is in memory.
        let either = match is_read {
            true => format!("a directory that can be written, such as a tmpfs, `--tmpfs {folder}`, or {preopen}"),
            false => preopen.clone(),
        };
        let holders = self.mounts.iter().filter_map(|mount| Some((mount, way(mount)?)));
        let Some((mount, way)) = holders.max_by_key(|(mount, _)| mount.guest.len()) else {
            return match (self.host, self.mounts.is_empty()) {
                (true, _) => None,
                (false, true) => Some(("there are no files".to_owned(), format!("it takes {either}"))),
                (false, false) => Some(("nothing is mounted there".to_owned(), format!("it takes {either}"))),
            };
        };
        let guest = &mount.guest;
        let is_file = matches!(mount.source, Source::Embedded(Node::File(_)));
        let folders: Vec<&str> = way.split('/').collect();
        let folders = &folders[..folders.len() - 1];
        let lacks = |name: &str| {
            let here = format!("{}/{}", guest.trim_end_matches('/'), path.rsplit('/').next().unwrap_or_default());
            (
                format!("there is no `{name}` on the way, in `{guest}`"),
                format!("write `{here}`, or make it: it takes {either}"),
            )
        };
        if mount.access == Writing::ReadOnly {
            let way = match mount.source {
                Source::Host(_) => "leave its `::ro` out".to_owned(),
                _ => "make what is written last in memory with `::rw`".to_owned(),
            };
            return Some((format!("`{guest}` is read-only"), way));
        }
        if mount.access == Writing::InMemory && !is_read {
            let why = format!("`{guest}` is in memory, where nobody reads it: the app imports no files");
            return Some((why, format!("it takes {preopen}")));
        }
        match &mount.source {
            Source::Host(_) => None,
            _ if way.is_empty() => {
                let below = format!("{}/out.txt", guest.trim_end_matches('/'));
                (!is_file)
                    .then(|| (format!("`{guest}` is a directory"), format!("write a file in it, such as `{below}`")))
            }
            Source::Empty { .. } => folders.first().map(|name| lacks(name)),
            Source::Embedded(root) => {
                let mut node = root;
                for name in folders {
                    let Node::Directory(entries) = node else { break };
                    match entries.get(*name) {
                        None => return Some(lacks(name)),
                        Some(next) => node = next,
                    }
                }
                None
            }
        }
    }
}

/// Refuses a place below something embedded that has none.
pub fn refuse_below_file(outer: &Mount, inner: &str) -> Result<()> {
    let rest = inner.strip_prefix(outer.guest.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    let (Some(rest), Source::Embedded(root)) = (rest, &outer.source) else {
        return Ok(());
    };
    let (mut node, mut path) = (root, outer.guest.trim_end_matches('/').to_owned());
    for name in rest.split('/') {
        let Node::Directory(entries) = node else {
            bail!("`{inner}` is to be below `{path}`, which is a file or link; mount one of them elsewhere");
        };
        let Some(next) = entries.get(name) else {
            return Ok(());
        };
        node = next;
        path = format!("{path}/{name}");
    }
    Ok(())
}

/// A place in the guest's tree. Slashes at the end are dropped.
pub fn guest_path(guest: &str) -> Result<String> {
    let Some(path) = guest.strip_prefix('/') else {
        bail!("the guest's path `{}` is not absolute; write it like `/{}`", guest.escape_debug(), relative(guest));
    };
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return Ok("/".to_owned());
    }
    if path.split('/').any(|name| ["", ".", ".."].contains(&name)) || path.contains('\0') {
        bail!(
            "the guest's path `{}` has `.`, `..` or nothing between slashes; write it like `/{}`",
            guest.escape_debug(),
            relative(guest)
        );
    }
    path.split('/').try_for_each(check_name)?;
    Ok(format!("/{path}"))
}

/// What may have been meant, without the slash at the beginning.
fn relative(guest: &str) -> String {
    let names: Vec<&str> = guest.split('/').filter(|name| !["", ".", ".."].contains(name)).collect();
    if names.is_empty() || guest.contains('\0') { "data".to_owned() } else { names.join("/") }
}
