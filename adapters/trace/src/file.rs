//! The end of a file of the guest's.

use crate::append::open;
use crate::bindings::virt::trace::settings;
use crate::bindings::wasi::filesystem::types::Descriptor;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::single::Single;
use core::cell::OnceCell;

/// What a stream takes at a time, by the WIT of `blocking-write-and-flush`.
const AT_ONCE: usize = 4096;

/// A file, and a stream to its end.
struct End {
    stream: OutputStream,
    _file: Descriptor,
}

/// Whether all of it could be written, to the file that is opened with the first.
pub fn write(bytes: &[u8]) -> bool {
    static FILE: Single<OnceCell<Option<End>>> = Single(OnceCell::new());
    let opened = FILE.0.get_or_init(|| {
        let file = open(&settings::file()).ok()?;
        let stream = file.append_via_stream().ok()?;
        Some(End { stream, _file: file })
    });
    let write = |end: &End| bytes.chunks(AT_ONCE).try_for_each(|chunk| end.stream.blocking_write_and_flush(chunk));
    opened.as_ref().is_some_and(|end| write(end).is_ok())
}
