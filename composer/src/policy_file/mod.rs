//! Policy files: what the options say, and trees of files that are written out, as TOML. Each table does what the options
//! of the same names do.
//!
//! - here, and a file each for the longer tables: a file as it is read;
//! - `write`: the file that says a policy;
//! - `schema`: what a file may have, for editors.

mod fs;
mod http;
mod pairs;
mod schema;
mod sockets;
mod stdio;
mod trace;
mod write;

use crate::catalog::{known, subsystem};
use crate::policy::{Policy, Profile, Random, Scope, is_seal_pattern};
use crate::words::{parse_size, unknown};
use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use fs::FsTable;
use http::HttpTable;
pub use http::mocks;
use pairs::{ConfigTable, EnvTable, Map, Names};
pub use schema::SCHEMA;
use serde::Deserialize;
use sockets::SocketsTable;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use stdio::StdioTable;
use trace::TraceTable;
#[cfg(test)]
pub use write::check_that_a_file_says;

/// The version of the format, which a file begins with.
const VERSION: i64 = 1;

/// A policy file, or what one says of a component inside.
pub struct PolicyFile {
    document: Document,
    /// Where it is.
    path: PathBuf,
    /// Whether it says nothing but of components inside.
    is_of_parts: bool,
}

/// What is read ahead of all else, so that a file of a later version is told to be one.
#[derive(Deserialize)]
struct Versioned {
    version: Option<toml::Value>,
}

/// A policy of virt-compose
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Policy"))]
#[serde(default, deny_unknown_fields)]
struct Document {
    /// The version of the format
    #[serde(rename = "version")]
    #[cfg_attr(test, schemars(extend("const" = VERSION, "default" = VERSION)))]
    _version: i64,
    /// What the policy starts from
    profile: Option<Profile>,
    /// The subsystems that are touched; all, without it
    #[cfg_attr(test, schemars(schema_with = "schema::all_subsystems"))]
    with: Option<Vec<String>>,
    /// Subsystems that are left to the host
    #[cfg_attr(test, schemars(schema_with = "schema::subsystems"))]
    allow: Vec<String>,
    /// Subsystems that are denied, though the profile opens or sets them
    #[cfg_attr(test, schemars(schema_with = "schema::subsystems"))]
    deny: Vec<String>,
    /// Imports that are denied besides, WASI's or not: an interface (`a:b/c`), a package (`a:b`), a function of the world (`f`), or `*`
    seal: Vec<String>,
    /// Whether denied functions trap, even where they could answer
    trap: Option<bool>,
    env: Option<EnvTable>,
    config: Option<ConfigTable>,
    clocks: Option<ClocksTable>,
    random: Option<RandomTable>,
    stdio: Option<StdioTable>,
    http: Option<HttpTable>,
    sockets: Option<SocketsTable>,
    fs: Option<FsTable>,
    trace: Option<TraceTable>,
    /// What is wanted of components inside a composition, by their names in it: each has what a file has
    #[serde(rename = "for")]
    parts: Map<Document>,
}

/// The time, and waiting
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`clocks = { time = \"now+1h\" }`")]
struct ClocksTable {
    /// What the clocks show first, such as `2026-01-01T00:00:00Z`, with `+1ms` behind it to move at each reading; `now+1h` is the host's,
    /// shifted
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    time: Option<Time>,
}

/// TOML has instants of its own.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a time, such as \"2026-01-01T00:00:00Z\" or \"now+1h\"")]
enum Time {
    Instant(toml::value::Datetime),
    Text(String),
}

impl Time {
    fn text(&self) -> String {
        match self {
            Self::Instant(instant) => instant.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Random numbers
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`random = { seed = 1 }`")]
struct RandomTable {
    /// What all of them follow from
    seed: Option<Number>,
}

/// TOML's numbers have a sign, and stop half way.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number from 0 on, or one in a string")]
enum Number {
    Number(u64),
    Text(String),
}

/// A number of bytes, or one as in `64K`, `64M`, `1G`
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number of bytes, or a string like \"64M\"")]
enum Size {
    Bytes(u64),
    Words(String),
}

impl PolicyFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = || format!("failed to read the policy `{}`", path.display());
        let bytes = std::fs::read(path).with_context(failed)?;
        let text = String::from_utf8(bytes).map_err(|_| anyhow!("it is not UTF-8 text")).with_context(failed)?;
        let document = Document::of(&text).with_context(failed)?;
        let keys: toml::Table = text.parse().context("it was read before").with_context(failed)?;
        let is_of_parts =
            !document.parts.is_empty() && keys.keys().all(|key| ["version", "for"].contains(&key.as_str()));
        Ok(Self { document, path: path.to_owned(), is_of_parts })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that it is in, from which local paths start.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Whether it says nothing of the whole.
    pub fn is_of_parts(&self) -> bool {
        self.is_of_parts
    }

