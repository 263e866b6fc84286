//! Makes the component of a built adapter: `dist <core module> <component> [sleep]`. Called by build.sh.
//!
//! wit-component's output is made smaller without touching code: custom sections go, and so do the long names by which a
//! component's own parts know each other, which are a quarter of an adapter. Nobody outside sees those.

mod base;
mod heap;
mod sleep;

use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::{env, fs};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (from, to, sleeps) = match &args[..] {
        [from, to] => (from, to, false),
        [from, to, word] if word == "sleep" => (from, to, true),
        _ => bail!("usage: dist FROM TO [sleep]"),
    };
    let module = fs::read(from).with_context(|| format!("failed to read `{from}`"))?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    let text = wasmprinter::print_bytes(strip(&component)?)?;
    let text = base::share_memory(&heap::with_first_page(&base::without_idle_table(&text))?)?;
    let text = if sleeps { sleep::asleep(&text)? } else { text };
    let bytes = strip(&wat::parse_str(shorten(&share(&text)))?)?;
    wasmparser::validate(&bytes).context("the component is not valid")?;
    println!("{:>7}  {to}", bytes.len());
    fs::write(to, bytes).with_context(|| format!("failed to write `{to}`"))
}

/// The same component or module without custom sections, inside and out.
fn strip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stripped = bytes[..8].to_vec();
    let mut skip_to = 8;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        let range = range.start as usize..range.end as usize;
        if range.start < skip_to {
            continue;
        }
        skip_to = range.end;
        match payload {
            Payload::CustomSection(_) => {}
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                section(&mut stripped, id, &strip(&bytes[range])?);
            }
            _ => section(&mut stripped, id, &bytes[range]),
        }
    }
    Ok(stripped)
}

fn section(to: &mut Vec<u8>, id: u8, content: &[u8]) {
    use wasm_encoder::Encode;
    to.push(id);
    content.encode(to);
}

/// What is defined inside a component or an instance type: the text of each type so far, and its index.
type Known = HashMap<String, String>;

/// Defines each type once: WIT's long enums stand in a component three times, for what its code exports, for what its inner
/// components import, and for what these export.
fn share(text: &str) -> String {
    // Components that are open, and everything else that is and has more than one line.
    let mut open: Vec<Option<Known>> = Vec::new();
    let mut shared = String::with_capacity(text.len());
    for line in text.lines() {
        let construct = line.trim_start();
        let (opened, closed) = (construct.matches('(').count(), construct.matches(')').count());
        let alias = (opened == closed).then(|| alias(construct, &mut open)).flatten();
        shared.push_str(alias.as_deref().unwrap_or(construct));
        shared.push('\n');
        for _ in closed..opened {
            open.push(construct.starts_with("(component").then(Known::new));
        }
        open.truncate(open.len().saturating_sub(closed.saturating_sub(opened)));
    }
    shared
}

/// The alias of a type that this component or the one around it has already, if that is shorter than the type.
fn alias(construct: &str, open: &mut [Option<Known>]) -> Option<String> {
    let (index, body) = construct.strip_prefix("(type (;")?.split_once(";) ")?;
    let (here, around) = open.split_last_mut()?;
    let here = here.as_mut()?;
    // What has indices means something else elsewhere.
    let has_indices = body.split([' ', ')']).any(|word| word.parse::<u32>().is_ok());
    let around = around.last().and_then(Option::as_ref).filter(|_| !has_indices);
    let known = here.get(body).map(|index| (0, index.clone()));
    let known = known.or_else(|| around?.get(body).map(|index| (1, index.clone())));
    here.entry(body.to_owned()).or_insert_with(|| index.to_owned());
    let (count, known) = known.filter(|_| body.len() > 60)?;
    Some(format!("(alias outer {count} {known} (type (;{index};)))"))
}

/// Gives short names to what only a component's own parts see: imports and exports of its core modules, and imports of its
/// inner components. In text, with one construct on a line, these are told by where they stand.
fn shorten(text: &str) -> String {
    let mut names = Names::default();
    let mut short = String::with_capacity(text.len());
    let mut in_core_instance = false;
    for line in text.lines() {
        let construct = line.trim_start();
        in_core_instance &= construct.starts_with("(export") || construct.starts_with("(with");
        in_core_instance |= construct.starts_with("(core instance");
        let strings = construct.split('"').skip(1).step_by(2);
        let is_core = in_core_instance
            || construct.starts_with("(alias core export")
            // A core import has two names; a core export, unlike a component's, has no index.
            || (construct.starts_with("(import \"") && strings.clone().count() == 2)
            || construct.starts_with("(export \"");
        let is_inner = strings.clone().any(|name| name.starts_with("import-"));
        match is_core || is_inner {
            true => short.push_str(&names.replace(construct)),
            false => short.push_str(construct),
        }
        short.push('\n');
    }
    short
}

/// Short names by long ones.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn replace(&mut self, line: &str) -> String {
        let mut parts = line.split('"').map(str::to_owned).collect::<Vec<_>>();
        for part in parts.iter_mut().skip(1).step_by(2) {
            let next = letters(self.0.len());
            part.clone_from(self.0.entry(part.clone()).or_insert(next));
        }
        parts.join("\"")
    }
}

/// `a` to `z`, `aa` to `zz` and so on: names that WIT allows, too.
fn letters(number: usize) -> String {
    let last = char::from(b'a' + (number % 26) as u8);
    match number / 26 {
        0 => last.to_string(),
        rest => format!("{}{last}", letters(rest - 1)),
    }
}
