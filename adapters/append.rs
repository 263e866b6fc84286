//! A file to write to, by its absolute path.

use crate::bindings::wasi::filesystem::preopens::get_directories;
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use alloc::string::String;

extern crate alloc;

/// Opens a file to write, and makes it if there is none.
pub fn open(path: &str) -> Result<Descriptor, ErrorCode> {
    let directories = get_directories();
    let below = |name: &String| {
        let name = name.trim_end_matches('/');
        path.strip_prefix(name)?.strip_prefix('/').map(|way| (name.len(), way))
    };
    // The one that is nearest.
    let candidates = directories.iter().filter_map(|(directory, name)| Some((directory, below(name)?)));
    let (directory, (_, way)) = candidates.max_by_key(|(_, (len, _))| *len).ok_or(ErrorCode::NoEntry)?;
    directory.open_at(PathFlags::SYMLINK_FOLLOW, way, OpenFlags::CREATE, DescriptorFlags::WRITE)
}
