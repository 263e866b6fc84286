//! What std makes of the environment, the standard streams and a hash map's seed.

use std::io::{IsTerminal, Read, Write};

fn main() {
    let mut said = Vec::new();
    for (name, value) in std::env::vars() {
        writeln!(said, "{name}={value}").unwrap();
    }
    let arguments: Vec<_> = std::env::args().collect();
    writeln!(said, "arguments {arguments:?}").unwrap();
    writeln!(said, "directory {:?}", std::env::current_dir().ok()).unwrap();
    let mut input = String::new();
    let read = std::io::stdin().read_to_string(&mut input);
    writeln!(said, "input {:?} {input:?}", read.is_ok()).unwrap();
    let terminal = (std::io::stdin().is_terminal(), std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
    writeln!(said, "terminal {terminal:?}").unwrap();
    let map: std::collections::HashMap<_, _> = (0..100).map(|number| (number, number)).collect();
    writeln!(said, "map {}", map.values().sum::<i32>()).unwrap();
    // A closed standard output is an error to live with.
    let output = std::io::stdout().write_all(&said).and_then(|()| std::io::stdout().flush());
    if let Err(error) = &output {
        let _ = writeln!(std::io::stderr(), "output failed: {error}");
    }
}
