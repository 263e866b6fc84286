//! The command line: clap types and help text, turned into what is wanted; what is done; what is said.
//!
//! - `options` are what the user wants, as every command that needs a policy takes it; a file each for those of one subsystem;
//! - `compose` is what is done without a command; each command has a file of its name;
//! - `output` is where results and words go, `progress` how far they have come.

mod adapter;
mod adapters;
mod build;
mod completion;
mod compose;
mod fs;
mod http;
mod inspect;
mod man;
mod options;
mod output;
mod pairs;
mod plan;
mod policy;
mod progress;
mod sockets;
mod stdio;
mod trace;
mod verify;

pub use output::{complain, say};
pub(crate) use sockets::parse_address;

use crate::catalog::SUBSYSTEMS;
use crate::policy::Policy;
use adapter::Adapter;
use adapters::Adapters;
use anyhow::{Error, Result, anyhow, bail};
use build::Build;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use completion::Completion;
use compose::Compose;
use inspect::Inspect;
use man::Man;
use plan::Plan;
use policy::PolicyCommand;
use std::ffi::OsString;
use verify::Verify;

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
    Inspect(Inspect),
    Verify(Verify),
    Adapters(Adapters),
    Adapter(Box<Adapter>),
    Build(Box<Build>),
    Completion(Completion),
    Man(Man),
    Plan(Box<Plan>),
    Policy(Box<PolicyCommand>),
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
  virt-compose --for server --with env -e PORT=8080 --for client --with env -e URL=/ both.wasm -o out.wasm
  virt-compose --with env,stdio --stdio=ignore -o bundle.wasm
  virt-compose --profile=test app.wasm -o test.wasm
  virt-compose policy --time=now+1h --stdio=allow -o virt.toml
  virt-compose inspect out.wasm
  virt-compose verify out.wasm --forbid sockets,wasi:http
  virt-compose adapter fs --mount /=site -o site.wasm
  virt-compose build graph.wac --dep my:app=app.wasm -e GREETING=hello -o out.wasm";

/// Why nothing came of it.
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(Error),
    /// Anything else: exit code 1.
    Run(Error),
    /// All is said, and it is a no: exit code 1.
    Verdict,
}

/// The arguments of each `--for`, with its name.
type Parts = Vec<(String, Vec<OsString>)>;

/// What is ahead of the first `--for`, and what follows each.
fn split(args: Vec<OsString>) -> Result<(Vec<OsString>, Parts)> {
    let (mut whole, mut parts) = (Vec::new(), Parts::new());
    let (mut args, mut is_ended) = (args.into_iter(), false);
    while let Some(arg) = args.next() {
        is_ended |= arg == "--";
        let name = match arg.to_str().filter(|_| !is_ended) {
            Some("--for") => Some(args.next().and_then(|name| name.into_string().ok()).unwrap_or_default()),
            Some(arg) => arg.strip_prefix("--for=").map(str::to_owned),
            None => None,
        };
        match (name, parts.last_mut()) {
            (Some(name), _) if name.is_empty() || name.starts_with('-') => {
                bail!("`--for` lacks its name: write `--for server`, and behind it what is wanted of that component")
            }
            (Some(name), _) => parts.push((name, Vec::new())),
            (None, Some((_, args))) => args.push(arg),
            (None, None) => whole.push(arg),
        }
    }
    Ok((whole, parts))
}

/// An option with a list that is not joined to it by `=`, and the list.
fn unequal(args: impl Iterator<Item = String>) -> Option<(String, String)> {
    let args: Vec<String> = args.collect();
    let command = Cli::command();
    let takes_list = |option: &str| {
        let mut known = command.get_arguments().filter(|arg| arg.get_long() == option.strip_prefix("--"));
        (option.starts_with("--allow-") || option == "--trace")
            && known.next().is_some_and(|arg| arg.get_action().takes_values())
    };
    let listed = args.windows(2).find(|pair| takes_list(&pair[0]) && !pair[1].starts_with('-'))?;
    (!listed[0].contains('=')).then(|| (listed[0].clone(), listed[1].clone()))
}

/// A word that would be the app if there were none yet. To clap it may be a command, which there cannot be any more.
fn second_app(error: &clap::Error, mut args: impl Iterator<Item = String>) -> Option<&str> {
    // What a command does not take is no app.
    let command = Cli::command();
    if args.any(|arg| command.get_subcommands().any(|known| known.get_name() == arg)) {
        return None;
    }
    match error.get(ContextKind::InvalidSubcommand).or(error.get(ContextKind::InvalidArg)) {
        Some(ContextValue::String(word)) => Some(word.as_str()).filter(|word| !word.starts_with('-')),
        _ => None,
    }
}

