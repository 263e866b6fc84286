//! What is wanted, said in Rust: a [`Virt`] for the whole, and for each subsystem a value that its closure is given and gives back.

mod clocks;
mod config;
mod env;
mod fs;
mod http;
mod pairs;
mod random;
mod sockets;
mod stdio;
mod trace;

pub use clocks::Clocks;
pub use config::Config;
pub use env::Env;
pub use fs::{Access, Dir, Fs, Local};
pub use http::{Http, Mock, Rewrite};
pub use random::Random;
pub use sockets::Sockets;
pub use stdio::{Input, Output, Stdio};
pub use trace::Trace;

use crate::catalog::{SUBSYSTEMS, known, subsystem};
use crate::graph::within;
use crate::policy::{self, Policy, Scope, is_seal_pattern};
use crate::report::Report;
use crate::{Error, Outcome, Prepared, files, prepare, virtualize};
use anyhow::anyhow;
use std::collections::BTreeSet;
use std::path::Path;

/// What is wanted of an app: a builder for a [`Policy`], and what composes with it.
///
/// Nothing is asked of the app, nor of the host that runs the result, before [`compose`](Self::compose) is called. What cannot be is
/// kept until then, so that a chain of calls needs one `?`, at its end.
///
/// ```
/// use virt_compose::Virt;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-tempfile.wasm"))?;
/// let virt = Virt::sealed()
///     .env(|e| e.set("GREETING", "hello").args(["app", "--fast"]))
///     .fs(|f| f.mount("/src", "src")?.tmpfs("/tmp"))
///     .stdio(|s| s.ignore())
///     .stdout(|o| o.host());
/// let outcome = virt.compose(&app)?;
/// println!("{}", outcome.report);
/// std::fs::write(std::env::temp_dir().join("out.wasm"), outcome.bytes)?;
/// # anyhow::Ok(())
/// ```
///
/// One `Virt` serves as many apps as there are.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is done before `compose`"]
pub struct Virt {
    policy: Policy,
    notes: Vec<String>,
    failed: Option<Error>,
}

/// What the closure of a subsystem gives back: the value that it was given, changed; or, where one of the steps can fail, that value
/// or why it cannot be.
pub trait Said<T> {
    /// Either.
    fn said(self) -> Result<T, Error>;
}

impl<T> Said<T> for T {
    fn said(self) -> Result<T, Error> {
        Ok(self)
    }
}

impl<T> Said<T> for Result<T, Error> {
    fn said(self) -> Self {
        self
    }
}

impl From<Policy> for Virt {
    fn from(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }
}

impl TryFrom<Virt> for Policy {
    type Error = Error;

    fn try_from(virt: Virt) -> Result<Self, Error> {
        virt.policy().cloned()
    }
}

impl Virt {
    /// The same as [`sealed`](Self::sealed).
    pub fn new() -> Self {
        Self::default()
    }

    /// All of WASI is denied, but for what the calls that follow open or set.
    pub fn sealed() -> Self {
        Self::default()
    }

    /// All is left to the host, but for what the calls that follow set or deny.
    pub fn open() -> Self {
        Policy::open().into()
    }

