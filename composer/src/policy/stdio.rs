//! The standard streams.

use super::places::guest_path;
use super::{Access, Policy, Rules};
use crate::catalog::{
    BUFFERS, CAPTURED, ENDS, FILESYSTEM_TYPES, PREOPENS, STDERR, STDIN, STDOUT, TERMINAL_INPUT, TERMINAL_OUTPUT,
    TERMINAL_STDERR, TERMINAL_STDIN, TERMINAL_STDOUT,
};
use crate::denial::Answer;
use crate::names::Track;
use crate::tree::Node;
use crate::value::Value;
use crate::words;
use anyhow::{Result, bail, ensure};

/// What stands behind the standard streams. The default denies all three.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
}

/// What stands behind standard input.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Input {
    /// The host's.
    Allow,
    /// An input at its end.
    Ignore,
    /// An input at its end: WASI has no other way to refuse a read.
    #[default]
    Deny,
    /// A file that is in the artifact.
    Embedded(Node),
}

/// What stands behind an output.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Output {
    /// The host's.
    Allow,
    /// One that drops what it takes.
    Ignore,
    /// One that is closed.
    #[default]
    Deny,
    /// The host's other one.
    Other,
    /// The host's, with something put ahead of each line and a number of bytes after which it is closed, without what is
    /// put ahead.
    Filtered {
        /// Ahead of each line.
        prefix: String,
        /// In bytes; `None` for no limit.
        limit: Option<u64>,
    },
    /// The end of a file of the guest's tree, by its absolute path, which is made if there is none.
    File(String),
    /// Memory, which `virt:stdio/captured` gives to whoever contains the result.
    Captured,
}

impl Input {
    /// By the word that policy files and options have for it.
    pub fn named(word: &str) -> Result<Self> {
        Ok(match word {
            "allow" => Self::Allow,
            "ignore" => Self::Ignore,
            "deny" => Self::Deny,
            _ => bail!(words::unknown("value", word, &["allow", "ignore", "deny"])),
        })
    }

    /// The word for it, if it is none that has more to say.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Allow => Some("allow"),
            Self::Ignore => Some("ignore"),
            Self::Deny => Some("deny"),
            Self::Embedded(_) => None,
        }
    }

    fn access(&self) -> Access {
        match self {
            Self::Allow => Access::Host,
            Self::Deny => Access::Deny,
            Self::Ignore | Self::Embedded(_) => Access::Adapter("stdio"),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Allow | Self::Ignore | Self::Deny => self.word().unwrap_or_default().to_owned(),
            Self::Embedded(node) => format!("embedded, {}", words::size(node.len())),
        }
    }
}

impl Output {
    /// By the word that policy files and options have for it, for the stream of that name, `stdout` or `stderr`.
    pub fn named(word: &str, stream: &str) -> Result<Self> {
        let other = Self::other(stream);
        Ok(match word {
            "allow" => Self::Allow,
            "ignore" => Self::Ignore,
            "deny" => Self::Deny,
            "capture" => Self::Captured,
            _ if word == other => Self::Other,
            _ if word == stream => bail!("`{stream}` is what it is already; write `allow` to leave it to the host"),
            _ => bail!(words::unknown("value", word, &["allow", "ignore", "deny", "capture", other])),
        })
    }

