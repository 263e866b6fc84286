//! What is written is what is read.

use crate::cli::Cli;
use crate::policy::{Arguments, Input, Mock, Output, Policy, Profile, Requests, Source, Writing};
use crate::tree::{Content, Node};
use clap::ValueEnum;
use std::path::Path;

/// Reads the file that says a policy, which must mean the same, and be written in the same way.
#[track_caller]
pub fn check_that_a_file_says(policy: &Policy) {
    let text = policy.to_toml(Path::new("")).unwrap();
    let mut told = Policy::from_toml(&text, Path::new("")).unwrap_or_else(|error| panic!("{error:#}:\n{text}"));
    // The program's name is the app's, not the file's.
    if let (Arguments::Set(own), Arguments::Set(told)) = (&policy.env.arguments, &mut told.env.arguments)
        && let (Some(own), Some(told)) = (own.first(), told.first_mut())
    {
        told.clone_from(own);
    }
    assert_eq!(told, *policy, "{text}");
    assert_eq!(told.to_toml(Path::new("")).unwrap(), text);
}

/// The file, of these options.
#[track_caller]
fn file(args: &[&str]) -> String {
    Cli::policy_of(args).unwrap().to_toml(Path::new("")).unwrap()
}

#[test]
fn only_what_differs_is_written() {
    let start = "# What is not said here is denied.\nversion = 1\n";
    assert_eq!(file(&[]), start);
    assert_eq!(file(&["--allow-clocks", "--allow-exit"]), format!("{start}allow = [\"exit\", \"clocks\"]\n"));
    assert_eq!(
        file(&["--with=env,stdio", "-e", "A=1", "--stdout=prefix:> ", "--seal=a:b", "--deny=trap"]),
        format!(
            "# What is not said here is denied, of what is in `with`; the rest is left alone.\nversion = 1\nwith = [\"env\", \"stdio\"]\nseal = [\"a:b\"]\ntrap = true\n\n[env]\nset = {{ A = \"1\" }}\n\n[stdio]\n\
             stdout = {{ prefix = \"> \" }}\n"
        )
    );
    let open = file(&["--allow-all", "--deny-env=TOKEN", "--allow-clocks=false"]);
    assert!(open.ends_with("profile = \"open\"\ndeny = [\"clocks\"]\n\n[env]\ndeny = [\"TOKEN\"]\n"), "{open}");
    for profile in Profile::value_variants() {
        let said = format!("version = 1\nprofile = \"{}\"\n", profile.name());
        let expected = if *profile == Profile::Sealed { "version = 1\n" } else { &said };
        let text = file(&["--profile", profile.name()]);
        assert_eq!(text.split_once('\n').map(|(_, rest)| rest), Some(expected));
    }
}

#[test]
fn what_a_profile_has_can_be_taken_away() {
    for args in [
        &["--profile=test", "--allow-fs=false"][..],
        &["--profile=test", "--allow-fs=false", "--mount=/src=src"],
        &["--profile=test", "--tmpfs=/tmp::64K", "--tmpfs=/scratch"],
        &["--profile=test", "--stdout=capture", "--stderr=deny", "--stdin=text:a\nb"],
        &["--profile=test", "--allow-clocks", "--allow-random=false", "--allow-exit=false"],
        &["--profile=test", "--time=now-1h", "--seed=0xffffffffffffffff"],
        &["--allow-all", "--stdio=deny", "--stdin=allow", "--allow-http=false", "--sockets=loopback"],
        &["--allow-all", "--allow-env=A", "--allow-config=false", "--cwd=/", "--tmpfs=/tmp", "--allow-exit=false"],
        &["--profile=open", "--with=env,fs", "--mount=/=src::rw", "--mount=/a/b=Cargo.toml", "--arg=-x"],
    ] {
        Cli::policy_of(args).unwrap();
    }
}

/// Options of which any are taken, but no two of a line.
const OPTIONS: &[&[&str]] = &[
    &["--allow-all", "--profile=test", "--profile=sealed"],
    &["-eB=2", "--env=A=x\"y'\\\nz\u{1}", "-eHOME", "--env= =\u{e4}"],
    &["-eA=1", "--allow-env", "--allow-env=C,D", "--allow-env=false"],
    &["--deny-env=Z", "--deny-env=Y,X"],
    &["--arg=--", "--allow-args"],
    &["--cwd=/w", "--allow-cwd"],
    &["-ca.b=1", "-cc", "--allow-config", "--allow-config=a,b", "--allow-config=false"],
    &["-cb=1", "--deny-config=e"],
    &["--time=2026-01-01T00:00:00.5Z+90s", "--time=now-30d", "--allow-clocks", "--allow-clocks=false"],
    &["--seed=7", "--allow-random", "--allow-random=false"],
    &["--allow-exit", "--allow-exit=false"],
    &["--allow-stdio", "--stdio=ignore", "--stdio=deny", "--allow-stdio=false", "--export-captured"],
    &["--stdin=text:", "--stdin=text:'\"\"\"", "--stdin=file:src/lib.rs", "--stdin=allow"],
    &["--stdout=file:/o", "--stdout=cap:1M", "--stdout=stderr", "--stdout=prefix:\t ", "--stdout=ignore"],
    &["--stderr=cap:5000", "--stderr=stdout", "--stderr=capture", "--stderr=allow"],
    &["--allow-http", "--allow-http=a.com/v1,https://*.b.com:*,[::1]:80", "--allow-http=false"],
    &["--deny-http=*:8080", "--deny-http=a.com"],
    &["--allow-sockets", "--allow-sockets=tcp:10.0.0.0/8:1-9,listen:*:0,accept:[::1]/64:*,dns:*", "--sockets=loopback"],
    &["--deny-sockets=udp:0.0.0.0/0:53", "--deny-sockets=dns:*.a.com"],
    &["--host=b.test=::1", "--host=a.test=127.0.0.1"],
    &["--host=b.test=10.0.0.1", "--host=c=10.0.0.2"],
    &["--allow-fs", "--allow-fs=false"],
    &["--mount=/=src", "--mount=/src=./src::rw", "--mount=/etc/c.toml=Cargo.toml"],
    &["--tmpfs=/tmp", "--tmpfs=/t/u::64K", "--tmpfs=/var::4097"],
    &["--preopen=/data=/srv", "--preopen=/d=.::ro", "--preopen=/h o=a b::cow"],
    &["--deny=trap", "--deny=answer"],
    &["--seal=*", "--seal=a:b/c,f"],
    &["--with=env,fs,stdio", "--with=io"],
];

