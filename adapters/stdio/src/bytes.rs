//! Bytes from and to elsewhere. What all handles of a standard stream share is made with the first.

use crate::bindings::exports::virt::stdio::captured;
use crate::bindings::host::cli::{stderr, stdout};
use crate::bindings::virt::io::buffers::{Buffer, Space};
use crate::bindings::virt::io::ends::{Filter, Source};
use crate::bindings::virt::stdio::settings;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::single::Single;
use crate::{Name, Stdio};
use alloc::vec::Vec;
use core::cell::OnceCell;

extern crate alloc;

/// What is made once.
type Once<T> = Single<OnceCell<T>>;

pub fn embedded() -> InputStream {
    static STDIN: Once<Source> = Single(OnceCell::new());
    let make = || {
        let (start, len) = settings::embedded();
        Source::new(start, len)
    };
    STDIN.0.get_or_init(make).stream()
}

pub fn filtered(name: Name) -> OutputStream {
    static STDOUT: Once<Filter> = Single(OnceCell::new());
    static STDERR: Once<Filter> = Single(OnceCell::new());
    let make = || {
        let (filter, host) = match name {
            Name::Stdout => (settings::stdout_filter(), stdout::get_stdout()),
            Name::Stderr => (settings::stderr_filter(), stderr::get_stderr()),
        };
        Filter::new(host, filter.prefix.as_bytes(), filter.limit)
    };
    let shared = match name {
        Name::Stdout => &STDOUT,
        Name::Stderr => &STDERR,
    };
    shared.0.get_or_init(make).stream()
}

static STDOUT: Once<Buffer> = Single(OnceCell::new());
static STDERR: Once<Buffer> = Single(OnceCell::new());

fn captured_of(name: Name) -> &'static Once<Buffer> {
    match name {
        Name::Stdout => &STDOUT,
        Name::Stderr => &STDERR,
    }
}

pub fn captured(name: Name) -> OutputStream {
    captured_of(name).0.get_or_init(|| Buffer::new(&Space::new(u64::MAX), 0, 0)).append_via_stream()
}

/// What a program wrote so far.
fn written(name: Name) -> Vec<u8> {
    let Some(buffer) = captured_of(name).0.get() else { return Vec::new() };
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
