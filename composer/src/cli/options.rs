//! The options that say what the user wants, turned into a policy. Every command that needs one has them.

use super::fs::FsArgs;
use super::http::HttpArgs;
use super::pairs::{ConfigArgs, EnvArgs};
use super::say;
use super::sockets::SocketsArgs;
use super::stdio::StdioArgs;
use super::trace::TraceArgs;
use crate::catalog::{SUBSYSTEMS, Subsystem, known};
use crate::policy::{Policy, Profile, Random, Scope};
use crate::policy_file::{PolicyFile, seal_pattern};
use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The options that say what the user wants.
#[derive(Args)]
pub(super) struct Options {
    /// Take what is said in this file, in TOML; options win over it
    ///
    /// It starts with `version = 1`, and has `profile`, `with`, `allow`, `deny`, `seal`, `trap`, and the tables `[env]`, `[config]`, `[clocks]`, `[random]`,
    /// `[stdio]`, `[sockets]`, `[http]` with `[[http.rewrite]]` and `[[http.mock]]`, `[fs]` with `[[fs.mount]]`, `[[fs.tmpfs]]` and `[[fs.preopen]]`, `[trace]`, and all of these in `[for.NAME]`. Local paths in it start at its directory. `virt-compose policy` prints what options say as
    /// such a file.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Start from the policy of this name
    ///
    /// What a profile says of something that the app has no use for is left out; said by an option, it is an error.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,

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

    /// Leave everything to the host, but for what other options say: `--profile=open`
    #[arg(long, conflicts_with = "profile")]
    allow_all: bool,

    /// What a denied function does, if no policy file says
    #[arg(long, value_name = "HOW")]
    deny: Option<DenyArg>,

    /// Deny other imports, too, WASI's or not, at any version: an interface (`a:b/c`), a package (`a:b`), a function of the
    /// world (`f`), or `*`
    ///
    /// Wins over what is allowed.
    #[arg(long, value_name = "PATTERN,...", value_delimiter = ',')]
    seal: Vec<String>,

    #[command(flatten)]
    trace: TraceArgs,

    #[command(flatten)]
    allowed: Allowed,
}

/// `--deny=…`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DenyArg {
    /// Says no in the way that its interface has for it, and traps where there is none; what it does if nothing is said
    Answer,
    /// Traps
    Trap,
}

