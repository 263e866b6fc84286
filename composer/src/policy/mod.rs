//! What the user wants, subsystem by subsystem.

mod clocks;
mod config;
mod endpoints;
mod env;
mod fs;
mod headers;
mod http;
mod mock;
mod pairs;
mod places;
mod profile;
mod random;
mod requests;
mod rewrite;
mod sockets;
mod stdio;
mod trace;

pub use clocks::Clocks;
pub use config::Config;
pub(crate) use endpoints::ALL_PORTS;
pub use endpoints::{Addresses, Endpoints, Names, SocketRule};
pub use env::{Arguments, Directory, Env};
pub use fs::{Fs, Mount, Origin, Source, Writing};
pub use http::Http;
pub use mock::Mock;
pub use pairs::Pairs;
pub use profile::Profile;
pub use random::Random;
pub use requests::{Port, RequestHost, Requests, Scheme};
pub use rewrite::Rewrite;
pub use sockets::Sockets;
pub use stdio::{Input, Output, Stdio};
pub use trace::Trace;
pub(crate) use trace::takes;

use crate::catalog::{self, SUBSYSTEMS};
use crate::denial::Answer;
use crate::interpose::About;
use crate::names::{InterfaceName, Track};
use crate::tree::{Node, Tree};
use crate::value::Value;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::path::Path;

/// What the user wants. The default denies everything.
///
/// ```
/// use virt_compose::policy::{Input, Output, Policy, Random};
/// use virt_compose::tree::{Content, Node};
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-chance.wasm"))?;
/// let mut policy = Policy::default();
/// policy.clocks = "2026-01-01T00:00:00Z+1ms".parse()?;
/// policy.random = Random::Seeded(1);
/// policy.env.variables.set("GREETING", "hello");
/// policy.stdio.stdin = Input::Embedded(Node::File(Content::Inline(b"yes".to_vec())));
/// policy.stdio.stdout = Output::filtered("[app] ", Some(1 << 20))?;
/// policy.stdio.stderr = Output::Captured;
/// let outcome = virt_compose::virtualize(Some(&app), &policy)?;
/// assert_eq!(outcome.report.exports, ["virt:stdio/captured@0.1.0"]);
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What it started from. What is still as it says there takes effect as far as an app has a use for it. With [`Profile::Open`]
    /// what no subsystem takes in is left open, too.
    pub profile: Profile,
    /// The subsystems that are touched at all.
    pub scope: Scope,
    /// Names of subsystems, from the catalog, that have no settings but to be left open.
    pub allow: BTreeSet<&'static str>,
    /// Variables, arguments and working directory.
    pub env: Env,
    /// `wasi:config`.
    pub config: Config,
    /// Random numbers.
    pub random: Random,
    /// The time, and waiting.
    pub clocks: Clocks,
    /// The standard streams.
    pub stdio: Stdio,
    /// HTTP requests.
    pub http: Http,
    /// TCP, UDP, name lookup.
    pub sockets: Sockets,
    /// Files and directories.
    pub fs: Fs,
    /// Imports that are denied besides, WASI's or not: `a:b/c`, `a:b` or `*`.
    pub seal: Vec<String>,
    /// Whether a denied function traps even where it could refuse.
    pub trap: bool,
    /// Calls that are written down.
    pub trace: Trace,
}

/// What a policy says of one subsystem.
pub(crate) trait Rules {
    /// What is said must not contradict itself, and all of it must be able to take effect. An error has the way out.
    fn check(&self, _policy: &Policy) -> Result<()> {
        Ok(())
    }

    /// Where an interface of the subsystem comes from. If an adapter would do nothing but give answers that are fixed, the
    /// plan leaves it out.
    fn access(&self, track: &Track) -> Access;

    /// What a function answers without host or adapter, where that is fixed.
    fn answer(&self, _track: &Track, _function: &str) -> Option<Value> {
        None
    }

    /// What every function of an interface answers without host or adapter, where that is fixed.
    fn stands_in(&self, _path: &str) -> Option<Answer> {
        None
    }

    /// Whether what no adapter answers is fixed, and not refused.
    fn fixes(&self) -> bool {
        false
    }

    /// The interfaces of the host's, of other subsystems, and those of `io` that not every build has, for which the adapter asks.
    /// A build has to import them; what it imports besides is never called.
    fn asks(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether a build that exports streams, pollables or errors makes some that are not the host's.
    fn makes_io(&self) -> bool {
        false
    }

    /// What is embedded for the adapter besides files: what it is, and its bytes.
    fn embedded(&self) -> Vec<(&'static str, &Node)> {
        Vec::new()
    }

    /// A value of `virt:<adapter>/settings`.
    fn setting(&self, _name: &str, _policy: &Policy) -> Option<Value> {
        None
    }

    /// The interface of the host's whose functions answer in place of this one's.
    fn instead(&self, _path: &str) -> Option<&'static str> {
        None
    }

