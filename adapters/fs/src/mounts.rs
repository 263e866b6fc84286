//! The tree as the settings have it, made when it is first asked for.
//!
//! What is mounted below another mount is put there, with directories on the way if need be. A file that is mounted where
//! no directory is gets one, which can only be read. What the host does not have is not there.

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::host;
use crate::bindings::virt::fs::files;
use crate::bindings::virt::fs::settings::{self, Access, Mount, Source};
use crate::node::{Kind, Lower, Node, Volume};
use crate::single::Single;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

extern crate alloc;

pub struct Mounts {
    /// The shortest names first.
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
fn way<'a>(from: &str, to: &'a str) -> Option<&'a str> {
    let rest = to.strip_prefix(from)?;
    match rest.is_empty() || from.ends_with('/') {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

/// The host's preopens, with their names.
type Hosts = [(host::Descriptor, String)];

fn make() -> Mounts {
    let wanted = settings::mounts();
    let are_virtual = wanted.iter().any(|mount| !is_hosts(mount));
    let hosts = host::get_directories();
    let mut order: Vec<Mount> = Vec::new();
    if settings::preopens() {
        for (_, name) in &hosts {
            let source = Source::Host(name.clone());
            order.push(Mount { path: name.clone(), source, access: Access::Host });
        }
    }
    order.extend(wanted);

    // Those that hold others come first.
    let mut made: Vec<(String, Rc<Node>)> = Vec::new();
    while let Some(next) = (0..order.len()).min_by_key(|at| order[*at].path.len()) {
        let mount = order.remove(next);
        let path = mount.path.as_str();
        let holds = order.iter().any(|other| way(path, &other.path).is_some());
        let Ok(node) = node(&mount, holds, &hosts) else { continue };
        let is_directory = node.is_directory();
        // The last that was made is the nearest.
        match made.iter().rev().find_map(|(from, holder)| Some((holder, way(from, path)?))) {
            Some((holder, way)) => attach(holder, way, &node),
            None if is_directory => {}
            None => {
                let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
                let holder = Node::new_directory(&Volume::new(false, None, 0), Lower::Nothing);
                let _ = holder.put(name, &node);
                made.push((if parent.is_empty() { "/" } else { parent }.into(), holder));
            }
        }
        if is_directory {
            made.push((mount.path, node));
        }
    }
    Mounts { preopens: made, are_virtual }
}

fn is_hosts(mount: &Mount) -> bool {
    matches!(mount.source, Source::Host(_)) && !matches!(mount.access, Access::InMemory)
}

/// What is mounted, as a node. `holds` says whether something is mounted below.
fn node(mount: &Mount, holds: bool, hosts: &Hosts) -> Result<Rc<Node>, ErrorCode> {
    let writable = !matches!(mount.access, Access::ReadOnly);
    let path = match &mount.source {
        Source::Embedded(entry) => {
            let volume = Volume::new(writable, None, u64::MAX);
            let entry = files::entries(*entry, 1).pop().ok_or(ErrorCode::NoEntry)?;
            return Ok(Node::embedded(&volume, entry));
        }
        Source::Empty(limit) => {
            return Ok(Node::new_directory(&Volume::new(true, None, *limit), Lower::Nothing));
        }
        Source::Host(path) => path,
    };
    let candidates = hosts.iter().filter_map(|(host, name)| Some((host, way(name, path)?)));
    let (host, way) = candidates.min_by_key(|(_, way)| way.len()).ok_or(ErrorCode::NoEntry)?;
    let way = if way.is_empty() { "." } else { way };
    let follow = host::PathFlags::SYMLINK_FOLLOW;
    let open = |path: &str| {
        let flags = match writable && is_hosts(mount) {
            true => host::DescriptorFlags::READ | host::DescriptorFlags::MUTATE_DIRECTORY,
            false => host::DescriptorFlags::READ,
        };
        host.open_at(follow, path, host::OpenFlags::DIRECTORY, flags)
    };
    let is_directory = host.stat_at(follow, way)?.type_ == host::DescriptorType::Directory;
    match (is_directory, is_hosts(mount)) {
        (true, true) => {
            let (volume, host) = (Volume::new(writable, None, 0), open(way)?);
            Ok(match holds {
                true => Node::new_directory(&volume, Lower::Open(host)),
                false => Node::new(&volume, Kind::Host(host)),
            })
        }
        (true, false) => {
            let (host, path) = (open(way)?, String::new());
            let lower = Lower::Copied(path, host.witness());
            Ok(Node::new_directory(&Volume::new(true, Some(host), u64::MAX), lower))
        }
        (false, true) => {
            let volume = Volume::of_file(writable);
            let directory = Node::new(&volume, Kind::Host(open(".")?));
            Ok(Node::new(&volume, Kind::Elsewhere(directory, way.into(), host.witness())))
        }
        (false, false) => Node::copied(&Volume::new(true, Some(open(".")?), u64::MAX), way.into()),
    }
}

/// Puts what is mounted at the end of a way down from what holds it.
fn attach(holder: &Rc<Node>, way: &str, node: &Rc<Node>) {
    let mut at = holder.clone();
    let mut names = way.split('/').peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            let _ = at.put(name, node);
            return;
        }
        let next = match at.host() {
            _ if at.pins(name) => at.get(name),
            Some(host) => host
                .open_at(host::PathFlags::SYMLINK_FOLLOW, name, host::OpenFlags::DIRECTORY, host::DescriptorFlags::READ)
                .map(|host| Some(Node::new_directory(&at.volume, Lower::Open(host))))
                .map_err(ErrorCode::from),
            None => at.get(name),
        };
        let next = match next {
            Ok(Some(next)) if next.is_directory() => next,
            _ => Node::new_directory(&Volume::new(false, None, 0), Lower::Nothing),
        };
        let _ = at.put(name, &next);
        at = next;
    }
}
