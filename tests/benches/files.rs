//! How fast embedded files are, against the same guest on the host's own filesystem in the same wasmtime, and against what
//! the copy of a `list<u8>` from one component to another leaves possible. `cargo bench -p virt-compose-tests` prints the
//! ratios with their bars, and fails when one is missed.

use anyhow::Result;
use std::env;
use std::fs;
use std::process::ExitCode;
use virt_compose_tests::speed::{Program, Row, compare, engine, probe};
use virt_compose_tests::{compose, guests};

const MB: usize = 1 << 20;
const CHUNK: &str = "65536";

fn main() -> Result<ExitCode> {
    // `cargo test --benches` is about whether it builds.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("many"))?;
    for number in 0..1000 {
        fs::write(folder.path().join(format!("many/file-{number:05}")), [number as u8; 4096])?;
    }
    let large: Vec<u8> = (0..64 * MB).map(|at| (at / 3) as u8).collect();
    fs::write(folder.path().join("large"), large)?;

    let engine = engine()?;
    let app = guests::load("rust-fs-speed")?;
    let mount = format!("/={}", folder.path().display());
    let host = Program::new(&engine, &app)?;
    let embedded = Program::new(&engine, &compose(&app, &["--with", "fs", "--mount", &mount])?.bytes)?;
    let probe = Program::new(&engine, &probe()?)?;

    let (open, stat) = (["open-read-close", "/many", "1000", "5"], ["stat", "/many", "1000", "5"]);
    let (stream, file) = (["read-stream", "/large", CHUNK, "2"], ["read-file", "/large", CHUNK, "2"]);
    let limit = [CHUNK, &(128 * MB).to_string()];
    let rows = [
        Row {
            what: "open, read, close 4 KB",
            ours: (&embedded, &open),
            other: ("the host's", &host, &open),
            bar: 1.0 / 2.0,
        },
        Row { what: "stat", ours: (&embedded, &stat), other: ("the host's", &host, &stat), bar: 1.0 / 5.0 },
        Row {
            what: "64 KB of 64 MB, by stream",
            ours: (&embedded, &stream),
            other: ("the limit", &probe, &limit),
            // Of the copies inside, one is of words and costs an eighth of the limit, and the bytes come from where they
            // were never touched, which costs as much; a `Vec` of words is no `Vec` of bytes, which is the rest.
            bar: 1.4,
        },
        Row {
            what: "64 KB of 64 MB, by std",
            ours: (&embedded, &file),
            other: ("the host's", &host, &file),
            bar: f64::INFINITY,
        },
    ];
    compare("embedded", folder.path(), &rows)
}
