//! Which HTTP requests go out, and how; or what answers them.

use super::{Access, Hook, Mock, Policy, Requests, Rewrite, Rules, check_audit, count};
use crate::catalog::{BUFFERS, HTTP_GUARD, HTTP_REQUESTS, HTTP_TYPES, OUTGOING_HANDLER, STDERR};
use crate::interpose::About;
use crate::names::Track;
use crate::tree::Node;
use crate::value::Value;
use anyhow::{Result, bail};

/// Which HTTP requests go out, and how; or what answers them. The default is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Those that may be sent; `None` is all.
    pub allow: Option<Vec<Requests>>,
    /// Those that are not sent even so. What has no port here has any.
    pub deny: Vec<Requests>,
    /// Whether those that would be denied are sent, and written down on standard error.
    pub audit: bool,
    /// How some are changed on the way out: the first that a request is in counts.
    pub rewrites: Vec<Rewrite>,
    /// What answers requests in the host's place, the first that one is in. Others are denied, and nothing goes out.
    pub mocks: Option<Vec<Mock>>,
}

impl Default for Http {
    fn default() -> Self {
        Self { allow: Some(Vec::new()), ..Self::open() }
    }
}

impl Http {
    /// All of them, as they are.
    pub fn open() -> Self {
        Self { allow: None, deny: Vec::new(), audit: false, rewrites: Vec::new(), mocks: None }
    }
}

/// Whether a function is about the resource `outgoing-request`.
fn is_of_request(function: &str) -> bool {
    let [constructor, method] = ["[constructor]outgoing-request", "[method]outgoing-request."];
    function == constructor || function.starts_with(method)
}

impl Rules for Http {
    fn check(&self, policy: &Policy) -> Result<()> {
        if self.audit && self.is_ruled() {
            check_audit(policy, "http")?;
        }
        let denied = |rule: &Requests| self.deny.iter().find(|denied| denied.at_any_port().covers(rule));
        for rule in self.allow.iter().flatten() {
            if let Some(by) = denied(rule) {
                bail!("`{rule}` can never match: `{by}`, which is denied, takes all of it in; leave one out");
            }
        }
        for (at, rewrite) in self.rewrites.iter().enumerate() {
            let rule = &rewrite.requests;
            let is_allowed = self.allow.as_ref().is_none_or(|allow| allow.iter().any(|allow| allow.meets(rule)));
            if let (Some(by), false) = (denied(rule), self.audit) {
                bail!(
                    "the rewrite of `{rule}` can never match: `{by}`, which is denied, takes all of it in; leave one out"
                );
            }
            if !is_allowed && !self.audit {
                bail!("the rewrite of `{rule}` can never match: no such request is let out; add `{rule}` to `allow`");
            }
            if let Some(by) = self.rewrites[..at].iter().find(|earlier| earlier.requests.covers(rule)) {
                let by = &by.requests;
                bail!("the rewrite of `{rule}` can never match: that of `{by}` comes first; move it ahead of that");
            }
            let place = rewrite.place();
            if let Some(by) = place.as_ref().and_then(denied) {
                bail!(
                    "the rewrite of `{rule}` sends to what `{by}` denies; rules are about where requests ask to go, so leave one out"
                );
            }
        }
        let Some(mocks) = &self.mocks else { return Ok(()) };
        let has_rules = self.allow.as_ref().is_some_and(|allow| !allow.is_empty()) || !self.deny.is_empty();
        if has_rules || self.audit || !self.rewrites.is_empty() {
            bail!(
                "with mocks no request goes out, so there is nothing to allow, deny, rewrite or audit; leave one out"
            );
        }
        for (at, mock) in mocks.iter().enumerate() {
            if let Some(by) = mocks[..at].iter().find(|earlier| earlier.covers(mock)) {
                bail!("the mock of `{mock}` can never match: that of `{by}` comes first; move it ahead of that");
            }
        }
        Ok(())
    }

    fn access(&self, track: &Track) -> Access {
        match (&self.mocks, track.path()) {
            (Some(_), HTTP_TYPES | OUTGOING_HANDLER) => Access::Adapter("http"),
            (Some(_), _) => Access::Deny,
            (None, _) if self.is_open() || self.is_ruled() => Access::Host,
            (None, _) => Access::Deny,
        }
    }

    fn hook(&self, path: &str, function: &str) -> Option<Hook> {
        let rewrites = !self.rewrites.is_empty();
        match (path, function) {
            _ if !self.is_ruled() => None,
            (OUTGOING_HANDLER, "handle") if !rewrites => Some(Hook::Ask(HTTP_GUARD, "handle", About::Arguments)),
            (OUTGOING_HANDLER, "handle") => Some(Hook::Take(HTTP_REQUESTS)),
            // Headers can be changed only before there is a request.
            (HTTP_TYPES, function) if rewrites && is_of_request(function) => Some(Hook::Take(HTTP_REQUESTS)),
            _ => None,
        }
    }

    /// Whether some are sent and others are not, or are changed, or written down.
    fn is_ruled(&self) -> bool {
        let all = self.deny.is_empty() && self.rewrites.is_empty();
        self.mocks.is_none() && self.allow.as_ref().map_or(!all, |allow| self.audit || !allow.is_empty())
    }

    /// What else there is does not send anything.
    fn must_know(&self, path: &str) -> bool {
        path == OUTGOING_HANDLER
    }

