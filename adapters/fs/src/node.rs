//! What the tree is made of, and what a directory has.

use crate::bindings::exports::wasi::filesystem::types::{DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode};
use crate::bindings::virt::fs::files::{self, Entry};
use crate::bindings::virt::io::buffers::{Buffer, Space};
use crate::bindings::wasi::clocks0_2_12::wall_clock::Datetime;
use crate::host;
use crate::names::Names;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell, RefCell};
use core::sync::atomic::{AtomicU64, Ordering};

extern crate alloc;

/// When everything happened that nobody set a time for: 1980-01-01, the first day that archives can tell. It is always
/// the same, so that runs are reproducible.
pub const EPOCH: Datetime = Datetime { seconds: 315_532_800, nanoseconds: 0 };

/// What is mounted at one place.
pub struct Volume {
    /// Whether anything in it may change.
    pub writable: bool,
    /// Whether it is one file: what is written to it goes to the host, but it cannot be moved or taken away.
    pub is_file: bool,
    /// The host's directory that is read where memory has nothing.
    pub host: Option<host::Descriptor>,
    /// What its files may take of memory, in bytes.
    pub limit: u64,
    space: OnceCell<Space>,
}

impl Volume {
    pub fn new(writable: bool, host: Option<host::Descriptor>, limit: u64) -> Rc<Self> {
        Rc::new(Self { writable, is_file: false, host, limit, space: OnceCell::new() })
    }

    /// That of one file of the host's.
    pub fn of_file(writable: bool) -> Rc<Self> {
        Rc::new(Self { writable, is_file: true, host: None, limit: 0, space: OnceCell::new() })
    }

    /// A new buffer, which starts as a part of the content.
    pub fn buffer(&self, start: u32, len: u32) -> Buffer {
        Buffer::new(self.space.get_or_init(|| Space::new(self.limit)), start, len)
    }

    /// Opens what the host has below the volume's directory.
    pub fn open(&self, path: &str, flags: host::OpenFlags) -> Result<host::Descriptor, ErrorCode> {
        let host = self.host.as_ref().ok_or(ErrorCode::NoEntry)?;
        let path = if path.is_empty() { "." } else { path };
        Ok(host.open_at(host::PathFlags::empty(), path, flags, host::DescriptorFlags::READ)?)
    }

    /// What a directory of the host's has, where changes go to the host: a directory, a link, or what is neither.
    fn passing(self: &Rc<Self>, host: &host::Descriptor, name: &str) -> Result<Option<Rc<Node>>, ErrorCode> {
        let follow = host::PathFlags::empty();
        let stat = match host.stat_at(follow, name) {
            Err(host::ErrorCode::NoEntry) => return Ok(None),
            stat => stat?,
        };
        let kind = match stat.type_ {
            host::DescriptorType::Directory => Kind::Host(host::look(host, follow, name, self.writable)?),
            host::DescriptorType::SymbolicLink => Kind::Link(host.readlink_at(name)?),
            _ => Kind::File(RefCell::new(Content::Embedded(0, 0))),
        };
        Ok(Some(Node::new(self, kind)))
    }

    pub fn check_writable(&self) -> Result<(), ErrorCode> {
        if self.writable { Ok(()) } else { Err(ErrorCode::ReadOnly) }
    }

    /// Whether names may come and go.
    pub fn check_names(&self) -> Result<(), ErrorCode> {
        self.check_writable()?;
        if self.is_file { Err(ErrorCode::Busy) } else { Ok(()) }
    }
}

pub struct Node {
    /// No other object has it.
    pub id: u64,
    pub volume: Rc<Volume>,
    pub kind: Kind,
    /// How many names it has.
    pub links: Cell<u64>,
    /// When it was last read and written.
    pub times: Cell<(Datetime, Datetime)>,
}

pub enum Kind {
    Directory(Directory),
    File(RefCell<Content>),
    /// A symbolic link, and what it points to.
    Link(String),
    /// What the host has opened, of whatever type.
    Host(host::Descriptor),
    /// A file of the host's: a directory that it has opened, and the way from there.
    Elsewhere(Rc<Node>, String, host::Witness),
}

pub struct Directory {
    /// What is there where `names` has nothing.
    pub lower: Lower,
    /// What was put here, `None` for what was taken away; and what was looked at that may change or is a directory.
    pub names: RefCell<Names<Option<Rc<Node>>>>,
    pub parent: RefCell<Weak<Node>>,
}

pub enum Lower {
    Nothing,
    /// Entries of `files`: the first, and how many.
    Embedded(u32, u32),
    /// Of the volume's host directory, by its path there.
    Copied(String, host::Witness),
    /// The host's own, in a volume that passes.
    Open(host::Descriptor),
}

