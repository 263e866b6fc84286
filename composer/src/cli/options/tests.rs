//! Command lines, and what they mean.

use super::*;
use crate::cli::Cli;

fn policy(args: &[&str]) -> Result<Policy> {
    Cli::policy_of(args)
}

#[test]
fn nothing_said_denies_everything() {
    assert_eq!(policy(&["app.wasm"]).unwrap(), Policy::default());
}

#[test]
fn allow_takes_a_bool_as_the_predecessor_does() {
    assert_eq!(policy(&["--allow-clocks"]).unwrap(), policy(&["--allow-clocks=true"]).unwrap());
    assert_eq!(policy(&["--allow-clocks=false"]).unwrap(), Policy::default());
}

#[test]
fn what_is_said_of_one_wins_over_allow_all() {
    let open = policy(&["--allow-all"]).unwrap();
    for (flag, subsystem) in [("--allow-clocks=false", "clocks"), ("--allow-random=false", "random")] {
        let mut expected = open.clone();
        expected.deny(subsystem);
        assert_eq!(policy(&["--allow-all", flag]).unwrap(), expected);
        assert_ne!(expected, open);
    }
    assert_eq!(policy(&["--allow-all", "--allow-stdio=false"]).unwrap().stdio, crate::policy::Stdio::default());
    assert_eq!(policy(&["--allow-all", "--allow-env=false"]).unwrap().env, crate::policy::Env::default());
    let named = policy(&["--allow-all", "--allow-env=A, B"]).unwrap();
    assert_eq!(named.env.variables.visible, Some(vec!["A".to_owned(), "B".to_owned()]));
}

#[test]
fn seal_wins_over_what_is_set() {
    let policy = policy(&["-e", "A=1", "--seal", "wasi:cli/environment,a:b"]).unwrap();
    let environment = crate::names::InterfaceName::parse("wasi:cli/environment@0.2.6").track();
    assert_eq!(policy.answer(&environment, "get-environment"), None);
    assert_eq!(policy.fixes(&environment), None);
    assert_eq!(policy.seal, ["wasi:cli/environment", "a:b"]);
}

#[test]
fn a_time_and_a_seed_are_neither_the_hosts_nor_denied() {
    let told = policy(&["--allow-all", "--time=2026-01-01T00:00:00Z+1ms", "--seed=0x10"]).unwrap();
    assert_eq!(told.clocks, "2026-01-01T00:00:00Z+1ms".parse().unwrap());
    assert_eq!(told.random, Random::Seeded(16));
    assert_eq!(policy(&["--seed", "18446744073709551615"]).unwrap().random, Random::Seeded(u64::MAX));
}

/// A policy file with this text, and what a command line with it means.
fn with_file(text: &str, args: &[&str]) -> Result<Policy> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("policy.toml");
    std::fs::write(&path, format!("version = 1\n{text}"))?;
    policy(&[&["--policy", path.to_str().context("the path is text")?], args].concat())
}

#[test]
fn options_add_to_a_policy_file_and_win_over_it() {
    let text = r#"
        allow = ["clocks", "random"]
        [env]
        set = { A = "1", B = "2" }
        args = ["x"]
        [stdio]
        stdin = "ignore"
        stdout = "allow"
        [[fs.tmpfs]]
        guest = "/tmp"
        [[fs.tmpfs]]
        guest = "/scratch"
    "#;
    let args = ["-e", "A=3", "--stdout=deny", "--allow-random=false", "--tmpfs", "/tmp::4K", "dir/app.wasm"];
    let mut expected =
        policy(&["--allow-clocks", "-e", "A=3", "-e", "B=2", "--stdin=ignore", "--stdout=deny"]).unwrap();
    expected.env.arguments = crate::policy::Arguments::Set(vec!["app.wasm".to_owned(), "x".to_owned()]);
    expected.fs = policy(&["--tmpfs", "/scratch", "--tmpfs", "/tmp::4K"]).unwrap().fs;
    assert_eq!(with_file(text, &args).unwrap(), expected);
}

