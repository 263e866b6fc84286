//! `man`: the page for `man`.

use super::output::print;
use anyhow::Result;
use clap::{Args, Command};

/// Print the page for `man`
///
/// `virt-compose man > ~/.local/share/man/man1/virt-compose.1`.
#[derive(Args)]
pub(super) struct Man {}

impl Man {
    /// Prints it.
    pub fn run(self, command: Command) -> Result<()> {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        print(&page)
    }
}
