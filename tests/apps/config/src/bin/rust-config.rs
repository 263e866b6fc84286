//! Prints the configuration through `wasi:config/store@0.2.0-rc.1`: all of it, each of its keys, and each argument as a key.

wit_bindgen::generate!({
    inline: "package test:config; world config { import wasi:config/store@0.2.0-rc.1; }",
    path: "wit/rc.1.wit",
    generate_all,
});

#[path = "../print.rs"]
mod print;

fn main() {
    print::all();
}
