//! `[http]`, and files of mocks.

use super::explain;
use super::pairs::{Map, Names};
use crate::policy::{Http, Mock, Policy, Requests, Rewrite};
use crate::tree::{Content, Node, local};
use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::path::{Path, PathBuf};

/// Which HTTP requests go out, and how; or what answers them
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[http]` with `allow`, `deny`, `audit`, `rewrite` or `mock`")]
pub struct HttpTable {
    /// What may be sent: all, nothing, or these, such as `*.example.com` or `https://example.com:8443/v1`
    allow: Option<Allow>,
    /// What is not sent even so, at any port
    deny: Vec<Pattern>,
    /// Send what would be denied, and write it down on standard error
    audit: bool,
    /// How requests change on their way out; the first that one is in counts
    rewrite: Vec<RewriteTable>,
    /// What answers in the host's place: a file of mocks, whose path starts at the policy file, or mocks
    mock: Option<Mocks>,
}

/// `true` is all, `false` none.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged))]
enum Allow {
    All(bool),
    Listed(Vec<Pattern>),
}

#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged))]
enum Pattern {
    Url(String),
    With(PatternTable),
}

/// Requests with some methods
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PatternTable {
    /// Where they go, such as `https://example.com/v1`
    url: String,
    /// Any, if there are none
    methods: Option<Names>,
}

/// How requests change on their way out
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RewriteTable {
    /// Which requests, as the app asks for them
    url: String,
    /// Any, if there are none
    methods: Option<Names>,
    /// Another scheme and authority, such as `http://localhost:8080`
    to: Option<String>,
    /// Headers that get this value, whatever they had
    #[serde(default)]
    set: Map<String>,
    /// Headers that are there besides
    #[serde(default)]
    add: Map<Values>,
    /// Headers that are taken out
    #[serde(default)]
    remove: Names,
}

/// One value, or several.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a string, or a list of strings")]
enum Values {
    One(String),
    Several(Names),
}

#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged))]
enum Mocks {
    File(PathBuf),
    Here(Vec<MockTable>),
}

/// A file of mocks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`[[mock]]`, with `url` and what answers")]
struct MockFile {
    #[serde(rename = "version")]
    _version: Option<i64>,
    #[serde(default)]
    mock: Vec<MockTable>,
}

/// An answer to requests without a server
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MockTable {
    /// To which requests, such as `https://api.example.com/users/*`; without a path or a query, any will do
    url: String,
    /// Any, if there is none
    method: Option<String>,
    /// 200, if there is none
    #[cfg_attr(test, schemars(range(min = 200, max = 599)))]
    status: Option<u64>,
    /// Headers of the answer
    #[serde(default)]
    headers: Map<Values>,
    /// The body of the answer
    body: Option<Body>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a text, or { file = \"./path\" }")]
enum Body {
    Text(String),
    From(BodyTable),
}

/// A body that is no text here: one of these
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("minProperties" = 1, "maxProperties" = 1)))]
#[serde(deny_unknown_fields)]
struct BodyTable {
    /// These bytes
    bytes: Option<Vec<u8>>,
    /// What is in a local file, whose path starts at the file that says so
    file: Option<PathBuf>,
}

// What may have several forms is read by hand: serde's own way tells no more of a mistake in one than which forms there are.