    /// The word for it, for the stream of that name, if it is none that has more to say.
    pub(crate) fn word(&self, stream: &str) -> Option<&'static str> {
        match self {
            Self::Allow => Some("allow"),
            Self::Ignore => Some("ignore"),
            Self::Deny => Some("deny"),
            Self::Captured => Some("capture"),
            Self::Other => Some(Self::other(stream)),
            Self::Filtered { .. } | Self::File(_) => None,
        }
    }

    /// The name of the other one.
    pub(crate) fn other(stream: &str) -> &'static str {
        if stream == "stdout" { "stderr" } else { "stdout" }
    }

    /// The end of a file, by its absolute path.
    pub fn file(path: &str) -> Result<Self> {
        ensure!(!path.is_empty(), "the path is missing; write one like `/log/out.txt`");
        let path = guest_path(path)?;
        ensure!(path != "/", "`/` is a directory and no file; write one like `/log/out.txt`");
        Ok(Self::File(path))
    }

    /// The host's, with something put ahead of each line, or a number of bytes after which it is closed.
    pub fn filtered(prefix: &str, limit: Option<u64>) -> Result<Self> {
        ensure!(!prefix.is_empty() || limit.is_some(), "the prefix is empty; write one, or `allow`");
        Ok(Self::Filtered { prefix: prefix.to_owned(), limit })
    }

    /// The host's stream, as it is or the other one.
    fn is_hosts(&self) -> bool {
        matches!(self, Self::Allow | Self::Other)
    }

    fn access(&self) -> Access {
        match self {
            Self::Allow | Self::Other => Access::Host,
            Self::Deny => Access::Deny,
            Self::Ignore | Self::Filtered { .. } | Self::File(_) | Self::Captured => Access::Adapter("stdio"),
        }
    }

    fn setting(&self) -> Value {
        Value::Enum(
            match self {
                Self::Ignore => "ignore",
                // What is the host's does not go through the adapter.
                Self::Deny | Self::Allow | Self::Other => "deny",
                Self::Filtered { .. } => "host",
                Self::File(_) => "file",
                Self::Captured => "captured",
            }
            .to_owned(),
        )
    }

    fn filter_setting(&self) -> Value {
        let (prefix, limit) = match self {
            Self::Filtered { prefix, limit } => (prefix.as_str(), limit.unwrap_or(u64::MAX)),
            _ => ("", 0),
        };
        Value::Record(vec![
            ("prefix".to_owned(), Value::string(prefix)),
            ("limit".to_owned(), Value::Int(limit.into())),
        ])
    }

    fn file_setting(&self) -> Value {
        match self {
            Self::File(path) => Value::string(path),
            _ => Value::string(""),
        }
    }

    fn describe(&self, stream: &str) -> String {
        match self {
            Self::Allow => "allow".to_owned(),
            Self::Ignore => "ignore".to_owned(),
            Self::Deny => "deny".to_owned(),
            Self::Other => format!("to the host's {}", Self::other(stream)),
            Self::Filtered { prefix, limit } => {
                let prefix = (!prefix.is_empty()).then(|| format!("behind {prefix:?}"));
                let limit = limit.map(|limit| format!("up to {}", words::size(limit)));
                prefix.into_iter().chain(limit).collect::<Vec<_>>().join(" and ")
            }
            Self::File(path) => format!("to `{path}`"),
            Self::Captured => "captured".to_owned(),
        }
    }
}

impl Stdio {
    /// The host's.
    pub fn open() -> Self {
        Self { stdin: Input::Allow, stdout: Output::Allow, stderr: Output::Allow }
    }

    /// Nothing comes, and what goes is dropped.
    pub fn ignored() -> Self {
        Self { stdin: Input::Ignore, stdout: Output::Ignore, stderr: Output::Ignore }
    }

    /// The outputs, with what stands behind them.
    fn outputs(&self) -> [(&'static str, &Output); 2] {
        [(STDOUT, &self.stdout), (STDERR, &self.stderr)]
    }

    /// The interfaces of the outputs that are kept in memory.
    pub fn captured(&self) -> impl Iterator<Item = &'static str> {
        self.outputs().into_iter().filter(|(_, output)| **output == Output::Captured).map(|(name, _)| name)
    }

    /// The files that outputs go to: the options that say so, and their paths.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let outputs = [("--stdout=file:", &self.stdout), ("--stderr=file:", &self.stderr)];
        outputs.into_iter().filter_map(|(option, output)| match output {
            Output::File(path) => Some((option, path.as_str())),
            _ => None,
        })
    }

    /// What is embedded.
    fn input(&self) -> Option<&Node> {
        match &self.stdin {
            Input::Embedded(node) => Some(node),
            _ => None,
        }
    }

    /// Whether a stream is neither the host's nor denied.
    pub fn has_virtual(&self) -> bool {
        let mut accesses = [self.stdin.access(), self.stdout.access(), self.stderr.access()].into_iter();
        accesses.any(|access| access == Access::Adapter("stdio"))
    }

    /// Whether a stream is a terminal is told by whoever has it; a virtual one is none. The types that say so come from the
    /// host if any stream of the kind does, and denial speaks of these.
    fn terminal(&self, is_hosts: bool, kind_has_hosts: bool) -> Access {
        if is_hosts {
            Access::Host
        } else if !kind_has_hosts && self.has_virtual() {
            // The adapter is there anyway.
            Access::Adapter("stdio")
        } else {
            Access::Deny
        }
    }
}

impl Rules for Stdio {
    fn access(&self, track: &Track) -> Access {
        let input = self.stdin == Input::Allow;
        let (stdout, stderr) = (self.stdout.is_hosts(), self.stderr.is_hosts());
        match track.path() {
            STDIN => self.stdin.access(),
            STDOUT => self.stdout.access(),
            STDERR => self.stderr.access(),
            TERMINAL_STDIN | TERMINAL_INPUT => self.terminal(input, input),
            TERMINAL_STDOUT => self.terminal(stdout, stdout || stderr),
            TERMINAL_STDERR => self.terminal(stderr, stdout || stderr),
            TERMINAL_OUTPUT => self.terminal(stdout || stderr, stdout || stderr),
            _ => Access::Deny,
        }
    }