/// A file's bytes.
pub enum Content {
    /// Where they begin in the artifact's content, and how many.
    Embedded(u32, u32),
    Memory(Buffer),
    /// In the volume's host directory: the path, and how many.
    Copied(String, u64, host::Witness),
}

/// A number for what came to be. Those of embedded entries are lower.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Node {
    fn make(volume: &Rc<Volume>, id: u64, kind: Kind) -> Rc<Self> {
        let (volume, links) = (volume.clone(), Cell::new(1));
        Rc::new(Self { id, volume, kind, links, times: Cell::new((EPOCH, EPOCH)) })
    }

    pub fn new(volume: &Rc<Volume>, kind: Kind) -> Rc<Self> {
        Self::make(volume, fresh(), kind)
    }

    pub fn new_directory(volume: &Rc<Volume>, lower: Lower) -> Rc<Self> {
        Self::new(volume, Kind::of_directory(lower))
    }

    pub fn embedded(volume: &Rc<Volume>, entry: Entry) -> Rc<Self> {
        let kind = match entry.kind {
            files::Kind::Directory => Kind::of_directory(Lower::Embedded(entry.start, entry.len)),
            files::Kind::File => Kind::File(RefCell::new(Content::Embedded(entry.start, entry.len))),
            files::Kind::Link => Kind::Link(entry.target),
        };
        Self::make(volume, entry.id.into(), kind)
    }

    /// What the host has at a path below the volume's directory, for changes in memory.
    pub fn copied(volume: &Rc<Volume>, path: String) -> Result<Rc<Self>, ErrorCode> {
        let host = volume.host.as_ref().ok_or(ErrorCode::NoEntry)?;
        let stat = host.stat_at(host::PathFlags::empty(), &path)?;
        let kind = match stat.type_ {
            host::DescriptorType::Directory => Kind::of_directory(Lower::Copied(path, host.witness())),
            // A target that the host does not tell leads out, as an absolute one does.
            host::DescriptorType::SymbolicLink => {
                Kind::Link(host.readlink_at(&path).unwrap_or_else(|_| String::from("/")))
            }
            _ => Kind::File(RefCell::new(Content::Copied(path, stat.size, host.witness()))),
        };
        let node = Self::new(volume, kind);
        if !node.is_directory() {
            node.links.set(stat.link_count);
        }
        let time = |time: Option<Datetime>| time.unwrap_or(EPOCH);
        node.times.set((time(stat.data_access_timestamp), time(stat.data_modification_timestamp)));
        Ok(node)
    }

    pub fn type_(&self) -> DescriptorType {
        match &self.kind {
            Kind::Directory(_) => DescriptorType::Directory,
            Kind::File(_) | Kind::Elsewhere(..) => DescriptorType::RegularFile,
            Kind::Link(_) => DescriptorType::SymbolicLink,
            Kind::Host(_) => DescriptorType::Directory,
        }
    }

    pub fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_) | Kind::Host(_))
    }

    /// The host's object that stands behind it, if changes go there.
    pub fn host(&self) -> Option<&host::Descriptor> {
        match &self.kind {
            Kind::Host(host) | Kind::Directory(Directory { lower: Lower::Open(host), .. }) => Some(host),
            _ => None,
        }
    }

    pub fn stat(&self) -> DescriptorStat {
        let size = match &self.kind {
            Kind::File(content) => match &*content.borrow() {
                Content::Embedded(_, len) => (*len).into(),
                Content::Memory(buffer) => buffer.len(),
                Content::Copied(_, len, _) => *len,
            },
            Kind::Link(target) => target.len() as u64,
            _ => 0,
        };
        let (accessed, modified) = self.times.get();
        DescriptorStat {
            type_: self.type_(),
            link_count: self.links.get(),
            size,
            data_access_timestamp: Some(accessed),
            data_modification_timestamp: Some(modified),
            status_change_timestamp: Some(EPOCH),
        }
    }
}

impl Kind {
    fn of_directory(lower: Lower) -> Self {
        Self::Directory(Directory { lower, names: RefCell::new(Names::new()), parent: RefCell::default() })
    }
}

/// A path below another.
pub fn join(path: &str, name: &str) -> String {
    let mut joined = String::with_capacity(path.len() + name.len() + 1);
    joined.push_str(path);
    if !path.is_empty() {
        joined.push('/');
    }
    joined.push_str(name);
    joined
}

