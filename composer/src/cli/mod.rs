//! The command line: clap types and help text, turned into a policy; what is said.

mod fs;
mod http;
mod pairs;
mod run;
mod sockets;
mod stdio;

pub use run::{Failure, say};
pub(crate) use sockets::parse_address;

use crate::catalog::{SUBSYSTEMS, Subsystem, known, subsystem};
use crate::policy::{Policy, Random, Scope};
use crate::policy_file::PolicyFile;
use anyhow::{Context, Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use fs::FsArgs;
use http::HttpArgs;
use pairs::{ConfigArgs, EnvArgs};
use sockets::SocketsArgs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use stdio::StdioArgs;

/// Virtualizes the WASI of a WebAssembly component.
///
/// Every import of the app from WASI is denied, but for what the options open or set. Left are imports that are not WASI's
/// (`--seal '*'` denies those), and the types that a server shares with its host. With `--with`, only the subsystems named
/// are touched.
#[derive(Parser)]
#[command(name = "virt-compose", version)]
pub struct Cli {
    /// The component, or a core module for WASI preview 1; `-` reads standard input
    ///
    /// Without one, the result is the adapters of the subsystems in `--with`, wired, for use with other tools.
    app: Option<PathBuf>,

    /// Where the result goes; `-`, the default, is standard output
    #[arg(short, long, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write text instead of binary
    #[arg(short = 't', long)]
    wat: bool,

    /// Take what is said in this file, in TOML; options win over it
    ///
    /// It starts with `version = 1`, and has `with`, `allow`, and the tables `[env]`, `[config]`, `[clocks]`, `[random]`,
    /// `[stdio]`, `[sockets]`, `[http]` with `[[http.rewrite]]` and `[[http.mock]]`, and `[fs]` with `[[fs.mount]]`, `[[fs.tmpfs]]` and `[[fs.preopen]]`. Local paths in it start at its directory.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Touch only these subsystems, by the names at the end
    #[arg(long, value_name = "SUBSYSTEM,...", value_delimiter = ',')]
    with: Vec<String>,

    #[command(flatten)]
    env: EnvArgs,

    #[command(flatten)]
    config: ConfigArgs,

    /// What the clocks show: `2026-01-01T00:00:00Z` stands still, with `+1ms` behind it moves at each reading; `now+1h` and
    /// `now-30d` are the host's, shifted
    ///
    /// Clocks that are not the host's are moved by waiting: a program that sleeps goes on at once, and later.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    time: Option<String>,

    /// Make all random numbers follow from this one, the same on every host
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    seed: Option<String>,

    #[command(flatten)]
    stdio: StdioArgs,

    #[command(flatten)]
    http: HttpArgs,

    #[command(flatten)]
    sockets: SocketsArgs,

    #[command(flatten)]
    fs: FsArgs,

    /// Leave everything to the host, but for what other options say
    #[arg(long)]
    allow_all: bool,

    /// What a denied function does
    #[arg(long, value_name = "HOW", default_value = "answer")]
    deny: DenyArg,

    /// Deny other imports, too, WASI's or not, at any version: an interface (`a:b/c`), a package (`a:b`), a function of the
    /// world (`f`), or `*`
    ///
    /// Wins over what is allowed.
    #[arg(long, value_name = "PATTERN,...", value_delimiter = ',')]
    seal: Vec<String>,

    /// Subsystems that are left to the host, from the flags that the catalog gives.
    #[arg(skip)]
    allowed: Vec<(&'static str, bool)>,
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
  virt-compose --with env,stdio --stdio=ignore -o bundle.wasm";

/// `--deny=…`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DenyArg {
    /// Says no in the way that its interface has for it, and traps where there is none
    Answer,
    /// Traps
    Trap,
}

/// The subsystems with a flag `--allow-<name>` of their own. Those with lists have a richer one; io follows from the others.
fn flagged() -> impl Iterator<Item = &'static Subsystem> {
    SUBSYSTEMS.iter().filter(|row| !["env", "config", "http", "sockets", "io"].contains(&row.name))
}

/// An option with a list that is not joined to it by `=`, and the list.
fn unequal(args: impl Iterator<Item = String>) -> Option<(String, String)> {
    let args: Vec<String> = args.collect();
    let listed = args.windows(2).find(|pair| pair[0].starts_with("--allow-") && !pair[1].starts_with('-'))?;
    (!listed[0].contains('=')).then(|| (listed[0].clone(), listed[1].clone()))
}

impl Cli {
    fn clap() -> clap::Command {
        let mut command = Self::command();
        for row in flagged() {
            command = command.arg(
                Arg::new(format!("allow-{}", row.name))
                    .long(format!("allow-{}", row.name))
                    .help(row.about)
                    .help_heading("Leave to the host")
                    .value_name("BOOL")
                    .value_parser(clap::value_parser!(bool))
                    .num_args(0..=1)
                    .require_equals(true)
                    .hide_possible_values(true)
                    .default_missing_value("true")
                    .action(ArgAction::Set),
            );
        }
        let names: Vec<String> = SUBSYSTEMS.iter().map(|row| format!("  {:8} {}", row.name, row.about)).collect();
        command.after_help(format!("Subsystems, for `--with`:\n{}\n\n{EXAMPLES}", names.join("\n")))
    }

    /// Reads the command line. clap answers `--help`, `--version` and what it can refuse by itself, and exits.
    pub fn parse() -> Result<Self, Failure> {
        let matches = Self::clap().try_get_matches().map_err(|error| {
            let list = unequal(std::env::args().skip(1)).filter(|_| error.kind() == ErrorKind::UnknownArgument);
            let Some((option, value)) = list else { error.exit() };
            Failure::Usage(anyhow!("`{option}` takes its list after `=`: write `{option}={value}`"))
        })?;
        Self::of(&matches).map_err(|error| Failure::Usage(error.into()))
    }

    /// The policy that a command line means, without running it. Tests and tools that embed the command line use it.
    pub fn policy_of(args: &[&str]) -> Result<Policy> {
        let matches = Self::clap().try_get_matches_from(["virt-compose"].iter().chain(args))?;
        Self::of(&matches)?.policy()
    }

    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut cli = Self::from_arg_matches(matches)?;
        cli.allowed = flagged()
            .filter_map(|row| Some((row.name, *matches.get_one::<bool>(&format!("allow-{}", row.name))?)))
            .collect();
        Ok(cli)
    }

    fn policy(&self) -> Result<Policy> {
        let mut policy = if self.allow_all { Policy::open() } else { Policy::default() };
        let file = self.policy.as_deref().map(PolicyFile::read).transpose()?;
        if let (Some(file), Some(path)) = (&file, &self.policy) {
            let failed = || format!("failed to take the policy `{}`", path.display());
            policy.scope = file.scope().with_context(failed)?.unwrap_or_default();
        }
        if !self.with.is_empty() {
            let named = self.with.iter().map(|name| known(name));
            policy.scope = Scope::Only(named.collect::<Result<BTreeSet<_>>>()?);
        }
        if let (Some(file), Some(path)) = (&file, &self.policy) {
            let failed = || format!("failed to take the policy `{}`", path.display());
            for note in file.apply(&mut policy, &self.program()).with_context(failed)? {
                say(format_args!("warning: `{}`: {note}\n", path.display()));
            }
        }
        for (name, open) in &self.allowed {
            if *open && !policy.touches(name) {
                self.warn_of_opening(name, &policy);
            } else if *open {
                policy.allow(name);
            } else {
                self.needs(name, true, &policy)?;
                policy.deny(name);
            }
        }
        self.set_pairs(&mut policy)?;
        self.set_clocks_and_random(&mut policy)?;
        self.needs("stdio", self.stdio.is_said(), &policy)?;
        let said = file.as_ref().map_or([false; 2], PolicyFile::outputs);
        self.stdio.apply(&mut policy, said)?;
        self.set_http(&mut policy)?;
        self.set_sockets(&mut policy)?;
        self.set_fs(&mut policy)?;
        policy.trap = self.deny == DenyArg::Trap;
        for pattern in &self.seal {
            policy.seal.push(seal_pattern(pattern)?);
        }
        Ok(policy)
    }

    /// The program's name, which comes first among its arguments.
    fn program(&self) -> String {
        let name = self.app.as_deref().and_then(Path::file_name);
        name.map_or("app".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// The subsystems that are touched, as `--with` takes them.
    fn scope(&self, policy: &Policy) -> String {
        match &policy.scope {
            Scope::Only(names) if self.with.is_empty() => names.iter().copied().collect::<Vec<_>>().join(","),
            _ => self.with.join(","),
        }
    }

    fn set_pairs(&self, policy: &mut Policy) -> Result<()> {
        let before = policy.env.clone();
        self.env.apply(&mut policy.env, self.program())?;
        self.needs("env", policy.env != before, policy)?;
        self.needs("config", self.config.is_said(), policy)?;
        self.config.apply(&mut policy.config)
    }

    fn set_clocks_and_random(&self, policy: &mut Policy) -> Result<()> {
        if let Some(time) = &self.time {
            self.refuse_both("--time", "clocks", policy)?;
            policy.clocks = time.parse().context("cannot take `--time`")?;
        }
        if let Some(seed) = &self.seed {
            self.refuse_both("--seed", "random", policy)?;
            policy.random = Random::seeded(seed).context("cannot take `--seed`")?;
        }
        Ok(())
    }

    /// An option that makes a subsystem virtual, which another leaves to the host or denies.
    fn refuse_both(&self, option: &str, subsystem: &str, policy: &Policy) -> Result<()> {
        if let Some((_, open)) = self.allowed.iter().find(|(name, _)| *name == subsystem) {
            let allow = if *open { format!("--allow-{subsystem}") } else { format!("--allow-{subsystem}=false") };
            bail!("`{option}` makes `{subsystem}` virtual, which `{allow}` contradicts; leave one out");
        }
        self.needs(subsystem, true, policy)
    }

    fn set_http(&self, policy: &mut Policy) -> Result<()> {
        if self.http.only_opens() && !policy.touches("http") {
            self.warn_of_opening("http", policy);
            return Ok(());
        }
        self.needs("http", self.http.is_said(), policy)?;
        self.http.apply(policy)
    }

    fn set_sockets(&self, policy: &mut Policy) -> Result<()> {
        if self.sockets.only_opens() && !policy.touches("sockets") {
            self.warn_of_opening("sockets", policy);
            return Ok(());
        }
        self.needs("sockets", self.sockets.is_said(), policy)?;
        self.sockets.apply(&mut policy.sockets)
    }

    /// What is left alone is open already.
    fn warn_of_opening(&self, name: &str, policy: &Policy) {
        let with = self.scope(policy);
        say(format_args!("warning: `--allow-{name}` changes nothing: `--with {with}` leaves `{name}` alone\n"));
    }

    fn set_fs(&self, policy: &mut Policy) -> Result<()> {
        self.needs("fs", self.fs.is_said(), policy)?;
        policy.fs.overlay(self.fs.fs()?)?;
        Ok(())
    }

    /// An option that configures a subsystem which `--with` leaves out could not take effect.
    fn needs(&self, subsystem: &str, said: bool, policy: &Policy) -> Result<()> {
        if said && !policy.touches(subsystem) {
            let with = self.scope(policy);
            if with.is_empty() {
                bail!("an option configures `{subsystem}`, and `with` is empty; write `--with {subsystem}`");
            }
            bail!(
                "an option configures `{subsystem}`, which `--with {with}` leaves out; write `--with {with},{subsystem}`"
            );
        }
        Ok(())
    }
}

/// A pattern of `--seal`, which is a name without a version.
fn seal_pattern(pattern: &str) -> Result<String> {
    if let Some(row) = subsystem(pattern) {
        bail!(
            "`--seal {pattern}` names a subsystem; write `--with {}`, or an interface, such as `wasi:cli/exit`",
            row.name
        );
    }
    let is_name = !pattern.is_empty() && !pattern.contains(['*', '@', ' ']);
    if !is_name && pattern != "*" {
        bail!(
            "`--seal {pattern}` is no interface (`a:b/c`), package (`a:b`), function (`f`) or `*`; versions are left out"
        );
    }
    Ok(pattern.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::clap().debug_assert();
    }

    fn policy(args: &[&str]) -> Result<Policy> {
        Cli::policy_of(args)
    }

    #[test]
    fn nothing_said_denies_everything() {
        assert_eq!(policy(&["app.wasm"]).unwrap(), Policy::default());
    }

    #[test]
    fn allow_takes_a_bool_as_the_predecessor_does() {
        assert_eq!(policy(&["--allow-clocks"]).unwrap(), policy(&["--allow-clocks=true"]).unwrap());
        assert_eq!(policy(&["--allow-clocks=false"]).unwrap(), Policy::default());
    }

    #[test]
    fn what_is_said_of_one_wins_over_allow_all() {
        let open = policy(&["--allow-all"]).unwrap();
        for (flag, subsystem) in [("--allow-clocks=false", "clocks"), ("--allow-random=false", "random")] {
            let mut expected = open.clone();
            expected.deny(subsystem);
            assert_eq!(policy(&["--allow-all", flag]).unwrap(), expected);
            assert_ne!(expected, open);
        }
        assert_eq!(policy(&["--allow-all", "--allow-stdio=false"]).unwrap().stdio, crate::policy::Stdio::default());
        assert_eq!(policy(&["--allow-all", "--allow-env=false"]).unwrap().env, crate::policy::Env::default());
        let named = policy(&["--allow-all", "--allow-env=A, B"]).unwrap();
        assert_eq!(named.env.variables.visible, Some(vec!["A".to_owned(), "B".to_owned()]));
    }

    #[test]
    fn seal_wins_over_what_is_set() {
        let policy = policy(&["-e", "A=1", "--seal", "wasi:cli/environment,a:b"]).unwrap();
        let environment = crate::names::InterfaceName::parse("wasi:cli/environment@0.2.6").track();
        assert_eq!(policy.answer(&environment, "get-environment"), None);
        assert_eq!(policy.fixes(&environment), None);
        assert_eq!(policy.seal, ["wasi:cli/environment", "a:b"]);
    }

    #[test]
    fn a_time_and_a_seed_are_neither_the_hosts_nor_denied() {
        let told = policy(&["--allow-all", "--time=2026-01-01T00:00:00Z+1ms", "--seed=0x10"]).unwrap();
        assert_eq!(told.clocks, "2026-01-01T00:00:00Z+1ms".parse().unwrap());
        assert_eq!(told.random, Random::Seeded(16));
        assert_eq!(policy(&["--seed", "18446744073709551615"]).unwrap().random, Random::Seeded(u64::MAX));
    }

    /// A policy file with this text, and what a command line with it means.
    fn with_file(text: &str, args: &[&str]) -> Result<Policy> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, format!("version = 1\n{text}"))?;
        policy(&[&["--policy", path.to_str().context("the path is text")?], args].concat())
    }

    #[test]
    fn options_add_to_a_policy_file_and_win_over_it() {
        let text = r#"
            allow = ["clocks", "random"]
            [env]
            set = { A = "1", B = "2" }
            args = ["x"]
            [stdio]
            stdin = "ignore"
            stdout = "allow"
            [[fs.tmpfs]]
            guest = "/tmp"
            [[fs.tmpfs]]
            guest = "/scratch"
        "#;
        let args = ["-e", "A=3", "--stdout=deny", "--allow-random=false", "--tmpfs", "/tmp::4K", "dir/app.wasm"];
        let mut expected =
            policy(&["--allow-clocks", "-e", "A=3", "-e", "B=2", "--stdin=ignore", "--stdout=deny"]).unwrap();
        expected.env.arguments = crate::policy::Arguments::Set(vec!["app.wasm".to_owned(), "x".to_owned()]);
        expected.fs = policy(&["--tmpfs", "/scratch", "--tmpfs", "/tmp::4K"]).unwrap().fs;
        assert_eq!(with_file(text, &args).unwrap(), expected);
    }

    #[test]
    fn with_says_what_a_policy_file_may_touch() {
        let only = |names: &[&'static str]| Scope::Only(names.iter().copied().collect());
        assert_eq!(with_file("with = [\"env\"]", &[]).unwrap().scope, only(&["env"]));
        assert_eq!(with_file("with = [\"env\"]", &["--with", "fs"]).unwrap().scope, only(&["fs"]));
        for (text, args, words) in [
            ("with = [\"env\"]", &["--tmpfs", "/tmp"][..], &["`fs`", "`--with env,fs`"][..]),
            ("[env]", &["--with", "fs"], &["policy.toml`", "`[env]`", "add `env`"]),
            ("with = [\"envv\"]", &[], &["policy.toml`", "`envv`"]),
        ] {
            let error = format!("{:#}", with_file(text, args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{text}: {error}");
            }
        }
    }

    #[test]
    fn errors_name_the_thing_and_the_way_out() {
        for (args, words) in [
            (&["-e", "=x"][..], &["`-e`", "NAME=VALUE"][..]),
            (&["--allow-env=A,,B"], &["--allow-env"]),
            (&["--with", "envv"], &["`envv`", "`env`"]),
            (&["--with", "qqqqq"], &["`qqqqq`", "stdio"]),
            (&["--with", "stdio", "-e", "A=1"], &["`env`", "--with stdio,env"]),
            (&["--with", "env", "--stdin=ignore"], &["`stdio`", "--with env,stdio"]),
            (&["--arg", "x", "--allow-args"], &["--arg", "--allow-args"]),
            (&["--time=noon"], &["--time", "`noon`", "2026-01-01T00:00:00Z"]),
            (
                &["--time=2026-01-01T00:00:00Z", "--allow-clocks=false"],
                &["--time", "--allow-clocks=false", "leave one out"],
            ),
            (&["--seed=one"], &["--seed", "`one`", "like `1`"]),
            (&["--seed=-1"], &["--seed", "`-1`"]),
            (&["--seed="], &["--seed", "``"]),
            (&["--seed=1", "--allow-random"], &["--seed", "`--allow-random`", "leave one out"]),
            (&["--with", "env", "--seed=1"], &["`random`", "--with env,random"]),
            (&["--with", "env", "--time=now+1h"], &["`clocks`", "--with env,clocks"]),
            (&["--with", "env", "-c", "A=1"], &["`config`", "--with env,config"]),
            (&["-c", "=x"], &["`-c`", "KEY=VALUE"]),
            (&["--deny-env=A="], &["--deny-env"]),
            (&["--allow-env="], &["--allow-env", "for all"]),
            (&["--allow-env=A=1"], &["--allow-env"]),
            (&["--with", "env", "--allow-clocks=false"], &["`clocks`", "--with env,clocks"]),
            (&["--with", "foo"], &["`foo`", "expected one of"]),
            (&["--seal", "env"], &["`--seal env`", "--with env"]),
            (&["--seal", "wasi:*"], &["`--seal wasi:*`", "a:b/c"]),
            (&["--seal", "wasi:cli/exit@0.2.0"], &["versions"]),
            (&["--seal", ""], &["--seal"]),
        ] {
            let error = format!("{:#}", policy(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: {error}");
            }
        }
    }
}
