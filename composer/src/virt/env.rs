//! Variables, arguments and working directory.

use super::pairs;
use crate::Error;
use crate::policy::{self, Arguments, Directory};

/// Variables, arguments and working directory. None of them is there unless it is said.
///
/// A program sees the variables that are set, in their order, and then those of the host's that are let through and not set.
///
/// ```
/// use virt_compose::Virt;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// let virt = Virt::new().only(["env"]).env(|e| {
///     e.set("GREETING", "hello").allow(["LANG", "TZ"]).args(["app", "--fast"]).cwd("/work")
/// });
/// virt.compose(&app)?;
/// Virt::open().env(|e| e.hide(["TOKEN"])).compose(&app)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Env(pub(super) policy::Env);

impl Env {
    /// Sets a variable, whatever the host has. One that is set already gets the new value.
    pub fn set(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.0.variables.set(name.as_ref(), value.as_ref());
        self
    }

    /// Lets these of the host's variables through, where there are any. After [`host`](Self::host), only these.
    pub fn allow(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        pairs::allow(&mut self.0.variables, names);
        self
    }

    /// Lets all of the host's variables through.
    pub fn allow_all(mut self) -> Self {
        self.0.variables.visible = None;
        self
    }

    /// Keeps these of the host's variables back, whatever else lets them through.
    pub fn hide(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        names.into_iter().for_each(|name| self.0.variables.hide(name.as_ref()));
        self
    }

    /// Sets the arguments, the program's name first.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.arguments = Arguments::Set(args.into_iter().map(Into::into).collect());
        self
    }

    /// Passes the host's arguments on.
    pub fn host_args(mut self) -> Self {
        self.0.arguments = Arguments::Host;
        self
    }

    /// Sets the initial working directory, a path of the guest's.
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.0.cwd = Directory::Path(path.into());
        self
    }

    /// Passes the host's initial working directory on.
    pub fn host_cwd(mut self) -> Self {
        self.0.cwd = Directory::Host;
        self
    }

    /// Passes the host's variables, arguments and directory on. What is set stays set.
    pub fn host(self) -> Self {
        self.allow_all().host_args().host_cwd()
    }

    pub(super) fn done(self) -> Result<policy::Env, Error> {
        pairs::check(&self.0.variables, "variable")?;
        Ok(self.0)
    }
}
