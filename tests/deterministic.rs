//! Time and chance: what is not the host's is the same in every run, and what is shifted is the host's.

use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use virt_compose_tests::host::{Dir, End, Host, Program, run};
use virt_compose_tests::{compose, guests};

/// What a guest printed, and that it ended well.
fn said(component: &[u8], host: &Host) -> Result<String> {
    let ran = run(component, host)?;
    ensure!(ran.end == End::Exit(0), "{ran:?}");
    Ok(ran.stdout)
}

/// The number behind a word at the start of a line.
fn number(said: &str, word: &str) -> Result<f64> {
    let line = said.lines().find(|line| line.starts_with(word)).with_context(|| format!("no `{word}` in: {said}"))?;
    let number = line[word.len()..].trim().split(' ').next().unwrap_or_default();
    number.parse().with_context(|| format!("`{line}` has no number"))
}

/// Ten runs, of which no two have the same from the host.
#[test]
fn programs_with_a_time_and_a_seed_print_the_same_in_every_run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in ["one", "two", "three", "four", "five"] {
        std::fs::write(folder.path().join(name), name)?;
    }
    let mount = format!("/data={}", folder.path().display());
    let common = ["--time=2026-01-01T00:00:00Z+1ms", "--seed=42", "--stdout=allow"];
    let files = [&common[..], &["--mount", &mount]].concat();
    for (app, args) in [
        ("rust-chance", [&files[..], &["--arg", "/data"]].concat()),
        ("c-chance@24", [&files[..], &["--arg", "/data"]].concat()),
        ("c-chance@48", [&files[..], &["--arg", "/data"]].concat()),
        ("python-tour", [&files[..], &["--arg", "chance", "--arg", "/data"]].concat()),
        ("js-chance", common.to_vec()),
    ] {
        if !guests::is_at_hand(app) {
            continue;
        }
        let program = Program::new(&compose(&guests::load(app)?, &args)?.bytes)?;
        let mut first = None;
        for turn in 0..10 {
            let env = [("TURN".to_owned(), turn.to_string())].into();
            let ran = program.run(&Host { env, args: vec![turn.to_string()], ..Host::default() })?;
            ensure!(ran.end == End::Exit(0) && ran.stdout.lines().count() > 4, "{app}: {ran:?}");
            let first = first.get_or_insert_with(|| ran.stdout.clone());
            ensure!(*first == ran.stdout, "{app}, first:\n{first}\nin run {turn}:\n{}", ran.stdout);
        }
    }
    Ok(())
}

#[test]
fn another_seed_gives_other_bytes() -> Result<()> {
    let app = guests::load("rust-chance")?;
    let of = |seed: &str| said(&compose(&app, &["--with", "random", "--seed", seed])?.bytes, &Host::default());
    let bytes = |said: String| said.lines().find(|line| line.starts_with("bytes")).map(str::to_owned);
    ensure!(bytes(of("1")?) != bytes(of("2")?) && bytes(of("1")?).is_some(), "the seed changes nothing");
    Ok(())
}

#[test]
fn a_shifted_clock_is_the_hosts_and_what_it_is_shifted_by() -> Result<()> {
    let app = guests::load("rust-sleeps")?;
    for (time, seconds) in [("now+1h", 3600.0), ("now-30d", -2_592_000.0)] {
        // Alone, and beside streams that are virtual.
        for more in [&[][..], &["--stdin=ignore", "--stdout=allow", "--stderr=allow"]] {
            let with = if more.is_empty() { "clocks" } else { "clocks,stdio" };
            let args = [&["--with", with, "--time", time], more].concat();
            let host = Host { args: vec!["readings".to_owned(), "2".to_owned()], ..Host::default() };
            let said = said(&compose(&app, &args)?.bytes, &host)?;
            let expected = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() + seconds;
            let shown = number(&said, "wall")?;
            ensure!((shown - expected).abs() < 60.0, "{args:?}: {shown} and not {expected}");
            ensure!(number(&said, "monotonic")? > 0.0 && said.contains("wall resolution 0.000000001"), "{said}");
        }
    }
    Ok(())
}

#[test]
fn a_shifted_clock_is_waited_for() -> Result<()> {
    let args = ["--with", "clocks", "--time=now+1h"];
    let host = Host { args: vec!["sleep".to_owned(), "0.2".to_owned()], ..Host::default() };
    let composed = compose(&guests::load("rust-sleeps")?, &args)?.bytes;
    let start = Instant::now();
    let said = said(&composed, &host)?;
    ensure!(start.elapsed() >= Duration::from_millis(200), "it took {:?}", start.elapsed());
    ensure!(number(&said, "wall")? >= 190.0 && number(&said, "monotonic")? >= 190.0, "{said}");
    Ok(())
}

#[test]
fn a_virtual_clock_is_not_waited_for() -> Result<()> {
    let composed = compose(&guests::load("rust-sleeps")?, &["--with", "clocks", "--time=2026-01-01T00:00:00Z"])?.bytes;
    let program = Program::new(&composed)?;
    let start = Instant::now();
    let ran = program.run(&Host { args: vec!["sleep".to_owned(), "86400".to_owned()], ..Host::default() })?;
    ensure!(ran.stdout == "wall 86400000 ms\nmonotonic 86400000 ms\n", "{ran:?}");
    ensure!(start.elapsed() < Duration::from_secs(1), "a day took {:?}", start.elapsed());
    Ok(())
}

/// The order of a directory that is the host's is the host's, so files of the host's are no part of what is the same.
#[test]
fn a_program_that_has_the_hosts_files_still_has_its_own_time() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let dirs = vec![Dir { guest: "/host".to_owned(), path: folder.path().to_owned(), read_only: true }];
    let args =
        ["--with", "clocks,random,fs", "--time=2026-01-01T00:00:00Z", "--seed=1", "--preopen", "/data=/host::ro"];
    let composed = compose(&guests::load("rust-chance")?, &args)?.bytes;
    let said = said(&composed, &Host { dirs, args: vec!["/data".to_owned()], ..Host::default() })?;
    ensure!(said.starts_with("wall 1767225600000000000\nmonotonic 0\n") && said.contains("names /data:"), "{said}");
    Ok(())
}
