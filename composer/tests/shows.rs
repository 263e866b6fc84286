//! Finds the folders in `shows/`, one named test each. A case is a plan that somebody looks at, and has:
//!
//! - `args`: the command line, in one line, with a guest of the end-to-end tests as the app; without one it is a bundle;
//! - some of `table.txt`, `verbose.txt`, `plan.json`, `plan.dot`, `plan.mmd` and `plan.svg`: what is shown. All components are
//!   said to have 1 KiB, because what they really have changes with every build.
//!
//! Every format is drawn, and must be sound (`drawn/`). `BLESS=1 cargo test` rewrites what is there.

mod cases;
mod drawn;

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
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
    cases::run("shows", check)
}

fn check(_: &str, folder: &Path) -> Result<()> {
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
        shown += 1;
        cases::expect(folder, file, format.draw(&picture, *verbose)?)?;
    }
    let known = |name: &str| name == "args" || FILES.iter().any(|(file, ..)| name == *file);
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        ensure!(known(&name.to_string_lossy()), "{name:?} is not looked at");
    }
    ensure!(shown > 0, "nothing is looked at; make an empty file, as `table.txt`, and `BLESS=1` writes it");
    Ok(())
}
