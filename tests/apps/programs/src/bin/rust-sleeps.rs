//! Waits, and says by both clocks how long it was. What std cannot wait for is polled with no library between.
//!
//! | arguments | does |
//! | --- | --- |
//! | `sleep SECONDS` | sleeps as std does; prints how many milliseconds passed by each clock |
//! | `poll` | polls timers until none is left, then one of no duration, one in the past, and blocks on one of 5 s |
//! | `input` | polls standard input beside a timer of an hour, a new one each time, until it is closed; prints what it read |
//! | `readings N` | reads both clocks in turn, `N` times; prints that and their resolutions |

wit_bindgen::generate!({
    inline: "
        package test:sleeps;
        world sleeps {
            import wasi:cli/stdin@0.2.12;
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:clocks/wall-clock@0.2.12;
            import wasi:io/poll@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit"],
    generate_all,
});

use std::time::{Duration, Instant, SystemTime};
use wasi::cli::stdin::get_stdin;
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::io::poll::{Pollable, poll};

const SECOND: u64 = 1_000_000_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["sleep", seconds] => sleep(Duration::from_secs_f64(seconds.parse().expect("a number"))),
        ["poll"] => timers(),
        ["input"] => input(),
        ["readings", count] => readings(count.parse().expect("a number")),
        _ => panic!("no such command: {args:?}"),
    }
}

fn sleep(duration: Duration) {
    let (wall, monotonic) = (SystemTime::now(), Instant::now());
    std::thread::sleep(duration);
    let (monotonic, wall) = (monotonic.elapsed(), wall.elapsed().expect("it is later"));
    println!("wall {} ms", wall.as_millis());
    println!("monotonic {} ms", monotonic.as_millis());
}

/// Whole seconds since a reading of the monotonic clock.
fn since(start: u64) -> u64 {
    (monotonic_clock::now() - start) / SECOND
}

fn timers() {
    let start = monotonic_clock::now();
    let durations = [30 * SECOND, 10 * SECOND, 20 * SECOND, 10 * SECOND + 1];
    let mut left: Vec<(usize, Pollable)> =
        durations.into_iter().map(monotonic_clock::subscribe_duration).enumerate().collect();
    while !left.is_empty() {
        let ready = poll(&left.iter().map(|(_, timer)| timer).collect::<Vec<_>>());
        let names: Vec<usize> = ready.iter().map(|at| left[*at as usize].0).collect();
        println!("ready {names:?} after {} s", since(start));
        left.retain(|(name, _)| !names.contains(name));
    }
    let (none, hour) = (monotonic_clock::subscribe_duration(0), monotonic_clock::subscribe_duration(3600 * SECOND));
    println!("of no duration and of an hour {:?} after {} s", poll(&[&none, &hour]), since(start));
    // wasmtime says no at first: it yields once, so that asking in a loop starves nothing else.
    let past = monotonic_clock::subscribe_instant(start);
    println!("in the past {}, again {}", past.ready(), past.ready());
    monotonic_clock::subscribe_duration(5 * SECOND).block();
    println!("blocked until {} s", since(start));
}

fn input() {
    let (start, input, mut text) = (monotonic_clock::now(), get_stdin(), Vec::new());
    loop {
        let (ready, hour) = (input.subscribe(), monotonic_clock::subscribe_duration(3600 * SECOND));
        println!("ready {:?} after {} s", poll(&[&ready, &hour]), since(start));
        match input.read(4096) {
            Ok(bytes) => text.extend(bytes),
            Err(_) => break,
        }
    }
    println!("text {:?}", String::from_utf8_lossy(&text));
}

fn readings(count: usize) {
    for _ in 0..count {
        println!("wall {}", written(wall_clock::now()));
        println!("monotonic {}", monotonic_clock::now());
    }
    println!("wall resolution {}", written(wall_clock::resolution()));
    println!("monotonic resolution {}", monotonic_clock::resolution());
}

fn written(time: wall_clock::Datetime) -> String {
    format!("{}.{:09}", time.seconds, time.nanoseconds)
}
