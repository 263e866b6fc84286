//! What sealing an app costs: CPU time (user and system) and peak memory of the tool as a whole process, and the bars
//! that both stay under. `cargo bench -p virt-compose` prints them, and fails when one is missed. With `--profile dev`, in which the tool's
//! own code is not optimized, twice the time is allowed: that needs no build besides the one that tests have.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use wait4::Wait4;

const RUNS: usize = 20;
const MB: u64 = 1 << 20;

/// Guests, and the CPU time in which each is sealed.
const BARS: [(&str, Duration); 2] =
    [("rust-hello", Duration::from_millis(20)), ("python-tour", Duration::from_millis(500))];

/// The peak memory in which an app of that size is sealed.
fn memory_bar(app: u64) -> u64 {
    3 * app + 30 * MB
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // `cargo test --benches` builds without optimization, of which the bars know nothing.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    let folder = tempfile::tempdir()?;
    let mut missed = false;
    let allowance = if cfg!(debug_assertions) { 2 } else { 1 };
    println!("sealing      CPU time: minimum    median       bar   memory: peak       bar");
    for (name, cpu_bar) in BARS.map(|(name, bar)| (name, bar * allowance)) {
        let app = guests.join(format!("{name}.wasm"));
        // Only CPython is not committed. A child's peak starts with that of its parent, so no guest is read here.
        let metadata = match fs::metadata(&app) {
            Err(_) if name == "python-tour" => {
                println!("{name:12} not measured: run tests/guests/build.sh python");
                continue;
            }
            metadata => metadata?,
        };
        let memory_bar = memory_bar(metadata.len());
        let (mut cpu, mut peak) = (Vec::new(), 0);
        for _ in 0..RUNS {
            let mut tool = Command::new(env!("CARGO_BIN_EXE_virt-compose"));
            let out = folder.path().join("sealed.wasm");
            let sealed = tool.arg(&app).arg("-o").arg(out).stderr(Stdio::null()).spawn()?.wait4()?;
            if !sealed.status.success() {
                return Err(format!("sealing `{name}` ended with {}", sealed.status).into());
            }
            cpu.push(sealed.rusage.utime + sealed.rusage.stime);
            peak = peak.max(sealed.rusage.maxrss);
        }
        cpu.sort();
        let (minimum, median) = (cpu[0], cpu[RUNS / 2]);
        println!(
            "{name:12} {:>14.1} ms{:>7.1} ms{:>7.1} ms{:>9.1} MB{:>7.1} MB",
            milliseconds(minimum),
            milliseconds(median),
            milliseconds(cpu_bar),
            megabytes(peak),
            megabytes(memory_bar),
        );
        // A busy machine makes every run slower and none faster.
        for (what, is_missed) in [("CPU time", minimum > cpu_bar), ("memory", peak > memory_bar)] {
            if is_missed {
                println!("{name}: {what} is past the bar");
                missed = true;
            }
        }
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MB as f64
}
