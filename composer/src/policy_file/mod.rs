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
mod tests {
    use super::*;
    use crate::policy::{Arguments, Clocks, Directory, Env, Input, Output, Pairs, Source, Stdio, Writing};
    use crate::tree::{Content, Node};
    use std::fs;
    use tempfile::TempDir;

    /// A folder with a policy, and a directory beside it.
    fn folder(text: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/a.txt"), "1234").unwrap();
        fs::write(folder.path().join("data/b.log"), "12").unwrap();
        fs::write(folder.path().join("empty.toml"), "").unwrap();
        fs::write(folder.path().join("policy.toml"), text).unwrap();
        folder
    }

    pub(super) fn apply(text: &str) -> Result<(Policy, Vec<String>)> {
        let folder = folder(text);
        let file = PolicyFile::read(&folder.path().join("policy.toml"))?;
        let mut policy = file.profile().unwrap_or_default().policy();
        policy.scope = file.scope()?.unwrap_or_default();
        let notes = file.apply(&mut policy, "app.wasm")?;
        Ok((policy, notes))
    }

    pub(super) fn policy(text: &str) -> Policy {
        let (policy, notes) = apply(&format!("version = 1\n{text}")).unwrap();
        assert_eq!(notes, Vec::<String>::new());
        policy
    }

    #[track_caller]
    pub(super) fn refused(text: &str, words: &[&str]) {
        let error = format!("{:#}", apply(&format!("version = 1\n{text}")).unwrap_err());
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }

    #[test]
    fn an_empty_policy_denies_everything() {
        assert_eq!(policy(""), Policy::default());
        assert_eq!(policy("[env]\n[stdio]\n[fs]\n"), Policy::default());
    }

    #[test]
    fn each_table_does_what_the_options_do() {
        let told = policy(
            r#"
            with = ["env", "stdio", "clocks"]
            allow = ["clocks"]
            [env]
            set = { B = "2", A = "1" }
            allow = ["HOME"]
            args = ["-x"]
            cwd = "/work"
            [stdio]
            stdin = "ignore"
            stdout = "allow"
            "#,
        );
        let mut expected = Policy { scope: Scope::Only(["env", "stdio", "clocks"].into()), ..Policy::default() };
        expected.allow("clocks");
        expected.env.variables.set("B", "2");
        expected.env.variables.set("A", "1");
        expected.env.variables.show("HOME");
        expected.env.arguments = Arguments::Set(vec!["app.wasm".to_owned(), "-x".to_owned()]);
        expected.env.cwd = Directory::Path("/work".to_owned());
        expected.stdio = Stdio { stdin: Input::Ignore, stdout: Output::Allow, stderr: Output::Deny };
        assert_eq!(told, expected);
    }

    #[test]
    fn true_is_the_hosts_and_false_is_nothing() {
        assert_eq!(policy("[env]\nallow = true\nargs = true\ncwd = true").env, Env::open());
        assert_eq!(policy("allow = [\"env\"]\n[env]\nallow = false\nargs = false\ncwd = false").env, Env::default());
        assert!(policy("[fs]\nhost = true").fs.host);
        assert!(!policy("allow = [\"fs\"]\n[fs]\nhost = false").fs.host);
    }

    #[test]
    fn the_small_subsystems_have_tables() {
        let told = policy(
            r#"
            [env]
            allow = true
            deny = ["SECRET"]
            [config]
            set = { a = "1" }
            allow = ["b", "c"]
            deny = ["c"]
            [clocks]
            time = "2026-01-01T00:00:00Z+1ms"
            [random]
            seed = 7
            [stdio]
            stdin = { text = "yes" }
            stdout = { prefix = "> ", cap = "1K" }
            stderr = "capture"
            "#,
        );
        assert_eq!(told.env.variables, Pairs { hidden: vec!["SECRET".to_owned()], ..Pairs::open() });
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let set = vec![("a".to_owned(), "1".to_owned())];
        assert_eq!(told.config.values, Pairs { set, visible: Some(names(&["b", "c"])), hidden: names(&["c"]) });
        assert_eq!(told.clocks, "2026-01-01T00:00:00Z+1ms".parse::<Clocks>().unwrap());
        assert_eq!(told.random, Random::Seeded(7));
        let stdin = Input::Embedded(Node::File(Content::Inline(b"yes".to_vec())));
        let stdout = Output::Filtered { prefix: "> ".to_owned(), limit: Some(1024) };
        assert_eq!(told.stdio, Stdio { stdin, stdout, stderr: Output::Captured });
        let told = policy(
            "[random]\nseed = \"0xffffffffffffffff\"\n[stdio]\nstdin = { file = \"data/a.txt\" }\nstdout = \"stderr\"\nstderr = { file = \"/log\" }",
        );
        assert_eq!(told.random, Random::Seeded(u64::MAX));
        assert!(matches!(told.stdio.stdin, Input::Embedded(Node::File(Content::Local { len: 4, .. }))));
        assert_eq!((told.stdio.stdout, told.stdio.stderr), (Output::Other, Output::File("/log".to_owned())));
    }

