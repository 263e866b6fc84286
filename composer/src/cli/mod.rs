//! The command line: clap types and help text, turned into what is wanted; what is done; what is said.
//!
//! - `options` are what the user wants, as every command that needs a policy takes it; a file each for those of one subsystem;
//! - `compose` is what is done without a command; each command has a file of its name;
//! - `output` is where results go.

mod adapter;
mod adapters;
mod build;
mod completion;
mod compose;
mod fs;
mod http;
mod options;
mod output;
mod pairs;
mod sockets;
mod stdio;

pub use output::say;
pub(crate) use sockets::parse_address;

use crate::catalog::SUBSYSTEMS;
use crate::policy::Policy;
use adapter::Adapter;
use adapters::Adapters;
use anyhow::{Error, Result, anyhow};
use build::Build;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use completion::Completion;
use compose::Compose;

/// Virtualizes the WASI of a WebAssembly component.
///
/// Every import of the app from WASI is denied, but for what the options open or set. Left are imports that are not WASI's
/// (`--seal '*'` denies those), and the types that a server shares with its host. With `--with`, only the subsystems named
/// are touched.
#[derive(Parser)]
#[command(name = "virt-compose", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    compose: Compose,
}

/// What else there is to do than to virtualize an app.
#[derive(Subcommand)]
enum Command {
    Adapters(Adapters),
    Adapter(Box<Adapter>),
    Build(Box<Build>),
    Completion(Completion),
}

const EXAMPLES: &str = "Examples:
  virt-compose app.wasm -o sealed.wasm
  virt-compose --with env,stdio -e GREETING=hello --stdio=allow --stdin=ignore app.wasm -o out.wasm
  virt-compose --allow-clocks --allow-stdio app.wasm -o out.wasm
  virt-compose --time=2026-01-01T00:00:00Z --seed=1 --stdout=allow app.wasm -o out.wasm
  virt-compose --stdio=allow --mount /=site --tmpfs /tmp::64M app.wasm -o out.wasm
  virt-compose --with fs --preopen /data=/srv::ro app.wasm -o out.wasm
  virt-compose --with http --allow-http=example.com,*.example.com server.wasm -o out.wasm
  virt-compose --with sockets --allow-sockets=tcp:10.0.0.5:5432,dns:*.example.com net.wasm -o out.wasm
  virt-compose --stdio=allow --sockets=loopback net.wasm -o out.wasm
  virt-compose --stdio=allow --http-mock api.toml client.wasm -o test.wasm
  virt-compose --with env,stdio --stdio=ignore -o bundle.wasm
  virt-compose adapter fs --mount /=site -o site.wasm
  virt-compose build graph.wac --dep my:app=app.wasm -e GREETING=hello -o out.wasm";

/// Why nothing came of it.
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(Error),
    /// Anything else: exit code 1.
    Run(Error),
}

/// An option with a list that is not joined to it by `=`, and the list.
fn unequal(args: impl Iterator<Item = String>) -> Option<(String, String)> {
    let args: Vec<String> = args.collect();
    let listed = args.windows(2).find(|pair| pair[0].starts_with("--allow-") && !pair[1].starts_with('-'))?;
    (!listed[0].contains('=')).then(|| (listed[0].clone(), listed[1].clone()))
}

impl Cli {
    fn clap() -> clap::Command {
        let names: Vec<String> = SUBSYSTEMS.iter().map(|row| format!("  {:8} {}", row.name, row.about)).collect();
        Self::command().after_help(format!("Subsystems, for `--with`:\n{}\n\n{EXAMPLES}", names.join("\n")))
    }

    /// Reads the command line. clap answers `--help`, `--version` and what it can refuse by itself, and exits.
    pub fn parse() -> Result<Self, Failure> {
        let matches = Self::clap().try_get_matches().map_err(|error| {
            // A word too many may look like a command.
            let is_too_many = matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::ArgumentConflict);
            let list = unequal(std::env::args().skip(1)).filter(|_| is_too_many);
            let Some((option, value)) = list else { error.exit() };
            Failure::Usage(anyhow!("`{option}` takes its list after `=`: write `{option}={value}`"))
        })?;
        Self::from_arg_matches(&matches).map_err(|error| Failure::Usage(error.into()))
    }

    /// The policy that a command line means, without running it. Tests and tools that embed the command line use it.
    pub fn policy_of(args: &[&str]) -> Result<Policy> {
        let matches = Self::clap().try_get_matches_from(["virt-compose"].iter().chain(args))?;
        Self::from_arg_matches(&matches)?.compose.policy()
    }

    /// Does what the command line says.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            None => self.compose.run(),
            Some(Command::Adapters(command)) => command.run().map_err(Failure::Run),
            Some(Command::Adapter(command)) => command.run(),
            Some(Command::Build(command)) => command.run(),
            Some(Command::Completion(command)) => command.run(&mut Self::clap()).map_err(Failure::Run),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::clap().debug_assert();
    }
}
