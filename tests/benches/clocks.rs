//! What reading a clock costs where streams are virtual, against the same guest unvirtualized. `cargo bench -p
//! virt-compose-tests --bench clocks` prints the ratios with their bars, and fails when one is missed.

use anyhow::Result;
use std::env;
use std::process::ExitCode;
use virt_compose_tests::speed::{Program, Row, compare, engine};
use virt_compose_tests::{compose, guests};

fn main() -> Result<ExitCode> {
    // `cargo test --benches` is about whether it builds.
    if !env::args().any(|arg| arg == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let engine = engine()?;
    let app = guests::load("rust-clock-speed")?;
    let virtual_by = |args: &[&str]| Program::new(&engine, &compose(&app, args)?.bytes);
    let host = Program::new(&engine, &app)?;
    let carried = virtual_by(&["--with", "stdio", "--stdin=ignore", "--stdout=allow", "--stderr=allow"])?;
    let shifted = virtual_by(&["--with", "clocks", "--time=now+1h"])?;
    let seeded = virtual_by(&["--with", "random", "--seed=1"])?;
    let (monotonic, wall) = (["monotonic", "1000000"], ["wall", "1000000"]);
    let (few, many) = (["bytes", "200000", "32"], ["bytes", "1000", "65536"]);
    let row =
        |what, ours, command, bar| Row { what, ours: (ours, command), other: ("the host's", &host, command), bar };
    let rows = [
        row("monotonic, carried along", &carried, &monotonic[..], 1.05),
        row("wall, carried along", &carried, &wall, 1.05),
        row("wall, shifted", &shifted, &wall, f64::INFINITY),
        row("32 random bytes, seeded", &seeded, &few, f64::INFINITY),
        row("64 KB of them, seeded", &seeded, &many, f64::INFINITY),
    ];
    compare("virtual", env::temp_dir().as_path(), &rows)
}
