//! `completion`: what a shell needs to complete command lines.

use super::output::print;
use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print what a shell needs to complete command lines
///
/// For bash: `virt-compose completion bash > ~/.local/share/bash-completion/completions/virt-compose`.
#[derive(Args)]
pub(super) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Prints it.
    pub fn run(self, command: &mut Command) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "virt-compose", &mut script);
        print(&script)
    }
}
