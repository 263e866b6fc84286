//! The end of a file.

use crate::Name;
use crate::append;
use crate::bindings::virt::io::stand_ins;
use crate::bindings::virt::stdio::settings;
use crate::bindings::wasi::filesystem::types::{Descriptor, ErrorCode};
use crate::bindings::wasi::io::streams::OutputStream;
use crate::once::Both;
/// A stream to the end of the file, which is opened with the first. Where that cannot be, all are closed.
pub fn open(name: Name) -> OutputStream {
    static FILES: Both<Result<Descriptor, ErrorCode>> = Both::new();
    let path = || match name {
        Name::Stdout => settings::stdout_file(),
        Name::Stderr => settings::stderr_file(),
    };
    let opened = FILES.of(name).get_or_make(|| append::open(&path())).as_ref().ok();
    let stream = opened.and_then(|file| file.append_via_stream().ok());
    stream.unwrap_or_else(stand_ins::closed_output_stream)
}
