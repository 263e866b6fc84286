//! `adapters`: which there are.

use super::output::print;
use crate::adapters::load;
use crate::catalog::{Subsystem, rows};
use crate::component::Component;
use crate::provenance::sha256;
use crate::report::compact;
use crate::wit::Item;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// List the adapters: what they do, what makes them virtual, and each build with its interfaces
#[derive(Args)]
pub(super) struct Adapters {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Adapters {
    /// Prints them.
    pub fn run(self) -> Result<()> {
        let components = load()?;
        let rows = rows().filter(|row| !row.builds.is_empty());
        let text = match self.json {
            true => {
                let rows: Vec<Value> = rows.map(|row| of_row(row, &components)).collect();
                format!("{:#}\n", json!({ "adapters": rows }))
            }
            false => rows.map(|row| words(row, &components)).collect::<Result<Vec<_>>>()?.join("\n"),
        };
        print(text.as_bytes())
    }
}

fn of_row(row: &Subsystem, components: &BTreeMap<&str, Component>) -> Value {
    let builds = row.builds.iter().map(|build| {
        let component = &components[build.name];
        json!({
            "name": build.name,
            "bytes": build.wasm.len(),
            "sha256": sha256(build.wasm),
            "exports": names(&component.exports),
            "imports": names(&component.imports),
        })
    });
    let builds: Vec<Value> = builds.collect();
    json!({ "name": row.name, "about": row.about, "options": row.options, "builds": builds })
}

fn words(row: &Subsystem, components: &BTreeMap<&str, Component>) -> Result<String> {
    let mut text = format!("{}: {}\n", row.name, row.about);
    match row.options {
        [] => writeln!(text, "  there where others need it")?,
        options => writeln!(text, "  virtual with: {}", options.join(" "))?,
    }
    for build in row.builds {
        let component = &components[build.name];
        writeln!(text, "  {}: {} bytes, sha256 {}", build.name, build.wasm.len(), sha256(build.wasm))?;
        writeln!(text, "    exports: {}", compact(&names(&component.exports)))?;
        writeln!(text, "    imports: {}", compact(&names(&component.imports)))?;
    }
    Ok(text)
}

/// The names that are in the file: `host:` is the host's `wasi:`.
fn names(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.name.clone()).collect()
}
