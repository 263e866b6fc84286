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
