//! Calls written down.

use super::places::guest_path;
use super::{Access, Policy, Rules, is_seal_pattern, seals};
use crate::catalog::{FILESYSTEM_TYPES, PREOPENS, subsystem, subsystem_of};
use crate::names::Track;
use crate::value::Value;
use anyhow::{Result, bail, ensure};

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
    /// What stands ahead of each line, so that those of several programs can be told apart.
    pub prefix: String,
}

impl Default for Trace {
    fn default() -> Self {
        Self { of: Vec::new(), file: None, size: Self::SIZE, prefix: String::new() }
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

    /// Patterns of what is written down, checked, each once.
    pub fn patterns<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>> {
        let mut checked: Vec<String> = Vec::new();
        for pattern in patterns {
            let pattern = Self::pattern(pattern)?;
            if !checked.contains(&pattern) {
                checked.push(pattern);
            }
        }
        Ok(checked)
    }

    fn pattern(pattern: &str) -> Result<String> {
        ensure!(!pattern.is_empty(), "nothing is named; without a name, `--trace` is all");
        if let Some((interface, function)) = pattern.split_once('#') {
            bail!("the function `{function}` cannot be named by itself; write `{interface}`, which has it");
        }
        ensure!(
            subsystem(pattern).is_some() || is_seal_pattern(pattern),
            "`{pattern}` is no subsystem (`fs`), interface (`a:b/c`), package (`a:b`), function (`f`) or `*`; versions are left out"
        );
        Ok(pattern.to_owned())
    }

    /// Where it goes, in words.
    pub(crate) fn to(&self) -> String {
        self.file.as_ref().map_or("the host's standard error".to_owned(), |file| format!("`{file}`"))
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
            "it is said how calls are traced, and not which: write `--trace` for all, or `calls = true` in `[trace]`"
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
        let prefix = if self.prefix.is_empty() { String::new() } else { format!(", behind {:?}", self.prefix) };
        format!("{of}, to {}{prefix}", self.to())
    }
}
