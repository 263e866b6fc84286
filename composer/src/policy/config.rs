//! `wasi:config`.

use super::{Access, Pairs, Policy, Rules};
use crate::catalog::CONFIG_STORE;
use crate::names::Track;
use crate::value::Value;

/// What of `wasi:config` the app sees. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Values by their keys.
    pub values: Pairs,
}

impl Config {
    /// All that the host has.
    pub fn open() -> Self {
        Self { values: Pairs::open() }
    }
}

impl Rules for Config {
    fn access(&self, track: &Track) -> Access {
        if self.is_open() {
            Access::Host
        } else if self.is_set() && track.path() == CONFIG_STORE {
            Access::Adapter("config")
        } else {
            Access::Deny
        }
    }

    fn asks(&self) -> Vec<&'static str> {
        self.values.has_host().then_some(CONFIG_STORE).into_iter().collect()
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        match name {
            "values" => Some(self.values.value()),
            _ => self.values.setting(name),
        }
    }

    fn needs(&self) -> Vec<&'static str> {
        vec![CONFIG_STORE]
    }

    fn is_open(&self) -> bool {
        *self == Self::open()
    }

    fn is_set(&self) -> bool {
        !self.is_open() && (!self.values.set.is_empty() || self.values.has_host())
    }

    fn describe(&self) -> String {
        self.values.describe("value")
    }
}
