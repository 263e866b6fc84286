//! Ends with the exit code in its first argument through `exit-with-code`, or with `return CODE` by returning it from `main`.

wit_bindgen::generate!({
    inline: "package test:exit; world exit { import wasi:cli/exit@0.2.12; }",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit"],
    generate_all,
});

use std::process::ExitCode;
use wasi::cli::exit::exit_with_code;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let code = |text: &str| text.parse::<u8>().expect("a number below 256");
    println!("before");
    match args[..] {
        ["return", text] => return ExitCode::from(code(text)),
        [text] => exit_with_code(code(text)),
        _ => panic!("not CODE or return CODE: {args:?}"),
    }
    println!("after");
    ExitCode::SUCCESS
}
