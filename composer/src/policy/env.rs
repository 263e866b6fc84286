//! Variables, arguments and working directory.

use super::{Access, count};
use crate::value::Value;

/// What of `wasi:cli/environment` the app sees. The default is nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Env {
    /// Variables that are set, whatever the host has.
    pub variables: Vec<(String, String)>,
    /// Names of the host's variables that are let through; `None` lets all through.
    pub visible: Option<Vec<String>>,
    /// Names of the host's variables that are kept back even so.
    pub hidden: Vec<String>,
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

/// The initial working directory.
#[derive(Clone, Debug, PartialEq)]
pub enum Directory {
    /// The host's.
    Host,
    /// There is none.
    Absent,
    /// This path.
    Path(String),
}

/// The functions of `wasi:cli/environment`.
const FUNCTIONS: [&str; 3] = ["get-environment", "get-arguments", "initial-cwd"];

impl Default for Env {
    fn default() -> Self {
        Self {
            variables: Vec::new(),
            visible: Some(Vec::new()),
            hidden: Vec::new(),
            arguments: Arguments::Set(Vec::new()),
            cwd: Directory::Absent,
        }
    }
}

impl Env {
    /// All that the host has.
    pub fn open() -> Self {
        Self {
            variables: Vec::new(),
            visible: None,
            hidden: Vec::new(),
            arguments: Arguments::Host,
            cwd: Directory::Host,
        }
    }

    /// Sets a variable. A name that is set already gets the new value, and what it had is returned.
    pub fn set(&mut self, name: &str, value: &str) -> Option<String> {
        match self.variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => Some(std::mem::replace(old, value.to_owned())),
            None => {
                self.variables.push((name.to_owned(), value.to_owned()));
                None
            }
        }
    }

    /// Lets one of the host's variables through.
    pub fn show(&mut self, name: &str) {
        if let Some(visible) = &mut self.visible
            && !visible.iter().any(|known| known == name)
        {
            visible.push(name.to_owned());
        }
    }

    pub(super) fn access(&self) -> Access {
        if *self == Self::open() {
            Access::Host
        } else if FUNCTIONS.iter().all(|function| self.answer(function).is_some()) {
            Access::Deny
        } else {
            Access::Adapter("env")
        }
    }

    /// What a function answers where the host is not asked.
    pub(super) fn answer(&self, function: &str) -> Option<Value> {
        match (function, &self.visible, &self.arguments, &self.cwd) {
            ("get-environment", Some(visible), _, _) if visible.is_empty() => Some(self.pairs()),
            ("get-arguments", _, Arguments::Set(arguments), _) => Some(Value::strings(arguments)),
            ("initial-cwd", _, _, Directory::Absent) => Some(Value::option(None)),
            ("initial-cwd", _, _, Directory::Path(path)) => Some(Value::option(Some(Value::string(path)))),
            _ => None,
        }
    }

    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        match name {
            "variables" => Some(self.pairs()),
            "names" => Some(match &self.visible {
                Some(visible) => Value::strings(visible.iter().filter(|name| !self.hidden.contains(name))),
                None => Value::strings(&self.hidden),
            }),
            "listed" => Some(Value::Bool(self.visible.is_some())),
            _ => None,
        }
    }

    fn pairs(&self) -> Value {
        let pair = |(name, value): &(String, String)| Value::Tuple(vec![Value::string(name), Value::string(value)]);
        Value::List(self.variables.iter().map(pair).collect())
    }

    pub(super) fn describe(&self) -> String {
        let host = match &self.visible {
            None if self.hidden.is_empty() => "all of the host's".to_owned(),
            None => format!("the host's but {}", self.hidden.join(", ")),
            Some(visible) if visible.is_empty() => "none of the host's".to_owned(),
            Some(visible) => format!("the host's {}", visible.join(", ")),
        };
        let arguments = match &self.arguments {
            Arguments::Host => "the host's arguments".to_owned(),
            Arguments::Set(arguments) => count(arguments.len(), "argument"),
        };
        let cwd = match &self.cwd {
            Directory::Host => "the host's working directory".to_owned(),
            Directory::Absent => "no working directory".to_owned(),
            Directory::Path(path) => format!("working directory `{path}`"),
        };
        format!("{} set, {host}; {arguments}; {cwd}", count(self.variables.len(), "variable"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_twice_has_the_last_value() {
        let mut env = Env::default();
        assert_eq!(env.set("A", "1"), None);
        assert_eq!(env.set("A", "2"), Some("1".to_owned()));
        assert_eq!(env.variables, [("A".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn showing_a_variable_of_an_open_environment_hides_nothing() {
        let mut env = Env::open();
        env.show("A");
        assert_eq!(env, Env::open());
    }

    #[test]
    fn the_host_is_asked_only_for_what_it_lets_through() {
        let mut env = Env::default();
        env.set("A", "1");
        assert_eq!(env.access(), Access::Deny);
        env.show("B");
        assert_eq!(env.access(), Access::Adapter("env"));
        assert!(env.answer("get-environment").is_none());
        assert!(env.answer("get-arguments").is_some());
    }
}
