//! Calls written down.

use super::places::guest_path;
use super::{Access, Policy, Rules, is_seal_pattern, seals};
use crate::catalog::{FILESYSTEM_TYPES, PREOPENS, subsystem, subsystem_of};
use crate::names::Track;
use crate::value::Value;
use anyhow::{Result, ensure};

/// Which calls of the app are written down, in the manner of strace, and where. The default is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Whose: subsystems by name, other imports as in [`Policy::seal`], `*` for all.
    pub of: Vec<String>,
    /// The end of a file of the guest's tree, by its absolute path; without one, the host's standard error, whatever stands behind
    /// the app's.
    pub file: Option<String>,
    /// Of how many elements a list is written down, and of how many bytes.
    pub size: u32,
}

impl Default for Trace {
    fn default() -> Self {
        Self { of: Vec::new(), file: None, size: Self::SIZE }
    }
}

impl Trace {
    /// What strace takes for enough.
    pub const SIZE: u32 = 32;

    /// All calls.
    pub const ALL: &str = "*";

    /// Whether anything is written down.
    pub fn is_on(&self) -> bool {
        !self.of.is_empty()
    }

    /// Whether calls of an interface, or a function of the world, are.
    pub fn takes(&self, track: &Track) -> bool {
        self.of.iter().any(|pattern| takes(pattern, track))
    }

    /// A pattern of what is written down, checked.
    pub fn pattern(pattern: &str) -> Result<String> {
        ensure!(
            subsystem(pattern).is_some() || is_seal_pattern(pattern),
            "`{pattern}` is no subsystem (`fs`), interface (`a:b/c`), package (`a:b`), function (`f`) or `*`; versions are left out"
        );
        Ok(pattern.to_owned())
    }

    /// The path of a file, checked.
    pub fn path(path: &str) -> Result<String> {
        ensure!(!path.is_empty(), "the path is missing; write one like `/log/trace.txt`");
        let path = guest_path(path)?;
        ensure!(path != "/", "`/` is a directory and no file; write one like `/log/trace.txt`");
        Ok(path)
    }
}

/// Whether a pattern takes in an interface, or a function of the world.
pub fn takes(pattern: &str, track: &Track) -> bool {
    match subsystem(pattern) {
        Some(row) => subsystem_of(track).is_some_and(|of| of.name == row.name),
        None => seals(pattern, track),
    }
}

impl Rules for Trace {
    fn check(&self, _policy: &Policy) -> Result<()> {
        ensure!(
            self.is_on() || *self == Self::default(),
            "it is said how calls are written down, and not which; write `--trace` for all"
        );
        Ok(())
    }

    fn access(&self, _track: &Track) -> Access {
        Access::Adapter("trace")
    }

    fn asks(&self) -> Vec<&'static str> {
        if self.file.is_some() { vec![PREOPENS, FILESYSTEM_TYPES] } else { Vec::new() }
    }

    fn setting(&self, name: &str, _policy: &Policy) -> Option<Value> {
        (name == "file").then(|| Value::string(self.file.as_deref().unwrap_or_default()))
    }

    fn is_open(&self) -> bool {
        false
    }

    fn is_set(&self) -> bool {
        self.is_on()
    }

    fn describe(&self) -> String {
        let of = match self.of.as_slice() {
            [all] if all == Self::ALL => "all calls".to_owned(),
            of => format!("calls of {}", of.join(", ")),
        };
        match &self.file {
            Some(file) => format!("{of}, to `{file}`"),
            None => format!("{of}, to the host's standard error"),
        }
    }
}
