//! What a filesystem does, as facts that assert for themselves, in the preopened directory `/work`.
//!
//! `rust-fs list` prints the facts that want `/work` empty, `rust-fs list populated` those that want what `tests/fs.rs`
//! puts there, `rust-fs list outward` those that want links out of it; `rust-fs NAME` asserts one. `rust-fs random` is
//! in `random`. What hosts may do differently is in `DIFFERENCES.md`, and nothing here asserts it.

mod descriptors;
mod directories;
mod errors;
mod help;
mod identity;
mod links;
mod open;
mod outward;
mod paths;
mod populated;
mod programs;
mod random;
mod read_write;
mod remove;
mod rename;
mod sizes;
mod stat;
mod streams;
mod symlinks;
mod times;

wit_bindgen::generate!({
    inline: "
        package test:fs;
        world fs {
            import wasi:filesystem/types@0.2.12;
            import wasi:filesystem/preopens@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/filesystem.wit"],
    generate_all,
    additional_derives: [PartialEq],
    additional_derives_ignore: ["stream-error"],
});

use std::process::exit;
use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::Descriptor;

/// A fact, given `/work`.
type Fact = fn(&Descriptor);

/// The facts of a file, under the names of their functions.
macro_rules! facts {
    ($($fact:ident),* $(,)?) => {
        pub const FACTS: &[(&str, $crate::Fact)] = &[$((stringify!($fact), $fact)),*];
    };
}
use facts;

/// What wants `/work` empty, by area.
const EMPTY: &[(&str, &[(&str, Fact)])] = &[
    ("paths", paths::FACTS),
    ("symlinks", symlinks::FACTS),
    ("open", open::FACTS),
    ("descriptors", descriptors::FACTS),
    ("errors", errors::FACTS),
    ("read-write", read_write::FACTS),
    ("sizes", sizes::FACTS),
    ("streams", streams::FACTS),
    ("rename", rename::FACTS),
    ("links", links::FACTS),
    ("remove", remove::FACTS),
    ("directories", directories::FACTS),
    ("stat", stat::FACTS),
    ("times", times::FACTS),
    ("identity", identity::FACTS),
    ("programs", programs::FACTS),
];
const POPULATED: &[(&str, &[(&str, Fact)])] = &[("populated", populated::FACTS)];
const OUTWARD: &[(&str, &[(&str, Fact)])] = &[("outward", outward::FACTS)];

/// `paths/a-dot-is-the-directory-itself`, from the function's name.
fn name_of(area: &str, function: &str) -> String {
    format!("{area}/{}", function.replace('_', "-"))
}

fn list(areas: &[(&str, &[(&str, Fact)])]) {
    for (area, facts) in areas {
        for (function, _) in *facts {
            println!("{}", name_of(area, function));
        }
    }
}

fn assert(name: &str) {
    for (area, facts) in [EMPTY, POPULATED, OUTWARD].concat() {
        for (function, fact) in facts {
            if name_of(area, function) == name {
                return fact(&work());
            }
        }
    }
    panic!("there is no fact `{name}`");
}

/// The one preopened directory.
fn work() -> Descriptor {
    let mut preopens = get_directories();
    assert_eq!(preopens.len(), 1, "`/work` is the only preopen");
    let (work, name) = preopens.remove(0);
    assert_eq!(name, "/work");
    work
}

fn main() {
    // An exit code says that a fact does not hold; a trap is left to what must not happen at all.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        exit(101);
    }));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => list(EMPTY),
        ["list", "populated"] => list(POPULATED),
        ["list", "outward"] => list(OUTWARD),
        ["random", seed, steps, sequences] => random::digests(seed, steps, sequences),
        ["random", seed, steps] => random::transcript(seed, steps),
        [name] => assert(name),
        _ => panic!("usage: rust-fs (list [populated|outward] | random SEED STEPS [SEQUENCES] | NAME)"),
    }
}
