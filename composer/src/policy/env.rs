//! Variables, arguments and working directory.

use super::{Access, Pairs, Policy, Rules, count};
use crate::catalog::ENVIRONMENT;
use crate::names::Track;
use crate::value::Value;

/// What of `wasi:cli/environment` the app sees. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Env {
    /// Variables.
    pub variables: Pairs,
    /// The program's arguments.
    pub arguments: Arguments,
    /// The initial working directory.
    pub cwd: Directory,
}

/// The program's arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// The host's.
    Host,
    /// These, the program's name first.
    Set(Vec<String>),
}

impl Default for Arguments {
    fn default() -> Self {
        Self::Set(Vec::new())
    }
}

/// The initial working directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Directory {
    /// The host's.
    Host,
    /// There is none.
    #[default]
    Absent,
    /// This path.
    Path(String),
}

impl Env {
    /// All that the host has.
    pub fn open() -> Self {
        Self { variables: Pairs::open(), arguments: Arguments::Host, cwd: Directory::Host }
    }
}

impl Rules for Env {
    fn access(&self, _: &Track) -> Access {
        if self.is_open() {
            Access::Host
        } else if *self == Self::default() {
            Access::Deny
        } else {
            Access::Adapter("env")
        }
    }

    fn answer(&self, _: &Track, function: &str) -> Option<Value> {
        match (function, &self.arguments, &self.cwd) {
            ("get-environment", _, _) if !self.variables.has_host() => Some(self.variables.value()),
            ("get-arguments", Arguments::Set(arguments), _) => Some(Value::strings(arguments)),
            ("initial-cwd", _, Directory::Absent) => Some(Value::option(None)),
            ("initial-cwd", _, Directory::Path(path)) => Some(Value::option(Some(Value::string(path)))),
            _ => None,
        }
    }

    fn fixes(&self) -> bool {
        self.is_set()
    }

    fn asks(&self) -> Vec<&'static str> {
        vec![ENVIRONMENT]
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        match name {
            "variables" => Some(self.variables.value()),
            _ => self.variables.setting(name),
        }
    }

    fn is_open(&self) -> bool {
        *self == Self::open()
    }

    fn is_set(&self) -> bool {
        !self.is_open() && *self != Self::default()
    }

    fn describe(&self) -> String {
        let arguments = match &self.arguments {
            Arguments::Host => "the host's arguments".to_owned(),
            Arguments::Set(arguments) => count(arguments.len(), "argument"),
        };
        let cwd = match &self.cwd {
            Directory::Host => "the host's working directory".to_owned(),
            Directory::Absent => "no working directory".to_owned(),
            Directory::Path(path) => format!("working directory `{path}`"),
        };
        format!("{}; {arguments}; {cwd}", self.variables.describe("variable"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_asked_only_for_what_it_lets_through() {
        let track = Track::known("wasi:cli/environment@0.2");
        let mut env = Env::default();
        env.variables.set("A", "1");
        assert!(["get-environment", "get-arguments", "initial-cwd"].iter().all(|f| env.answer(&track, f).is_some()));
        env.variables.show("B");
        assert_eq!(env.access(&track), Access::Adapter("env"));
        assert!(env.answer(&track, "get-environment").is_none());
        assert!(env.answer(&track, "get-arguments").is_some());
    }
}