impl<'de> Deserialize<'de> for Allow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Allow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false`, or a list such as `[\"https://example.com\"]`")
            }

            fn visit_bool<E>(self, all: bool) -> Result<Allow, E> {
                Ok(Allow::All(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Allow, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Allow::Listed)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Pattern;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pattern such as \"https://example.com/v1\", or { url = \"...\", methods = [\"GET\"] }")
            }

            fn visit_str<E>(self, url: &str) -> Result<Pattern, E> {
                Ok(Pattern::Url(url.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Pattern, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(table)).map(Pattern::With)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Mocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Mocks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file of mocks, or `[[http.mock]]`")
            }

            fn visit_str<E>(self, path: &str) -> Result<Mocks, E> {
                Ok(Mocks::File(path.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, tables: A) -> Result<Mocks, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(tables)).map(Mocks::Here)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl HttpTable {
    /// Changes which requests go out, or what answers them, and gives back what there is to say. Local paths start at the
    /// folder.
    pub fn apply(&self, policy: &mut Policy, folder: &Path) -> Result<Vec<String>> {
        let http = &mut policy.http;
        match &self.allow {
            None => {}
            Some(Allow::All(true)) => http.allow = None,
            Some(Allow::All(false)) => http.allow = Some(Vec::new()),
            Some(Allow::Listed(listed)) => http.allow = Some(patterns(listed).context("in `[http]`, `allow`")?),
        }
        http.deny.extend(patterns(&self.deny).context("in `[http]`, `deny`")?);
        http.audit |= self.audit;
        for table in &self.rewrite {
            http.rewrites.push(table.rewrite().with_context(|| format!("in `[[http.rewrite]]` of `{}`", table.url))?);
        }
        match &self.mock {
            None => {}
            Some(Mocks::File(path)) => http.mocks.get_or_insert_default().extend(mocks(&folder.join(path))?),
            Some(Mocks::Here(tables)) => http.mocks.get_or_insert_default().extend(all(tables, folder)?),
        }
        let mut notes = Vec::new();
        if !self.deny.is_empty() && http.allow == Http::default().allow {
            notes.push("in `[http]`, `deny` changes nothing: no requests are let out".to_owned());
        }
        if self.audit && http.allow.is_none() && http.deny.is_empty() {
            notes.push("in `[http]`, `audit` changes nothing: all requests are let out".to_owned());
        }
        Ok(notes)
    }
}

fn patterns(patterns: &[Pattern]) -> Result<Vec<Requests>> {
    let parse = |pattern: &Pattern| match pattern {
        Pattern::Url(url) => url.parse(),
        Pattern::With(table) => requests(&table.url, table.methods.as_ref()),
    };
    patterns.iter().map(parse).collect()
}

fn requests(url: &str, methods: Option<&Names>) -> Result<Requests> {
    ensure!(methods.is_none_or(|methods| !methods.is_empty()), "`methods` is empty; leave it out for any");
    url.parse::<Requests>()?.with_methods(methods.into_iter().flatten().map(String::as_str))
}

impl RewriteTable {
    fn rewrite(&self) -> Result<Rewrite> {
        let mut rewrite = Rewrite::of(requests(&self.url, self.methods.as_ref())?);
        if let Some(to) = &self.to {
            rewrite.send_to(to)?;
        }
        self.remove.iter().try_for_each(|name| rewrite.remove(name))?;
        self.set.iter().try_for_each(|(name, value)| rewrite.set(name, value))?;
        for (name, values) in &self.add {
            values.each(|value| rewrite.add(name, value))?;
        }
        rewrite.check()?;
        Ok(rewrite)
    }
}

impl Values {
    fn each(&self, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
        match self {
            Self::One(value) => take(value),
            Self::Several(values) => values.iter().try_for_each(|value| take(value)),
        }
    }
}

/// Reads a file of mocks. Paths in it start at its folder.
pub fn mocks(path: &Path) -> Result<Vec<Mock>> {
    let read = || {
        let bytes = std::fs::read(path)?;
        let text = String::from_utf8(bytes).map_err(|_| anyhow!("it is not UTF-8 text"))?;
        let file: MockFile = toml::from_str(&text).map_err(|error| explain(&error, &text))?;
        ensure!(!file.mock.is_empty(), "there is no mock in it; write `[[mock]]`, and below it `url` and what answers");
        all(&file.mock, path.parent().unwrap_or(Path::new("")))
    };
    read().with_context(|| format!("failed to read the mocks `{}`", path.display()))
}

fn all(tables: &[MockTable], folder: &Path) -> Result<Vec<Mock>> {
    let mock = |table: &MockTable| table.mock(folder).with_context(|| format!("in the mock of `{}`", table.url));
    tables.iter().map(mock).collect()
}

impl MockTable {
    fn mock(&self, folder: &Path) -> Result<Mock> {
        let mut mock = Mock::of(&self.url)?;
        mock.requests = mock.requests.with_methods(self.method.as_deref())?;
        if let Some(status) = self.status {
            mock.set_status(status)?;
        }
        for (name, values) in &self.headers {
            values.each(|value| mock.add_header(name, value))?;
        }
        match &self.body {
            None => {}
            Some(Body::Text(text)) => mock.body = Node::File(Content::Inline(text.as_bytes().to_vec())),
            Some(Body::From(BodyTable { bytes: None, file: Some(file) })) => {
                mock.body = local::file(&folder.join(file))?;
            }
            Some(Body::From(BodyTable { bytes: Some(bytes), file: None })) => {
                mock.body = Node::File(Content::Inline(bytes.clone()));
            }
            Some(Body::From(_)) => {
                bail!("write `body` as a text, as {{ file = \"./path\" }} or as {{ bytes = [...] }}")
            }
        }
        if matches!(mock.status, 204 | 304) && mock.body.len() > 0 {
            bail!("a response with the status {} has no body; leave it out", mock.status);
        }
        Ok(mock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy_file::tests::{policy, refused};

    fn requests(text: &str) -> Requests {
        text.parse().unwrap()
    }

    #[test]
    fn rules_and_rewrites_are_as_written() {
        let http = policy(
            r#"
            [http]
            allow = ["a.com", { url = "https://b.com/v1", methods = ["get"] }]
            deny = ["c.com"]
            audit = true
            [[http.rewrite]]
            url = "a.com"
            to = "http://localhost:8080"
            set = { Authorization = "Bearer x" }
            add = { x-a = ["1", "2"] }
            remove = ["cookie"]
            "#,
        )
        .http;
        let mut rewrite = Rewrite::of(requests("a.com"));
        rewrite.send_to("http://localhost:8080").unwrap();
        rewrite.set("authorization", "Bearer x").unwrap();
        rewrite.add("x-a", "1").unwrap();
        rewrite.add("x-a", "2").unwrap();
        rewrite.remove("cookie").unwrap();
        let get = requests("https://b.com/v1").with_methods(["GET"]).unwrap();
        let expected = Http {
            allow: Some(vec![requests("a.com"), get]),
            deny: vec![requests("c.com")],
            audit: true,
            rewrites: vec![rewrite],
            mocks: None,
        };
        assert_eq!(http, expected);
        assert_eq!(policy("[http]\nallow = true").http, Http::open());
        assert_eq!(policy("allow = [\"http\"]\n[http]\nallow = false").http, Http::default());
    }

    #[test]
    fn mocks_are_here_or_in_a_file() {
        let here = policy(
            r#"
            [[http.mock]]
            url = "https://a.com/x"
            method = "post"
            status = 404
            headers = { x-a = ["1", "2"] }
            body = "gone"
            [[http.mock]]
            url = "https://a.com"
            body = { file = "data/a.txt" }
            "#,
        )
        .http
        .mocks
        .unwrap();
        assert_eq!((here[0].status, here[0].requests.to_string().as_str()), (404, "POST https://a.com"));
        assert_eq!(here[0].headers, [("x-a".to_owned(), "1".to_owned()), ("x-a".to_owned(), "2".to_owned())]);
        assert_eq!((here[0].body.len(), here[1].body.len(), here[1].target.as_str()), (4, 4, "*"));
        refused("[http]\nmock = \"none.toml\"", &["`", "none.toml`", "No such file"]);
        refused("[[http.mock]]\nurl = \"a.com\"\nbody = { file = \"gone.txt\" }", &["`a.com`", "gone.txt`"]);
        refused("[http]\nmock = \"data/a.txt\"", &["a.txt`", "line 1"]);
        refused("[http]\nmock = \"empty.toml\"", &["empty.toml`", "`[[mock]]`"]);
        refused("[[http.mock]]\nurl = \"a.com\"\nbodyy = \"x\"", &["body"]);
        refused("[[http.mock]]\nurl = \"a.com\"\nstatus = 999", &["`a.com`", "`999`"]);
        refused("[[http.mock]]\nurl = \"a.com\"\nstatus = 204\nbody = \"x\"", &["204", "no body"]);
    }

    #[test]
    fn errors_name_the_table_and_a_right_form() {
        refused("[http]\nallow = [\"ftp://a.com\"]", &["`[http]`", "`allow`", "`https://a.com`"]);
        refused("[http]\nallow = [{ url = \"a.com\", methods = [\"G T\"] }]", &["`G T`", "`GET`"]);
        refused("[http]\ndenny = []", &["`denny`", "`deny`"]);
        refused("[http]\nallow = [{ url = \"a.com\", method = \"GET\" }]", &["`method`", "`methods`"]);
        refused("[http]\nallow = [{ url = \"a.com\", methods = [] }]", &["`methods`", "leave it out"]);
        refused("[http]\nallow = \"a.com\"", &["list such as"]);
        refused("[http]\nallow = [1]", &["\"https://example.com/v1\""]);
        refused("[[http.rewrite]]\nurl = \"a.com\"", &["`a.com`", "changes nothing", "`to`"]);
        refused("[[http.rewrite]]\nurl = \"a.com\"\nset = { a = \"b\" }", &["in the clear", "`https://a.com`"]);
        refused("[[http.rewrite]]\nurl = \"a.com\"\nset = { Content-Length = \"1\" }", &["`content-length`"]);
        refused("[[http.rewrite]]\nurl = \"https://a.com\"\nset = { A = \"b\", a = \"c\" }", &["`a`", "twice"]);
        refused("[[http.rewrite]]\nurl = \"a.com\"\nto = \"localhost\"", &["`localhost`", "`http://localhost:8080`"]);
        refused("[[http.rewrite]]\nurl = \"a.com\"\nset = { Host = \"b\" }", &["`host`", "leave it out"]);
    }
}
