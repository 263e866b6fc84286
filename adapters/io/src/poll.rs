//! `wasi:io/poll`.

use crate::bindings::exports::wasi::io::poll::{GuestPollable, PollableBorrow};
use crate::bindings::host::io::poll as host;
use alloc::vec::Vec;
use core::cell::RefCell;

extern crate alloc;

pub struct Pollable(RefCell<Kind>);

enum Kind {
    Host(host::Pollable),
    /// Nothing to wait for. Also what a host's pollable is while it is lent.
    Ready,
}

impl Pollable {
    pub fn host(pollable: host::Pollable) -> Self {
        Self(RefCell::new(Kind::Host(pollable)))
    }

    pub fn ready() -> Self {
        Self(RefCell::new(Kind::Ready))
    }

    pub fn lend(&self) -> Option<host::Pollable> {
        match self.0.replace(Kind::Ready) {
            Kind::Host(pollable) => Some(pollable),
            Kind::Ready => None,
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
        if let Kind::Host(pollable) = &*self.0.borrow() {
            pollable.block();
        }
    }
}

/// The positions of what is ready. If something virtual is, the host's are asked without waiting; if all are the
/// host's, the host waits. An empty list is a trap, as WASI has it.
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
        Kind::Ready => true,
    }
}
