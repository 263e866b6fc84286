//! What the user wants, subsystem by subsystem.

mod env;
mod fs;
mod stdio;

pub use env::{Arguments, Directory, Env};
pub use fs::{Fs, Mount, Source, Writing};
pub use stdio::{Stdio, Stream};

use crate::catalog::{self, SUBSYSTEMS};
use crate::names::{InterfaceName, Track};
use crate::value::Value;
use std::collections::BTreeSet;

/// What the user wants. The default denies everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The subsystems that are touched at all.
    pub scope: Scope,
    /// Whether what no subsystem takes in is left open, too.
    pub open: bool,
    /// Names of subsystems, from the catalog, that are left open.
    pub allow: BTreeSet<&'static str>,
    /// Variables, arguments and working directory.
    pub env: Env,
    /// The standard streams.
    pub stdio: Stdio,
    /// Files and directories.
    pub fs: Fs,
    /// Imports that are denied besides, WASI's or not: `a:b/c`, `a:b` or `*`.
    pub seal: Vec<String>,
    /// Whether a denied function traps even where it could refuse.
    pub trap: bool,
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
        let mut policy = Self { open: true, ..Self::default() };
        for row in SUBSYSTEMS {
            policy.allow(row.name);
        }
        policy
    }

    /// Opens a subsystem: the host's, as it is.
    pub fn allow(&mut self, subsystem: &'static str) {
        match subsystem {
            "env" => self.env = Env::open(),
            "stdio" => self.stdio = Stdio::all(Stream::Allow),
            "fs" => self.fs.host = true,
            _ => {
                self.allow.insert(subsystem);
            }
        }
    }

    /// Denies a subsystem that is open.
    pub fn deny(&mut self, subsystem: &'static str) {
        match subsystem {
            "env" => self.env = Env::default(),
            "stdio" => self.stdio = Stdio::default(),
            "fs" => self.fs.host = false,
            _ => {
                self.allow.remove(subsystem);
            }
        }
    }

    fn is_sealed(&self, track: &Track) -> bool {
        self.seal.iter().any(|pattern| seals(pattern, track))
    }

    /// The subsystems that the policy names, to be touched or to be left open.
    pub fn named(&self) -> BTreeSet<&'static str> {
        let mut named = match &self.scope {
            Scope::All => BTreeSet::new(),
            Scope::Only(names) => names.clone(),
        };
        if !self.open {
            named.extend(&self.allow);
            named.extend((self.env == Env::open()).then_some("env"));
            named.extend((self.stdio == Stdio::all(Stream::Allow)).then_some("stdio"));
            named.extend((self.fs == Fs::open()).then_some("fs"));
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
            let wasi = self.scope == Scope::All && !self.open && track.path().starts_with("wasi:");
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
        match row.name {
            "env" => self.env.access(),
            "stdio" => self.stdio.access(track),
            "fs" => self.fs.access(),
            _ => Access::Deny,
        }
    }

    /// What a function answers without host or adapter, where the policy fixes it.
    pub fn answer(&self, track: &Track, function: &str) -> Option<Value> {
        match catalog::subsystem_of(track)?.name {
            "env" if !self.is_sealed(track) => self.env.answer(function),
            _ => None,
        }
    }

    /// The subsystem, if an interface of it answers with what the policy fixes and not with refusals.
    pub fn fixes(&self, track: &Track) -> Option<&'static str> {
        let row = catalog::subsystem_of(track)?;
        (row.name == "env" && self.env != Env::default() && !self.is_sealed(track)).then_some(row.name)
    }

    /// A value of `virt:<adapter>/settings`.
    pub fn setting(&self, adapter: &str, name: &str) -> Option<Value> {
        match adapter {
            "env" => self.env.setting(name),
            "stdio" => self.stdio.setting(name),
            "fs" => self.fs.setting(name),
            _ => None,
        }
    }

    /// What an adapter does under this policy, in words.
    pub fn describe(&self, adapter: &str) -> String {
        match adapter {
            "env" => self.env.describe(),
            "stdio" => self.stdio.describe(),
            "fs" => self.fs.describe(),
            _ => String::new(),
        }
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
