//! The tree as the settings have it, made when it is first asked for.
//!
//! What is mounted below another mount is put there, with directories on the way if need be. A file that is mounted where
//! no directory is gets one, which can only be read. What the host does not have is not there.

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::virt::fs::files;
use crate::bindings::virt::fs::settings::{self, Access, Mount, Source};
use crate::host::{self, Preopens};
use crate::node::{Lower, Node, Volume};
use crate::single::Single;
use crate::walk::split;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

extern crate alloc;

pub struct Mounts {
    /// Those that hold others come before them, but for what was made for files.
    pub preopens: Vec<(String, Rc<Node>)>,
    /// Whether anything makes streams that are not the host's.
    pub are_virtual: bool,
}

/// The one tree of this instance.
pub fn mounts() -> &'static Mounts {
    static MOUNTS: Single<OnceCell<Mounts>> = Single(OnceCell::new());
    MOUNTS.0.get_or_init(make)
}

/// The way down from one path to another.
pub fn way<'a>(from: &str, to: &'a str) -> Option<&'a str> {
    let rest = to.strip_prefix(from)?;
    match rest.is_empty() || from.is_empty() || from.ends_with('/') {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

/// What is before the last slash of an absolute path, and what is after. `str::rsplit_once` would be half a kilobyte.
fn parent(path: &str) -> (&str, &str) {
    let slash = path.bytes().rposition(|byte| byte == b'/').unwrap_or(0);
    (path.get(..slash.max(1)).unwrap_or("/"), path.get(slash + 1..).unwrap_or(path))
}

fn make() -> Mounts {
    let hosts = Preopens::get();
    let (mut preopens, mut are_virtual): (Vec<(String, Rc<Node>)>, _) = (Vec::new(), false);
    let mut wanted = hosts.with(settings::mounts()).into_iter();
    while let Some(mount) = wanted.next() {
        let path = mount.path.as_str();
        let holds = wanted.as_slice().iter().any(|other| way(path, &other.path).is_some());
        are_virtual |= !matches!((&mount.source, mount.access), (Source::Host(_), Access::Host | Access::ReadOnly));
        let Ok(node) = node(&mount, holds, &hosts) else { continue };
        let is_directory = node.is_directory();
        let holders = preopens.iter().filter_map(|(from, holder)| Some((holder, way(from, path)?)));
        match holders.min_by_key(|(_, way)| way.len()) {
            Some((holder, way)) => attach(holder, way, &node),
            None if is_directory => {}
            None => {
                let (parent, name) = parent(path);
                let holder = Node::new_directory(&Volume::new(false, None, 0), Lower::Nothing);
                let _ = holder.put(name, &node);
                for (from, other) in &preopens {
                    if let Some(way) = way(parent, from) {
                        attach(&holder, way, other);
                    }
                }
                preopens.push((parent.into(), holder));
            }
        }
        if is_directory {
            preopens.push((mount.path, node));
        }
    }
    Mounts { preopens, are_virtual }
}

/// What is mounted. `holds` says whether something is mounted below.
fn node(mount: &Mount, holds: bool, hosts: &Preopens) -> Result<Rc<Node>, ErrorCode> {
    let writable = mount.access != Access::ReadOnly;
    match &mount.source {
        Source::Embedded(entry) => {
            let volume = Volume::new(writable, None, u64::MAX);
            let entry = files::entries(*entry, 1).pop().ok_or(ErrorCode::NoEntry)?;
            Ok(Node::embedded(&volume, entry))
        }
        Source::Empty(limit) => Ok(Node::new_directory(&Volume::new(writable, None, *limit), Lower::Nothing)),
        Source::Host(path) => hosts.mount(path, mount.access, holds),
    }
}

/// Puts what is mounted at the end of a way down from what holds it.
fn attach(holder: &Rc<Node>, mut way: &str, node: &Rc<Node>) {
    let mut at = holder.clone();
    loop {
        let (name, after) = split(way);
        let Some(after) = after else {
            let _ = at.put(name, node);
            return;
        };
        let next = match at.host() {
            Some(host) if !at.pins(name) => host::below(&at, host, name).map(Some),
            _ => at.get(name),
        };
        let next = match next {
            Ok(Some(next)) if next.is_directory() => next,
            _ => Node::new_directory(&Volume::new(false, None, 0), Lower::Nothing),
        };
        let _ = at.put(name, &next);
        (at, way) = (next, after);
    }
}
