//! The end of a file, by its absolute path.

use crate::Name;
use crate::bindings::virt::io::stand_ins;
use crate::bindings::virt::stdio::settings;
use crate::bindings::wasi::filesystem::preopens::get_directories;
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use crate::bindings::wasi::io::streams::OutputStream;
use crate::once::Both;
use alloc::string::String;

extern crate alloc;

/// A stream to the end of the file, which is opened with the first. Where that cannot be, all are closed.
pub fn open(name: Name) -> OutputStream {
    static FILES: Both<Result<Descriptor, ErrorCode>> = Both::new();
    let path = || match name {
        Name::Stdout => settings::stdout_file(),
        Name::Stderr => settings::stderr_file(),
    };
    let opened = FILES.of(name).get_or_make(|| make(&path())).as_ref().ok();
    let stream = opened.and_then(|file| file.append_via_stream().ok());
    stream.unwrap_or_else(stand_ins::closed_output_stream)
}

/// Opens a file to write, and makes it if there is none.
fn make(path: &str) -> Result<Descriptor, ErrorCode> {
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
