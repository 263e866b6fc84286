//! `PARITY.md` is true: every command line in it composes on the guest of its row, every case is there, every form in Rust is used by
//! a test, and all that the predecessor has is a row.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use virt_compose::component::Component;

/// All options of the predecessor.
const OPTIONS: &[&str] = &[
    "[component.wasm]",
    "-o",
    "--out",
    "--allow-all",
    "--allow-clocks",
    "--allow-exit",
    "--allow-http",
    "--allow-random",
    "--allow-sockets",
    "--allow-fs",
    "--allow-stdio",
    "--allow-env",
    "--allow-env=A,B",
    "-e",
    "--env",
    "--allow-config",
    "--allow-config=A,B",
    "-c",
    "--config",
    "--mount",
    "--preopen",
    "--stdio",
    "--stdin",
    "--stdout",
    "--stderr",
    "--debug",
    "--wasi-version",
];

/// All that its library can be told.
const LIBRARY: &[&str] = &[
    "WasiVirt::new",
    "allow_all",
    "deny_all",
    "env().allow",
    "env().deny",
    "env().allow_all",
    "env().deny_all",
    "env().overrides",
    "config().allow",
    "config().deny",
    "config().allow_all",
    "config().deny_all",
    "config().overrides",
    "fs().virtual_preopen",
    "fs().host_preopen",
    "fs().allow_host_preopens",
    "fs().deny_host_preopens",
    "fs().passive_cutoff",
    "fs().preopen(FsEntry::Dir)",
    "FsEntry::Source",
    "FsEntry::File",
    "FsEntry::Virtualize",
    "FsEntry::RuntimeFile",
    "FsEntry::RuntimeDir",
    "FsEntry::Symlink",
    "stdio().allow",
    "stdio().ignore",
    "stdio().deny",
    "stdio().stdin",
    "stdio().stdout",
    "stdio().stderr",
    "clocks(bool)",
    "exit(bool)",
    "http(bool)",
    "random(bool)",
    "sockets(bool)",
    "filter_imports",
    "compose_component_path",
    "wasi_version",
    "wasm_opt",
    "finish",
    "stub_preview1",
];

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of all tables, cell by cell.
fn rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(crate_folder().join("PARITY.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("| ---"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).filter(|row: &Vec<String>| row[0] != "there").collect()
}

/// What is in backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn all_that_the_predecessor_has_is_a_row() {
    let rows = rows();
    let told: BTreeSet<&str> = rows.iter().flat_map(|row| code(&row[0])).collect();
    let missing: Vec<_> = OPTIONS.iter().chain(LIBRARY).filter(|name| !told.contains(*name)).collect();
    assert!(missing.is_empty(), "PARITY.md has no row for {missing:?}");
}

#[test]
fn every_command_line_composes_on_its_guest() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.wasm");
    let mut done = BTreeSet::new();
    for row in rows() {
        let [.., guest, _] = row.as_slice() else { panic!("{row:?} has too few cells") };
        let line = row.iter().flat_map(|cell| code(cell)).find(|code| code.starts_with("virt-compose "));
        let line = line.unwrap_or_else(|| panic!("{row:?} has no command line"));
        // Some rows are about the same.
        if !done.insert((line.to_owned(), guest.clone())) {
            continue;
        }
        let app = crate_folder().join(format!("../tests/guests/{guest}.wasm"));
        let args = line.split(' ').skip(1).map(|word| match word {
            "app.wasm" => app.as_os_str(),
            "out.wasm" => out.as_os_str(),
            _ => word.as_ref(),
        });
        let ran = Command::new(env!("CARGO_BIN_EXE_virt-compose"))
            .current_dir(crate_folder().join("tests/parity"))
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line} on {guest}: {words}");
        assert!(!words.contains("warning: "), "{line} on {guest}: {words}");
        Component::of(&fs::read(&out).unwrap()).unwrap_or_else(|error| panic!("{line} on {guest}: {error:#}"));
        fs::remove_file(&out).unwrap();
    }
    assert!(done.len() > 50);
}

/// The text of all Rust files below some folders.
fn sources(folders: &[&str]) -> String {
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| crate_folder().join(folder)).collect();
    let mut text = String::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn every_case_is_there() {
    let tests = sources(&["src", "tests", "../tests/src", "../tests/serve", "../tests/files.rs"]);
    for row in rows() {
        let case = &row[row.len() - 1];
        let is_folder =
            ["../tests/cases", "tests/plans"].iter().any(|folder| crate_folder().join(folder).join(case).is_dir());
        let is_test = || tests.contains(&format!("fn {case}("));
        assert!(!case.is_empty() && (is_folder || is_test()), "there is no case `{case}`, of {}", row[0]);
    }
}

#[test]
fn every_form_in_rust_is_used_by_a_test() {
    let library = fs::read_to_string(crate_folder().join("tests/library.rs")).unwrap();
    for row in rows().iter().filter(|row| row.len() == 5) {
        for code in code(&row[1]) {
            assert!(library.contains(code), "tests/library.rs has no `{code}`, for {}", row[0]);
        }
    }
}
