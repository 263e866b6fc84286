//! Prints what differs from run to run: both clocks, random bytes, an identifier, the order of a hash map, and the names in
//! the directories that the arguments name, in the order they come.

use std::collections::HashMap;
use std::time::{Instant, SystemTime};

fn main() {
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later");
    println!("wall {}", wall.as_nanos());
    for _ in 0..2 {
        let start = Instant::now();
        println!("monotonic {}", Instant::now().duration_since(start).as_nanos());
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random bytes");
    println!("bytes {}", bytes.map(|byte| format!("{byte:02x}")).concat());
    println!("uuid {}", uuid::Uuid::new_v4());
    let map: HashMap<String, usize> = (0..20).map(|number| (format!("k{number}"), number)).collect();
    println!("map {}", map.into_keys().collect::<Vec<_>>().join(" "));
    for path in std::env::args().skip(1) {
        match names(&path) {
            Ok(names) => println!("names {path}: {}", names.join(" ")),
            Err(error) => println!("names {path}: {}", error.kind()),
        }
    }
}

fn names(path: &str) -> std::io::Result<Vec<String>> {
    std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
