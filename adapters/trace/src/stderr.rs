//! The host's standard error.

use crate::bindings::wasi::cli0_2_12::stderr::get_stderr;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::single::Single;
use core::cell::OnceCell;

/// What a stream takes at a time, by the WIT of `blocking-write-and-flush`.
const AT_ONCE: usize = 4096;

/// Where nobody reads it any more, the program goes on without.
pub fn write(bytes: &[u8]) -> bool {
    static STDERR: Single<OnceCell<OutputStream>> = Single(OnceCell::new());
    let stderr = STDERR.0.get_or_init(get_stderr);
    let _ = bytes.chunks(AT_ONCE).try_for_each(|chunk| stderr.blocking_write_and_flush(chunk));
    true
}