    #[test]
    fn files_are_mounted_made_and_written_out() {
        let told = policy(
            r#"
            [[fs.mount]]
            guest = "/data"
            local = "./data"
            access = "in-memory"
            exclude = ["*.log"]
            [[fs.mount]]
            guest = "/etc/"
            [fs.mount.files]
            "app/config" = { text = "x = 1" }
            "app/key" = { bytes = [0, 255] }
            "app/link" = { link = "config" }
            "hosts" = { host = "/etc/hosts" }
            "empty" = {}
            [[fs.tmpfs]]
            guest = "/tmp"
            size = "64M"
            [[fs.tmpfs]]
            guest = "/small"
            size = 5000
            [[fs.preopen]]
            guest = "/srv"
            host = "."
            access = "copy-on-write"
            "#,
        );
        let mounts = &told.fs.mounts;
        let places: Vec<_> = mounts.iter().map(|mount| (mount.guest.as_str(), mount.access)).collect();
        assert_eq!(
            places,
            [
                ("/data", Writing::InMemory),
                ("/etc/hosts", Writing::ReadOnly),
                ("/etc", Writing::ReadOnly),
                ("/tmp", Writing::InMemory),
                ("/small", Writing::InMemory),
                ("/srv", Writing::InMemory),
            ]
        );
        let Source::Embedded(Node::Directory(data)) = &mounts[0].source else { panic!("{:?}", mounts[0]) };
        assert_eq!(data.keys().collect::<Vec<_>>(), ["a.txt"]);
        let mut etc = Node::directory();
        etc.insert("app/config", Node::File(Content::Inline(b"x = 1".to_vec()))).unwrap();
        etc.insert("app/key", Node::File(Content::Inline(vec![0, 255]))).unwrap();
        etc.insert("app/link", Node::Link("config".to_owned())).unwrap();
        etc.insert("empty", Node::directory()).unwrap();
        let sources: Vec<_> = mounts[1..].iter().map(|mount| mount.source.clone()).collect();
        assert_eq!(
            sources,
            [
                Source::Host("/etc/hosts".to_owned()),
                Source::Embedded(etc),
                Source::Empty { limit: Some(64 << 20) },
                Source::Empty { limit: Some(5000) },
                Source::Host(".".to_owned()),
            ]
        );
    }

    #[test]
    fn what_has_no_effect_is_noted() {
        let text = |key| {
            format!(
                "version = 1\nwith = [\"fs\"]\nallow = [\"clocks\"]\n[[fs.mount]]\nguest = \"/data\"\nlocal = \"data\"\n\
                 {key} = [\"gone\"]"
            )
        };
        let (_, notes) = apply(&text("include")).unwrap();
        assert!(notes[0].contains("`clocks`") && notes[1].contains("`include` has `gone`"), "{notes:?}");
        let error = format!("{:#}", apply(&text("exclude")).unwrap_err());
        assert!(error.contains("`**/gone`"), "{error}");
    }

    #[test]
    fn a_profile_is_changed_by_what_else_is_there() {
        assert_eq!(policy("profile = \"open\""), Policy::open());
        assert_eq!(policy("profile = \"sealed\""), Policy::default());
        let told = policy(
            "profile = \"test\"\ndeny = [\"fs\", \"clocks\"]\nseal = [\"a:b\"]\ntrap = true\nrandom = { seed = 2 }",
        );
        let mut expected = Profile::Test.policy();
        ["fs", "clocks"].into_iter().for_each(|name| expected.deny(name));
        expected.random = Random::Seeded(2);
        expected.seal.push("a:b".to_owned());
        expected.trap = true;
        assert_eq!(told, expected);
        let (_, notes) = apply("version = 1\ndeny = [\"fs\"]").unwrap();
        assert!(notes[0].contains("`fs`") && notes[0].contains("changes nothing"), "{notes:?}");
    }

