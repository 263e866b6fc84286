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

/// A trace that cannot be written is not to be taken for an empty one: that is a trap.
pub fn write(bytes: &[u8]) {
    static FILE: Single<OnceCell<End>> = Single(OnceCell::new());
    let end = FILE.0.get_or_init(|| {
        let file = open(&settings::file()).expect("the file opens");
        let stream = file.append_via_stream().expect("the file can be written");
        End { stream, _file: file }
    });
    for chunk in bytes.chunks(AT_ONCE) {
        end.stream.blocking_write_and_flush(chunk).expect("the file takes it");
    }
}
