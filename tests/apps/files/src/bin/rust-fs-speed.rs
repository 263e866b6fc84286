//! How long file operations take, measured within. Each command does what it says `ROUNDS` times and prints a line
//! `COMMAND NANOSECONDS ns, COUNT operations, BYTES bytes`.
//!
//! | command | does | an operation is |
//! | --- | --- | --- |
//! | `make DIR COUNT SIZE` | writes the files `DIR/file-00000` … | a file written |
//! | `write FILE CHUNK SIZE` | writes a file in pieces | a `write` |
//! | `open-read-close DIR COUNT ROUNDS` | opens, reads and closes each of `COUNT` files | a file |
//! | `stat DIR COUNT ROUNDS` | asks for the metadata of each of `COUNT` files | a file |
//! | `list DIR ROUNDS` | lists a directory | an entry |
//! | `read-file FILE CHUNK ROUNDS` | reads all of a file through std | a `File::read` |
//! | `read-stream FILE CHUNK ROUNDS` | with `input-stream.read`, of one stream a round | a `read` |
//! | `blocking-read-stream FILE CHUNK ROUNDS` | with `input-stream.blocking-read` | a `blocking-read` |
//! | `read-descriptor FILE CHUNK ROUNDS` | with `descriptor.read` | a `read` |
//! | `skip-stream FILE CHUNK ROUNDS` | with `input-stream.skip` | a `skip` |
//!
//! The commands from `read-stream` on call WASI with no library between. `rust-fs-probe` is for comparison.

wit_bindgen::generate!({
    inline: "
        package test:speed;
        world speed {
            import wasi:filesystem/preopens@0.2.12;
            import wasi:filesystem/types@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/filesystem.wit"],
    generate_all,
});

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write};
use std::time::Instant;
use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasi::io::streams::{InputStream, StreamError};

/// Operations and bytes.
#[derive(Default)]
struct Done {
    count: u64,
    bytes: u64,
}

impl Done {
    fn one(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let mut done = Done::default();
    // The first call of all opens what std keeps: standard streams, and the list of directories.
    let _ = fs::metadata("/");
    let start = Instant::now();
    match args[..] {
        ["make", dir, count, size] => make(dir, number(count), number(size), &mut done),
        ["write", file, chunk, size] => write(file, number(chunk), number(size), &mut done),
        ["open-read-close", dir, count, rounds] => {
            open_read_close(&names(dir, number(count)), number(rounds), &mut done);
        }
        ["stat", dir, count, rounds] => stat(&names(dir, number(count)), number(rounds), &mut done),
        ["list", dir, rounds] => list(dir, number(rounds), &mut done),
        ["read-file", file, chunk, rounds] => read_file(file, number(chunk), number(rounds), &mut done),
        ["read-stream", file, chunk, rounds] => {
            read_stream(file, number(rounds), &mut done, |stream| Some(stream.read(number(chunk)).ok()?.len()));
        }
        ["blocking-read-stream", file, chunk, rounds] => {
            read_stream(file, number(rounds), &mut done, |stream| {
                Some(stream.blocking_read(number(chunk)).ok()?.len())
            });
        }
        ["skip-stream", file, chunk, rounds] => {
            read_stream(file, number(rounds), &mut done, |stream| Some(stream.skip(number(chunk)).ok()? as usize));
        }
        ["read-descriptor", file, chunk, rounds] => read_descriptor(file, number(chunk), number(rounds), &mut done),
        _ => panic!("no such command: {args:?}"),
    }
    let elapsed = start.elapsed().as_nanos();
    println!("{} {elapsed} ns, {} operations, {} bytes", args[0], done.count, done.bytes);
}

fn names(dir: &str, count: u64) -> Vec<String> {
    (0..count).map(|number| format!("{dir}/file-{number:05}")).collect()
}

fn make(dir: &str, count: u64, size: u64, done: &mut Done) {
    let content: Vec<u8> = (0..size).map(|at| at as u8).collect();
    for name in names(dir, count) {
        fs::write(name, &content).unwrap();
        done.one(content.len());
    }
}

fn write(file: &str, chunk: u64, size: u64, done: &mut Done) {
    let content: Vec<u8> = (0..chunk).map(|at| at as u8).collect();
    let mut file = File::create(file).unwrap();
    while done.bytes < size {
        let now = content.len().min((size - done.bytes) as usize);
        done.one(file.write(&content[..now]).unwrap());
    }
}

fn open_read_close(names: &[String], rounds: u64, done: &mut Done) {
    let mut content = Vec::new();
    for _ in 0..rounds {
        for name in names {
            content.clear();
            File::open(name).unwrap().read_to_end(&mut content).unwrap();
            done.one(content.len());
        }
    }
}

fn stat(names: &[String], rounds: u64, done: &mut Done) {
    for _ in 0..rounds {
        for name in names {
            done.one(fs::metadata(name).unwrap().len() as usize);
        }
    }
}

fn list(dir: &str, rounds: u64, done: &mut Done) {
    for _ in 0..rounds {
        for entry in fs::read_dir(dir).unwrap() {
            done.one(entry.unwrap().file_name().len());
        }
    }
}

fn read_file(file: &str, chunk: u64, rounds: u64, done: &mut Done) {
    let mut buffer = vec![0; chunk as usize];
    for _ in 0..rounds {
        let mut file = File::open(file).unwrap();
        loop {
            let read = file.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            black_box(&buffer);
            done.one(read);
        }
    }
}

/// The file, without std.
fn open(path: &str) -> Descriptor {
    let (directory, below) = get_directories()
        .into_iter()
        .filter_map(|(directory, at)| Some((directory, path.strip_prefix(&at)?.trim_start_matches('/').to_owned())))
        .min_by_key(|(_, below)| below.len())
        .expect("a directory that has the path");
    directory.open_at(PathFlags::SYMLINK_FOLLOW, &below, OpenFlags::empty(), DescriptorFlags::READ).unwrap()
}

/// Until the end, through a stream of its own each round.
fn read_stream(path: &str, rounds: u64, done: &mut Done, mut read: impl FnMut(&InputStream) -> Option<usize>) {
    let file = open(path);
    for _ in 0..rounds {
        let before = done.bytes;
        let stream = file.read_via_stream(0).unwrap();
        while let Some(read) = read(&stream) {
            if read == 0 {
                // Nothing yet: the host's files are read in the background.
                stream.subscribe().block();
            } else {
                done.one(read);
            }
        }
        assert_eq!(done.bytes - before, file.stat().unwrap().size);
        assert!(matches!(stream.read(1), Err(StreamError::Closed)));
    }
}

fn read_descriptor(path: &str, chunk: u64, rounds: u64, done: &mut Done) {
    let file = open(path);
    for _ in 0..rounds {
        let mut at = 0;
        loop {
            let (bytes, is_end) = file.read(chunk, at).unwrap();
            at += bytes.len() as u64;
            if !bytes.is_empty() {
                done.one(black_box(bytes).len());
            }
            if is_end {
                break;
            }
        }
        assert_eq!(at, file.stat().unwrap().size);
    }
}