impl Cli {
    fn clap() -> clap::Command {
        let names: Vec<String> = SUBSYSTEMS.iter().map(|row| format!("  {:8} {}", row.name, row.about)).collect();
        let names = format!("Subsystems, for `--with`:\n{}", names.join("\n"));
        let command = Self::command().after_help(format!("{names}\n\n{EXAMPLES}"));
        command.mut_subcommand("policy", |policy| policy.after_help(names))
    }

    /// Reads the command line. clap answers `--help`, `--version` and what it can refuse by itself, and exits.
    pub fn parse() -> Result<Self, Failure> {
        let (whole, parts) = split(std::env::args_os().skip(1).collect()).map_err(Failure::Usage)?;
        let command = Self::command();
        let is_command = |arg: &OsString| command.get_subcommands().any(|known| *arg == *known.get_name());
        if let (Some(command), Some((name, _))) = (whole.first().filter(|arg| is_command(arg)), parts.first()) {
            let command = command.to_string_lossy();
            let why = anyhow!("`{command}` knows no `--for {name}`, which is for composing: leave one out");
            return Err(Failure::Usage(why));
        }
        let (mut cli, says_something) = Self::read(whole)?;
        for (name, args) in parts {
            let (part, _) = Self::read(args)?;
            if part.command.is_some() {
                return Err(Failure::Usage(anyhow!(
                    "`--for {name}` is for composing, and what follows it is a command"
                )));
            }
            cli.compose.take(name, part.compose).map_err(Failure::Usage)?;
        }
        cli.compose.says_something = says_something;
        Ok(cli)
    }

    /// Reads what belongs together, and says whether an option of it is about what is wanted.
    fn read(args: Vec<OsString>) -> Result<(Self, bool), Failure> {
        let words = || args.iter().map(|arg| arg.to_string_lossy().into_owned());
        let command = [OsString::from("virt-compose")];
        let matches = Self::clap().try_get_matches_from(command.iter().chain(&args)).map_err(|error| {
            // A word too many may look like a command.
            let is_too_many = matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::ArgumentConflict);
            let list = unequal(words()).filter(|_| is_too_many);
            let app = second_app(&error, words()).filter(|_| is_too_many);
            match (list, app) {
                (Some((option, value)), _) => {
                    Failure::Usage(anyhow!("`{option}` takes its list after `=`: write `{option}={value}`"))
                }
                (None, Some(app)) => Failure::Usage(anyhow!(
                    "there are two apps, and the second is `{app}`: name one, and virtualize the other by itself; what belongs to an option \
                     is written behind `=`"
                )),
                (None, None) => error.exit(),
            }
        })?;
        let cli = Self::from_arg_matches(&matches).map_err(|error| Failure::Usage(error.into()))?;
        let is_said = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let command = Self::command();
        let mut ids = command.get_arguments().map(|arg| arg.get_id().as_str());
        Ok((cli, ids.any(|id| !Compose::WITHOUT_POLICY.contains(&id) && is_said(id))))
    }

    /// The policy that a command line means, without running it. Tests and tools that embed the command line use it.
    pub fn policy_of(args: &[&str]) -> Result<Policy> {
        let matches = Self::clap().try_get_matches_from(["virt-compose"].iter().chain(args))?;
        let policy = Self::from_arg_matches(&matches)?.compose.policy()?;
        // Whatever a test takes for a command line can be said by a policy file, too.
        #[cfg(test)]
        crate::policy_file::check_that_a_file_says(&policy);
        Ok(policy)
    }

    /// Does what the command line says.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            None => self.compose.run(),
            Some(Command::Plan(command)) => command.run(),
            Some(Command::Inspect(command)) => command.run().map_err(Failure::Run),
            Some(Command::Verify(command)) => command.run(),
            Some(Command::Adapters(command)) => command.run().map_err(Failure::Run),
            Some(Command::Adapter(command)) => command.run(),
            Some(Command::Build(command)) => command.run(),
            Some(Command::Completion(command)) => command.run(&mut Self::clap()).map_err(Failure::Run),
            Some(Command::Man(command)) => command.run(Self::clap()).map_err(Failure::Run),
            Some(Command::Policy(command)) => command.run(),
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
