//! What a program leaves in the host's files, another finds embedded.

use anyhow::Result;
use virt_compose_tests::host::{Dir, End, Host, Ran, run};
use virt_compose_tests::{compose, guests};

/// A tour to its last line.
fn holds(ran: &Ran) {
    assert!(ran.end == End::Exit(0) && ran.stdout.ends_with("all hold\n"), "{ran:?}");
}

#[test]
fn a_database_that_was_made_on_the_host_is_read() -> Result<()> {
    let (folder, app) = (tempfile::tempdir()?, guests::load("sqlite-tour@48")?);
    let data = Dir { guest: "/data".to_owned(), path: folder.path().to_owned(), read_only: false };
    holds(&run(&app, &Host { dirs: vec![data], ..Host::default() })?);

    let mount = format!("/srv/words.db={}", folder.path().join("test.db").display());
    let composed = compose(&app, &["--with", "fs", "--mount", &mount])?.bytes;
    drop(folder);
    let args = ["/srv/words.db", "check"].map(String::from).to_vec();
    holds(&run(&composed, &Host { args, ..Host::default() })?);
    Ok(())
}