#[test]
fn options_win_over_the_keys_at_the_top_of_a_policy_file() {
    let text = "profile = \"test\"\nseal = [\"a:b\"]\ntrap = true";
    let told = with_file(text, &["--seal=c:d,a:b"]).unwrap();
    assert_eq!((told.profile, told.trap), (Profile::Test, true));
    assert_eq!(told.seal, ["a:b", "c:d"]);
    let told = with_file(text, &["--profile=sealed", "--deny=answer", "--seed=3"]).unwrap();
    assert_eq!((told.profile, told.trap, told.random), (Profile::Sealed, false, Random::Seeded(3)));
    assert_eq!(with_file("profile = \"test\"", &["--allow-all"]).unwrap(), Policy::open());
}

#[test]
fn with_says_what_a_policy_file_may_touch() {
    let only = |names: &[&'static str]| Scope::Only(names.iter().copied().collect());
    assert_eq!(with_file("with = [\"env\"]", &[]).unwrap().scope, only(&["env"]));
    assert_eq!(with_file("with = [\"env\"]", &["--with", "fs"]).unwrap().scope, only(&["fs"]));
    for (text, args, words) in [
        ("with = [\"env\"]", &["--tmpfs", "/tmp"][..], &["`fs`", "`--with env,fs`"][..]),
        ("[env]", &["--with", "fs"], &["policy.toml`", "`[env]`", "add `env`"]),
        ("with = [\"envv\"]", &[], &["policy.toml`", "`envv`"]),
    ] {
        let error = format!("{:#}", with_file(text, args).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}

#[test]
fn errors_name_the_thing_and_the_way_out() {
    for (args, words) in [
        (&["-e", "=x"][..], &["`-e`", "NAME=VALUE"][..]),
        (&["--allow-env=A,,B"], &["--allow-env"]),
        (&["--with", "envv"], &["`envv`", "`env`"]),
        (&["--with", "qqqqq"], &["`qqqqq`", "stdio"]),
        (&["--with", "stdio", "-e", "A=1"], &["`env`", "--with stdio,env"]),
        (&["--with", "env", "--stdin=ignore"], &["`stdio`", "--with env,stdio"]),
        (&["--arg", "x", "--allow-args"], &["--arg", "--allow-args"]),
        (&["--time=noon"], &["--time", "`noon`", "2026-01-01T00:00:00Z"]),
        (
            &["--time=2026-01-01T00:00:00Z", "--allow-clocks=false"],
            &["--time", "--allow-clocks=false", "leave one out"],
        ),
        (&["--seed=one"], &["--seed", "`one`", "like `1`"]),
        (&["--seed=-1"], &["--seed", "`-1`"]),
        (&["--seed="], &["--seed", "``"]),
        (&["--seed=1", "--allow-random"], &["--seed", "`--allow-random`", "leave one out"]),
        (&["--with", "env", "--seed=1"], &["`random`", "--with env,random"]),
        (&["--with", "env", "--time=now+1h"], &["`clocks`", "--with env,clocks"]),
        (&["--with", "env", "-c", "A=1"], &["`config`", "--with env,config"]),
        (&["-c", "=x"], &["`-c`", "KEY=VALUE"]),
        (&["--deny-env=A="], &["--deny-env"]),
        (&["--allow-env="], &["--allow-env", "for all"]),
        (&["--allow-env=A=1"], &["--allow-env"]),
        (&["--with", "env", "--allow-clocks=false"], &["`clocks`", "--with env,clocks"]),
        (&["--with", "foo"], &["`foo`", "expected one of"]),
        (&["--seal", "env"], &["`--seal env`", "--with env"]),
        (&["--seal", "wasi:*"], &["`--seal wasi:*`", "a:b/c"]),
        (&["--seal", "wasi:cli/exit@0.2.0"], &["versions"]),
        (&["--seal", ""], &["--seal"]),
    ] {
        let error = format!("{:#}", policy(args).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{args:?}: {error}");
        }
    }
}