/// What a directory has, and how that changes. All of it fails where there is no directory.
impl Node {
    fn directory(&self) -> Result<&Directory, ErrorCode> {
        match &self.kind {
            Kind::Directory(directory) => Ok(directory),
            _ => Err(ErrorCode::NotDirectory),
        }
    }

    /// What it has under a name.
    pub fn get(self: &Rc<Self>, name: &str) -> Result<Option<Rc<Self>>, ErrorCode> {
        let directory = match &self.kind {
            Kind::Directory(directory) => directory,
            Kind::Host(host) => return self.volume.passing(host, name),
            _ => return Err(ErrorCode::NotDirectory),
        };
        if let Some(known) = directory.names.borrow().get(name) {
            return Ok(known.clone());
        }
        let found = match &directory.lower {
            Lower::Nothing => None,
            Lower::Embedded(first, count) => {
                files::find(*first, *count, name).map(|entry| Self::embedded(&self.volume, entry))
            }
            Lower::Copied(path, _) => match Self::copied(&self.volume, join(path, name)) {
                Err(ErrorCode::NoEntry) => None,
                found => Some(found?),
            },
            Lower::Open(host) => return self.volume.passing(host, name),
        };
        // What may change must be one object to all who look; of what may not, directories are looked at often.
        if let Some(found) = found.as_ref().filter(|found| self.volume.writable || found.is_directory()) {
            self.put(name, found)?;
        }
        Ok(found)
    }

    /// Whether something is mounted under a name, or on the way to a mount.
    pub fn pins(&self, name: &str) -> bool {
        self.directory().is_ok_and(|directory| directory.names.borrow().get(name).is_some())
    }

    /// Puts something under a name.
    pub fn put(self: &Rc<Self>, name: &str, child: &Rc<Self>) -> Result<(), ErrorCode> {
        let directory = self.directory()?;
        if let Kind::Directory(child) = &child.kind {
            child.parent.replace(Rc::downgrade(self));
        }
        directory.names.borrow_mut().insert(name, Some(child.clone()));
        Ok(())
    }

    /// Takes away what is under a name.
    pub fn take(&self, name: &str) -> Result<(), ErrorCode> {
        let directory = self.directory()?;
        let is_below = match &directory.lower {
            Lower::Nothing | Lower::Open(_) => false,
            Lower::Embedded(first, count) => files::find(*first, *count, name).is_some(),
            Lower::Copied(path, _) => Self::copied(&self.volume, join(path, name)).is_ok(),
        };
        let mut names = directory.names.borrow_mut();
        match is_below {
            true => names.insert(name, None),
            false => names.remove(name),
        }
        Ok(())
    }

    /// Whether it is `other`, or somewhere below.
    pub fn is_within(self: &Rc<Self>, other: &Rc<Self>) -> bool {
        let mut at = Some(self.clone());
        while let Some(node) = at {
            if Rc::ptr_eq(&node, other) {
                return true;
            }
            at = node.directory().ok().and_then(|directory| directory.parent.borrow().upgrade());
        }
        false
    }

    /// All entries; those of the tree in the order of the bytes of their names.
    pub fn list(&self) -> Result<Vec<DirectoryEntry>, ErrorCode> {
        let directory = self.directory()?;
        let names = directory.names.borrow();
        let mut entries = Vec::new();
        if let Lower::Embedded(first, count) = directory.lower {
            for entry in files::entries(first, count) {
                if names.get(&entry.name).is_none() {
                    entries.push(DirectoryEntry { type_: type_of(entry.kind), name: entry.name });
                }
            }
        }
        // Both are in order, and mostly one of them is small.
        let mut at = 0;
        for (name, node) in names.iter() {
            if let Some(node) = node {
                at += entries[at..].partition_point(|entry| entry.name < *name);
                entries.insert(at, DirectoryEntry { type_: node.type_(), name: name.clone() });
            }
        }
        let copied;
        let host = match &directory.lower {
            Lower::Nothing | Lower::Embedded(..) => return Ok(entries),
            Lower::Copied(path, _) => {
                copied = self.volume.open(path, host::OpenFlags::DIRECTORY)?;
                &copied
            }
            Lower::Open(host) => host,
        };
        let stream = host.read_directory()?;
        while let Some(entry) = stream.read_directory_entry()? {
            if names.get(&entry.name).is_none() {
                entries.push(entry.into());
            }
        }
        Ok(entries)
    }
}

/// How the tree sees an embedded entry.
fn type_of(kind: files::Kind) -> DescriptorType {
    match kind {
        files::Kind::Directory => DescriptorType::Directory,
        files::Kind::File => DescriptorType::RegularFile,
        files::Kind::Link => DescriptorType::SymbolicLink,
    }
}
