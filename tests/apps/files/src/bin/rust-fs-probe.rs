//! What `rust-fs-speed` is compared with: `CHUNK TOTAL` gets as many bytes, in calls of a function that another component
//! exports and that does nothing but lift and lower them. `probe-source.wat` is that component. Prints a line
//! `probe NANOSECONDS ns, COUNT operations, BYTES bytes`.

wit_bindgen::generate!({
    inline: "
        package test:probe;
        interface source {
            read: func(len: u64) -> list<u8>;
        }
        world probe {
            import source;
        }
    ",
});

use std::hint::black_box;
use std::time::Instant;
use test::probe::source::read;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let [chunk, total] = args[..] else { panic!("not CHUNK TOTAL: {args:?}") };
    let (mut count, mut bytes) = (0, 0);
    let start = Instant::now();
    while bytes < total {
        let read = black_box(read(chunk)).len() as u64;
        assert!(read > 0);
        count += 1;
        bytes += read;
    }
    let elapsed = start.elapsed().as_nanos();
    println!("probe {elapsed} ns, {count} operations, {bytes} bytes");
}
