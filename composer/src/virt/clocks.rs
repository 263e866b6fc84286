//! The time, and waiting.

use crate::Error;
use crate::policy;
use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, SystemTime};

/// The time, and waiting. Unless one of these is said, reading a clock and waiting trap.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use virt_compose::Virt;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-clock.wasm"))?;
/// let new_year = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
/// for virt in [
///     Virt::sealed().clocks(|c| c.fixed(new_year)),
///     Virt::sealed().clocks(|c| c.stepped(new_year, Duration::from_millis(1))),
///     Virt::sealed().clocks(|c| c.behind(Duration::from_secs(30 * 24 * 60 * 60))),
///     Virt::sealed().clocks(|c| c.host()),
/// ] {
///     virt.compose(&app)?;
/// }
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Clocks(pub(super) policy::Clocks);

impl Clocks {
    /// The host's.
    pub fn host(self) -> Self {
        Self(policy::Clocks::Host)
    }

    /// Reading and waiting trap.
    pub fn deny(self) -> Self {
        Self(policy::Clocks::Deny)
    }

    /// Clocks that show this instant, and stand still but for waiting: that moves them to the deadline, and is over at once.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if it is before 1970, where WASI's clock starts, or after 9999.
    pub fn fixed(self, start: SystemTime) -> Result<Self, Error> {
        Ok(Self(policy::Clocks::Virtual { start: instant(start)?, step: 0 }))
    }

    /// Clocks that start at this instant, and are moved by each reading, besides waiting. A step is a nanosecond at least, and 366
    /// days at most.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if the instant is before 1970 or after 9999, or the step is none.
    pub fn stepped(self, start: SystemTime, step: Duration) -> Result<Self, Error> {
        let step = length(step).and_then(|step| policy::Clocks::step(step).map_err(Error::policy))?;
        Ok(Self(policy::Clocks::Virtual { start: instant(start)?, step }))
    }

    /// The host's clocks, with a wall clock that is later by so much. Waits take their time.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if that is more than there is of time.
    pub fn ahead(self, by: Duration) -> Result<Self, Error> {
        Ok(Self(policy::Clocks::Shifted(length(by)?)))
    }

    /// The host's clocks, with a wall clock that is earlier by so much, 1970 at the earliest. Waits take their time.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if that is before 1970 on every host.
    pub fn behind(self, by: Duration) -> Result<Self, Error> {
        let by = -length(by)?;
        let is_early =
            || format!("the time less {:#} is before 1970, where WASI's wall clock starts: shift it by less", -by);
        (by >= policy::Clocks::EARLIEST_SHIFT).then_some(()).with_context(is_early).map_err(Error::policy)?;
        Ok(Self(policy::Clocks::Shifted(by)))
    }
}

fn instant(time: SystemTime) -> Result<Timestamp, Error> {
    let instant = || {
        let instant = Timestamp::try_from(time).context("an instant is after the year 9999, or long before 1970")?;
        ensure!(instant >= Timestamp::UNIX_EPOCH, "`{instant}` is before 1970, where WASI's wall clock starts");
        Ok(instant)
    };
    instant().map_err(Error::policy)
}

fn length(length: Duration) -> Result<SignedDuration, Error> {
    let refused = || format!("a length of {} seconds is more than there is of time", length.as_secs());
    SignedDuration::try_from(length).with_context(refused).map_err(Error::policy)
}
