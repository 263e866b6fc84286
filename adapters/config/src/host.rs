//! The host's values.

#[cfg(feature = "draft")]
use crate::bindings::wasi::config0_2_0_draft::store as host;
#[cfg(not(feature = "draft"))]
use crate::bindings::wasi::config0_2_0_rc_1::store as host;

use crate::bindings::virt::config::settings;
use crate::wasi::store::Error;
use alloc::{string::String, vec::Vec};

extern crate alloc;

#[path = "../../merge.rs"]
mod merge;

/// The host's value of a key, if it may pass.
pub fn get(key: String) -> Result<Option<String>, Error> {
    match settings::names().contains(&key) == settings::listed() {
        true => Ok(host::get(&key)?),
        false => Ok(None),
    }
}

/// What is set, and those of the host's that may pass.
pub fn add(set: Vec<(String, String)>) -> Result<Vec<(String, String)>, Error> {
    Ok(merge::merge(set, host::get_all()?, &settings::names(), settings::listed()))
}

impl From<host::Error> for Error {
    fn from(error: host::Error) -> Self {
        match error {
            host::Error::Upstream(words) => Self::Upstream(words),
            host::Error::Io(words) => Self::Io(words),
        }
    }
}
