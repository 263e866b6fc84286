//! The standard streams.

use crate::Error;
use crate::policy;
use crate::tree::{Content, Node, local};
use anyhow::anyhow;
use std::path::Path;

/// All three standard streams at once. Unless something is said, input is at its end, and outputs are closed.
///
/// Then each may be said to be something else, with [`Virt::stdin`](super::Virt::stdin), [`stdout`](super::Virt::stdout) and
/// [`stderr`](super::Virt::stderr):
///
/// ```
/// use virt_compose::Virt;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// let virt = Virt::new().only(["stdio"]);
/// let quiet = virt.clone().stdio(|s| s.ignore()).stderr(|o| o.host());
/// let marked = virt.clone().stdin(|i| i.text("yes\n")).stdout(|o| o.prefix("[app] ").cap(1 << 20)).stderr(|o| o.other());
/// let kept = virt.clone().stdout(|o| o.capture());
/// for virt in [quiet, marked, kept] {
///     virt.compose(&app)?;
/// }
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Stdio(pub(super) policy::Stdio);

impl Stdio {
    /// The host's.
    pub fn host(self) -> Self {
        Self(policy::Stdio::open())
    }

    /// An input at its end, and outputs that drop what they take.
    pub fn ignore(self) -> Self {
        Self(policy::Stdio::ignored())
    }

    /// An input at its end, and outputs that are closed.
    pub fn deny(self) -> Self {
        Self(policy::Stdio::default())
    }
}

/// Standard input.
#[derive(Clone, Debug)]
#[must_use]
pub struct Input(pub(super) policy::Input);

impl Input {
    /// The host's.
    pub fn host(self) -> Self {
        Self(policy::Input::Allow)
    }

    /// At its end.
    pub fn ignore(self) -> Self {
        Self(policy::Input::Ignore)
    }

    /// At its end: WASI has no other way to refuse a read.
    pub fn deny(self) -> Self {
        Self(policy::Input::Deny)
    }

    /// These bytes, and then its end.
    pub fn text(self, text: impl AsRef<[u8]>) -> Self {
        Self(policy::Input::Embedded(Node::File(Content::Inline(text.as_ref().to_vec()))))
    }

    /// What is in a file of this machine, and then its end. It is embedded when the result is made.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if there is no such file.
    pub fn file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self(policy::Input::Embedded(local::file(path.as_ref()).map_err(Error::policy)?)))
    }
}

/// Standard output, or standard error.
#[derive(Clone, Debug)]
#[must_use]
pub struct Output(pub(super) policy::Output);

impl Output {
    /// The host's.
    pub fn host(self) -> Self {
        Self(policy::Output::Allow)
    }

    /// Drops what it takes.
    pub fn ignore(self) -> Self {
        Self(policy::Output::Ignore)
    }

    /// Closed.
    pub fn deny(self) -> Self {
        Self(policy::Output::Deny)
    }

    /// The host's other one: of standard output, its standard error.
    pub fn other(self) -> Self {
        Self(policy::Output::Other)
    }

    /// The host's, with this ahead of each line. A [`cap`](Self::cap) stays.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        let limit = if let policy::Output::Filtered { limit, .. } = self.0 { limit } else { None };
        Self(policy::Output::Filtered { prefix: prefix.into(), limit })
    }

    /// The host's, and closed after so many bytes of the program's own. A [`prefix`](Self::prefix) stays, and is not counted.
    pub fn cap(self, bytes: u64) -> Self {
        let prefix = if let policy::Output::Filtered { prefix, .. } = self.0 { prefix } else { String::new() };
        Self(policy::Output::Filtered { prefix, limit: Some(bytes) })
    }

    /// The end of a file of the guest's, by its absolute path. It takes a directory that can be written, such as a
    /// [`tmpfs`](super::Fs::tmpfs), and is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if that is no path of a file.
    pub fn file(self, guest: impl AsRef<str>) -> Result<Self, Error> {
        Ok(Self(policy::Output::file(guest.as_ref()).map_err(Error::policy)?))
    }

    /// Memory, which the result exports as `virt:stdio/captured` for whoever contains it.
    pub fn capture(self) -> Self {
        Self(policy::Output::Captured)
    }

    pub(super) fn done(self, stream: &str) -> Result<policy::Output, Error> {
        let why = match &self.0 {
            policy::Output::Filtered { prefix, limit: None } if prefix.is_empty() => "the prefix of a line is empty",
            policy::Output::Filtered { limit: Some(0), .. } => "nothing fits in a cap of 0 bytes",
            _ => return Ok(self.0),
        };
        Err(Error::policy(anyhow!("{why}, of `{stream}`: write another, or leave it to the host")))
    }
}
