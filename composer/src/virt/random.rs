//! Random numbers.

use crate::policy;

/// Random numbers. Unless one of these is said, secure ones trap, and what hash maps start from is a constant.
///
/// ```
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-random.wasm"))?;
/// virt_compose::Virt::new().only(["random"]).random(|r| r.seed(1)).compose(&app)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Random(pub(super) policy::Random);

impl Random {
    /// The host's.
    pub fn host(self) -> Self {
        Self(policy::Random::Host)
    }

    /// Secure ones trap.
    pub fn deny(self) -> Self {
        Self(policy::Random::Deny)
    }

    /// All follow from this number, the same on every host. They are no secret.
    pub fn seed(self, seed: u64) -> Self {
        Self(policy::Random::Seeded(seed))
    }
}
