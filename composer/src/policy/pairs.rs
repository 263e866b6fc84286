//! Names with values, of which some are set and some the host's: variables, and configuration.

use super::count;
use crate::value::Value;

/// Names with values: those that are set, then those of the host's that are let through. The default is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Those that are set, whatever the host has.
    pub set: Vec<(String, String)>,
    /// Names of the host's that are let through; `None` lets all through.
    pub visible: Option<Vec<String>>,
    /// Names of the host's that are kept back even so.
    pub hidden: Vec<String>,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { set: Vec::new(), visible: Some(Vec::new()), hidden: Vec::new() }
    }
}

impl Pairs {
    /// All that the host has.
    pub fn open() -> Self {
        Self { set: Vec::new(), visible: None, hidden: Vec::new() }
    }

    /// Sets one. A name that is set already gets the new value, and what it had is returned.
    pub fn set(&mut self, name: &str, value: &str) -> Option<String> {
        match self.set.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => Some(std::mem::replace(old, value.to_owned())),
            None => {
                self.set.push((name.to_owned(), value.to_owned()));
                None
            }
        }
    }

    /// Lets one of the host's through, in place of what may have been set.
    pub fn pass(&mut self, name: &str) {
        self.set.retain(|(known, _)| known != name);
        self.show(name);
    }

    /// Lets one of the host's through, unless it is set.
    pub fn show(&mut self, name: &str) {
        if let Some(visible) = &mut self.visible {
            add(visible, name);
        }
    }

    /// Keeps one of the host's back.
    pub fn hide(&mut self, name: &str) {
        add(&mut self.hidden, name);
    }

    /// Whether anything of the host's may pass.
    pub fn has_host(&self) -> bool {
        self.names().is_none_or(|names| !names.is_empty())
    }

    /// The host's that pass; `None` is all but those that are hidden.
    fn names(&self) -> Option<Vec<&String>> {
        let visible = self.visible.as_ref()?;
        Some(visible.iter().filter(|name| !self.hidden.contains(name)).collect())
    }

    /// Those that are set, as a list of pairs.
    pub(super) fn value(&self) -> Value {
        let pair = |(name, value): &(String, String)| Value::Tuple(vec![Value::string(name), Value::string(value)]);
        Value::List(self.set.iter().map(pair).collect())
    }

    /// `names` and `listed` of the adapters that merge them with the host's.
    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        match name {
            "names" => Some(match self.names() {
                Some(names) => Value::strings(names),
                None => Value::strings(&self.hidden),
            }),
            "listed" => Some(Value::Bool(self.visible.is_some())),
            _ => None,
        }
    }

    pub(super) fn describe(&self, noun: &str) -> String {
        let host = match self.names() {
            None if self.hidden.is_empty() => "all of the host's".to_owned(),
            None => format!("the host's but {}", self.hidden.join(", ")),
            Some(names) if names.is_empty() => "none of the host's".to_owned(),
            Some(names) => format!("the host's {}", names.into_iter().cloned().collect::<Vec<_>>().join(", ")),
        };
        format!("{} set, {host}", count(self.set.len(), noun))
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_twice_has_the_last_value() {
        let mut pairs = Pairs::default();
        assert_eq!(pairs.set("A", "1"), None);
        assert_eq!(pairs.set("A", "2"), Some("1".to_owned()));
        assert_eq!(pairs.set, [("A".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn showing_one_where_all_are_shown_hides_nothing() {
        let mut pairs = Pairs::open();
        pairs.show("A");
        assert_eq!(pairs, Pairs::open());
    }

    #[test]
    fn the_host_is_asked_only_for_what_may_pass() {
        let mut pairs = Pairs::default();
        assert!(!pairs.has_host());
        pairs.show("A");
        pairs.show("A");
        assert!(pairs.has_host());
        assert_eq!(pairs.setting("names"), Some(Value::strings(["A"])));
        pairs.hide("A");
        assert!(!pairs.has_host());
        let mut open = Pairs::open();
        open.hide("A");
        assert!(open.has_host());
        assert_eq!(
            (open.setting("names"), open.setting("listed")),
            (Some(Value::strings(["A"])), Some(Value::Bool(false)))
        );
    }
}
