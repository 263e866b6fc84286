//! In place of shared ends where there are none.

use crate::bindings::exports::wasi::io::streams::{Pollable, StreamError};

pub enum Filtered {}

macro_rules! methods {
    ($($name:ident($($param:ty)?) $result:ty;)*) => {
        impl Filtered {
            $(pub fn $name(&self $(, _: $param)?) -> $result {
                match *self {}
            })*
        }
    };
}

methods! {
    check_write() Result<u64, StreamError>;
    write(&[u8]) Result<(), StreamError>;
    blocking_write_and_flush(&[u8]) Result<(), StreamError>;
    flush() Result<(), StreamError>;
    blocking_flush() Result<(), StreamError>;
    subscribe() Pollable;
    wait() ();
}
