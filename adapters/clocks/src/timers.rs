//! Time that waiting moves. It is kept by `io`, where whoever waits is.

use crate::bindings::exports::wasi::clocks0_2_12::monotonic_clock::{Duration, Guest, Instant, Pollable};
use crate::bindings::virt::io::timers;
pub use crate::bindings::virt::io::timers::{advance, now};
use crate::{Clocks, read, tick};

/// Whose clock is the host's, waits for the host's.
pub fn host_now() -> (u64, u32) {
    unreachable!()
}

pub fn host_resolution() -> (u64, u32) {
    unreachable!()
}

impl Guest for Clocks {
    fn now() -> Instant {
        read()
    }

    fn resolution() -> Duration {
        tick()
    }

    fn subscribe_instant(when: Instant) -> Pollable {
        timers::at(when)
    }

    fn subscribe_duration(when: Duration) -> Pollable {
        timers::at(timers::now().saturating_add(when))
    }
}
