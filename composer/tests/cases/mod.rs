//! Cases that are folders, one named test each, and files that `BLESS=1` rewrites.

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::{env, fs};

/// Runs all that are in a folder beside the test.
pub fn run(folder: &str, check: fn(&str, &Path) -> Result<()>) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut trials = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().context("a case has a name")?.to_string_lossy().into_owned();
        trials.push(Trial::test(name.clone(), move || {
            check(&name, &path).map_err(|error| Failed::from(format!("{error:#}")))
        }));
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Compares with a file of the case, or writes it.
pub fn expect(folder: &Path, file: &str, found: String) -> Result<()> {
    let path = folder.join(file);
    if env::var_os("BLESS").is_some() {
        return Ok(fs::write(&path, found)?);
    }
    let expected = fs::read_to_string(&path).with_context(|| format!("no `{file}`; `BLESS=1` writes it"))?;
    ensure!(expected == found, "`{file}` differs, `BLESS=1` rewrites it; found:\n{found}");
    Ok(())
}
