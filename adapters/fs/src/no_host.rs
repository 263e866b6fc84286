//! In place of the host's side where there is none: what the host opens cannot exist.

pub use crate::bindings::exports::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, MetadataHashValue,
    NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::virt::fs::settings::{Access, Mount};
use crate::bindings::wasi::io::error::Error;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::node::Node;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

extern crate alloc;

type Result<T> = core::result::Result<T, ErrorCode>;

#[derive(Clone, Copy)]
pub enum Witness {}

pub enum Descriptor {}

pub enum DirectoryEntryStream {}

pub struct Preopens;

impl Preopens {
    pub fn get() -> Self {
        Self
    }

    pub fn with(&self, mounts: Vec<Mount>) -> Vec<Mount> {
        mounts
    }

    pub fn mount(&self, _: &str, _: Access, _: bool) -> Result<Rc<Node>> {
        Err(ErrorCode::NoEntry)
    }
}

pub fn look(host: &Descriptor, _: PathFlags, _: &str, _: bool) -> Result<Descriptor> {
    match *host {}
}

pub fn below(_: &Node, host: &Descriptor, _: &str) -> Result<Rc<Node>> {
    match *host {}
}

pub fn filesystem_error_code(_: &Error) -> Option<ErrorCode> {
    None
}

impl DirectoryEntryStream {
    pub fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>> {
        match *self {}
    }
}

macro_rules! methods {
    ($($name:ident($($param:ty),*) $result:ty;)*) => {
        impl Descriptor {
            $(pub fn $name(&self $(, _: $param)*) -> $result {
                match *self {}
            })*
        }
    };
}

methods! {
    witness() Witness;
    read_via_stream(u64) Result<InputStream>;
    write_via_stream(u64) Result<OutputStream>;
    append_via_stream() Result<OutputStream>;
    advise(u64, u64, Advice) Result<()>;
    sync_data() Result<()>;
    get_flags() Result<DescriptorFlags>;
    get_type() Result<DescriptorType>;
    set_size(u64) Result<()>;
    set_times(NewTimestamp, NewTimestamp) Result<()>;
    read(u64, u64) Result<(Vec<u8>, bool)>;
    write(&[u8], u64) Result<u64>;
    read_directory() Result<DirectoryEntryStream>;
    sync() Result<()>;
    create_directory_at(&str) Result<()>;
    stat() Result<DescriptorStat>;
    stat_at(PathFlags, &str) Result<DescriptorStat>;
    set_times_at(PathFlags, &str, NewTimestamp, NewTimestamp) Result<()>;
    link_at(PathFlags, &str, &Self, &str) Result<()>;
    open_at(PathFlags, &str, OpenFlags, DescriptorFlags) Result<Self>;
    readlink_at(&str) Result<String>;
    remove_directory_at(&str) Result<()>;
    rename_at(&str, &Self, &str) Result<()>;
    symlink_at(&str, &str) Result<()>;
    unlink_file_at(&str) Result<()>;
    is_same_object(&Self) bool;
    metadata_hash() Result<MetadataHashValue>;
    metadata_hash_at(PathFlags, &str) Result<MetadataHashValue>;
}
