//! Finds the folders in `messages/`, one named test each: mistakes that people make, and what the tool says to each. A case has:
//!
//! - `app`: the guest that is there as `app.wasm`; or `text`, which is none, or `module`, a core module without WASI;
//! - `args`: the command line, in one line; other files are there, too;
//! - `words.txt`: all that the tool says. It says it with an exit code that is not 0, and leaves no result.
//!
//! `BLESS=1 cargo test` rewrites what is expected.

mod cases;

use anyhow::{Result, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn main() -> Result<()> {
    cases::run("messages", check)
}

fn check(_: &str, folder: &Path) -> Result<()> {
    let place = tempfile::tempdir()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !["app", "args", "words.txt"].iter().any(|own| entry.file_name() == *own) {
            fs::copy(entry.path(), place.path().join(entry.file_name()))?;
        }
    }
    let app = match fs::read_to_string(folder.join("app"))?.trim() {
        "text" => b"hello\n".to_vec(),
        "module" => wat::parse_str(r#"(module (func (export "f")))"#)?,
        guest => fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/guests/{guest}.wasm")))?,
    };
    fs::write(place.path().join("app.wasm"), app)?;
    let ran = Command::new(env!("CARGO_BIN_EXE_virt-compose"))
        .current_dir(place.path())
        .args(fs::read_to_string(folder.join("args"))?.split_whitespace())
        .stdin(Stdio::null())
        .output()?;
    let words = String::from_utf8(ran.stderr)?;
    ensure!(!ran.status.success(), "it is done: {words}");
    ensure!(ran.stdout.is_empty() && !place.path().join("out.wasm").exists(), "there is a result: {words}");
    cases::expect(folder, "words.txt", words)
}