/// Subsystems that are left to the host, by the flags that the catalog gives, or denied.
struct Allowed(Vec<(&'static str, bool)>);

/// The subsystems with a flag `--allow-<name>` of their own. Those with lists have a richer one; io follows from the others.
fn flagged() -> impl Iterator<Item = &'static Subsystem> {
    SUBSYSTEMS.iter().filter(|row| !["env", "config", "http", "sockets", "io"].contains(&row.name))
}

impl Args for Allowed {
    fn augment_args(mut command: Command) -> Command {
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
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Allowed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = |row: &Subsystem| matches.get_one::<bool>(&format!("allow-{}", row.name)).copied();
        Ok(Self(flagged().filter_map(|row| Some((row.name, said(row)?))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Options {
    /// None.
    pub fn none() -> Result<Self> {
        let matches = Self::augment_args(Command::new("none")).try_get_matches_from(["none"])?;
        Ok(Self::from_arg_matches(&matches)?)
    }

    /// The policy file that is named.
    pub fn file(&self) -> Result<Option<PolicyFile>> {
        self.policy.as_deref().map(PolicyFile::read).transpose()
    }

    /// What is wanted of an app that is called `program`, which comes first among its arguments.
    pub fn policy(&self, program: &str) -> Result<Policy> {
        self.policy_over(self.file()?.as_ref(), program)
    }

    /// The same, of options that win over what a file says.
    pub fn policy_over(&self, file: Option<&PolicyFile>, program: &str) -> Result<Policy> {
        let profile = if self.allow_all { Some(Profile::Open) } else { self.profile };
        let profile = profile.or_else(|| file.and_then(PolicyFile::profile));
        let mut policy = profile.unwrap_or_default().policy();
        let failed = |file: &PolicyFile| format!("failed to take the policy `{}`", file.path().display());
        if let Some(file) = file {
            policy.scope = file.scope().with_context(|| failed(file))?.unwrap_or_default();
        }
        if !self.with.is_empty() {
            let named = self.with.iter().map(|name| known(name));
            policy.scope = Scope::Only(named.collect::<Result<BTreeSet<_>>>()?);
        }
        if let Some(file) = file {
            for note in file.apply(&mut policy, program).with_context(|| failed(file))? {
                say(format_args!("warning: `{}`: {note}\n", file.path().display()));
            }
        }
        for (name, open) in &self.allowed.0 {
            if *open && !policy.touches(name) {
                self.warn_of_opening(name, &policy);
            } else if *open {
                policy.allow(name);
            } else {
                self.needs(name, true, &policy)?;
                policy.deny(name);
            }
        }
        self.set_pairs(&mut policy, program)?;
        self.set_clocks_and_random(&mut policy)?;
        self.needs("stdio", self.stdio.is_said(), &policy)?;
        let said = file.map_or([false; 2], PolicyFile::outputs);
        self.stdio.apply(&mut policy, said)?;
        self.set_http(&mut policy)?;
        self.set_sockets(&mut policy)?;
        self.set_fs(&mut policy)?;
        policy.trap = self.deny.map_or(policy.trap, |deny| deny == DenyArg::Trap);
        for pattern in &self.seal {
            let pattern = seal_pattern(pattern).with_context(|| format!("cannot take `--seal {pattern}`"))?;
            if !policy.seal.contains(&pattern) {
                policy.seal.push(pattern);
            }
        }
        self.trace.apply(&mut policy)?;
        Ok(policy)
    }

    /// Without an app there must be something else to do, and no option may have taken the app for its list.
    pub fn refuse_no_app(&self, app: Option<&Path>, policy: &Policy) -> Result<()> {
        let names_some = matches!(&policy.scope, Scope::Only(names) if !names.is_empty());
        match (app, self.lists().find(|value| value.ends_with(".wasm"))) {
            (Some(_), _) => Ok(()),
            (None, _) if !names_some => bail!(
                "there is no app; name one (`-` reads standard input), or name subsystems in `--with` to get their adapters alone"
            ),
            (None, Some(name)) => bail!("there is no app; an option took `{name}` as its value"),
            (None, None) => Ok(()),
        }
    }

    /// Whether the command line names subsystems.
    pub fn names_some(&self) -> bool {
        !self.with.is_empty()
    }

    /// Takes the subsystems that are named out of what is said.
    pub fn take_with(&mut self) -> Vec<String> {
        std::mem::take(&mut self.with)
    }

    /// Whether there is a policy file.
    pub fn has_file(&self) -> bool {
        self.policy.is_some()
    }

    /// A result that is embedded in the next one would grow at every run, and one in place of what it is made from would be the last.
    pub fn check_output<'a>(
        &'a self,
        output: Option<&Path>,
        policy: &Policy,
        inputs: impl Iterator<Item = &'a Path>,
    ) -> Result<()> {
        let Some(output) = output.filter(|path| *path != Path::new("-")) else { return Ok(()) };
        let is_read =
            |input: &&Path| input.canonicalize().ok().zip(output.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        if let Some(input) = self.files().chain(inputs).find(is_read) {
            bail!("the result would be written over `{}`, which it is made from: write it elsewhere", input.display());
        }
        match self.embeds(policy, output) {
            Some(guest) => bail!(
                "the result, `{}`, is below what is embedded at `{guest}`, and would be in the next one: write it elsewhere, or leave \
                 it out of the mount (`exclude`, in a policy file)",
                output.display()
            ),
            None => Ok(()),
        }
    }

    /// What options took that may have been the app.
    fn lists(&self) -> impl Iterator<Item = &String> {
        self.env
            .lists()
            .chain(self.config.lists())
            .chain(self.http.lists())
            .chain(self.sockets.lists())
            .chain(&self.seal)
            .chain(self.trace.lists())
    }

    /// The files that say the policy.
    fn files(&self) -> impl Iterator<Item = &Path> {
        self.policy.as_deref().into_iter().chain(self.http.mocks())
    }

    /// The place of a mount that would have the file in it which is written, or what of it is embedded.
    pub fn embeds<'a>(&'a self, policy: &'a Policy, output: &Path) -> Option<&'a str> {
        match output.canonicalize() {
            Ok(output) => policy.embeds(&output),
            Err(_) => self.fs.embeds_what_comes_to(output),
        }
    }

    /// The subsystems that are touched, as `--with` takes them.
    fn scope(&self, policy: &Policy) -> String {
        match &policy.scope {
            Scope::Only(names) if self.with.is_empty() => names.iter().copied().collect::<Vec<_>>().join(","),
            _ => self.with.join(","),
        }
    }

    fn set_pairs(&self, policy: &mut Policy, program: &str) -> Result<()> {
        let before = policy.env.clone();
        self.env.apply(&mut policy.env, program.to_owned())?;
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
        if let Some((_, open)) = self.allowed.0.iter().find(|(name, _)| *name == subsystem) {
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

#[cfg(test)]
mod tests;