    /// What the adapter has to do with a function of the host's. Of one interface, all that has such functions is about one
    /// interface of the adapter's.
    fn hook(&self, _path: &str, _function: &str) -> Option<Hook> {
        None
    }

    /// Whether what is the host's is so by rule.
    fn is_ruled(&self) -> bool {
        false
    }

    /// Whether rules are about all that an interface does, so that a function which nobody knows is refused where there are rules.
    fn must_know(&self, _path: &str) -> bool {
        true
    }

    /// What the adapter exports for whoever contains the result, if it answers one of these interfaces of the app's.
    fn exports(&self) -> Option<(&'static str, Vec<&'static str>)> {
        None
    }

    /// What else there is to do about an export whose types the adapter would have of its own.
    fn way_out(&self) -> &'static str {
        "wrap the export in a component of your own"
    }

    /// The interfaces that an app has to import, or what is said cannot take effect.
    fn needs(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The interfaces, of whatever subsystem, that must not be denied, or what is said cannot take effect.
    fn reaches(&self) -> Vec<&'static str> {
        self.needs()
    }

    /// Whether all is the host's.
    fn is_open(&self) -> bool;

    /// Whether something is neither the host's nor denied.
    fn is_set(&self) -> bool;

    /// Whether it says only what of the host's may pass, and how, so that an app which does not use it misses nothing.
    fn only_opens(&self) -> bool {
        self.is_open()
    }

    /// What the adapter does, in words.
    fn describe(&self) -> String;
}

/// The subsystems that are touched.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scope {
    /// All: the app is sealed but for what the policy opens.
    #[default]
    All,
    /// Only these, by name; the rest stays as it is.
    Only(BTreeSet<&'static str>),
}

/// What an adapter has to do with a function of the host's, and through which interface of its.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// It says whether the host may be asked, or what it gave may be passed on, with this function.
    Ask(&'static str, &'static str, About),
    /// It does in the host's place what it likes, with its function of the same name. The resource of a method is its own.
    Take(&'static str),
}

impl Hook {
    /// The adapter's interface.
    pub fn interface(self) -> &'static str {
        let (Self::Ask(interface, ..) | Self::Take(interface)) = self;
        interface
    }
}

/// Where an interface comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// The host.
    Host,
    /// Neither the host nor an adapter: it is denied, or answers with what the policy fixes.
    Deny,
    /// An adapter, by name.
    Adapter(&'static str),
    /// The generated component of embedded files.
    Files,
}

impl Policy {
    /// Everything is open and nothing is touched.
    pub fn open() -> Self {
        let mut policy = Self { profile: Profile::Open, ..Self::default() };
        for row in SUBSYSTEMS {
            policy.allow(row.name);
        }
        policy
    }

    /// What is said of a subsystem that has settings.
    pub(crate) fn rules(&self, subsystem: &str) -> Option<&dyn Rules> {
        Some(match subsystem {
            "env" => &self.env,
            "config" => &self.config,
            "random" => &self.random,
            "clocks" => &self.clocks,
            "stdio" => &self.stdio,
            "fs" => &self.fs,
            "http" => &self.http,
            "sockets" => &self.sockets,
            "trace" => &self.trace,
            _ => return None,
        })
    }

    /// Opens a subsystem: the host's, as it is.
    pub fn allow(&mut self, subsystem: &'static str) {
        match subsystem {
            "env" => self.env = Env::open(),
            "config" => self.config = Config::open(),
            "random" => self.random = Random::Host,
            "clocks" => self.clocks = Clocks::Host,
            "stdio" => self.stdio = Stdio::open(),
            "fs" => self.fs.host = true,
            "http" => self.http = Http::open(),
            "sockets" => self.sockets = Sockets::open(),
            _ => {
                self.allow.insert(subsystem);
            }
        }
    }

    /// Denies a subsystem that is open, or that the profile sets.
    pub fn deny(&mut self, subsystem: &'static str) {
        match subsystem {
            "env" => self.env = Env::default(),
            "config" => self.config = Config::default(),
            "random" => self.random = Random::default(),
            "clocks" => self.clocks = Clocks::default(),
            "stdio" => self.stdio = Stdio::default(),
            "fs" => {
                let of_profile = self.profile.policy().fs.mounts;
                self.fs.mounts.retain(|mount| !of_profile.contains(mount));
                self.fs.host = false;
            }
            "http" => self.http = Http::default(),
            "sockets" => self.sockets = Sockets::default(),
            _ => {
                self.allow.remove(subsystem);
            }
        }
    }

