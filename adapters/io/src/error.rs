//! `wasi:io/error`.

use crate::bindings::exports::virt::io::bridge;
use crate::bindings::exports::wasi::io::{error::GuestError, streams::StreamError};
use crate::bindings::host::io::{error as host, streams};
use alloc::string::String;
use core::cell::RefCell;

extern crate alloc;

/// That space or memory does not suffice: the one way in which something virtual fails.
#[derive(Debug)]
pub struct Full;

/// An error of the host's, or `Full`, which is empty. So is one that is lent.
pub struct Error(RefCell<Option<host::Error>>);

impl Error {
    pub fn host(error: host::Error) -> Self {
        Self(RefCell::new(Some(error)))
    }

    #[cfg(feature = "buffers")]
    pub fn is_full(&self) -> bool {
        self.0.borrow().is_none()
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
        self.0.borrow().as_ref().map_or("no space left".into(), host::Error::to_debug_string)
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

impl From<Full> for StreamError {
    fn from(_: Full) -> Self {
        Self::LastOperationFailed(bridge::Error::new(Error(RefCell::new(None))))
    }
}
