//! `wasi:io/poll`.

use crate::bindings::exports::wasi::io::poll::{GuestPollable, PollableBorrow};
use crate::bindings::host::io::poll as host;
use crate::pipe::{Condition, deadlock};
use crate::timer::{self, Timer};
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

extern crate alloc;

pub struct Pollable(RefCell<Kind>);

enum Kind {
    Host(host::Pollable),
    #[cfg_attr(not(feature = "timers"), expect(dead_code, reason = "nobody has a `Timer` then"))]
    Timer(Timer),
    /// Nothing to wait for. Also what a host's pollable is while it is lent.
    Ready,
    #[cfg_attr(not(feature = "pipes"), expect(dead_code, reason = "nobody has a `Condition` then"))]
    Condition(Condition),
}

impl Pollable {
    pub fn host(pollable: host::Pollable) -> Self {
        Self(RefCell::new(Kind::Host(pollable)))
    }

    pub fn ready() -> Self {
        Self(RefCell::new(Kind::Ready))
    }

    #[cfg(feature = "timers")]
    pub fn timer(timer: Timer) -> Self {
        Self(RefCell::new(Kind::Timer(timer)))
    }

    #[cfg(feature = "pipes")]
    pub fn condition(condition: Condition) -> Self {
        Self(RefCell::new(Kind::Condition(condition)))
    }

    pub fn lend(&self) -> Option<host::Pollable> {
        let mut kind = self.0.borrow_mut();
        match core::mem::replace(&mut *kind, Kind::Ready) {
            Kind::Host(pollable) => Some(pollable),
            other => {
                *kind = other;
                None
            }
        }
    }

    pub fn take_back(&self, pollable: host::Pollable) {
        self.0.replace(Kind::Host(pollable));
    }
}

impl GuestPollable for Pollable {
    fn ready(&self) -> bool {
        is_ready(&self.0.borrow())
    }

    fn block(&self) {
        match &*self.0.borrow() {
            Kind::Host(pollable) => pollable.block(),
            Kind::Timer(timer) => timer.wait(),
            Kind::Condition(condition) => condition.wait(),
            Kind::Ready => {}
        }
    }
}

/// The positions of what is ready. If all are the host's, the host waits; if not, it is asked without waiting, and if
/// nothing is ready the earliest of the timers is waited for, or, without one, what is the host's. An empty list is a trap, as WASI
/// has it.
pub fn poll(pollables: Vec<PollableBorrow<'_>>) -> Vec<u32> {
    assert!(!pollables.is_empty());
    let kinds: Vec<_> = pollables.iter().map(|pollable| pollable.get::<Pollable>().0.borrow()).collect();
    let mut hosts = Vec::with_capacity(kinds.len());
    for kind in &kinds {
        if let Kind::Host(pollable) = &**kind {
            hosts.push(pollable);
        }
    }
    if hosts.len() == kinds.len() {
        return host::poll(&hosts);
    }
    let ready = all_ready(&kinds);
    let timers = kinds.iter().filter_map(|kind| if let Kind::Timer(timer) = &**kind { Some(*timer) } else { None });
    match timer::earliest(timers) {
        Some(earliest) if ready.is_empty() => {
            earliest.wait();
            all_ready(&kinds)
        }
        None if cfg!(feature = "pipes") && ready.is_empty() => wait_for_hosts(&kinds, &hosts),
        _ => ready,
    }
}

/// While the host waits nothing here can change, so what is not the host's need not be asked again. Where nothing is the host's,
/// nobody is left who could make anything ready.
fn wait_for_hosts(kinds: &[Ref<Kind>], hosts: &[&host::Pollable]) -> Vec<u32> {
    if hosts.is_empty() {
        deadlock();
    }
    let mut ready = host::poll(hosts);
    // From positions among the host's to positions among all.
    let is_host = |position: &u32| matches!(*kinds[*position as usize], Kind::Host(_));
    let positions: Vec<u32> = (0..kinds.len() as u32).filter(is_host).collect();
    for position in &mut ready {
        *position = positions[*position as usize];
    }
    ready
}

fn all_ready(kinds: &[Ref<Kind>]) -> Vec<u32> {
    let mut ready = Vec::with_capacity(kinds.len());
    for (position, kind) in kinds.iter().enumerate() {
        if is_ready(kind) {
            ready.push(position as u32);
        }
    }
    ready
}

fn is_ready(kind: &Kind) -> bool {
    match kind {
        Kind::Host(pollable) => pollable.ready(),
        Kind::Timer(timer) => timer.is_due(),
        Kind::Condition(condition) => condition.holds(),
        Kind::Ready => true,
    }
}
