//! Which HTTP requests go out.

use super::{Access, Policy, Requests, Rules};
use crate::catalog::{HTTP_TYPES, OUTGOING_HANDLER};
use crate::names::Track;
use crate::value::Value;

/// Which HTTP requests go out. The default is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Those that may be sent; `None` is all.
    pub allow: Option<Vec<Requests>>,
    /// Those that are not sent even so.
    pub deny: Vec<Requests>,
}

impl Default for Http {
    fn default() -> Self {
        Self { allow: Some(Vec::new()), deny: Vec::new() }
    }
}

impl Http {
    /// All of them.
    pub fn open() -> Self {
        Self { allow: None, deny: Vec::new() }
    }

    /// Whether some are sent and others are not.
    fn is_ruled(&self) -> bool {
        match &self.allow {
            None => !self.deny.is_empty(),
            Some(allow) => !allow.is_empty(),
        }
    }

    /// A rule that can never match, and the one that is ahead of it.
    pub(crate) fn never_matches(&self) -> Option<(&Requests, &Requests)> {
        let covered = |rule| Some((rule, self.deny.iter().find(|denied| denied.covers(rule))?));
        self.allow.iter().flatten().find_map(covered)
    }
}

impl Rules for Http {
    fn access(&self, _: &Track) -> Access {
        if self.is_open() || self.is_ruled() { Access::Host } else { Access::Deny }
    }

    fn guard(&self, path: &str, function: &str) -> Option<&'static str> {
        (self.is_ruled() && (path, function) == (OUTGOING_HANDLER, "handle")).then_some("handle")
    }

    fn asks(&self) -> Vec<&'static str> {
        vec![HTTP_TYPES]
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        let all = [Requests::all()];
        let allow = self.allow.as_deref().unwrap_or(&all);
        let rules = self.deny.iter().map(|requests| (false, requests)).chain(allow.iter().map(|r| (true, r)));
        let values = rules.flat_map(|(allow, requests)| requests.values(&[("allow", Value::Bool(allow))]));
        (name == "rules").then(|| Value::List(values.collect()))
    }

    fn needs(&self) -> Vec<&'static str> {
        vec![OUTGOING_HANDLER]
    }

    fn is_open(&self) -> bool {
        *self == Self::open()
    }

    fn is_set(&self) -> bool {
        self.is_ruled()
    }

    fn only_opens(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        let list = |requests: &[Requests]| requests.iter().map(Requests::to_string).collect::<Vec<_>>().join(", ");
        let allowed =
            self.allow.as_deref().map_or("all requests".to_owned(), |allow| format!("requests to {}", list(allow)));
        if self.deny.is_empty() { allowed } else { format!("{allowed}, none to {}", list(&self.deny)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denying_comes_first() {
        let http = Http { allow: None, deny: vec!["a.com:1/x".parse().unwrap()] };
        let Some(Value::List(rules)) = http.setting("rules", &Policy::default()) else { panic!("there are rules") };
        let allows = |rule: &Value| matches!(rule, Value::Record(fields) if fields[0].1 == Value::Bool(true));
        assert_eq!(rules.iter().map(allows).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn an_allowed_one_that_is_denied_can_never_match() {
        let requests = |text: &str| text.parse::<Requests>().unwrap();
        let mut http =
            Http { allow: Some(vec![requests("a.com"), requests("b.com")]), deny: vec![requests("b.com/x")] };
        assert_eq!(http.never_matches(), None);
        http.deny.push(requests("*"));
        assert_eq!(http.never_matches(), Some((&requests("a.com"), &requests("*"))));
    }
}
