//! The host's side, and what of it is mounted.

pub use crate::bindings::host::filesystem::types::*;

use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::host::filesystem::preopens::get_directories;
use crate::bindings::virt::fs::settings::{self, Access, Mount, Source};
use crate::mounts::way;
use crate::node::{Kind, Lower, Node, Volume};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

extern crate alloc;

/// That there is a host's side. What only it brings about carries one, so that there is no code for it without.
#[derive(Clone, Copy)]
pub struct Witness;

impl Descriptor {
    pub fn witness(&self) -> Witness {
        Witness
    }
}

/// The host's preopens, with their names.
pub struct Preopens(Vec<(Descriptor, String)>);

impl Preopens {
    pub fn get() -> Self {
        Self(get_directories())
    }

    /// All that is mounted, the shortest path first: what holds another comes before it.
    pub fn with(&self, mut mounts: Vec<Mount>) -> Vec<Mount> {
        if settings::preopens() {
            for (_, name) in &self.0 {
                // What is mounted by that name is what is meant.
                if mounts.iter().all(|mount| plain(&mount.path) != plain(name)) {
                    let source = Source::Host(name.clone());
                    mounts.push(Mount { path: name.clone(), source, access: Access::Host });
                }
            }
        }
        let mut ordered = Vec::new();
        while let Some(next) = (0..mounts.len()).min_by_key(|at| mounts[*at].path.len()) {
            ordered.push(mounts.remove(next));
        }
        ordered
    }

    /// What the host has at a path. `holds` says whether something is mounted below.
    pub fn mount(&self, path: &str, access: Access, holds: bool) -> Result<Rc<Node>, types::ErrorCode> {
        let (writable, is_hosts) = (access != Access::ReadOnly, access != Access::InMemory);
        let candidates = self.0.iter().filter_map(|(host, name)| Some((host, way(plain(name), plain(path))?)));
        let (host, way) = candidates.min_by_key(|(_, way)| way.len()).ok_or(types::ErrorCode::NoEntry)?;
        let way = if way.is_empty() { "." } else { way };
        let follow = PathFlags::SYMLINK_FOLLOW;
        let open = |path: &str| look(host, follow, path, writable && is_hosts);
        let is_directory = host.stat_at(follow, way)?.type_ == DescriptorType::Directory;
        Ok(match (is_directory, is_hosts) {
            (true, true) => {
                let (volume, host) = (Volume::new(writable, None, 0), open(way)?);
                match holds {
                    true => Node::new_directory(&volume, Lower::Open(host)),
                    false => Node::new(&volume, Kind::Host(host)),
                }
            }
            (true, false) => {
                let volume = Volume::new(true, Some(open(way)?), u64::MAX);
                Node::new_directory(&volume, Lower::Copied(String::new(), Witness))
            }
            (false, true) => {
                let volume = Volume::of_file(writable);
                let directory = Node::new(&volume, Kind::Host(open(".")?));
                Node::new(&volume, Kind::Elsewhere(directory, way.into(), Witness))
            }
            (false, false) => Node::copied(&Volume::new(true, Some(open(".")?), u64::MAX), way.into())?,
        })
    }
}

/// Opens a directory, to be changed if it may be. Some hosts (jco's) have no word for that, and refuse the change itself.
pub fn look(host: &Descriptor, follow: PathFlags, path: &str, writable: bool) -> Result<Descriptor, ErrorCode> {
    let open = |flags| host.open_at(follow, path, OpenFlags::DIRECTORY, flags);
    if writable {
        match open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY) {
            Err(ErrorCode::Unsupported) => {}
            opened => return opened,
        }
    }
    open(DescriptorFlags::READ)
}

/// A preopen's name as libraries compare it: `/`, `.` and nothing are one.
fn plain(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).or_else(|| name.strip_suffix('/'))
    {
        name = rest;
    }
    if name == "." { "" } else { name }
}

/// The directory of that name below one of the host's.
pub fn below(parent: &Node, host: &Descriptor, name: &str) -> Result<Rc<Node>, types::ErrorCode> {
    let host = look(host, PathFlags::SYMLINK_FOLLOW, name, parent.volume.writable)?;
    Ok(Node::new_directory(&parent.volume, Lower::Open(host)))
}
