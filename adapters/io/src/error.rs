//! `wasi:io/error`.

use crate::bindings::exports::virt::io::bridge;
use crate::bindings::exports::wasi::io::{error::GuestError, streams::StreamError};
use crate::bindings::host::io::{error as host, streams};
use alloc::string::String;
use core::cell::RefCell;

extern crate alloc;

/// An error of the host's; nothing virtual fails with one. Empty while it is lent.
pub struct Error(RefCell<Option<host::Error>>);

impl Error {
    pub fn host(error: host::Error) -> Self {
        Self(RefCell::new(Some(error)))
    }

    pub fn lend(&self) -> Option<host::Error> {
        self.0.take()
    }

    pub fn take_back(&self, error: host::Error) {
        self.0.replace(Some(error));
    }
}

impl GuestError for Error {
    fn to_debug_string(&self) -> String {
        self.0.borrow().as_ref().map(host::Error::to_debug_string).unwrap_or_default()
    }
}

impl From<streams::StreamError> for StreamError {
    fn from(error: streams::StreamError) -> Self {
        match error {
            streams::StreamError::Closed => Self::Closed,
            streams::StreamError::LastOperationFailed(error) => {
                Self::LastOperationFailed(bridge::Error::new(Error::host(error)))
            }
        }
    }
}
