//! What all handles of a standard stream share, made with the first.

use crate::Name;
use crate::single::Single;
use core::cell::OnceCell;

pub struct Once<T>(Single<OnceCell<T>>);

impl<T> Once<T> {
    pub const fn new() -> Self {
        Self(Single(OnceCell::new()))
    }

    pub fn get(&self) -> Option<&T> {
        self.0.0.get()
    }

    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        self.0.0.get_or_init(make)
    }
}

/// One for each output.
pub struct Both<T> {
    stdout: Once<T>,
    stderr: Once<T>,
}

impl<T> Both<T> {
    pub const fn new() -> Self {
        Self { stdout: Once::new(), stderr: Once::new() }
    }

    pub fn of(&self, name: Name) -> &Once<T> {
        match name {
            Name::Stdout => &self.stdout,
            Name::Stderr => &self.stderr,
        }
    }
}
