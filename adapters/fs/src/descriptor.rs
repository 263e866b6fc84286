//! `descriptor`: one method after the other. Each asks the host where the host's is meant, and does it in memory otherwise.

use crate::Entries;
use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, GuestDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::wasi::clocks0_2_12::wall_clock::Datetime;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::content;
use crate::host;
use crate::mounts::mounts;
use crate::node::{EPOCH, Kind, Lower, Node};
use crate::open::open;
use crate::walk::{Follow, Place, Spot, has_zero, walk};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{OnceCell, RefCell};

extern crate alloc;

/// The host's files of no more bytes are taken to memory when a stream reads them.
const COPIED: u64 = 1 << 20;

type Result<T, E = ErrorCode> = core::result::Result<T, E>;

pub struct Descriptor {
    node: Rc<Node>,
    flags: DescriptorFlags,
    /// The host's file, as long as it is read from there.
    copied: OnceCell<host::Descriptor>,
}

impl Descriptor {
    pub fn new(node: Rc<Node>, flags: DescriptorFlags) -> Self {
        Self { node, flags, copied: OnceCell::new() }
    }

    /// The host's object, if it is one that changes are passed on to.
    fn host(&self) -> Option<&host::Descriptor> {
        self.node.host()
    }

    /// The same, if it may be changed.
    fn host_to_change(&self) -> Result<Option<&host::Descriptor>> {
        match self.host() {
            Some(host) => self.node.volume.check_writable().map(|()| Some(host)),
            None => Ok(None),
        }
    }

    fn is_preopen(&self) -> bool {
        mounts().preopens.iter().any(|(_, node)| Rc::ptr_eq(node, &self.node))
    }

    fn has(&self, flag: DescriptorFlags) -> Result<()> {
        if self.flags.contains(flag) || self.node.is_directory() { Ok(()) } else { Err(ErrorCode::BadDescriptor) }
    }

    /// The host's file that is read.
    fn readable(&self) -> Result<Option<&host::Descriptor>> {
        if let Some(host) = self.host() {
            return Ok(Some(host));
        }
        self.has(DescriptorFlags::READ)?;
        if !self.node.is_copied() {
            return Ok(None);
        }
        if self.copied.get().is_none() {
            let _ = self.copied.set(self.node.open_copied()?);
        }
        Ok(self.copied.get())
    }

    fn walk<'p>(&self, follow: PathFlags, path: &'p str) -> Result<Place<'p>> {
        let follows = follow.contains(PathFlags::SYMLINK_FOLLOW);
        walk(&self.node, path, if follows { Follow::Always } else { Follow::Slash })
    }

    /// The way to a name that is to come or go.
    fn walk_to_name<'p>(&self, path: &'p str, follow: Follow) -> Result<Place<'p>> {
        let place = walk(&self.node, path, follow)?;
        if let Place::Host(node, _, _) = &place {
            node.volume.check_names()?;
        }
        Ok(place)
    }
}

/// The host's object of a place of the host's.
fn of_host(node: &Node) -> Result<&host::Descriptor> {
    node.host().ok_or(ErrorCode::BadDescriptor)
}

impl Spot<'_> {
    /// The directory, where nothing is yet and something may be made.
    pub fn vacant(&self) -> Result<&Rc<Node>> {
        if self.node.is_some() {
            return Err(ErrorCode::Exist);
        }
        self.directory.volume.check_writable()?;
        if self.directory.links.get() == 0 {
            return Err(ErrorCode::NoEntry);
        }
        Ok(&self.directory)
    }

    /// What is there, if it may be taken away.
    fn removable(&self) -> Result<&Rc<Node>> {
        let node = self.node.as_ref().ok_or(ErrorCode::NoEntry)?;
        if !Rc::ptr_eq(&node.volume, &self.directory.volume) || self.directory.host().is_some() {
            return Err(ErrorCode::Busy);
        }
        node.volume.check_writable()?;
        Ok(node)
    }
}

