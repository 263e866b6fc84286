//! The host's side.

pub use crate::bindings::host::filesystem::preopens::get_directories;
pub use crate::bindings::host::filesystem::types::*;

/// That there is a host's side. What only it brings about carries one, so that there is no code for it without.
#[derive(Clone, Copy)]
pub struct Witness;

impl Descriptor {
    pub fn witness(&self) -> Witness {
        Witness
    }
}
