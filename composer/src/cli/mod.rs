//! The command line: clap types and help text, turned into a policy; what is said.

mod fs;

use crate::catalog::{SUBSYSTEMS, Subsystem, known, subsystem};
use crate::files::{read, replace};
use crate::policy::{Arguments, Directory, Policy, Scope, Stdio, Stream};
use crate::policy_file::PolicyFile;
use crate::prepare;
use crate::tree::Artifact;
use anyhow::{Context, Result, anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use fs::FsArgs;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

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
    /// It starts with `version = 1`, and has `with`, `allow`, and the tables `[env]`, `[stdio]`, and `[fs]` with
    /// `[[fs.mount]]`, `[[fs.tmpfs]]` and `[[fs.preopen]]`. Local paths in it start at its directory.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Touch only these subsystems, by the names at the end
    #[arg(long, value_name = "SUBSYSTEM,...", value_delimiter = ',')]
    with: Vec<String>,

    /// Set a variable; a bare name passes on the variable of the host that runs the result
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,

    /// Pass the host's variables, arguments and working directory on; with names, just these variables
    #[arg(long, value_name = "NAME,...", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_env: Option<String>,

    /// Pass the host's arguments on
    #[arg(long)]
    allow_args: bool,

    /// Pass the host's working directory on
    #[arg(long)]
    allow_cwd: bool,

    /// An argument of the program; its name, which comes first, is that of the app's file
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    arg: Vec<String>,

    /// The initial working directory
    #[arg(long, value_name = "PATH")]
    cwd: Option<String>,

    /// What stands behind the standard streams
    #[arg(long, value_name = "HOW")]
    stdio: Option<StreamArg>,

    /// What stands behind standard input
    #[arg(long, value_name = "HOW")]
    stdin: Option<StreamArg>,

    /// What stands behind standard output
    #[arg(long, value_name = "HOW")]
    stdout: Option<StreamArg>,

    /// What stands behind standard error
    #[arg(long, value_name = "HOW")]
    stderr: Option<StreamArg>,

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
  virt-compose --with env,stdio -e GREETING=hello --stdin=ignore app.wasm -o out.wasm
  virt-compose --allow-clocks --allow-stdio app.wasm -o out.wasm
  virt-compose --stdio=allow --mount /=site --tmpfs /tmp::64M app.wasm -o out.wasm
  virt-compose --with fs --preopen /data=/srv::ro app.wasm -o out.wasm
  virt-compose --with env,stdio --stdio=ignore -o bundle.wasm";

/// `--stdin=…` and its like.
#[derive(Clone, Copy, ValueEnum)]
enum StreamArg {
    /// The host's
    Allow,
    /// An input at its end, an output that drops what it takes
    Ignore,
    /// An input at its end, an output that is closed
    Deny,
}

impl From<StreamArg> for Stream {
    fn from(arg: StreamArg) -> Self {
        match arg {
            StreamArg::Allow => Self::Allow,
            StreamArg::Ignore => Self::Ignore,
            StreamArg::Deny => Self::Deny,
        }
    }
}

/// `--deny=…`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DenyArg {
    /// Says no in the way that its interface has for it, and traps where there is none
    Answer,
    /// Traps
    Trap,
}

/// Why nothing came of it.
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(anyhow::Error),
    /// Anything else: exit code 1.
    Run(anyhow::Error),
}

