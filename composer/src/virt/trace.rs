//! Calls that are written down.

use crate::Error;
use crate::policy;
use anyhow::anyhow;

/// Calls of the app that are written down, in the manner of strace: a line for each, with arguments and results as WAVE text. Unless
/// something is said, all are, to the host's standard error.
///
/// ```
/// use virt_compose::Virt;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// let outcome = Virt::sealed().stdout(|o| o.host()).trace(|t| t.of(["stdio", "io"])).compose(&app)?;
/// assert!(outcome.report.host.iter().any(|name| name.starts_with("wasi:cli/stderr")));
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Trace(pub(super) policy::Trace);

impl Trace {
    /// All calls.
    pub fn all(self) -> Self {
        Self(policy::Trace { of: vec![policy::Trace::ALL.to_owned()], ..self.0 })
    }

    /// The calls of these: subsystems by name, other imports as an interface (`a:b/c`), a package (`a:b`), or a function (`f`).
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if one is none of these.
    pub fn of(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let patterns: Vec<_> = patterns.into_iter().collect();
        let of = policy::Trace::patterns(patterns.iter().map(AsRef::as_ref)).map_err(Error::policy)?;
        if of.is_empty() {
            return Err(Error::policy(anyhow!("the trace is of nothing: name a subsystem, or leave `trace` out")));
        }
        Ok(Self(policy::Trace { of, ..self.0 }))
    }

    /// To the end of a file of the guest's, by its absolute path.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if that is no path of a file.
    pub fn file(self, guest: impl AsRef<str>) -> Result<Self, Error> {
        let file = policy::Trace::path(guest.as_ref()).map_err(Error::policy)?;
        Ok(Self(policy::Trace { file: Some(file), ..self.0 }))
    }

    /// With this ahead of each line.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self(policy::Trace { prefix: prefix.into(), ..self.0 })
    }

    /// How many elements of a list are written, and how many bytes: 32, if nothing is said.
    pub fn size(self, size: u32) -> Self {
        Self(policy::Trace { size, ..self.0 })
    }
}
