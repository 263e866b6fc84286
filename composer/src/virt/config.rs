//! `wasi:config`.

use super::pairs;
use crate::Error;
use crate::policy;

/// Values of `wasi:config/store`, by their keys. None is there unless it is said, and asking is refused.
///
/// ```
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-config.wasm"))?;
/// let virt = virt_compose::Virt::new().only(["config"]).config(|c| c.set("log.level", "debug").allow(["region"]));
/// virt.compose(&app)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Config(pub(super) policy::Config);

impl Config {
    /// Sets a value, whatever the host has. A key that is set already gets the new value.
    pub fn set(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.0.values.set(key.as_ref(), value.as_ref());
        self
    }

    /// Lets the host's values of these keys through. After [`host`](Self::host), only these.
    pub fn allow(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        pairs::allow(&mut self.0.values, keys);
        self
    }

    /// Keeps the host's values of these keys back, whatever else lets them through.
    pub fn hide(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        keys.into_iter().for_each(|key| self.0.values.hide(key.as_ref()));
        self
    }

    /// Lets all of the host's values through. What is set stays set.
    pub fn host(mut self) -> Self {
        self.0.values.visible = None;
        self
    }

    pub(super) fn done(self) -> Result<policy::Config, Error> {
        pairs::check(&self.0.values, "value")?;
        Ok(self.0)
    }
}