    /// Touches only these subsystems, by their names in the [`catalog`](crate::catalog); the rest of the app's imports stay as they
    /// are. Called again, it adds to them.
    ///
    /// ```
    /// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
    /// let virt = virt_compose::Virt::new().only(["env"]).env(|e| e.set("GREETING", "hello"));
    /// assert!(virt.compose(&app)?.report.host.iter().any(|name| name.starts_with("wasi:cli/stdout")));
    /// # anyhow::Ok(())
    /// ```
    pub fn only(self, subsystems: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|policy| {
            let mut names = match &policy.scope {
                Scope::All => BTreeSet::new(),
                Scope::Only(names) => names.clone(),
            };
            for name in subsystems {
                names.insert(known(name.as_ref()).map_err(Error::policy)?);
            }
            policy.scope = Scope::Only(names);
            Ok(())
        })
    }

    /// Leaves these subsystems to the host, as they are.
    pub fn allow(self, subsystems: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.each(subsystems, Policy::allow)
    }

    /// Denies these subsystems, whatever was said of them.
    pub fn deny(self, subsystems: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.each(subsystems, |policy, name| {
            policy.deny(name);
            if name == "fs" {
                policy.fs = policy::Fs::default();
            }
        })
    }

    /// Variables, arguments and working directory: [`Env`].
    pub fn env<R: Said<Env>>(self, say: impl FnOnce(Env) -> R) -> Self {
        self.with(|policy| {
            policy.env = say(Env(std::mem::take(&mut policy.env))).said()?.done()?;
            Ok(())
        })
    }

    /// `wasi:config`: [`Config`].
    pub fn config<R: Said<Config>>(self, say: impl FnOnce(Config) -> R) -> Self {
        self.with(|policy| {
            policy.config = say(Config(std::mem::take(&mut policy.config))).said()?.done()?;
            Ok(())
        })
    }

    /// The time, and waiting: [`Clocks`].
    pub fn clocks<R: Said<Clocks>>(self, say: impl FnOnce(Clocks) -> R) -> Self {
        self.with(|policy| {
            policy.clocks = say(Clocks(policy.clocks)).said()?.0;
            Ok(())
        })
    }

    /// Random numbers: [`Random`].
    pub fn random<R: Said<Random>>(self, say: impl FnOnce(Random) -> R) -> Self {
        self.with(|policy| {
            policy.random = say(Random(policy.random)).said()?.0;
            Ok(())
        })
    }

    /// All three standard streams at once: [`Stdio`].
    pub fn stdio<R: Said<Stdio>>(self, say: impl FnOnce(Stdio) -> R) -> Self {
        self.with(|policy| {
            policy.stdio = say(Stdio(std::mem::take(&mut policy.stdio))).said()?.0;
            Ok(())
        })
    }

    /// Standard input: [`Input`].
    pub fn stdin<R: Said<Input>>(self, say: impl FnOnce(Input) -> R) -> Self {
        self.with(|policy| {
            policy.stdio.stdin = say(Input(std::mem::take(&mut policy.stdio.stdin))).said()?.0;
            Ok(())
        })
    }

    /// Standard output: [`Output`].
    pub fn stdout<R: Said<Output>>(self, say: impl FnOnce(Output) -> R) -> Self {
        self.with(|policy| {
            policy.stdio.stdout = say(Output(std::mem::take(&mut policy.stdio.stdout))).said()?.done("stdout")?;
            Ok(())
        })
    }

    /// Standard error: [`Output`].
    pub fn stderr<R: Said<Output>>(self, say: impl FnOnce(Output) -> R) -> Self {
        self.with(|policy| {
            policy.stdio.stderr = say(Output(std::mem::take(&mut policy.stdio.stderr))).said()?.done("stderr")?;
            Ok(())
        })
    }

    /// HTTP requests: [`Http`].
    pub fn http<R: Said<Http>>(self, say: impl FnOnce(Http) -> R) -> Self {
        self.with(|policy| {
            policy.http = say(Http(std::mem::take(&mut policy.http), None)).said()?.done()?;
            Ok(())
        })
    }

    /// TCP, UDP and lookups of names: [`Sockets`].
    pub fn sockets<R: Said<Sockets>>(self, say: impl FnOnce(Sockets) -> R) -> Self {
        self.with(|policy| {
            policy.sockets = say(Sockets(std::mem::take(&mut policy.sockets), None)).said()?.done()?;
            Ok(())
        })
    }

    /// Files and directories: [`Fs`].
    pub fn fs<R: Said<Fs>>(mut self, say: impl FnOnce(Fs) -> R) -> Self {
        let mut notes = Vec::new();
        self = self.with(|policy| {
            let fs = say(Fs { rules: std::mem::take(&mut policy.fs), notes: Vec::new() }).said()?;
            (policy.fs, notes) = (fs.rules, fs.notes);
            Ok(())
        });
        self.notes.append(&mut notes);
        self
    }

    /// Whether `exit` is the host's. If not, it traps; returning from `main` is no exit.
    pub fn exit(self, is_hosts: bool) -> Self {
        if is_hosts { self.allow(["exit"]) } else { self.deny(["exit"]) }
    }

    /// Denies other imports, too, WASI's or not, at any version: an interface (`a:b/c`), a package (`a:b`), a function of the world
    /// (`f`), or all (`*`). Wins over what is allowed.
    pub fn seal(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|policy| {
            for pattern in patterns {
                let pattern = pattern.as_ref();
                if !is_seal_pattern(pattern) || subsystem(pattern).is_some() {
                    return Err(Error::policy(anyhow!(
                        "`{}` is no import to seal: write an interface (`a:b/c`), a package (`a:b`), a function (`f`) or `*`, without a \
                         version",
                        pattern.escape_debug()
                    )));
                }
                policy.seal.push(pattern.to_owned());
            }
            Ok(())
        })
    }

    /// Whether a denied function traps even where it could answer with an error. Requests that rules deny are errors even so.
    pub fn trap(self, does: bool) -> Self {
        self.with(|policy| {
            policy.trap = does;
            Ok(())
        })
    }

    /// Writes down what the app calls: [`Trace`].
    pub fn trace<R: Said<Trace>>(self, say: impl FnOnce(Trace) -> R) -> Self {
        self.with(|policy| {
            let trace = Trace(std::mem::take(&mut policy.trace));
            policy.trace = say(if trace.0.is_on() { trace } else { trace.all() }).said()?.0;
            Ok(())
        })
    }

    /// What was said, as a [`Policy`].
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], if something that was said cannot be, or is about a subsystem that [`only`](Self::only) leaves out.
    pub fn policy(&self) -> Result<&Policy, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let is_set = |name: &str| self.policy.rules(name).is_some_and(policy::Rules::is_set);
        match SUBSYSTEMS.iter().find(|row| is_set(row.name) && !self.policy.touches(row.name)) {
            Some(row) => {
                Err(Error::policy(anyhow!("`{0}` is configured, and `only` leaves it out: add `{0}`", row.name)))
            }
            None => Ok(&self.policy),
        }
    }

    /// What there is to say besides: patterns of [`Local::include`] that match nothing.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Virtualizes an app, which is a component or a core module for WASI preview 1.
    ///
    /// # Errors
    ///
    /// Any but [`Error::Output`].
    pub fn compose(&self, app: &[u8]) -> Result<Outcome, Error> {
        virtualize(Some(app), self.policy()?)
    }

    /// Virtualizes one component inside a composition, by its name in it; see [`within`].
    ///
    /// ```
    /// use virt_compose::{Virt, graph::Build, policy::Policy};
    ///
    /// # let guest = |name: &str| std::fs::read(format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/{}.wasm"), name));
    /// # let (server, client) = (guest("rust-echo-server")?, guest("rust-echo-client")?);
    /// # let text = "package my:graph; let server = new my:server { ... }; let client = new my:client { ...server, ... }; export client...;";
    /// # let open = Policy::open();
    /// # let mut build = Build::new(text, "graph.wac", &open);
    /// # build.deps = [("my:server".to_owned(), server), ("my:client".to_owned(), client)].into();
    /// # let both = build.component()?.bytes;
    /// let outcome = Virt::open().env(|e| e.set("PORT", "80")).compose_within(&both, "server")?;
    /// assert_eq!(outcome.report.virtualized[0].0, "env");
    /// # anyhow::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// Any but [`Error::Output`].
    pub fn compose_within(&self, app: &[u8], name: &str) -> Result<Outcome, Error> {
        within(app, name, self.policy()?)
    }

    /// The same as [`compose`](Self::compose), written to a file: what is embedded goes there from where it is, and is never in memory. A file that is there
    /// already is replaced as a whole, or stays if anything fails.
    ///
    /// # Errors
    ///
    /// Any; [`Error::Output`] if the file cannot be written, or what is embedded not be read any more.
    pub fn compose_to(&self, app: &[u8], path: impl AsRef<Path>) -> Result<Report, Error> {
        let Prepared { artifact, report, .. } = prepare(Some(app), self.policy()?)?;
        files::replace(path.as_ref(), artifact, &mut |_| ()).map_err(Error::output)?;
        Ok(report)
    }

    /// Composes the adapters of the subsystems that [`only`](Self::only) names, wired, for use with other tools (`wac plug`).
    ///
    /// ```
    /// let virt = virt_compose::Virt::new().only(["env", "stdio"]).env(|e| e.set("A", "1")).stdio(|s| s.ignore());
    /// assert!(virt.bundle()?.report.is_bundle);
    /// # anyhow::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// Any but [`Error::App`] and [`Error::Output`].
    pub fn bundle(&self) -> Result<Outcome, Error> {
        virtualize(None, self.policy()?)
    }

    fn each(
        self,
        subsystems: impl IntoIterator<Item = impl AsRef<str>>,
        change: impl Fn(&mut Policy, &'static str),
    ) -> Self {
        self.with(|policy| {
            for name in subsystems {
                change(policy, known(name.as_ref()).map_err(Error::policy)?);
            }
            Ok(())
        })
    }

    /// The first thing that cannot be is told, and what follows it is not looked at.
    fn with(mut self, change: impl FnOnce(&mut Policy) -> Result<(), Error>) -> Self {
        if self.failed.is_none() {
            self.failed = change(&mut self.policy).err();
        }
        self
    }
}
