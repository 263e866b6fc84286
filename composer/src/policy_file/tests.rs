//! Files as people write them, and what is said of those that are wrong.

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
    let told =
        policy("profile = \"test\"\ndeny = [\"fs\", \"clocks\"]\nseal = [\"a:b\"]\ntrap = true\nrandom = { seed = 2 }");
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
