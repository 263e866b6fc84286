//! `virt:io/timers`: time that stands still but for who moves it.

use crate::Io;
use crate::bindings::exports::virt::io::timers::{Guest, Pollable};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

static NOW: AtomicU64 = AtomicU64::new(0);

impl Guest for Io {
    fn now() -> u64 {
        NOW.load(Relaxed)
    }

    fn advance(by: u64) {
        NOW.store(NOW.load(Relaxed).saturating_add(by), Relaxed);
    }

    fn at(moment: u64) -> Pollable {
        Pollable::new(crate::poll::Pollable::timer(Timer(moment)))
    }
}

/// A moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer(u64);

impl Timer {
    pub fn is_due(self) -> bool {
        self.0 <= NOW.load(Relaxed)
    }

    /// Moves time there. It never moves back.
    pub fn wait(self) {
        NOW.fetch_max(self.0, Relaxed);
    }
}

pub fn earliest(timers: impl Iterator<Item = Timer>) -> Option<Timer> {
    timers.min()
}
