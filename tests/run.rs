//! Finds the folders in `cases/`, composes, runs, compares. `README.md` says what a case may have.

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};
use virt_compose_tests::host::{Dir, End, Host, run};
use virt_compose_tests::{compose, guests, imports};

/// `case.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// A guest.
    app: String,
    /// The command line, without files.
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    host: Host,
    #[serde(default)]
    expect: Expect,
}

/// What holds of the result.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    /// The exit code.
    exit: i32,
    /// Words of the backtrace, if it ends with a trap.
    trap: Option<String>,
    /// All that the result imports, without versions.
    imports: Option<Vec<String>>,
    /// What it does not import, without versions.
    no_import: Vec<String>,
    /// It does what the app does unvirtualized.
    same_as_bare: bool,
    /// Something in `/host` is not what it was, contents or times.
    changes_host: bool,
    /// Words of the error, if it cannot be composed.
    error: Vec<String>,
}

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut trials = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().context("a case has a name")?.to_string_lossy().into_owned();
        let is_at_hand = {
            let text =
                fs::read_to_string(path.join("case.toml")).with_context(|| format!("`{name}` has no case.toml"))?;
            let case: Case = toml::from_str(&text).with_context(|| format!("in case `{name}`"))?;
            guests::is_at_hand(&case.app) && (!text.contains(LIBRARY) || guests::python_library().is_some())
        };
        let trial =
            Trial::test(name.clone(), move || check(&name, &path).map_err(|error| Failed::from(format!("{error:?}"))));
        trials.push(trial.with_ignored_flag(!is_at_hand));
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// What a folder may have. `case.toml` it must have.
const FILES: [&str; 7] = ["case.toml", "stdout.txt", "stderr.txt", "sent.txt", LOCAL, HOST, AFTER];

/// What may be embedded: `{local}` in the arguments is where it is.
const LOCAL: &str = "local";

/// In the arguments, where the standard library of CPython is.
const LIBRARY: &str = "{library}";

/// What the host has at `/host`: a copy, so that no test changes it.
const HOST: &str = "host";

/// Files that the host has at `/host` afterwards, with that content.
const AFTER: &str = "after";

/// A copy of a folder, with old times, so that whatever changes it can be told.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_dir() => copy(&entry.path(), &to)?,
            kind if kind.is_symlink() => std::os::unix::fs::symlink(fs::read_link(entry.path())?, to)?,
            _ => {
                fs::write(&to, fs::read(entry.path())?)?;
                fs::File::options()
                    .write(true)
                    .open(&to)?
                    .set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000))?;
            }
        }
    }
    fs::File::open(to)?.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000))?;
    Ok(())
}

/// All that is in a folder, with contents and times.
fn state(of: &Path) -> Result<BTreeMap<PathBuf, (SystemTime, Vec<u8>)>> {
    let mut state = BTreeMap::new();
    let mut open = vec![of.to_owned()];
    while let Some(path) = open.pop() {
        let is = fs::symlink_metadata(&path)?;
        let content = match is.file_type() {
            kind if kind.is_dir() => {
                for entry in fs::read_dir(&path)? {
                    open.push(entry?.path());
                }
                Vec::new()
            }
            kind if kind.is_symlink() => fs::read_link(&path)?.into_os_string().into_encoded_bytes(),
            _ => fs::read(&path)?,
        };
        state.insert(path, (is.modified()?, content));
    }
    Ok(state)
}

fn check(name: &str, path: &Path) -> Result<()> {
    for entry in fs::read_dir(path)? {
        let file = entry?.file_name();
        ensure!(FILES.iter().any(|known| file == *known), "{file:?} is none of {}", FILES.join(", "));
    }
    let case: Case = toml::from_str(&fs::read_to_string(path.join("case.toml"))?)?;
    let app = guests::load(&case.app)?;
    let local = path.join(LOCAL).display().to_string();
    let library = guests::python_library().unwrap_or_default().display().to_string();
    let place = |arg: &String| arg.replace("{local}", &local).replace(LIBRARY, &library);
    let args: Vec<String> = case.args.iter().map(place).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let composed = compose(&app, &args);
    ensure!(name.starts_with("error-") != case.expect.error.is_empty(), "`error-` in the name and `error` go together");
    if !case.expect.error.is_empty() {
        let Err(error) = composed else { bail!("it composes") };
        let error = format!("{error:#}");
        for words in &case.expect.error {
            ensure!(error.contains(words), "`{words}` is not in: {error}");
        }
        return Ok(());
    }
    let composed = composed?.bytes;
    ensure!(compose(&app, &args)?.bytes == composed, "composing twice gives different bytes");

    let imported = imports(&composed)?;
    let path_of = |name: &String| name.split('@').next().unwrap_or_default().to_owned();
    let mut paths: Vec<String> = imported.iter().map(path_of).collect();
    paths.sort();
    if let Some(expected) = &case.expect.imports {
        let mut expected = expected.clone();
        expected.sort();
        ensure!(paths == expected, "it imports {paths:#?}");
    }
    for absent in &case.expect.no_import {
        ensure!(!paths.contains(absent), "it imports `{absent}`");
    }

    let (mut host, folder) = (case.host.clone(), tempfile::tempdir()?);
    if path.join(HOST).exists() {
        copy(&path.join(HOST), folder.path())?;
        host.dirs.push(Dir { guest: "/host".to_owned(), path: folder.path().to_owned(), read_only: false });
    }
    let before = state(folder.path())?;
    let ran = run(&composed, &host)?;
    let changes = before != state(folder.path())?;
    ensure!(changes == case.expect.changes_host, "whether it changes the host's files: {changes}");
    let after = if path.join(AFTER).exists() { state(&path.join(AFTER))? } else { BTreeMap::new() };
    for (file, (_, content)) in after {
        if file.is_file() {
            let at = folder.path().join(file.strip_prefix(path.join(AFTER))?);
            let found = fs::read(&at).with_context(|| format!("there is no `{}`", at.display()))?;
            if env::var_os("BLESS").is_some() {
                fs::write(&file, &found)?;
            } else {
                ensure!(found == content, "`{}` is {:?}", at.display(), String::from_utf8_lossy(&found));
            }
        }
    }
    match (&ran.end, &case.expect.trap) {
        (End::Trap(trap), Some(words)) => ensure!(trap.contains(words), "`{words}` is not in: {trap}"),
        (End::Exit(code), None) => {
            ensure!(*code == case.expect.exit, "exit code {code}, standard error: {}", ran.stderr);
        }
        (end, _) => bail!("it ended with {end:?}, standard output: {}", ran.stdout),
    }
    if case.expect.same_as_bare {
        let bare = run(&app, &host)?;
        ensure!(bare == ran, "unvirtualized: {bare:?}\nvirtualized: {ran:?}");
    }
    let sent: String = ran.sent.iter().map(|line| format!("{line}\n")).collect();
    ensure!(sent.is_empty() || path.join("sent.txt").exists(), "it sends requests, and there is no sent.txt:\n{sent}");
    for (file, text) in [("stdout.txt", &ran.stdout), ("stderr.txt", &ran.stderr), ("sent.txt", &sent)] {
        let file = path.join(file);
        if env::var_os("BLESS").is_some() && file.exists() {
            fs::write(&file, text)?;
        }
        if file.exists() {
            ensure!(*text == fs::read_to_string(&file)?, "`{}` differs:\n{text}", file.display());
        }
    }
    Ok(())
}
