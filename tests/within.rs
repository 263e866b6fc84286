//! One component inside a composition is virtualized, and what is around it is as it was (`--for`).

use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use virt_compose::cli::Cli;
use virt_compose::graph::{Build, within};
use virt_compose::policy::Policy;
use virt_compose_tests::host::{End, Host, run};
use virt_compose_tests::serve::{Instances, Service, runtime};
use virt_compose_tests::{guests, imports};

/// What wac makes of a graph.
fn composed(text: &str, guests: &[(&str, &str)]) -> Result<Vec<u8>> {
    let open = Policy::open();
    let mut build = Build::new(text, "graph.wac", &open);
    for (package, guest) in guests {
        build.deps.insert((*package).to_owned(), guests::load(guest)?);
    }
    Ok(build.component()?.bytes)
}

/// What becomes of a composition, in which these options are about the part of that name.
fn changed(composition: &[u8], name: &str, args: &[&str]) -> Result<Vec<u8>> {
    Ok(within(composition, name, &Cli::policy_of(args)?).with_context(|| format!("in `{name}`"))?.bytes)
}

/// Two instances of one program.
const TWICE: &str = "package my:graph;
    let first = new my:program { ... };
    let second = new my:program { ... };
    export first[\"wasi:cli/run@0.2.0\"] as \"my:graph/first\";
    export second[\"wasi:cli/run@0.2.0\"] as \"wasi:cli/run@0.2.0\";";

fn says(component: &[u8]) -> Result<String> {
    let host = Host {
        env: [("OF", "the host")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Host::default()
    };
    let ran = run(component, &host)?;
    ensure!(ran.end == End::Exit(0), "{ran:?}");
    Ok(ran.stdout)
}

#[test]
fn of_two_programs_one_has_variables_of_its_own() -> Result<()> {
    let both = composed(TWICE, &[("my:program", "rust-hello")])?;
    let before = says(&both)?;
    ensure!(before.starts_with("OF=the host\n"), "{before}");
    let args = ["--with=env", "-e", "OF=the part"];
    let first = changed(&both, "first", &args)?;
    ensure!(says(&first)? == before, "the second has what is the first's");
    let names = |component: &[u8]| Ok::<_, anyhow::Error>(imports(component)?.into_iter().collect::<BTreeSet<_>>());
    ensure!(names(&first)? == names(&both)?, "it imports {:?}", imports(&first)?);
    let second = changed(&both, "second", &args)?;
    ensure!(says(&second)?.starts_with("OF=the part\n"), "{}", says(&second)?);
    // Names outlive the change, so that each can have its own.
    let each = changed(&second, "first", &["--with=env", "-e", "OF=the other"])?;
    ensure!(says(&each)?.starts_with("OF=the part\n"), "{}", says(&each)?);
    ensure!(!imports(&each)?.iter().any(|name| name.contains("environment")), "it imports {:?}", imports(&each)?);
    Ok(())
}

#[test]
fn what_is_around_may_have_the_hosts_streams_where_the_part_has_its_own() -> Result<()> {
    let both = composed(TWICE, &[("my:program", "rust-hello")])?;
    let before = says(&both)?;
    let args = ["--with=stdio", "--stdin=text:yes", "--stdout=prefix:> ", "--stderr=ignore"];
    ensure!(says(&changed(&both, "first", &args)?)? == before, "the second has what is the first's");
    let second = says(&changed(&both, "second", &args)?)?;
    ensure!(second.lines().all(|line| line.starts_with("> ")), "{second}");
    ensure!(second.contains("> input true \"yes\""), "{second}");
    let sealed = changed(&both, "second", &["--stdout=allow"])?;
    ensure!(says(&sealed)?.starts_with("arguments []\n"), "{}", says(&sealed)?);
    Ok(())
}

#[test]
fn a_dependency_of_a_server_is_sandboxed_where_it_is() -> Result<()> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/pong.wac"))?;
    let server = composed(&text, &[("example:pong", "rust-pong"), ("my:server", "rust-hello-server")])?;
    let answer = |component: &[u8]| {
        runtime().block_on(async {
            let server = Service::new(component)?.with_variable("PONG", "host").serve(Instances::Each).await?;
            server.ask("/", "").await?.text()
        })
    };
    let bare = answer(&server)?;
    let inside = changed(&server, "pong", &["--with=env", "-e", "PONG=inside"])?;
    let inside = answer(&inside)?;
    ensure!(bare.contains("host") && inside == bare.replace("host", "inside"), "{bare}, then {inside}");
    Ok(())
}

#[test]
fn a_part_may_lose_what_another_part_has_for_it() -> Result<()> {
    let own = wat::parse_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/own-env.wat"))?;
    let text = "package my:graph;
        let env = new own:env { ... };
        let app = new my:app { ...env, ... };
        export app...;";
    let open = Policy::open();
    let mut build = Build::new(text, "graph.wac", &open);
    build.deps = [("own:env".to_owned(), own), ("my:app".to_owned(), guests::load("rust-hello")?)].into();
    let both = build.component()?.bytes;
    ensure!(says(&both)?.starts_with("GREETING=from an adapter of my own\n"), "{}", says(&both)?);
    let changed = changed(&both, "app", &["--with=env", "-e", "GREETING=hello"])?;
    ensure!(says(&changed)?.starts_with("GREETING=hello\n"), "{}", says(&changed)?);
    Ok(())
}

#[test]
fn names_and_sections_of_a_composition_stay() -> Result<()> {
    // Words of WAC, and names that it has no way to write, are names to other tools.
    let mut both = wasm_of("(component
        (import \"wasi:cli/environment@0.2.0\" (instance $host (export \"initial-cwd\" (func (result (option string))))))
        (component $inner
          (import \"wasi:cli/environment@0.2.0\" (instance $env (export \"initial-cwd\" (func (result (option string))))))
          (export \"a:b/c\" (instance $env)))
        (instance $export (instantiate $inner (with \"wasi:cli/environment@0.2.0\" (instance $host))))
        (instance $A_b (instantiate $inner (with \"wasi:cli/environment@0.2.0\" (instance $host))))
        (alias export $export \"a:b/c\" (instance $first))
        (alias export $A_b \"a:b/c\" (instance $second))
        (export \"a:b/first\" (instance $first))
        (export \"a:b/second\" (instance $second)))")?;
    both.extend([0, 5, 3, b'o', b'w', b'n', 7]);
    for name in ["export", "A_b"] {
        let bytes = changed(&both, name, &["--with=env", "--cwd=/"])?;
        ensure!(bytes.ends_with(&[0, 5, 3, b'o', b'w', b'n', 7]), "the section is gone");
        let parts = virt_compose::inspect::inspect(&bytes)?.parts;
        let names: BTreeSet<&str> = parts.iter().flat_map(|part| &part.instances).map(String::as_str).collect();
        ensure!(names == BTreeSet::from(["export", "A_b"]), "{names:?}");
    }
    Ok(())
}

fn wasm_of(text: &str) -> Result<Vec<u8>> {
    Ok(wat::parse_str(text)?)
}

#[test]
fn traces_of_two_parts_can_be_told_apart() -> Result<()> {
    let both = composed(TWICE, &[("my:program", "rust-hello")])?;
    let traced = changed(&both, "second", &["--allow-all", "--trace=env"])?;
    let ran = run(&traced, &Host::default())?;
    let words = "second: wasi:cli/environment#get-environment() = []\nsecond: wasi:cli/environment#get-arguments() = [\"program\"]\n";
    ensure!(ran.end == End::Exit(0) && ran.stderr == words, "{ran:?}");
    Ok(())
}

#[test]
fn what_cannot_be_is_said() -> Result<()> {
    let both = composed(TWICE, &[("my:program", "rust-hello")])?;
    let whole = Cli::policy_of(&["--with=stdio", "--stdout=prefix:> "])?;
    let whole = virt_compose::virtualize(Some(&guests::load("rust-hello")?), &whole)?.bytes;
    for (app, name, args, words) in [
        (both.clone(), "frist", &["--with=env"][..], &["`frist`", "did you mean `first`?", "second"][..]),
        (guests::load("rust-hello")?, "first", &[], &["one component", "`--for`"]),
        (whole, "component-0", &[], &["virtualized as a whole", "`--for`"]),
        (guests::load("c-tour")?, "first", &[], &["core module"]),
        (both, "first", &["--tmpfs=/tmp"], &["`fs`", "cannot take effect"]),
    ] {
        let error = format!("{:#}", changed(&app, name, args).unwrap_err());
        for word in words {
            ensure!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
    Ok(())
}
