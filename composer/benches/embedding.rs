//! What embedding a folder costs, against a copy of it by `cp -r`: CPU time (user and system) and real time of both as whole
//! processes, and the tool's peak memory against the size of the result. `cargo bench -p virt-compose` prints them with
//! their bars, and fails when one is missed.
//!
//! Where the filesystem shares blocks, as btrfs and XFS do, `cp` copies nothing, and nobody can compete.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

const MB: u64 = 1 << 20;

/// What embedding may take of what copying takes.
const TIME_BAR: f64 = 3.0;
/// What it may have of memory, of the result's size.
const MEMORY_BAR: f64 = 2.2;

/// A folder of files that are alike.
struct Folder {
    what: &'static str,
    files: u64,
    size: u64,
    /// How often both run, by turns. The fastest of each counts: a busy machine makes every run slower and none faster.
    turns: usize,
}

/// For minutes after many files are removed, ext4 takes ten times as long to make as many, so they are copied only once.
const FOLDERS: [Folder; 2] = [
    Folder { what: "100,000 files", files: 100_000, size: 1024, turns: 1 },
    Folder { what: "500 MB", files: 1, size: 500 * MB, turns: 5 },
];

/// The least time that runs took, and the most memory.
struct Cost {
    cpu: Duration,
    real: Duration,
    memory: u64,
}

impl Cost {
    const NONE: Self = Self { cpu: Duration::MAX, real: Duration::MAX, memory: 0 };

    /// Of a process that must succeed.
    fn of(command: &mut Command) -> Result<Self> {
        let start = Instant::now();
        let ended = command.stderr(Stdio::null()).spawn()?.wait4()?;
        let real = start.elapsed();
        if !ended.status.success() {
            bail!("{command:?} ended with {}", ended.status);
        }
        Ok(Self { cpu: ended.rusage.utime + ended.rusage.stime, real, memory: ended.rusage.maxrss })
    }

    fn and(self, other: Self) -> Self {
        Self { cpu: self.cpu.min(other.cpu), real: self.real.min(other.real), memory: self.memory.max(other.memory) }
    }
}

fn main() -> Result<ExitCode> {
    // `cargo test --benches` builds without optimization, of which the bars know nothing.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/rust-shell.wasm");
    let mut missed = false;
    println!("{:36}{:>12}{:>12}{:>8}{:>8}", "embedding", "cp -r", "ours", "ratio", "bar");
    for Folder { what, files, size, turns } in FOLDERS {
        // Not where other temporary files are: that may be in memory.
        let room = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let folder = room.path().join("folder");
        fill(&folder, files, size)?;
        let out = room.path().join("out.wasm");
        let mount = format!("/={}", folder.display());
        let (mut cp, mut ours, mut len) = (Cost::NONE, Cost::NONE, 0);
        let copy = room.path().join("copy");
        for _ in 0..turns {
            cp = cp.and(Cost::of(Command::new("cp").arg("-r").arg(&folder).arg(&copy))?);
            fs::remove_dir_all(&copy)?;
            let mut tool = Command::new(env!("CARGO_BIN_EXE_virt-compose"));
            tool.args(["--with", "fs", "--mount", &mount]).arg(&app).arg("-o").arg(&out);
            ours = ours.and(Cost::of(&mut tool).context(what)?);
            len = fs::metadata(&out)?.len();
            fs::remove_file(&out)?;
        }
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / MB as f64);
        let ratio = |ours: Duration, cp: Duration| ours.as_secs_f64() / cp.as_secs_f64();
        for (of, other, own, ratio, bar) in [
            ("CPU time", seconds(cp.cpu), seconds(ours.cpu), ratio(ours.cpu, cp.cpu), TIME_BAR),
            ("real time", seconds(cp.real), seconds(ours.real), ratio(ours.real, cp.real), TIME_BAR),
            (
                "result, peak memory",
                megabytes(len),
                megabytes(ours.memory),
                ours.memory as f64 / len as f64,
                MEMORY_BAR,
            ),
        ] {
            println!("{:36}{other:>12}{own:>12}{ratio:>8.2}{bar:>8.1}", format!("{what}, {of}"));
            missed |= ratio > bar;
        }
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Makes a folder with so many files of a size, a hundred in each directory. No more than a part of a file is held here: a
/// child's peak memory starts with that of its parent.
fn fill(folder: &Path, files: u64, size: u64) -> Result<()> {
    for number in 0..files {
        let within = folder.join(format!("{}", number / 100));
        fs::create_dir_all(&within)?;
        let mut file = File::create(within.join(format!("file-{number}")))?;
        let part: Vec<u8> = (0..size.min(MB)).map(|at| (at * 31 + number) as u8).collect();
        for _ in 0..size.div_ceil(MB) {
            file.write_all(&part)?;
        }
    }
    Ok(())
}
