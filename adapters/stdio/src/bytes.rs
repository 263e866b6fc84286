//! Bytes from and to elsewhere.

use crate::bindings::exports::virt::stdio::captured;
use crate::bindings::host::cli::{stderr, stdout};
use crate::bindings::virt::io::buffers::{Buffer, Space};
use crate::bindings::virt::io::ends::{Filter, Source};
use crate::bindings::virt::stdio::settings;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::once::{Both, Once};
use crate::{Name, Stdio};
use alloc::vec::Vec;

extern crate alloc;

pub fn embedded() -> InputStream {
    static STDIN: Once<Source> = Once::new();
    let make = || {
        let (start, len) = settings::embedded();
        Source::new(start, len)
    };
    STDIN.get_or_make(make).stream()
}

pub fn filtered(name: Name) -> OutputStream {
    static FILTERS: Both<Filter> = Both::new();
    let make = || {
        let (filter, host) = match name {
            Name::Stdout => (settings::stdout_filter(), stdout::get_stdout()),
            Name::Stderr => (settings::stderr_filter(), stderr::get_stderr()),
        };
        Filter::new(host, filter.prefix.as_bytes(), filter.limit)
    };
    FILTERS.of(name).get_or_make(make).stream()
}

static CAPTURED: Both<Buffer> = Both::new();

pub fn captured(name: Name) -> OutputStream {
    CAPTURED.of(name).get_or_make(|| Buffer::new(&Space::new(u64::MAX), 0, 0)).append_via_stream()
}

/// What a program wrote so far.
fn written(name: Name) -> Vec<u8> {
    let Some(buffer) = CAPTURED.of(name).get() else { return Vec::new() };
    let len = buffer.len() as usize;
    let words = buffer.read(0, len as u32);
    // Where memory does not suffice there is nothing, and nobody is to take that for all.
    assert!(words.len() * 8 >= len);
    let mut bytes: Vec<u8> = bytemuck::cast_slice(&words).into();
    bytes.truncate(len);
    bytes
}

impl captured::Guest for Stdio {
    fn stdout() -> Vec<u8> {
        written(Name::Stdout)
    }

    fn stderr() -> Vec<u8> {
        written(Name::Stderr)
    }
}
