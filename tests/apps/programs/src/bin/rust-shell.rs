//! Does with files what its arguments say, one command each, and prints what comes of it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::UNIX_EPOCH;

fn main() {
    for command in std::env::args().skip(1) {
        match act(&command) {
            Ok(said) => println!("{command}: {said}"),
            Err(error) => println!("{command}: error: {}", kind(&error)),
        }
    }
}

/// What std has no word for goes by its number in wasi-libc.
fn kind(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(10) => "busy".to_owned(),
        Some(29) => "io".to_owned(),
        Some(32) => "loop".to_owned(),
        Some(51) => "no space".to_owned(),
        Some(55) => "not empty".to_owned(),
        Some(63) => "not permitted".to_owned(),
        Some(69) => "read-only".to_owned(),
        Some(75) => "cross-device".to_owned(),
        Some(number) if error.kind().to_string().starts_with("uncat") => format!("number {number}"),
        _ => error.kind().to_string(),
    }
}

fn act(command: &str) -> io::Result<String> {
    let mut words = command.splitn(3, ' ');
    let (verb, path, more) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
    let done = |()| "done".to_owned();
    match verb {
        "read" => fs::read(path).map(|bytes| match String::from_utf8(bytes) {
            Ok(text) if text.len() < 100 => format!("{text:?}"),
            Ok(text) => format!("{} bytes", text.len()),
            Err(error) => format!("{} bytes, not text", error.as_bytes().len()),
        }),
        "write" => fs::write(path, more).map(done),
        // Only if there is nothing yet.
        "create" => fs::File::create_new(path).map(|_| "done".to_owned()),
        "append" => OpenOptions::new().append(true).open(path)?.write_all(more.as_bytes()).map(done),
        // Writes so many bytes.
        "fill" => fs::write(path, vec![b'x'; more.parse().expect("a number")]).map(done),
        // Writes in the middle, and reads all through the same file.
        "patch" => {
            let (at, text) = more.split_once(' ').expect("a place and a text");
            let mut file = OpenOptions::new().read(true).write(true).open(path)?;
            file.seek(SeekFrom::Start(at.parse().expect("a number")))?;
            file.write_all(text.as_bytes())?;
            file.rewind()?;
            let mut all = String::new();
            file.read_to_string(&mut all)?;
            Ok(format!("{all:?}"))
        }
        "list" => {
            let mut names = Vec::new();
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                let mark = if kind.is_dir() {
                    "/"
                } else if kind.is_symlink() {
                    "@"
                } else {
                    ""
                };
                names.push(format!("{}{mark}", entry.file_name().to_string_lossy()));
            }
            // A host has its own order.
            if more == "sorted" {
                names.sort();
            }
            Ok(names.join(" "))
        }
        "stat" => {
            let is = fs::metadata(path)?;
            let what = if is.is_dir() { "directory" } else { "file" };
            let modified = is.modified()?.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
            Ok(match more {
                "time" => format!("{what}, {modified}"),
                _ => format!("{what}, {} bytes", if is.is_dir() { 0 } else { is.len() }),
            })
        }
        "mkdir" => fs::create_dir(path).map(done),
        "rmdir" => fs::remove_dir(path).map(done),
        "remove" => fs::remove_file(path).map(done),
        "copy" => fs::copy(path, more).map(|bytes| format!("{bytes} bytes")),
        "rename" => fs::rename(path, more).map(done),
        "link" => fs::hard_link(path, more).map(done),
        "readlink" => fs::read_link(path).map(|target| target.display().to_string()),
        _ => panic!("no such command: {verb}"),
    }
}
