//! In place of bytes from and to elsewhere where there are none: the composer takes another build for settings that ask for any.

use crate::Name;
use crate::bindings::virt::io::stand_ins;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};

pub fn embedded() -> InputStream {
    stand_ins::closed_input_stream()
}

pub fn closed(_: Name) -> OutputStream {
    stand_ins::closed_output_stream()
}

pub use {closed as filtered, closed as captured};
