//! `descriptor.open-at`.

use crate::bindings::exports::wasi::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags};
use crate::host;
use crate::node::{Content, Kind, Node};
use crate::walk::{Follow, Place, Spot, walk};
use alloc::rc::Rc;
use core::cell::RefCell;

extern crate alloc;

/// Opens what is at a path, or makes a file there.
pub fn open(
    base: &Rc<Node>,
    follow: bool,
    path: &str,
    how: OpenFlags,
    flags: DescriptorFlags,
) -> Result<Rc<Node>, ErrorCode> {
    let must_make = how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE);
    let makes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
    if how.contains(OpenFlags::DIRECTORY) && how.intersects(makes) {
        return Err(ErrorCode::Invalid);
    }
    let way = match (how.contains(OpenFlags::CREATE), follow && !must_make) {
        (true, true) => Follow::Make,
        (true, false) => Follow::MakeHere,
        (false, true) => Follow::Always,
        (false, false) => Follow::Slash,
    };
    match walk(base, path, way)? {
        Place::Host(node, path, _) => {
            let host = open_of_host(&node, follow, &path, how, flags)?;
            Ok(Node::new(&node.volume, Kind::Host(host)))
        }
        Place::Tree(spot) => match &spot.node {
            Some(_) if must_make => Err(ErrorCode::Exist),
            Some(node) => open_existing(node.clone(), how, flags),
            None => make(&spot, how),
        },
    }
}

fn open_existing(node: Rc<Node>, how: OpenFlags, flags: DescriptorFlags) -> Result<Rc<Node>, ErrorCode> {
    let writes = flags.contains(DescriptorFlags::WRITE);
    match &node.kind {
        Kind::Link(_) => return Err(ErrorCode::Loop),
        Kind::File(_) => {
            if how.contains(OpenFlags::DIRECTORY) {
                return Err(ErrorCode::NotDirectory);
            }
            let truncates = how.contains(OpenFlags::TRUNCATE);
            if writes || truncates {
                node.volume.check_writable()?;
                node.take_bytes(!truncates)?;
            }
        }
        _ if writes || how.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE) => return Err(ErrorCode::IsDirectory),
        _ => {}
    }
    Ok(node)
}

fn make(spot: &Spot<'_>, how: OpenFlags) -> Result<Rc<Node>, ErrorCode> {
    if !how.contains(OpenFlags::CREATE) {
        return Err(ErrorCode::NoEntry);
    }
    let directory = spot.vacant()?;
    let file = Content::Memory(directory.volume.buffer(0, 0));
    let node = Node::new(&directory.volume, Kind::File(RefCell::new(file)));
    directory.put(spot.name(), &node)?;
    Ok(node)
}

/// The host's own answer, unless that could change something that must not change.
fn open_of_host(
    node: &Node,
    follow: bool,
    path: &str,
    mut how: OpenFlags,
    mut flags: DescriptorFlags,
) -> Result<host::Descriptor, ErrorCode> {
    let host = node.host().ok_or(ErrorCode::BadDescriptor)?;
    let follow = if follow { host::PathFlags::SYMLINK_FOLLOW } else { host::PathFlags::empty() };
    let creates = how.contains(OpenFlags::CREATE);
    let reads_only = !node.volume.writable;
    if reads_only {
        if creates && how.contains(OpenFlags::EXCLUSIVE) {
            return Err(match host.stat_at(host::PathFlags::empty(), path) {
                Ok(_) => ErrorCode::Exist,
                Err(host::ErrorCode::NoEntry) => ErrorCode::ReadOnly,
                Err(error) => error.into(),
            });
        }
        if how.contains(OpenFlags::TRUNCATE) || flags.contains(DescriptorFlags::WRITE) {
            return Err(ErrorCode::ReadOnly);
        }
        how.remove(OpenFlags::CREATE);
        flags.remove(DescriptorFlags::MUTATE_DIRECTORY);
    }
    match host.open_at(follow, path, how.into(), flags.into()) {
        Err(host::ErrorCode::NoEntry) if creates && reads_only => Err(ErrorCode::ReadOnly),
        opened => Ok(opened?),
    }
}