fn unlink(node: &Node) {
    node.links.set(node.links.get().saturating_sub(1));
}

fn set_times(node: &Node, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
    node.volume.check_writable()?;
    let (before, to) = (node.times.get(), |time: NewTimestamp, before: Datetime| match time {
        NewTimestamp::NoChange => before,
        NewTimestamp::Now => EPOCH,
        NewTimestamp::Timestamp(time) => time,
    });
    node.times.set((to(accessed, before.0), to(modified, before.1)));
    Ok(())
}

fn metadata_hash(node: &Node) -> MetadataHashValue {
    MetadataHashValue { lower: node.id, upper: u64::from_be_bytes(*b"virt:fs ") }
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: u64) -> Result<InputStream> {
        // A stream sees what is written later.
        if self.node.is_copied() && self.node.stat().size <= COPIED {
            self.node.take_bytes(true)?;
        }
        match self.readable()? {
            Some(host) => Ok(host.read_via_stream(offset)?),
            None if self.node.is_directory() => Err(ErrorCode::IsDirectory),
            None => Ok(self.node.buffer()?.read_via_stream(offset)),
        }
    }

    fn write_via_stream(&self, offset: u64) -> Result<OutputStream> {
        if let Some(host) = self.host_to_change()? {
            return Ok(host.write_via_stream(offset)?);
        }
        self.has(DescriptorFlags::WRITE)?;
        Ok(self.node.buffer()?.write_via_stream(offset))
    }

    fn append_via_stream(&self) -> Result<OutputStream> {
        if let Some(host) = self.host_to_change()? {
            return Ok(host.append_via_stream()?);
        }
        self.has(DescriptorFlags::WRITE)?;
        Ok(self.node.buffer()?.append_via_stream())
    }

    fn advise(&self, offset: u64, length: u64, advice: Advice) -> Result<()> {
        match self.host() {
            Some(host) => Ok(host.advise(offset, length, advice.into())?),
            None if self.node.is_directory() => Err(ErrorCode::BadDescriptor),
            None => Ok(()),
        }
    }

    fn sync_data(&self) -> Result<()> {
        self.host().map_or(Ok(()), |host| Ok(host.sync_data()?))
    }

    fn get_flags(&self) -> Result<DescriptorFlags> {
        match self.host() {
            _ if self.is_preopen() => Ok(self.flags),
            Some(host) => Ok(host.get_flags()?.into()),
            None if self.node.is_directory() => Ok(DescriptorFlags::READ),
            None => Ok(self.flags),
        }
    }

    fn get_type(&self) -> Result<DescriptorType> {
        self.host().map_or(Ok(self.node.type_()), |host| Ok(host.get_type()?.into()))
    }

    fn set_size(&self, size: u64) -> Result<()> {
        if let Some(host) = self.host_to_change()? {
            return Ok(host.set_size(size)?);
        }
        if self.has(DescriptorFlags::WRITE).is_err() || size > i64::MAX as u64 {
            return Err(ErrorCode::Invalid);
        }
        match self.node.buffer()?.set_len(size) {
            true => Ok(()),
            false => Err(ErrorCode::InsufficientMemory),
        }
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        match self.host_to_change()? {
            Some(host) => Ok(host.set_times(accessed.into(), modified.into())?),
            None => set_times(&self.node, accessed, modified),
        }
    }

    fn read(&self, length: u64, offset: u64) -> Result<(Vec<u8>, bool)> {
        match self.readable()? {
            Some(host) => Ok(host.read(length, offset)?),
            None => content::read(&*self.node.buffer()?, offset, length),
        }
    }

    fn write(&self, buffer: Vec<u8>, offset: u64) -> Result<u64> {
        if let Some(host) = self.host_to_change()? {
            return Ok(host.write(&buffer, offset)?);
        }
        self.has(DescriptorFlags::WRITE)?;
        let written = buffer.len() as u64;
        if offset > i64::MAX as u64 {
            return Err(ErrorCode::Invalid);
        }
        if offset.checked_add(written).is_none_or(|end| end > i64::MAX as u64) {
            return Err(ErrorCode::FileTooLarge);
        }
        content::write(&*self.node.buffer()?, offset, &buffer)?;
        Ok(written)
    }

    fn read_directory(&self) -> Result<types::DirectoryEntryStream> {
        let entries = match &self.node.kind {
            Kind::Host(host) => Entries::Host(host.read_directory()?),
            _ => Entries::List(RefCell::new(self.node.list()?.into_iter())),
        };
        Ok(types::DirectoryEntryStream::new(entries))
    }

    fn sync(&self) -> Result<()> {
        self.host().map_or(Ok(()), |host| Ok(host.sync()?))
    }

    fn create_directory_at(&self, path: String) -> Result<()> {
        match self.walk_to_name(&path, Follow::Never)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.create_directory_at(&path)?),
            Place::Tree(spot) => {
                let directory = spot.vacant()?;
                directory.put(spot.name(), &Node::new_directory(&directory.volume, Lower::Nothing))
            }
        }
    }

    fn stat(&self) -> Result<DescriptorStat> {
        self.host().map_or_else(|| Ok(self.node.stat()), |host| Ok(host.stat()?.into()))
    }

    fn stat_at(&self, follow: PathFlags, path: String) -> Result<DescriptorStat> {
        match self.walk(follow, &path)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.stat_at(follow.into(), &path)?.into()),
            Place::Tree(spot) => {
                let node = spot.existing()?;
                node.host().map_or_else(|| Ok(node.stat()), |host| Ok(host.stat()?.into()))
            }
        }
    }

    fn set_times_at(
        &self,
        follow: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        match self.walk(follow, &path)? {
            Place::Host(node, path, _) => {
                node.volume.check_writable()?;
                Ok(of_host(&node)?.set_times_at(follow.into(), &path, accessed.into(), modified.into())?)
            }
            Place::Tree(spot) => Self::new(spot.existing()?, DescriptorFlags::empty()).set_times(accessed, modified),
        }
    }

    fn link_at(&self, follow: PathFlags, old_path: String, new: DescriptorBorrow<'_>, new_path: String) -> Result<()> {
        if follow.contains(PathFlags::SYMLINK_FOLLOW) {
            return Err(ErrorCode::Invalid);
        }
        match (self.walk(follow, &old_path)?, new.get::<Self>().walk_to_name(&new_path, Follow::Slash)?) {
            // A name elsewhere would let what may only be read be written.
            (Place::Host(node, path, _), Place::Host(to, to_path, _)) if Rc::ptr_eq(&node.volume, &to.volume) => {
                Ok(of_host(&node)?.link_at(follow.into(), &path, of_host(&to)?, &to_path)?)
            }
            (Place::Tree(from), Place::Tree(to)) => {
                let node = from.existing()?;
                let directory = to.vacant()?;
                if node.is_directory() {
                    return Err(ErrorCode::NotPermitted);
                }
                if to.slash {
                    return Err(ErrorCode::NoEntry);
                }
                if !Rc::ptr_eq(&node.volume, &directory.volume) {
                    return Err(ErrorCode::CrossDevice);
                }
                node.links.set(node.links.get() + 1);
                directory.put(to.name(), &node)
            }
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    fn open_at(
        &self,
        follow: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        let node = open(&self.node, follow.contains(PathFlags::SYMLINK_FOLLOW), &path, how, flags)?;
        Ok(types::Descriptor::new(Self::new(node, flags)))
    }

    fn readlink_at(&self, path: String) -> Result<String> {
        match self.walk(PathFlags::empty(), &path)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.readlink_at(&path)?),
            Place::Tree(spot) => match &spot.existing()?.kind {
                Kind::Link(target) if target.starts_with('/') => Err(ErrorCode::NotPermitted),
                Kind::Link(target) => Ok(target.clone()),
                _ => Err(ErrorCode::Invalid),
            },
        }
    }

    fn remove_directory_at(&self, path: String) -> Result<()> {
        match self.walk_to_name(&path, Follow::Never)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.remove_directory_at(&path)?),
            Place::Tree(spot) => {
                if spot.name().is_empty() {
                    return Err(ErrorCode::Invalid);
                }
                let node = spot.removable()?;
                if !node.list()?.is_empty() {
                    return Err(ErrorCode::NotEmpty);
                }
                unlink(node);
                spot.directory.take(spot.name())
            }
        }
    }

    fn rename_at(&self, old_path: String, new: DescriptorBorrow<'_>, new_path: String) -> Result<()> {
        let to = new.get::<Self>().walk_to_name(&new_path, Follow::Never);
        match (self.walk_to_name(&old_path, Follow::Never)?, to?) {
            (Place::Host(node, path, _), Place::Host(to, to_path, _)) if Rc::ptr_eq(&node.volume, &to.volume) => {
                Ok(of_host(&node)?.rename_at(&path, of_host(&to)?, &to_path)?)
            }
            (Place::Tree(from), Place::Tree(to)) => rename(&from, &to),
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    fn symlink_at(&self, target: String, path: String) -> Result<()> {
        if target.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        if has_zero(&target) {
            return Err(ErrorCode::Invalid);
        }
        match self.walk_to_name(&path, Follow::Slash)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.symlink_at(&target, &path)?),
            Place::Tree(spot) => {
                let directory = spot.vacant()?;
                if spot.slash || target.is_empty() {
                    return Err(ErrorCode::NoEntry);
                }
                directory.put(spot.name(), &Node::new(&directory.volume, Kind::Link(target)))
            }
        }
    }

    fn unlink_file_at(&self, path: String) -> Result<()> {
        match self.walk_to_name(&path, Follow::Slash)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.unlink_file_at(&path)?),
            Place::Tree(spot) => {
                if spot.node.as_ref().is_some_and(|node| node.is_directory()) {
                    return Err(ErrorCode::IsDirectory);
                }
                unlink(spot.removable()?);
                spot.directory.take(spot.name())
            }
        }
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        let other = other.get::<Self>();
        match (self.host(), other.host()) {
            (Some(host), Some(other)) => host.is_same_object(other),
            _ => self.node.id == other.node.id,
        }
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue> {
        self.host().map_or_else(|| Ok(metadata_hash(&self.node)), |host| Ok(host.metadata_hash()?.into()))
    }

    fn metadata_hash_at(&self, follow: PathFlags, path: String) -> Result<MetadataHashValue> {
        match self.walk(follow, &path)? {
            Place::Host(node, path, _) => Ok(of_host(&node)?.metadata_hash_at(follow.into(), &path)?.into()),
            Place::Tree(spot) => Self::new(spot.existing()?, DescriptorFlags::empty()).metadata_hash(),
        }
    }
}

fn rename(from: &Spot<'_>, to: &Spot<'_>) -> Result<()> {
    if from.name().is_empty() || to.name().is_empty() {
        return Err(ErrorCode::Busy);
    }
    let node = from.removable()?;
    if (from.slash || to.slash) && !node.is_directory() {
        return Err(ErrorCode::NotDirectory);
    }
    if !Rc::ptr_eq(&node.volume, &to.directory.volume) {
        return Err(ErrorCode::CrossDevice);
    }
    if to.directory.is_within(node) {
        return Err(ErrorCode::Invalid);
    }
    match &to.node {
        Some(there) if Rc::ptr_eq(there, node) => return Ok(()),
        Some(there) => {
            to.removable()?;
            match (node.is_directory(), there.is_directory()) {
                (true, false) => return Err(ErrorCode::NotDirectory),
                (false, true) => return Err(ErrorCode::IsDirectory),
                (true, true) if !there.list()?.is_empty() => return Err(ErrorCode::NotEmpty),
                _ => unlink(there),
            }
        }
        None => drop(to.vacant()?),
    }
    from.directory.take(from.name())?;
    to.directory.put(to.name(), node)
}