#[test]
fn whatever_options_say_a_file_says() {
    let (mut state, mut taken) = (1_u64, 0);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..2000 {
        let share = 1 + draw(8);
        let mut args = Vec::new();
        for of_one in OPTIONS {
            if draw(share) == 0 {
                args.push(of_one[draw(of_one.len())]);
            }
        }
        // Some contradict each other. Those that do not are checked where they are parsed.
        taken += usize::from(Cli::policy_of(&args).is_ok());
    }
    assert!(taken > 300, "only {taken} command lines make sense");
}

#[test]
fn what_the_library_has_besides_is_written() {
    let file = |bytes: &[u8]| Node::File(Content::Inline(bytes.to_vec()));
    let mut policy = Policy::default();
    let mut root = Node::directory();
    root.insert("a b/\"c\"", file(b"text\n")).unwrap();
    root.insert("bin", file(&[0, 255])).unwrap();
    root.insert("empty/dir", Node::directory()).unwrap();
    root.insert("link", Node::Link("bin".to_owned())).unwrap();
    let len = std::fs::metadata("Cargo.toml").unwrap().len();
    root.insert("local", Node::File(Content::Local { path: "Cargo.toml".into(), len })).unwrap();
    policy.fs.mount("/none", Source::Embedded(Node::directory()), Writing::ReadOnly).unwrap();
    policy.fs.mount("/some", Source::Embedded(root), Writing::InMemory).unwrap();
    policy.stdio.stdin = Input::Embedded(file(&[255]));
    policy.stdio.stdout = Output::filtered("> ", Some(u64::MAX)).unwrap();
    let mut mock = Mock::of("https://a.com/x?y=*").unwrap();
    mock.requests = mock.requests.with_methods(["POST"]).unwrap();
    mock.set_status(404).unwrap();
    mock.add_header("x-b", "1").unwrap();
    mock.add_header("x-a", "2").unwrap();
    mock.add_header("x-a", "3").unwrap();
    mock.body = file(&[128]);
    policy.http.mocks = Some(vec![mock, Mock::of("*").unwrap()]);
    check_that_a_file_says(&policy);
    policy.http.mocks = Some(Vec::new());
    check_that_a_file_says(&policy);

    let refused = |policy: &Policy, words: &str| {
        let error = format!("{:#}", policy.to_toml(Path::new("")).unwrap_err());
        assert!(error.contains(words), "{error}");
    };
    let methods = Requests::all().with_methods(["GET", "POST"]).unwrap();
    policy.http.mocks = Some(vec![Mock { requests: methods, ..Mock::of("*").unwrap() }]);
    refused(&policy, "one method");
    policy.http.mocks = None;
    policy.fs.mount("/file", Source::Embedded(file(b"")), Writing::ReadOnly).unwrap();
    refused(&policy, "`/file`");
}

#[test]
fn what_a_file_says_is_written_again() {
    let graphs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../graphs"));
    let text = std::fs::read_to_string(graphs.join("policy.toml")).unwrap();
    let policy = Policy::from_toml(&text, graphs).unwrap();
    let again = policy.to_toml(graphs).unwrap();
    let told = Policy::from_toml(&again, graphs).unwrap();
    assert_eq!(told, policy, "{again}");
}

#[test]
fn local_paths_are_seen_from_the_folder_of_the_file() {
    let policy = Cli::policy_of(&["--mount=/src=src", "--stdin=file:./src/lib.rs"]).unwrap();
    let seen = |folder: &str| {
        let text = policy.to_toml(Path::new(folder)).unwrap();
        let line = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
        [line("local = "), line("stdin = ")]
    };
    for here in ["", ".", "./"] {
        assert_eq!(seen(here), ["\"src\"", "{ file = \"./src/lib.rs\" }"]);
    }
    assert_eq!(seen("src")[0], "\".\"");
    assert_eq!(seen("tests"), ["\"../src\"", "{ file = \".././src/lib.rs\" }"]);
    assert_eq!(seen("tests/plans")[0], "\"../../src\"");
    let here = std::env::current_dir().unwrap();
    assert_eq!(seen("..")[0], format!("\"{}/src\"", here.file_name().unwrap().to_str().unwrap()));
    let elsewhere = tempfile::tempdir().unwrap();
    // Whether it shares more than the root with this one is the machine's: it leads there either way.
    let text = policy.to_toml(elsewhere.path()).unwrap();
    let local = text.lines().find_map(|line| line.strip_prefix("local = \"")?.strip_suffix('"')).unwrap();
    assert_eq!(
        elsewhere.path().join(local).canonicalize().unwrap(),
        here.join("src").canonicalize().unwrap(),
        "{text}"
    );
    assert!(policy.to_toml(Path::new("gone")).unwrap_err().to_string().contains("`gone`"));
}
