//! Runs another program, which it is composed with, and says what that one wrote.

wit_bindgen::generate!({
    inline: "package test:contains; world contains { import wasi:cli/run@0.2.12; import virt:stdio/captured@0.1.0; }",
    path: "../../../wit",
    world: "test:contains/contains",
    generate_all,
});

use virt::stdio::captured;
use wasi::cli0_2_12::run::run;

fn main() {
    println!("it ended with {:?}", run());
    println!("on standard output: {:?}", String::from_utf8_lossy(&captured::stdout()));
    println!("on standard error: {:?}", String::from_utf8_lossy(&captured::stderr()));
}