    /// Whether another says the same of a subsystem.
    pub(crate) fn agrees(&self, other: &Self, subsystem: &str) -> bool {
        match subsystem {
            "env" => self.env == other.env,
            "config" => self.config == other.config,
            "random" => self.random == other.random,
            "clocks" => self.clocks == other.clocks,
            "stdio" => self.stdio == other.stdio,
            "fs" => self.fs == other.fs,
            "http" => self.http == other.http,
            "sockets" => self.sockets == other.sockets,
            _ => self.allow.contains(subsystem) == other.allow.contains(subsystem),
        }
    }

    /// Whether what is said of a subsystem is what the profile says, which is no error if the app has no use for it.
    pub(crate) fn is_of_profile(&self, subsystem: &str) -> bool {
        self.agrees(&self.profile.policy(), subsystem)
    }

    /// The index of all that is embedded: the roots of `fs` in the order of its mounts, then what others have.
    pub fn tree(&self) -> Result<Tree<'_>> {
        Tree::of(self.fs.embedded().chain(self.embedded().map(|(_, what, node)| (what, node))))
    }

    /// What is embedded besides files: by which subsystem, what it is, and its bytes.
    fn embedded(&self) -> impl Iterator<Item = (&'static str, &'static str, &Node)> {
        let rows = SUBSYSTEMS.iter().filter_map(|row| Some((row.name, self.rules(row.name)?)));
        rows.flat_map(|(name, rules)| rules.embedded().into_iter().map(move |(what, node)| (name, what, node)))
    }

    /// Where in the content each that a subsystem embeds begins, and its length in bytes.
    fn content_of(&self, subsystem: &str) -> Vec<Value> {
        let (mut start, mut places) = (self.fs.content_of_roots(), Vec::new());
        for (of, _, node) in self.embedded() {
            if of == subsystem {
                places.push(Value::Tuple(vec![Value::Int(start.into()), Value::Int(node.len().into())]));
            }
            start += node.len().next_multiple_of(8);
        }
        places
    }

    /// What is embedded of a file of this machine: the place of a mount, or what it is.
    pub(crate) fn embeds(&self, file: &Path) -> Option<&str> {
        let by_others = || self.embedded().find(|(.., node)| node.has_local(file)).map(|(_, what, _)| what);
        self.fs.embeds(file).or_else(by_others)
    }

    /// Whether something is embedded.
    pub(crate) fn has_embedded(&self) -> bool {
        self.fs.embedded().next().is_some() || self.embedded().next().is_some()
    }

    fn is_sealed(&self, track: &Track) -> bool {
        self.seal.iter().any(|pattern| seals(pattern, track))
    }

    /// The subsystems that the policy names, to be touched or to be left open. What a profile opens is not named.
    pub fn named(&self) -> BTreeSet<&'static str> {
        let mut named = match &self.scope {
            Scope::All => BTreeSet::new(),
            Scope::Only(names) => names.clone(),
        };
        if self.profile != Profile::Open {
            let opens = |rules: &dyn Rules| rules.is_open() || (rules.is_set() && rules.only_opens());
            let is_opened = |name: &&str| self.allow.contains(name) || self.rules(name).is_some_and(opens);
            let opened = SUBSYSTEMS.iter().map(|row| row.name).filter(is_opened);
            named.extend(opened.filter(|name| !self.is_of_profile(name)));
        }
        named
    }

    /// Whether a subsystem is touched.
    pub fn touches(&self, subsystem: &str) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Only(names) => names.contains(subsystem),
        }
    }

    /// Where an interface of the app comes from, as far as the user says.
    pub fn access(&self, track: &Track) -> Access {
        let sealed = self.is_sealed(track);
        let Some(row) = catalog::subsystem_of(track) else {
            // What WASI has that the catalog does not know is denied with the rest.
            let wasi = self.scope == Scope::All && self.profile != Profile::Open && track.path().starts_with("wasi:");
            return if sealed || wasi { Access::Deny } else { Access::Host };
        };
        if track.path().starts_with("virt:") {
            return Access::Adapter(row.name);
        }
        if sealed {
            return Access::Deny;
        }
        if !self.touches(row.name) || self.allow.contains(row.name) {
            return Access::Host;
        }
        self.rules(row.name).map_or(Access::Deny, |rules| rules.access(track))
    }

    /// The interface of the host's whose functions answer in place of this one's.
    pub fn instead(&self, track: &Track) -> Option<&'static str> {
        let row = catalog::subsystem_of(track)?;
        self.rules(row.name)?.instead(track.path()).filter(|_| self.touches(row.name) && !self.is_sealed(track))
    }

    /// What an adapter has to do with a function of the host's.
    pub fn hook(&self, track: &Track, function: &str) -> Option<Hook> {
        let row = catalog::subsystem_of(track)?;
        let hook = self.rules(row.name)?.hook(track.path(), function);
        hook.filter(|_| self.touches(row.name) && !self.is_sealed(track))
    }

    /// What a function answers without host or adapter, where the policy fixes it.
    pub fn answer(&self, track: &Track, function: &str) -> Option<Answer> {
        let rules = self.rules(catalog::subsystem_of(track)?.name)?;
        let value = rules.answer(track, function).map(|value| Answer::Constant(Some(value)));
        value.or_else(|| rules.stands_in(track.path())).filter(|_| !self.is_sealed(track))
    }

    /// The subsystem, if an interface of it answers with what the policy fixes and not with refusals.
    pub fn fixes(&self, track: &Track) -> Option<&'static str> {
        let row = catalog::subsystem_of(track)?;
        let rules = self.rules(row.name)?;
        ((rules.fixes() || rules.stands_in(track.path()).is_some()) && !self.is_sealed(track)).then_some(row.name)
    }

    /// Whether an adapter asks for an interface that it imports.
    pub(crate) fn asks(&self, adapter: &str, track: &Track) -> bool {
        self.rules(adapter).is_some_and(|rules| rules.asks().contains(&track.path()))
    }

    /// A value of `virt:<adapter>/settings`.
    pub fn setting(&self, adapter: &str, name: &str) -> Option<Value> {
        self.rules(adapter)?.setting(name, self)
    }

    /// What an adapter does under this policy, in words.
    pub fn describe(&self, adapter: &str) -> String {
        self.rules(adapter).map_or(String::new(), Rules::describe)
    }
}

