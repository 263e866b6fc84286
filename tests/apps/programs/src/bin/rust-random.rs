//! Asks for secure random bytes, as `getrandom` does.

wit_bindgen::generate!({
    inline: "package test:random; world random { import wasi:random/random@0.2.12; }",
    path: "../../../wit/deps/random.wit",
    generate_all,
});

fn main() {
    println!("bytes {}", wasi::random::random::get_random_bytes(16).len());
}
