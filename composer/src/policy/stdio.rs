//! The standard streams.

use super::Access;
use crate::catalog::{
    STDERR, STDIN, STDOUT, TERMINAL_INPUT, TERMINAL_OUTPUT, TERMINAL_STDERR, TERMINAL_STDIN, TERMINAL_STDOUT,
};
use crate::names::Track;
use crate::value::Value;

/// What stands behind the standard streams. The default denies all three.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Stream,
    /// Standard output.
    pub stdout: Stream,
    /// Standard error.
    pub stderr: Stream,
}

/// What stands behind one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// The host's.
    Allow,
    /// An input at its end, an output that drops what it takes.
    Ignore,
    /// An input at its end, an output that is closed.
    #[default]
    Deny,
}

impl Stream {
    fn access(self) -> Access {
        match self {
            Self::Allow => Access::Host,
            Self::Ignore => Access::Adapter("stdio"),
            Self::Deny => Access::Deny,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ignore => "ignore",
            Self::Deny => "deny",
        }
    }
}

impl Stdio {
    /// The same behind all three.
    pub fn all(stream: Stream) -> Self {
        Self { stdin: stream, stdout: stream, stderr: stream }
    }

    /// The streams have their own interfaces. Whether one is a terminal is told by whoever has the stream; a virtual one
    /// is none. The types that say so come from the host if any stream of the kind does, and denial speaks of these.
    pub(super) fn access(&self, track: &Track) -> Access {
        let outputs = [self.stdout, self.stderr];
        match track.path() {
            STDIN => self.stdin.access(),
            STDOUT => self.stdout.access(),
            STDERR => self.stderr.access(),
            TERMINAL_STDIN | TERMINAL_INPUT => self.terminal(self.stdin, &[self.stdin]),
            TERMINAL_STDOUT => self.terminal(self.stdout, &outputs),
            TERMINAL_STDERR => self.terminal(self.stderr, &outputs),
            TERMINAL_OUTPUT if outputs.contains(&Stream::Allow) => Access::Host,
            TERMINAL_OUTPUT => self.terminal(self.stdout, &outputs),
            _ => Access::Deny,
        }
    }

    fn terminal(&self, stream: Stream, kind: &[Stream]) -> Access {
        if stream == Stream::Allow {
            Access::Host
        } else if !kind.contains(&Stream::Allow) && self.has_virtual() {
            // The adapter is there anyway.
            Access::Adapter("stdio")
        } else {
            Access::Deny
        }
    }

    /// Whether a stream is neither the host's nor denied.
    pub fn has_virtual(&self) -> bool {
        [self.stdin, self.stdout, self.stderr].contains(&Stream::Ignore)
    }

    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        let value = |stream: Stream| match stream {
            Stream::Ignore => Value::Enum("ignore".to_owned()),
            // What is the host's does not go through the adapter.
            Stream::Deny | Stream::Allow => Value::Enum("deny".to_owned()),
        };
        Some(match name {
            "stdin" => value(self.stdin),
            "stdout" => value(self.stdout),
            "stderr" => value(self.stderr),
            _ => return None,
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("stdin {}, stdout {}, stderr {}", self.stdin.word(), self.stdout.word(), self.stderr.word())
    }
}
