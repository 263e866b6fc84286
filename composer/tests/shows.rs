//! Finds the folders in `shows/`, one named test each. A case is a plan that somebody looks at, and has:
//!
//! - `args`: the command line, in one line, with a guest of the end-to-end tests as the app; without one it is a bundle;
//! - some of `table.txt`, `verbose.txt`, `plan.json`, `plan.dot`, `plan.mmd` and `plan.svg`: what is shown. All components are
//!   said to have 1 KiB, because what they really have changes with every build.
//!
//! Every format is drawn, and must be sound (`drawn/`). `BLESS=1 cargo test` rewrites what is there.

mod drawn;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::{env, fs};
use virt_compose::cli::Cli;
use virt_compose::picture;
use virt_compose::show::Format;

/// What a case may have: the file, the format, and whether it is verbose.
const FILES: &[(&str, Format, bool)] = &[
    ("table.txt", Format::Table, false),
    ("verbose.txt", Format::Table, true),
    ("plan.json", Format::Json, false),
    ("plan.dot", Format::Dot, false),
    ("plan.mmd", Format::Mermaid, false),
    ("plan.svg", Format::Svg, false),
];

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shows");
    let mut trials = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().context("a case has a name")?.to_string_lossy().into_owned();
        trials.push(Trial::test(name, move || check(&path).map_err(|error| Failed::from(format!("{error:#}")))));
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(folder: &Path) -> Result<()> {
    let args = fs::read_to_string(folder.join("args")).context("failed to read `args`")?;
    let args: Vec<&str> = args.split_whitespace().collect();
    let policy = Cli::policy_of(&args)?;
    let app = args.iter().find(|arg| arg.ends_with(".wasm"));
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    let bytes = app.map(|app| fs::read(guests.join(app))).transpose().context("failed to read the guest")?;
    let mut picture = picture(bytes.as_deref(), &policy)?;
    picture.call(app.unwrap_or(&"app"));
    for node in &mut picture.nodes {
        node.bytes = node.bytes.map(|_| 1024);
    }
    drawn::check(&picture)?;
    let mut shown = 0;
    for (file, format, verbose) in FILES.iter().filter(|(file, ..)| folder.join(file).exists()) {
        let (path, found) = (folder.join(file), format.draw(&picture, *verbose)?);
        shown += 1;
        if env::var_os("BLESS").is_some() {
            fs::write(&path, found)?;
            continue;
        }
        ensure!(fs::read_to_string(&path)? == found, "`{file}` differs, `BLESS=1` rewrites it; found:\n{found}");
    }
    let known = |name: &str| name == "args" || FILES.iter().any(|(file, ..)| name == *file);
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        ensure!(known(&name.to_string_lossy()), "{name:?} is not looked at");
    }
    ensure!(shown > 0, "nothing is looked at; make an empty file, as `table.txt`, and `BLESS=1` writes it");
    Ok(())
}