    fn asks(&self) -> Vec<&'static str> {
        match self.mocks {
            Some(_) => vec![BUFFERS],
            None => {
                let rewrites = (!self.rewrites.is_empty()).then_some(OUTGOING_HANDLER);
                [HTTP_TYPES].into_iter().chain(rewrites).chain(self.audit.then_some(STDERR)).collect()
            }
        }
    }

    fn makes_io(&self) -> bool {
        self.mocks.is_some()
    }

    fn embedded(&self) -> Vec<(&'static str, &Node)> {
        self.mocks.iter().flatten().map(|mock| ("the body of a mock", &mock.body)).collect()
    }

    fn setting(&self, name: &str, policy: &Policy) -> Option<Value> {
        match name {
            "rules" => {
                let all = [Requests::all()];
                let allow = self.allow.as_deref().unwrap_or(&all);
                let denied = self.deny.iter().map(|requests| (false, requests.at_any_port()));
                let rules = denied.chain(allow.iter().map(|requests| (true, requests.clone())));
                let values = rules.flat_map(|(allow, requests)| {
                    requests.values(&[("allow", Value::Bool(allow)), ("path", Value::string(&requests.path))])
                });
                Some(Value::List(values.collect()))
            }
            "rewrites" => Some(Value::List(self.rewrites.iter().flat_map(Rewrite::values).collect())),
            "mocks" => {
                let mocks = self.mocks.iter().flatten().zip(policy.content_of("http"));
                Some(Value::List(mocks.flat_map(|(mock, body)| mock.values(body)).collect()))
            }
            _ => None,
        }
    }

    fn way_out(&self) -> &'static str {
        match self.mocks {
            Some(_) => {
                "let its requests out to a server that answers for the test (`to` in `[[http.rewrite]]`): mocks are for programs"
            }
            None => "wrap the export in a component of your own",
        }
    }

    fn needs(&self) -> Vec<&'static str> {
        vec![OUTGOING_HANDLER]
    }

    fn reaches(&self) -> Vec<&'static str> {
        self.audit.then_some(STDERR).into_iter().collect()
    }

    fn is_open(&self) -> bool {
        // There is nothing to write down.
        Self { audit: false, ..self.clone() } == Self::open()
    }

    fn is_set(&self) -> bool {
        self.is_ruled() || self.mocks.is_some() || !self.rewrites.is_empty()
    }

    fn only_opens(&self) -> bool {
        self.mocks.is_none()
    }

    fn describe(&self) -> String {
        if let Some(mocks) = &self.mocks {
            return format!("{}, other requests denied", count(mocks.len(), "mock"));
        }
        let list = |requests: &[Requests]| requests.iter().map(Requests::to_string).collect::<Vec<_>>().join(", ");
        let allowed = match self.allow.as_deref() {
            None => "all requests".to_owned(),
            Some([]) => "no requests".to_owned(),
            Some(allow) => format!("requests to {}", list(allow)),
        };
        let denied = if self.deny.is_empty() { String::new() } else { format!(", none to {}", list(&self.deny)) };
        let rewrites = match self.rewrites.len() {
            0 => String::new(),
            rewrites => format!(", {}", count(rewrites, "rewrite")),
        };
        let audit = if self.audit { "; all others are sent, too, and written to standard error" } else { "" };
        format!("{allowed}{denied}{rewrites}{audit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(text: &str) -> Requests {
        text.parse().unwrap()
    }

    fn refused(http: &Http, words: &[&str]) {
        let error = http.check(&Policy::default()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }

    #[test]
    fn denying_comes_first_and_is_at_any_port() {
        let http = Http { deny: vec![requests("a.com/x")], ..Http::open() };
        let Some(Value::List(rules)) = http.setting("rules", &Policy::default()) else { panic!("there are rules") };
        let field = |rule: &Value, name: &str| match rule {
            Value::Record(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
            _ => None,
        };
        let allows: Vec<_> = rules.iter().filter_map(|rule| field(rule, "allow")).collect();
        assert_eq!(allows, [Value::Bool(false), Value::Bool(true)]);
        assert_eq!(field(&rules[0], "port"), Some(Value::option(None)));
    }

    #[test]
    fn what_can_never_match_is_refused() {
        let allow = Some(vec![requests("a.com"), requests("b.com:8080")]);
        let mut http = Http { allow, deny: vec![requests("b.com/x")], ..Http::open() };
        http.check(&Policy::default()).unwrap();
        http.deny.push(requests("b.com"));
        refused(&http, &["`b.com:8080`", "`b.com`", "is denied"]);
        http.deny.clear();
        http.rewrites = vec![Rewrite::of(requests("*.com")), Rewrite::of(requests("a.com"))];
        refused(&http, &["`a.com`", "`*.com`", "comes first"]);
        http.rewrites = vec![Rewrite::of(requests("c.com"))];
        refused(&http, &["`c.com`", "`allow`"]);
        http.rewrites.clear();
        http.mocks = Some(Vec::new());
        refused(&http, &["mocks", "leave one out"]);
        let mock = |url: &str| Mock::of(url).unwrap();
        http = Http { mocks: Some(vec![mock("a.com/x"), mock("a.com")]), ..Http::default() };
        http.check(&Policy::default()).unwrap();
        http.mocks.as_mut().unwrap().push(mock("https://a.com/x?y"));
        refused(&http, &["`https://a.com/x?y`", "`a.com/x`"]);
    }
}