    /// Takes out what is wanted of components inside, by their names.
    pub fn take_parts(&mut self) -> Vec<(String, Self)> {
        let parts = std::mem::take(&mut self.document.parts);
        let part = |(name, document)| (name, Self { document, path: self.path.clone(), is_of_parts: false });
        parts.into_iter().map(part).collect()
    }

    /// What the file starts from, if it says.
    pub fn profile(&self) -> Option<Profile> {
        self.document.profile
    }

    /// The subsystems that are touched, if the file says.
    pub fn scope(&self) -> Result<Option<Scope>> {
        let named = |with: &Names| with.iter().map(|name| known(name)).collect::<Result<BTreeSet<_>>>();
        Ok(self.document.with.as_ref().map(named).transpose().context("in `with`")?.map(Scope::Only))
    }

    /// Whether the file says what stands behind standard output, and standard error.
    pub fn outputs(&self) -> [bool; 2] {
        self.document.stdio.as_ref().map_or([false; 2], StdioTable::outputs)
    }

    /// Changes a policy as the file says, and gives back what there is to say. `program` is the program's name, which comes
    /// first among its arguments.
    pub fn apply(&self, policy: &mut Policy, program: &str) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        if let Some(name) = self.document.parts.keys().next() {
            bail!("`[for.{name}]` is about a component inside, of which nothing can be said here: leave it out");
        }
        let Document { allow, deny, .. } = &self.document;
        if let Some(both) = allow.iter().find(|name| deny.contains(name)) {
            bail!("`allow` and `deny` both have `{both}`; leave one out");
        }
        notes.extend(change("allow", allow, policy, Policy::allow)?);
        notes.extend(change("deny", deny, policy, Policy::deny)?);
        for (name, is_virtual) in [
            ("clocks", self.document.clocks.as_ref().is_some_and(|clocks| clocks.time.is_some())),
            ("random", self.document.random.as_ref().is_some_and(|random| random.seed.is_some())),
        ] {
            if is_virtual && self.document.allow.iter().any(|allowed| allowed == name) {
                notes.push(format!("`allow` has `{name}`, which changes nothing: `[{name}]` makes it virtual"));
            }
        }
        let tables = [
            ("env", self.document.env.is_some()),
            ("config", self.document.config.is_some()),
            ("clocks", self.document.clocks.is_some()),
            ("random", self.document.random.is_some()),
            ("stdio", self.document.stdio.is_some()),
            ("http", self.document.http.is_some()),
            ("sockets", self.document.sockets.is_some()),
            ("fs", self.document.fs.is_some()),
        ];
        for (name, is_said) in tables {
            ensure!(
                !is_said || policy.touches(name),
                "`[{name}]` configures what is left alone; add `{name}` to `with`, or to `--with`"
            );
        }
        let Document { env, config, clocks, random, stdio, http, sockets, fs, .. } = &self.document;
        if let Some(env) = env {
            notes.extend(env.apply(policy, program)?);
        }
        if let Some(config) = config {
            notes.extend(config.apply(policy)?);
        }
        if let Some(time) = clocks.as_ref().and_then(|clocks| clocks.time.as_ref()) {
            policy.clocks = time.text().parse().context("in `[clocks]`, `time`")?;
        }
        if let Some(seed) = random.as_ref().and_then(|random| random.seed.as_ref()) {
            policy.random = match seed {
                Number::Number(seed) => Random::Seeded(*seed),
                Number::Text(seed) => Random::seeded(seed).context("in `[random]`, `seed`")?,
            };
        }
        if let Some(stdio) = stdio {
            stdio.apply(policy, self.folder())?;
        }
        if let Some(http) = http {
            notes.extend(http.apply(policy, self.folder())?);
        }
        if let Some(sockets) = sockets {
            notes.extend(sockets.apply(&mut policy.sockets)?);
        }
        if let Some(fs) = fs {
            notes.extend(fs.apply(policy, self.folder())?);
        }
        if let Some(trace) = &self.document.trace {
            trace.apply(&mut policy.trace)?;
        }
        for pattern in &self.document.seal {
            policy.seal.push(seal_pattern(pattern).context("in `seal`")?);
        }
        policy.trap = self.document.trap.unwrap_or(policy.trap);
        Ok(notes)
    }
}

