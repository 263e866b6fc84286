//! `[stdio]`.

use super::paths::Paths;
use super::table::{Table, number};
use crate::policy::{Input, Output, Stdio};
use crate::words::exact_size;
use anyhow::{Context, Result};
use toml::Value;

pub fn stdio(stdio: &Stdio, start: &Stdio, paths: &Paths) -> Result<Vec<Table>> {
    let mut table = Table::of("[stdio]");
    if stdio.stdin != start.stdin {
        table.add("stdin", input(&stdio.stdin, paths).context("in `stdin`")?);
    }
    let outputs = [("stdout", &stdio.stdout, &start.stdout), ("stderr", &stdio.stderr, &start.stderr)];
    for (name, is, _) in outputs.into_iter().filter(|(_, is, was)| is != was) {
        table.add(name, output(is, name));
    }
    Ok(vec![table])
}

fn input(input: &Input, paths: &Paths) -> Result<Value> {
    match input {
        Input::Embedded(file) => Ok(paths.content(file, "file")?.inline()),
        _ => Ok(input.word().unwrap_or_default().into()),
    }
}

fn output(output: &Output, stream: &str) -> Value {
    let mut table = Table::of("");
    match output {
        Output::File(path) => table.add("file", path.as_str()),
        Output::Filtered { prefix, limit } => {
            table.add_some("prefix", Some(prefix.as_str()).filter(|prefix| !prefix.is_empty()));
            table.add_some("cap", limit.map(size));
        }
        _ => return output.word(stream).unwrap_or_default().into(),
    }
    table.inline()
}

/// A number of bytes.
pub fn size(bytes: u64) -> Value {
    match exact_size(bytes) {
        text if text == bytes.to_string() => number(bytes, text),
        text => text.into(),
    }
}