    /// An adapter is needed for streams that have, or keep, bytes.
    fn stands_in(&self, path: &str) -> Option<Answer> {
        match path {
            STDIN if self.stdin == Input::Ignore => Some(Answer::Handle),
            STDOUT if self.stdout == Output::Ignore => Some(Answer::Sink),
            STDERR if self.stderr == Output::Ignore => Some(Answer::Sink),
            TERMINAL_STDIN | TERMINAL_STDOUT | TERMINAL_STDERR | TERMINAL_INPUT | TERMINAL_OUTPUT => {
                let virt = self.access(&Track::known(path)) == Access::Adapter("stdio");
                virt.then(|| Answer::Constant(Some(Value::option(None))))
            }
            _ => None,
        }
    }

    fn asks(&self) -> Vec<&'static str> {
        let mut asked = Vec::new();
        asked.extend(self.input().map(|_| ENDS));
        for (name, output) in self.outputs() {
            match output {
                Output::Filtered { .. } => asked.extend([name, ENDS]),
                Output::Captured => asked.push(BUFFERS),
                Output::File(_) => asked.extend([PREOPENS, FILESYSTEM_TYPES]),
                Output::Allow | Output::Ignore | Output::Deny | Output::Other => {}
            }
        }
        asked
    }

    fn makes_io(&self) -> bool {
        true
    }

    fn embedded(&self) -> Vec<(&'static str, &Node)> {
        self.input().map(|node| ("standard input", node)).into_iter().collect()
    }

    fn setting(&self, name: &str, policy: &Policy) -> Option<Value> {
        Some(match name {
            "stdin" => Value::Enum(if self.input().is_some() { "embedded" } else { "ended" }.to_owned()),
            "stdout" => self.stdout.setting(),
            "stderr" => self.stderr.setting(),
            "embedded" => {
                let nothing = Value::Tuple(vec![Value::Int(0), Value::Int(0)]);
                policy.content_of("stdio").into_iter().next().unwrap_or(nothing)
            }
            "stdout-filter" => self.stdout.filter_setting(),
            "stderr-filter" => self.stderr.filter_setting(),
            "stdout-file" => self.stdout.file_setting(),
            "stderr-file" => self.stderr.file_setting(),
            _ => return None,
        })
    }

    fn instead(&self, path: &str) -> Option<&'static str> {
        match (path, &self.stdout, &self.stderr) {
            (STDOUT, Output::Other, _) => Some(STDERR),
            (TERMINAL_STDOUT, Output::Other, _) => Some(TERMINAL_STDERR),
            (STDERR, _, Output::Other) => Some(STDOUT),
            (TERMINAL_STDERR, _, Output::Other) => Some(TERMINAL_STDOUT),
            _ => None,
        }
    }

    fn exports(&self) -> Option<(&'static str, Vec<&'static str>)> {
        let captured: Vec<_> = self.captured().collect();
        (!captured.is_empty()).then_some((CAPTURED, captured))
    }

    /// Of captured outputs one is enough.
    fn needs(&self) -> Vec<&'static str> {
        let input = self.input().map(|_| STDIN);
        let is_needed = |output: &Output| matches!(output, Output::Other | Output::Filtered { .. } | Output::File(_));
        let outputs = self.outputs().into_iter().filter(|(_, output)| is_needed(output));
        input.into_iter().chain(outputs.map(|(name, _)| name)).collect()
    }

    fn reaches(&self) -> Vec<&'static str> {
        let mut reached = Vec::new();
        reached.extend((self.stdin.access() == Access::Adapter("stdio")).then_some(STDIN));
        for (name, output) in self.outputs() {
            reached.extend((output.access() == Access::Adapter("stdio")).then_some(name));
            reached.extend(self.instead(name).into_iter().flat_map(|other| [name, other]));
            if let Output::File(_) = output {
                reached.extend([PREOPENS, FILESYSTEM_TYPES]);
            }
        }
        reached
    }

    fn is_open(&self) -> bool {
        *self == Self::open()
    }

    fn is_set(&self) -> bool {
        self.has_virtual() || self.outputs().into_iter().any(|(_, output)| *output == Output::Other)
    }

    fn describe(&self) -> String {
        let (stdout, stderr) = (self.stdout.describe("stdout"), self.stderr.describe("stderr"));
        format!("stdin {}, stdout {stdout}, stderr {stderr}", self.stdin.describe())
    }
}
