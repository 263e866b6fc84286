//! What can be had once.

use core::cell::Cell;

#[derive(Default)]
pub struct Once(Cell<bool>);

impl Once {
    pub fn take(&self) -> Result<(), ()> {
        if self.0.replace(true) { Err(()) } else { Ok(()) }
    }
}
