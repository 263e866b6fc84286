//! The tool, run in a folder of its own, and what came of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A guest of the end-to-end tests.
pub fn guest(name: &str) -> String {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    guests.join(format!("{name}.wasm")).to_str().expect("the checkout has a plain path").to_owned()
}

/// A folder in which the tool runs.
pub struct Folder(TempDir);

/// What came of a run.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub words: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let words = String::from_utf8(output.stderr).expect("words are text");
        assert!(!words.contains("panicked"), "{words}");
        Self { code: output.status.code(), stdout: output.stdout, words }
    }
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn names(&self) -> BTreeSet<String> {
        fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_virt-compose"));
        command.current_dir(self.0.path()).args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// A run that must succeed.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.words);
        ran
    }

    /// A run that must fail, with an error that has these words, and leave no trace.
    #[track_caller]
    pub fn refused(&self, code: i32, args: &[&str], words: &[&str]) -> Ran {
        self.write("out.wasm", "as before");
        let before = self.names();
        let ran = self.run(args);
        assert_eq!(ran.code, Some(code), "{args:?}: {}", ran.words);
        assert!(ran.words.lines().any(|line| line.starts_with("error: ")), "{args:?}: {}", ran.words);
        for word in words {
            assert!(ran.words.contains(word), "{args:?}: `{word}` is not in: {}", ran.words);
        }
        assert_eq!(ran.stdout, b"", "{args:?} wrote to standard output");
        assert_eq!(self.read("out.wasm"), b"as before", "{args:?}");
        assert_eq!(self.names(), before, "{args:?} left something behind");
        ran
    }
}
