//! How long it takes to read a clock, or to draw random bytes, measured within by the monotonic clock. Prints a line
//! `COMMAND NANOSECONDS ns, COUNT operations, BYTES bytes`.
//!
//! | command | an operation is |
//! | --- | --- |
//! | `monotonic COUNT` | a `monotonic-clock.now` |
//! | `wall COUNT` | a `wall-clock.now` |
//! | `bytes COUNT LEN` | a `get-random-bytes` of that length |

wit_bindgen::generate!({
    inline: "
        package test:speed;
        world speed {
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:clocks/wall-clock@0.2.12;
            import wasi:random/random@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit"],
    generate_all,
});

use std::hint::black_box;
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::random::random::get_random_bytes;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| args.get(at).map_or(0, |text| text.parse::<u64>().expect("a number"));
    let (command, count, len) = (args[0].as_str(), number(1), number(2));
    let start = monotonic_clock::now();
    for _ in 0..count {
        match command {
            "monotonic" => _ = black_box(monotonic_clock::now()),
            "wall" => _ = black_box(wall_clock::now()),
            "bytes" => _ = black_box(get_random_bytes(len)),
            _ => panic!("no such command"),
        }
    }
    println!("{command} {} ns, {count} operations, {} bytes", monotonic_clock::now() - start, count * len);
}