/// The subsystems with a flag `--allow-<name>` of their own. Variables have a richer one; io follows from the others.
fn flagged() -> impl Iterator<Item = &'static Subsystem> {
    SUBSYSTEMS.iter().filter(|row| !["env", "io"].contains(&row.name))
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
        let matches = Self::clap().get_matches();
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

    /// Does what the command line says.
    pub fn run(self) -> Result<(), Failure> {
        let policy = self.policy().map_err(Failure::Usage)?;
        if self.app.is_none() && self.with.is_empty() {
            return Err(Failure::Usage(anyhow!(
                "there is no app; name one (`-` reads standard input), or name subsystems in `--with` to get their adapters alone"
            )));
        }
        if self.app.is_none()
            && let Some(name) = self.env.iter().chain(&self.arg).find(|value| value.ends_with(".wasm"))
        {
            return Err(Failure::Usage(anyhow!("there is no app; an option took `{name}` as its value")));
        }
        self.check_output(&policy).map_err(Failure::Usage)?;
        self.virtualize(&policy).map_err(Failure::Run)
    }

    /// A result that is embedded in the next one would grow at every run.
    fn check_output(&self, policy: &Policy) -> Result<()> {
        let Some(output) = self.output.as_deref().filter(|path| *path != Path::new("-")) else { return Ok(()) };
        let embedded = match output.canonicalize() {
            Ok(output) => policy.fs.embeds(&output),
            Err(_) => self.fs.embeds_what_comes_to(output),
        };
        match embedded {
            Some(guest) => bail!(
                "the result, `{}`, is below what is embedded at `{guest}`, and would be in the next one: write it elsewhere, or leave \
                 it out of the mount (`exclude`, in a policy file)",
                output.display()
            ),
            None => Ok(()),
        }
    }

    fn virtualize(&self, policy: &Policy) -> Result<()> {
        let app = self.app.as_deref().map(read).transpose()?;
        let prepared =
            prepare(app.as_deref(), policy).with_context(|| format!("failed to virtualize {}", self.app_name()))?;
        self.write(prepared.artifact)?;
        say(format_args!("{}", prepared.report));
        if prepared.was_preview1 {
            say(format_args!("made a component of the preview 1 module first\n"));
        }
        match (prepared.is_unchanged, prepared.was_preview1) {
            (true, true) => say(format_args!("nothing else to do: the result is that component\n")),
            (true, false) => say(format_args!("nothing to do: the result is the input, byte for byte\n")),
            (false, _) => {}
        }
        Ok(())
    }

    fn app_name(&self) -> String {
        self.app.as_deref().map_or("nothing but adapters".to_owned(), |path| format!("`{}`", path.display()))
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
                let with = self.scope(&policy);
                say(format_args!("warning: `--allow-{name}` changes nothing: `--with {with}` leaves `{name}` alone\n"));
            } else if *open {
                policy.allow(name);
            } else {
                self.needs(name, true, &policy)?;
                policy.deny(name);
            }
        }
        self.set_env(&mut policy)?;
        self.set_stdio(&mut policy)?;
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

    fn set_env(&self, policy: &mut Policy) -> Result<()> {
        let before = policy.env.clone();
        match self.allow_env.as_deref() {
            None => {}
            Some("true") => policy.allow("env"),
            Some("false") => policy.deny("env"),
            Some(names) => {
                policy.env.visible = Some(Vec::new());
                for name in names.split(',') {
                    policy.env.show(variable_name("--allow-env", name.trim())?);
                }
            }
        }
        let mut said = BTreeSet::new();
        for variable in &self.env {
            match variable.split_once('=') {
                None => policy.env.show(variable_name("-e", variable)?),
                Some((name, value)) => {
                    let name = variable_name("-e", name)?;
                    policy.env.set(name, value);
                    if !said.insert(name) {
                        say(format_args!("warning: `-e {name}` is given twice; the last one wins\n"));
                    }
                }
            }
        }
        if self.allow_args {
            policy.env.arguments = Arguments::Host;
        }
        if !self.arg.is_empty() {
            if self.allow_args {
                bail!("`--allow-args` passes the host's arguments on and `--arg` sets others; leave one out");
            }
            let program = std::iter::once(self.program());
            policy.env.arguments = Arguments::Set(program.chain(self.arg.iter().cloned()).collect());
        }
        if self.allow_cwd {
            policy.env.cwd = Directory::Host;
        }
        if let Some(path) = &self.cwd {
            if self.allow_cwd {
                bail!("`--allow-cwd` passes the host's working directory on and `--cwd` sets another; leave one out");
            }
            policy.env.cwd = Directory::Path(path.clone());
        }
        self.needs("env", policy.env != before, policy)
    }

    fn set_stdio(&self, policy: &mut Policy) -> Result<()> {
        let said = self.stdio.or(self.stdin).or(self.stdout).or(self.stderr).is_some();
        if let Some(all) = self.stdio {
            policy.stdio = Stdio::all(all.into());
        }
        let streams = [
            (&mut policy.stdio.stdin, self.stdin),
            (&mut policy.stdio.stdout, self.stdout),
            (&mut policy.stdio.stderr, self.stderr),
        ];
        for (stream, said) in streams {
            if let Some(said) = said {
                *stream = said.into();
            }
        }
        self.needs("stdio", said, policy)
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
            bail!(
                "an option configures `{subsystem}`, which `--with {with}` leaves out; write `--with {with},{subsystem}`"
            );
        }
        Ok(())
    }

    fn write(&self, artifact: Artifact) -> Result<()> {
        let artifact = match self.wat {
            true => wasmprinter::print_bytes(artifact.bytes()?)?.into_bytes().into(),
            false => artifact,
        };
        match self.output.as_deref() {
            Some(path) if path != Path::new("-") => replace(path, artifact),
            _ => {
                let mut stdout = io::stdout().lock();
                if stdout.is_terminal() && !self.wat {
                    bail!(
                        "this is a terminal, and the result is binary: write to a file with `-o FILE`, or text with `-t`"
                    );
                }
                // No byte comes out if something embedded cannot be read.
                let bytes = artifact.bytes()?;
                match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
                    // Whoever reads has seen enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    result => result.context("failed to write to standard output"),
                }
            }
        }
    }
}

