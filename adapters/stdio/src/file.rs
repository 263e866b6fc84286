//! The end of a file, by its absolute path.

use crate::Name;
use crate::bindings::virt::io::stand_ins;
use crate::bindings::virt::stdio::settings;
use crate::bindings::wasi::filesystem::preopens::get_directories;
use crate::bindings::wasi::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use crate::bindings::wasi::io::streams::OutputStream;
use alloc::string::String;

extern crate alloc;

/// Where the file cannot be opened, the stream is closed.
pub fn open(name: Name) -> OutputStream {
    let path = match name {
        Name::Stdout => settings::stdout_file(),
        Name::Stderr => settings::stderr_file(),
    };
    append(&path).unwrap_or_else(|_| stand_ins::closed_output_stream())
}

/// Opens a file to write at its end, and makes it if there is none. The stream outlives the descriptor.
fn append(path: &str) -> Result<OutputStream, ErrorCode> {
    let directories = get_directories();
    let below = |name: &String| {
        let name = name.trim_end_matches('/');
        path.strip_prefix(name)?.strip_prefix('/').map(|way| (name.len(), way))
    };
    // The one that is nearest.
    let candidates = directories.iter().filter_map(|(directory, name)| Some((directory, below(name)?)));
    let (directory, (_, way)) = candidates.max_by_key(|(_, (len, _))| *len).ok_or(ErrorCode::NoEntry)?;
    directory.open_at(PathFlags::SYMLINK_FOLLOW, way, OpenFlags::CREATE, DescriptorFlags::WRITE)?.append_via_stream()
}
