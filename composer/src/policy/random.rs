//! Random numbers.

use super::{Access, Policy, Rules};
use crate::names::Track;
use crate::value::Value;
use anyhow::{Result, bail};

/// Where random numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Random {
    /// The host.
    Host,
    /// Secure ones trap; what hash maps and the like start from is constant.
    #[default]
    Deny,
    /// A generator that gives the same on every host (`adapters/random` says which).
    Seeded(u64),
}

impl Random {
    /// From a seed as people write it: a number, or one in hexadecimal behind `0x`.
    pub fn seeded(text: &str) -> Result<Self> {
        let seed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        match seed {
            Ok(seed) if !text.contains('+') => Ok(Self::Seeded(seed)),
            _ => bail!("`{text}` is no seed, which is a number from 0 to {}; write one like `1`", u64::MAX),
        }
    }
}

impl Rules for Random {
    fn access(&self, _: &Track) -> Access {
        match self {
            Self::Host => Access::Host,
            Self::Deny => Access::Deny,
            Self::Seeded(_) => Access::Adapter("random"),
        }
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        match (name, self) {
            ("seed", Self::Seeded(seed)) => Some(Value::Int((*seed).into())),
            _ => None,
        }
    }

    fn is_open(&self) -> bool {
        *self == Self::Host
    }

    fn is_set(&self) -> bool {
        matches!(self, Self::Seeded(_))
    }

    fn describe(&self) -> String {
        match self {
            Self::Host => "the host's".to_owned(),
            Self::Deny => "denied".to_owned(),
            Self::Seeded(seed) => format!("from the seed {seed}"),
        }
    }
}
