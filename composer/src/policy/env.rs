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
        if *self == Self::default() {
            Access::Deny
        } else if *self == Self::open() {
            Access::Host
        } else {
            Access::Adapter("env")
        }
    }

    pub(super) fn lets_through(&self, function: &str) -> bool {
        match function {
            "get-environment" => self.visible.as_ref().is_none_or(|visible| !visible.is_empty()),
            "get-arguments" => self.arguments == Arguments::Host,
            "initial-cwd" => self.cwd == Directory::Host,
            _ => false,
        }
    }

    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        let pair = |(name, value): &(String, String)| Value::Tuple(vec![Value::string(name), Value::string(value)]);
        Some(match name {
            "variables" => Value::List(self.variables.iter().map(pair).collect()),
            "visible" => Value::option(self.visible.as_ref().map(Value::strings)),
            "hidden" => Value::strings(&self.hidden),
            "arguments" => Value::option(match &self.arguments {
                Arguments::Host => None,
                Arguments::Set(arguments) => Some(Value::strings(arguments)),
            }),
            "cwd" => match &self.cwd {
                Directory::Host => Value::case("host"),
                Directory::Absent => Value::case("absent"),
                Directory::Path(path) => Value::Variant("path".to_owned(), Some(Box::new(Value::string(path)))),
            },
            _ => return None,
        })
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
        assert!(!env.lets_through("get-environment"));
        env.show("B");
        assert!(env.lets_through("get-environment"));
        assert!(!env.lets_through("get-arguments"));
    }
}