/// Whether a pattern of `--seal` takes an interface in.
pub fn seals(pattern: &str, track: &Track) -> bool {
    let pattern = InterfaceName::parse(pattern);
    let path = track.path();
    pattern.path == "*"
        || path == pattern.path
        || (!pattern.path.contains('/') && path.strip_prefix(&pattern.path).is_some_and(|rest| rest.starts_with('/')))
}

/// Whether a text is a pattern of `--seal`, which is a name without a version.
pub(crate) fn is_seal_pattern(pattern: &str) -> bool {
    pattern == "*" || (!pattern.is_empty() && !pattern.contains(['*', '@', ' ']))
}

/// An audit must be read by somebody.
fn check_audit(policy: &Policy, subsystem: &str) -> Result<()> {
    let stderr = Track::known(&format!("{}@0.2", catalog::STDERR));
    let is_ignored = policy.touches("stdio") && policy.stdio.stderr == Output::Ignore;
    ensure!(
        !is_ignored && policy.access(&stderr) != Access::Deny,
        "the audit of `{subsystem}` is written to standard error, where nobody reads it: let it through with `--stderr=allow`"
    );
    Ok(())
}

/// A count with its noun.
fn count(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(name: &str) -> Track {
        InterfaceName::parse(name).track()
    }

    #[test]
    fn the_default_denies_wasi_and_leaves_the_rest() {
        let policy = Policy::default();
        assert_eq!(policy.access(&track("wasi:cli/environment@0.2.6")), Access::Deny);
        assert_eq!(policy.access(&track("wasi:config/store@0.2.0-rc.1")), Access::Deny);
        assert_eq!(policy.access(&track("my:own/thing")), Access::Host);
    }

    #[test]
    fn open_touches_nothing() {
        for row in SUBSYSTEMS {
            for interface in row.interfaces.iter().filter(|interface| interface.starts_with("wasi:")) {
                let name = format!("{}x@0.2.0", interface.trim_end_matches('x'));
                let name = if interface.ends_with('/') { name } else { format!("{interface}@0.2.0") };
                assert_eq!(Policy::open().access(&track(&name)), Access::Host, "{name}");
            }
        }
    }

    #[test]
    fn seal_takes_in_interfaces_packages_and_all() {
        let hello = track("my:own/thing@1.2.3");
        for pattern in ["my:own/thing", "my:own/thing@1.0.0", "my:own", "*"] {
            assert!(seals(pattern, &hello), "{pattern}");
        }
        for pattern in ["my:own/thin", "my:ow", "my", "your:own/thing"] {
            assert!(!seals(pattern, &hello), "{pattern}");
        }
    }
}