    #[test]
    fn the_file_that_has_everything_is_one() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../graphs/policy.toml"));
        let mut policy = Policy::default();
        let file = PolicyFile::read(path).unwrap();
        policy.scope = file.scope().unwrap().unwrap();
        assert_eq!(file.apply(&mut policy, "app").unwrap(), Vec::<String>::new());
        let mounts: Vec<&str> = policy.fs.mounts.iter().map(|mount| mount.guest.as_str()).collect();
        assert_eq!(mounts, ["/", "/etc/hosts", "/etc", "/tmp", "/data"]);
    }

    #[test]
    fn the_example_of_the_readme_is_one() {
        let readme = include_str!("../../../README.md");
        let (_, example) = readme.split_once("```toml\n").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("site")).unwrap();
        fs::write(folder.path().join("site/a.map"), "left out").unwrap();
        let file = PolicyFile {
            document: Document::of(example).unwrap(),
            path: folder.path().join("policy.toml"),
            is_of_parts: false,
        };
        let mut policy = Policy::default();
        assert_eq!(file.apply(&mut policy, "app").unwrap(), Vec::<String>::new());
        let mounts: Vec<&str> = policy.fs.mounts.iter().map(|mount| mount.guest.as_str()).collect();
        assert_eq!(mounts, ["/", "/etc/hosts", "/etc", "/tmp", "/data"]);
    }

    #[test]
    fn errors_name_the_key_the_line_and_the_way_out() {
        let mount = "[[fs.mount]]\nguest = \"/data\"\n";
        for (text, words) in [
            ("", &["policy.toml`", "version is missing", "`version = 1`"][..]),
            ("version = 2\nnew = 1", &["version 2", "`version = 1`"]),
            ("version = \"1\"", &["version"]),
            ("version = 1\nwiht = [\"env\"]", &["line 2", "unknown key `wiht`", "did you mean `with`?"]),
            ("version = 1\n[fs]\nmounts = []", &["line 3", "unknown key `mounts`", "`mount`"]),
            ("version = 1\nwith = [\"envv\"]", &["`with`", "did you mean `env`?"]),
            ("version = 1\nallow = [\"io\"]", &["`io`", "follows"]),
            ("version = 1\ndeny = [\"io\"]", &["`deny`", "`io`", "follows"]),
            ("version = 1\ndeny = [\"clock\"]", &["`deny`", "did you mean `clocks`?"]),
            ("version = 1\ndeny = [\"exit\"]\nallow = [\"exit\"]", &["`allow` and `deny`", "`exit`", "leave one out"]),
            ("version = 1\nprofil = \"test\"", &["line 2", "did you mean `profile`?"]),
            ("version = 1\nprofile = \"tests\"", &["line 2", "`tests`", "did you mean `test`?", "sealed, test, open"]),
            ("version = 1\nsael = [\"*\"]", &["line 2", "did you mean `seal`?"]),
            ("version = 1\nseal = \"*\"", &["line 2", "a list"]),
            ("version = 1\nseal = [\"env\"]", &["in `seal`", "`env`", "`with`"]),
            ("version = 1\nseal = [\"wasi:cli/exit@0.2.0\"]", &["in `seal`", "versions"]),
            ("version = 1\ntrap = \"yes\"", &["line 2", "boolean"]),
            ("version = 1\n[stdio]\nstdin = \"ignored\"", &["`stdin`", "`ignored`", "did you mean `ignore`?"]),
            ("version = 1\n[stdio]\nstdin = { file = \"gone\" }", &["`stdin`", "there is no `", "gone`"]),
            ("version = 1\n[stdio]\nstdin = {}", &["`stdin`", "either `text` or `file`"]),
            ("version = 1\n[stdio]\nstdin = { txt = \"\" }", &["line 3", "{ text ="]),
            ("version = 1\n[stdio]\nstdout = \"sterr\"", &["`stdout`", "did you mean `stderr`?"]),
            ("version = 1\n[stdio]\nstdout = { file = \"/a\", cap = 3 }", &["`stdout`", "leave them out"]),
            ("version = 1\n[stdio]\nstderr = {}", &["`stderr`", "empty"]),
            ("version = 1\n[clocks]\ntime = \"noon\"", &["`time`", "`noon`", "2026-01-01T00:00:00Z"]),
            ("version = 1\nclocks = \"now+1h\"", &["line 2", "`clocks = { time = \"now+1h\" }`"]),
            ("version = 1\nwith = \"env\"", &["line 2", "a list"]),
            ("version = 1\n[stdio]\nstdin = \"text:a\"", &["`stdin`", "{ text ="]),
            ("version = 1\n[env]\ndeny = [\"S*\"]", &["`S*`", "no name"]),
            ("version = 1\n[clocks]\ntim = \"now+1h\"", &["line 3", "did you mean `time`?"]),
            ("version = 1\n[random]\nseed = -1", &["line 3", "number"]),
            ("version = 1\n[random]\nseed = \"x\"", &["`seed`", "`x`"]),
            ("version = 1\n[config]\nset = { \"\" = \"1\" }", &["`[config]`", "no name"]),
            ("version = 1\n[env]\nallow = 3", &["line 3", "`true`, `false`"]),
            ("version = 1\n[env]\nset = { A = 1 }", &["line 3", "string"]),
            ("version = 1\n[env]\nset = { \"A=B\" = \"1\" }", &["`A=B`", "no name"]),
            ("version = 1\nwith = [\"env\"]\n[fs]", &["`[fs]`", "add `fs` to `with`"]),
            ("version = 1\n[", &["line 2"]),
            ("version = 1\n[[fs.tmpfs]]\nsize = 3", &["line 2", "`guest`"]),
            ("version = 1\n[[fs.tmpfs]]\nguest = \"/t\"\nsize = \"lots\"", &["[[fs.tmpfs]]` of `/t`", "`lots`"]),
            ("version = 1\n[[fs.tmpfs]]\nguest = \"/t\"\nsize = -1", &["line 4", "64M"]),
            ("version = 1\n[[fs.tmpfs]]\nguest = \"t\"", &["[[fs.tmpfs]]` of `t`", "`/t`"]),
            ("version = 1\n[[fs.preopen]]\nguest = \"/t\"\nhost = \"\"", &["[[fs.preopen]]` of `/t`", "lacks"]),
            (&format!("version = 1\n{mount}"), &["[[fs.mount]]` of `/data`", "local", "files"]),
            (&format!("version = 1\n{mount}local = \"gone\""), &["there is no `", "gone`"]),
            (&format!("version = 1\n{mount}local = \"data\"\nfiles = {{}}"), &["both"]),
            (&format!("version = 1\n{mount}files = {{}}\nexclude = [\"x\"]"), &["`exclude`"]),
            (&format!("version = 1\n{mount}local = \"data\"\nincude = []"), &["line 5", "did you mean `include`?"]),
            (&format!("version = 1\n{mount}local = \"data\"\nexclude = [\"/x\"]"), &["`/x`", "start at"]),
            (&format!("version = 1\n{mount}local = \"data\"\naccess = \"read-write\""), &["`read-write`", "in-memory"]),
            (&format!("version = 1\n{mount}files = {{ \"/x\" = {{}} }}"), &["`/x`", "no path below"]),
            (&format!("version = 1\n{mount}files = {{ \"../x\" = {{}} }}"), &["`../x`", "no path below"]),
            (
                &format!("version = 1\n{mount}files = {{ x = {{ text = \"\", link = \"\" }} }}"),
                &["`x`", "exclude each other"],
            ),
            (&format!("version = 1\n{mount}files = {{ x = {{ link = \"y\" }} }}"), &["`/data/x`", "`y`", "nothing is"]),
            (&format!("version = 1\n{mount}files = {{ x = {{ bytes = [256] }} }}"), &["line 4", "256"]),
            (&format!("version = 1\n{mount}files = {{}}\n{mount}files = {{}}"), &["two of `/data`"]),
        ] {
            let error = format!("{:#}", apply(text).map(|_| ()).expect_err(text));
            for word in words {
                assert!(error.contains(word), "{text}\n`{word}` is not in: {error}");
            }
        }
        let error = format!("{:#}", PolicyFile::read(Path::new("./gone.toml")).err().unwrap());
        assert!(error.contains("`./gone.toml`"), "{error}");
    }
}