/// Opens or denies the subsystems that a key lists, and gives back what there is to say.
fn change(
    key: &str,
    names: &[String],
    policy: &mut Policy,
    change: fn(&mut Policy, &'static str),
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for name in names {
        let name = known(name).with_context(|| format!("in `{key}`"))?;
        ensure!(name != "io", "`{key}` has `io`, which follows from the others; leave it out");
        if !policy.touches(name) {
            notes.push(format!("`{key}` has `{name}`, which changes nothing: it is left alone"));
            continue;
        }
        let before = policy.clone();
        change(policy, name);
        if key == "deny" && policy.agrees(&before, name) {
            notes.push(format!("`deny` has `{name}`, which changes nothing: it is denied without"));
        }
    }
    Ok(notes)
}

/// A pattern of what is sealed, which is a name without a version.
pub fn seal_pattern(pattern: &str) -> Result<String> {
    if let Some(row) = subsystem(pattern) {
        bail!(
            "`{pattern}` is a subsystem; name it in `with` (`--with {}`), or write an interface, such as `wasi:cli/exit`",
            row.name
        );
    }
    ensure!(
        is_seal_pattern(pattern),
        "`{pattern}` is no interface (`a:b/c`), package (`a:b`), function (`f`) or `*`; versions are left out"
    );
    Ok(pattern.to_owned())
}

impl Policy {
    /// The policy that a file with this text in a folder means. Local paths in it start at the folder. Where the file has arguments,
    /// the program is called `app`.
    ///
    /// ```
    /// use virt_compose::policy::{Policy, Random};
    ///
    /// let policy = Policy::from_toml("version = 1\nrandom = { seed = 7 }", "".as_ref())?;
    /// assert_eq!(policy.random, Random::Seeded(7));
    /// assert_eq!(Policy::from_toml(&policy.to_toml("".as_ref())?, "".as_ref())?, policy);
    /// # anyhow::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Policy`](crate::Error::Policy), with the line or the key.
    pub fn from_toml(text: &str, folder: &Path) -> Result<Self, crate::Error> {
        let read = || {
            let path = folder.join("policy.toml");
            let file = PolicyFile { document: Document::of(text)?, path, is_of_parts: false };
            let mut policy = file.profile().unwrap_or_default().policy();
            policy.scope = file.scope()?.unwrap_or_default();
            file.apply(&mut policy, "app")?;
            Ok(policy)
        };
        read().map_err(crate::Error::policy)
    }
}

impl Document {
    fn of(text: &str) -> Result<Self> {
        let Versioned { version } = toml::from_str(text).map_err(|error| explain(&error, text))?;
        match version {
            Some(toml::Value::Integer(VERSION)) => {}
            Some(toml::Value::Integer(other)) => bail!(
                "it is of version {other}, and this virt-compose knows {VERSION}: write `version = {VERSION}`, or take \
                 another release"
            ),
            Some(_) => bail!("the version is no number; write `version = {VERSION}`, without quotes"),
            None => bail!("the version is missing; write `version = {VERSION}` at the top"),
        }
        toml::from_str(text).map_err(|error| explain(&error, text))
    }
}

/// An error with its line, and the nearest key if there is none of that name.
fn explain(error: &toml::de::Error, text: &str) -> Error {
    let words = error.message().trim();
    let mut names = words.split('`').skip(1).step_by(2);
    let words = match names.next() {
        Some(name) if words.starts_with("unknown field") => unknown("key", name, &names.collect::<Vec<_>>()),
        Some(name) if words.starts_with("unknown variant") => unknown("value", name, &names.collect::<Vec<_>>()),
        _ => words
            .replace("expected a sequence", "expected a list, such as `[\"one\", \"two\"]`")
            .replace("invalid type: map", "invalid type: table")
            .replace("expected a string", "expected a string in quotes"),
    };
    match error.span() {
        Some(span) => anyhow!("line {}: {words}", 1 + text[..span.start].matches('\n').count()),
        None => anyhow!("{words}"),
    }
}

impl Size {
    fn bytes(&self) -> Result<u64> {
        match self {
            Self::Bytes(bytes) => parse_size(&bytes.to_string()),
            Self::Words(words) => parse_size(words),
        }
    }
}

#[cfg(test)]
mod tests;
