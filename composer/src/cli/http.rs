//! The options that say which HTTP requests go out.

use crate::policy::{Http, Policy, Requests};
use crate::policy_file::mocks;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// The options that say which HTTP requests go out.
#[derive(Args)]
pub(super) struct HttpArgs {
    /// Let HTTP requests out; with patterns, just these: `*.example.com`, `example.com:8443`, `https://example.com/v1`
    ///
    /// Without a port it is the one of the scheme; `:*` is any. `*.example.com` is all below `example.com`. Other requests get the error
    /// `HTTP-request-denied`, and the host does not see them. A path that servers read differently (`..`, `//`, `;`, `%2f`) is
    /// in none that is let out, and in all that are kept back. Methods, changes on the way out and audits are for the policy file.
    #[arg(long, value_name = "PATTERN,...", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_http: Option<String>,

    /// Keep these requests back, whatever else lets them out; without a port, at any
    #[arg(long, value_name = "PATTERN,...", value_delimiter = ',')]
    deny_http: Vec<String>,

    /// Answer HTTP requests with what is in this file, and send none: `[[mock]]` with `url`, `method`, `status`, `headers`, `body`
    ///
    /// The first that matches answers; what none matches is denied. In the path of `url`, `*` is anything; without a path or a query, any
    /// will do, and so it is without `method`. `headers = { name = "value" }`; `body = "text"`, or `body = { file = "answer.json" }`
    /// from the folder of FILE; the status is 200 if there is none.
    #[arg(long, value_name = "FILE.toml")]
    http_mock: Option<PathBuf>,
}

impl HttpArgs {
    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        self.allow_http.is_some() || !self.deny_http.is_empty() || self.http_mock.is_some()
    }

    /// Whether all that is said is to leave it alone.
    pub fn only_opens(&self) -> bool {
        self.allow_http.as_deref() == Some("true") && self.deny_http.is_empty() && self.http_mock.is_none()
    }

    /// The file of mocks.
    pub fn mocks(&self) -> Option<&Path> {
        self.http_mock.as_deref()
    }

    /// What took words that may have been the app.
    pub fn lists(&self) -> impl Iterator<Item = &String> {
        self.deny_http.iter()
    }

    /// Changes which requests go out.
    pub fn apply(&self, policy: &mut Policy) -> Result<()> {
        let http = &mut policy.http;
        match self.allow_http.as_deref() {
            None => {}
            Some(_) if http.mocks.is_some() => {
                bail!(
                    "`--allow-http` lets requests out, and the policy has mocks, which answer all of them; leave one out"
                )
            }
            Some("true") => http.allow = None,
            Some("false") => *http = Http::default(),
            Some(patterns) => {
                http.allow = Some(parse("--allow-http", patterns.split(','))?);
            }
        }
        if let Some(app) = self.deny_http.iter().find(|pattern| pattern.ends_with(".wasm")) {
            bail!(
                "`--deny-http` took `{app}` for its pattern; write the patterns behind `=`, as in `--deny-http=example.com {app}`"
            );
        }
        let denied = parse("--deny-http", self.deny_http.iter().map(String::as_str))?;
        let nothing_to_deny = http.allow.as_ref().is_some_and(Vec::is_empty) && !denied.is_empty();
        ensure!(!nothing_to_deny, "`--deny-http` keeps requests back, and none are let out; write `--allow-http`, too");
        http.deny.extend(denied);
        if let Some(path) = &self.http_mock {
            let said = self.allow_http.is_some() || !self.deny_http.is_empty();
            ensure!(!said, "`--http-mock` answers all requests, so there is nothing to allow or deny; leave one out");
            http.mocks.get_or_insert_default().extend(mocks(path)?);
        }
        Ok(())
    }
}

fn parse<'a>(option: &str, patterns: impl Iterator<Item = &'a str>) -> Result<Vec<Requests>> {
    let parse = |pattern: &str| pattern.trim().parse().with_context(|| format!("cannot take `{option}`"));
    patterns.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use crate::policy::Http;
    use anyhow::Result;

    fn http(args: &[&str]) -> Result<Http> {
        Ok(Cli::policy_of(args)?.http)
    }

    #[test]
    fn lists_are_what_is_open() {
        let requests = |text: &str| text.parse().unwrap();
        assert_eq!(http(&[]).unwrap(), Http::default());
        assert_eq!(http(&["--allow-http"]).unwrap(), Http::open());
        assert_eq!(http(&["--allow-http=true"]).unwrap(), Http::open());
        assert_eq!(http(&["--allow-all", "--allow-http=false"]).unwrap(), Http::default());
        let listed = Http { allow: Some(vec![requests("a.com"), requests("*.b.com")]), ..Http::open() };
        assert_eq!(http(&["--allow-http=a.com, *.b.com"]).unwrap(), listed);
        assert_eq!(http(&["--allow-all", "--allow-http=a.com,*.b.com"]).unwrap(), listed);
        let but = Http { deny: vec![requests("a.com"), requests("b.com")], ..Http::open() };
        assert_eq!(http(&["--allow-all", "--deny-http=a.com,b.com"]).unwrap(), but);
        assert_eq!(http(&["--allow-http", "--deny-http", "a.com", "--deny-http", "b.com"]).unwrap(), but);
    }

    #[test]
    fn errors_name_the_option_and_a_right_form() {
        for (args, words) in [
            (&["--allow-http="][..], &["--allow-http", "`*.example.com`"][..]),
            (&["--allow-http=a.com,,b.com"], &["--allow-http", "empty"]),
            (&["--allow-http=ftp://a.com"], &["--allow-http", "`https://a.com`"]),
            (&["--deny-http=a*"], &["--deny-http", "`*.example.com`"]),
            (&["--deny-http=a.com"], &["--deny-http", "--allow-http"]),
            (&["--allow-http", "--deny-http", "app.wasm"], &["`app.wasm`", "`--deny-http=example.com app.wasm`"]),
            (&["--with", "env", "--allow-http=a.com"], &["`http`", "--with env,http"]),
        ] {
            let error = format!("{:#}", http(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: {error}");
            }
        }
    }
}
