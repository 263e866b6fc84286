//! Time that nobody waits for: it stands still until it is read.

use crate::bindings::exports::wasi::clocks0_2_0::monotonic_clock::{Duration, Guest, Instant};
use crate::bindings::wasi::clocks0_2_0::wall_clock as host;
use crate::{Clocks, read, tick};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

static NOW: AtomicU64 = AtomicU64::new(0);

pub fn now() -> u64 {
    NOW.load(Relaxed)
}

pub fn advance(by: u64) {
    NOW.store(now().saturating_add(by), Relaxed);
}

pub fn host_now() -> (u64, u32) {
    let now = host::now();
    (now.seconds, now.nanoseconds)
}

pub fn host_resolution() -> (u64, u32) {
    let tick = host::resolution();
    (tick.seconds, tick.nanoseconds)
}

impl Guest for Clocks {
    fn now() -> Instant {
        read()
    }

    fn resolution() -> Duration {
        tick()
    }
}
