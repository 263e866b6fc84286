//! Reads standard input and writes standard output in many ways.
//!
//! | arguments | does |
//! | --- | --- |
//! | `print COUNT LEN` | prints lines of `LEN` bytes and a newline, each of one letter, and after each a line on standard error |
//! | `raw TEXT…` | writes each text with one `blocking-write-and-flush`, and no newline |
//! | `permit` | writes 2000 lines of 50 bytes as `check-write` permits, and flushes now and then; nothing of it blocks but `poll` |
//! | `large` | writes 4096 newlines with one `blocking-write-and-flush` |
//! | `zeroes N` | writes a newline, then `N` zeroes with `write-zeroes` as `check-write` permits |
//! | `splice` | splices standard input to standard output, with `blocking-splice`, until it is closed |
//! | `twice` | reads 5 bytes from one handle of standard input, the others from another; prints both |
//! | `lines` | prints standard input line by line with numbers |
//! | `closed` | writes lines until an error comes, or a million bytes; then says on standard error how it went |
//! | `terminal` | prints which standard streams are a terminal |
//!
//! From `raw` to `twice` no library is between. Where writing fails they say so on standard error, and the exit code is 1.

wit_bindgen::generate!({
    inline: "
        package test:lines;
        world lines {
            import wasi:cli/stdin@0.2.12;
            import wasi:cli/stdout@0.2.12;
            import wasi:io/poll@0.2.12;
            import wasi:io/streams@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit"],
    generate_all,
});

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use wasi::cli::{stdin::get_stdin, stdout::get_stdout};
use wasi::io::poll::poll;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let done = match args[..] {
        ["print", count, len] => Ok(print(number(count), number(len))),
        ["raw", ref texts @ ..] => raw(texts),
        ["permit"] => permit(),
        ["large"] => get_stdout().blocking_write_and_flush(&[b'\n'; 4096]),
        ["zeroes", count] => zeroes(number(count)),
        ["splice"] => splice(),
        ["twice"] => twice(),
        ["lines"] => Ok(lines()),
        ["closed"] => Ok(closed()),
        ["terminal"] => Ok(terminal()),
        _ => panic!("no such command: {args:?}"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("writing failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(count: u64, len: u64) {
    for at in 0..count {
        let letter = char::from(b'a' + (at % 26) as u8);
        println!("{}", letter.to_string().repeat(len as usize));
        eprintln!("after {}", at + 1);
    }
}

fn raw(texts: &[&str]) -> Result<(), StreamError> {
    let output = get_stdout();
    texts.iter().try_for_each(|text| output.blocking_write_and_flush(text.as_bytes()))
}

/// Waits until something may be written, and says how much.
fn permitted(output: &OutputStream) -> Result<u64, StreamError> {
    loop {
        match output.check_write()? {
            0 => assert_eq!(poll(&[&output.subscribe()]), [0]),
            permit => return Ok(permit),
        }
    }
}

fn permit() -> Result<(), StreamError> {
    let output = get_stdout();
    for at in 0..2000 {
        let line = format!("{at:049}\n");
        let mut left = line.as_bytes();
        while !left.is_empty() {
            let permit = permitted(&output)?.min(left.len() as u64);
            let (now, later) = left.split_at(permit as usize);
            output.write(now)?;
            left = later;
        }
        if at % 100 == 99 {
            output.flush()?;
        }
    }
    // A flush has ended when there is a permit again.
    permitted(&output).map(drop)
}

fn zeroes(mut left: u64) -> Result<(), StreamError> {
    let output = get_stdout();
    output.blocking_write_and_flush(b"\n")?;
    while left > 0 {
        let permit = permitted(&output)?.min(left);
        output.write_zeroes(permit)?;
        left -= permit;
    }
    output.blocking_flush()
}

fn splice() -> Result<(), StreamError> {
    let (input, output) = (get_stdin(), get_stdout());
    loop {
        match output.blocking_splice(&input, 4096) {
            Ok(_) => {}
            // It may be either of them that is closed.
            Err(StreamError::Closed) => return output.blocking_flush(),
            Err(error) => return Err(error),
        }
    }
}

fn read(input: &InputStream, most: usize) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < most {
        match input.blocking_read((most - bytes.len()) as u64) {
            Ok(more) => bytes.extend(more),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn twice() -> Result<(), StreamError> {
    let (first, second) = (get_stdin(), get_stdin());
    println!("first {:?}", read(&first, 5));
    println!("second {:?}", read(&second, usize::MAX));
    Ok(())
}

fn lines() {
    for (at, line) in io::stdin().lines().enumerate() {
        match line {
            Ok(line) => println!("{} {line}", at + 1),
            Err(error) => return println!("reading failed: {}", error.kind()),
        }
    }
}

fn closed() {
    let (mut output, mut written) = (io::stdout(), 0);
    let line = [[b'x'; 49].as_slice(), b"\n"].concat();
    while written < 1_000_000 {
        match output.write(&line[written % line.len()..]) {
            Ok(count) => written += count,
            Err(error) => return eprintln!("{written} bytes, then {error}"),
        }
    }
    eprintln!("{written} bytes and no error");
}

fn terminal() {
    println!("stdin {}", io::stdin().is_terminal());
    println!("stdout {}", io::stdout().is_terminal());
    println!("stderr {}", io::stderr().is_terminal());
}