/// A variable's name, which is not empty.
fn variable_name<'a>(option: &str, name: &'a str) -> Result<&'a str> {
    if name.is_empty() || name.contains('=') {
        bail!(
            "`{option}` lacks the name of a variable; write `-e NAME=VALUE` to set one, `-e NAME` or `--allow-env=NAME` to \
             pass the host's on, `--allow-env` for all"
        );
    }
    Ok(name)
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

/// Words go to standard error. That nobody listens, as behind a closed pipe, is no reason to fail.
pub fn say(words: fmt::Arguments) {
    let _ = io::stderr().write_fmt(words);
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
    fn a_comma_in_a_value_is_a_comma() {
        let policy = policy(&["-e", "A=1,B=2"]).unwrap();
        assert_eq!(policy.env.variables, [("A".to_owned(), "1,B=2".to_owned())]);
    }

    #[test]
    fn a_bare_name_passes_the_hosts_variable_on() {
        assert_eq!(policy(&["-e", "A"]).unwrap().env.visible, Some(vec!["A".to_owned()]));
        assert_eq!(policy(&["--allow-env=A,B"]).unwrap().env.visible, Some(vec!["A".to_owned(), "B".to_owned()]));
    }

    #[test]
    fn stdio_is_overridden_by_each_stream() {
        let policy = policy(&["--stdio=ignore", "--stdout=allow"]).unwrap();
        assert_eq!(policy.stdio, Stdio { stdout: Stream::Allow, ..Stdio::all(Stream::Ignore) });
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
        assert_eq!(policy(&["--allow-all", "--allow-stdio=false"]).unwrap().stdio, Stdio::default());
        assert_eq!(policy(&["--allow-all", "--allow-env=false"]).unwrap().env, crate::policy::Env::default());
        let named = policy(&["--allow-all", "--allow-env=A, B"]).unwrap();
        assert_eq!(named.env.visible, Some(vec!["A".to_owned(), "B".to_owned()]));
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
    fn the_programs_name_comes_first_among_arguments() {
        let policy = policy(&["dir/app.wasm", "--arg", "-x"]).unwrap();
        assert_eq!(policy.env.arguments, Arguments::Set(vec!["app.wasm".to_owned(), "-x".to_owned()]));
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
        expected.env.arguments = Arguments::Set(vec!["app.wasm".to_owned(), "x".to_owned()]);
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
            (&["--stdin=ignored"], &["ignored", "ignore"]),
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
