//! Draws from every function of `wasi:random`, and prints what comes.

wit_bindgen::generate!({
    inline: "
        package test:draws;
        world draws {
            import wasi:random/random@0.2.12;
            import wasi:random/insecure@0.2.12;
            import wasi:random/insecure-seed@0.2.12;
        }
    ",
    path: "../../../wit/deps/random.wit",
    generate_all,
});

use wasi::random::{insecure, insecure_seed, random};

fn main() {
    println!("random {:02x?} {:016x}", random::get_random_bytes(3), random::get_random_u64());
    println!("insecure {:02x?} {:016x}", insecure::get_insecure_random_bytes(5), insecure::get_insecure_random_u64());
    println!("seed {:016x?} {:016x?}", insecure_seed::insecure_seed(), insecure_seed::insecure_seed());
    println!("random again {:02x?}", random::get_random_bytes(0));
    println!("random again {} bytes", random::get_random_bytes(100_000).len());
}
