//! Adapters that sleep until they are called, for what most requests to a server do not need.
//!
//! A runtime clears memory and tables between two requests, page by page, though nobody has touched them. Those with no pages
//! and no places cost next to nothing. So a sleeper's are empty at first, and whatever it is called by begins with `wake`: if
//! memory is empty still, it grows both to what they were, and fills them. That is before any code of Rust's runs, so the
//! allocator finds what it would find. Nothing calls the module in front before: only what has woken calls something that
//! allocates in return, or makes something that has a destructor.

use anyhow::{Context, Result, ensure};

/// The same component, asleep. In text as `base::share_memory` leaves it.
pub fn asleep(text: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.trim_start().starts_with("(core module")).context("no module")?;
    let end = start + lines[start..].iter().position(|line| *line == "  )").context("a module has no end")?;
    let main: Vec<&str> = lines[start..end].iter().map(|line| line.trim_start()).collect();
    ensure!(main.iter().any(|line| line.starts_with("(import \"front\"")), "only what has a module in front can sleep");

    let is_func =
        |line: &&&str| line.starts_with("(func (;") || (line.starts_with("(import ") && line.contains("(func (;"));
    let wake = main.iter().filter(is_func).count();
    let exports = main.iter().filter(|line| line.starts_with("(export "));
    let called: Vec<String> = exports.filter_map(|line| Some(within(line, "(func ", ")")?.to_owned())).collect();
    let mut waking = Vec::new();
    let (mut data, mut elements) = (0, 0);
    let mut whole = String::with_capacity(text.len());
    let mut is_entered = false;
    for (at, line) in lines.iter().enumerate() {
        let construct = line.trim_start();
        let in_main = (start..end).contains(&at);
        // The first line of a function's code.
        if is_entered && !construct.starts_with("(local ") {
            whole += &format!("call {wake}\n");
            is_entered = false;
        }
        if at == end {
            whole += &format!("(func (;{wake};)\nmemory.size\nbr_if 0\n{})\n", waking.concat());
        }
        if let Some(pages) = within(construct, "(memory (;0;) ", ")").filter(|_| construct.starts_with('(')) {
            if in_main {
                waking
                    .insert(0, format!("i32.const {pages}\nmemory.grow\ni32.const -1\ni32.eq\nif\nunreachable\nend\n"));
            }
            whole += &construct.replace(&format!("(;0;) {pages}"), "(;0;) 0");
        } else if let Some(places) = within(construct, "(table (;0;) ", " ") {
            if in_main {
                waking.push(format!("ref.null func\ni32.const {places}\ntable.grow 0\ndrop\n"));
            }
            whole += &construct.replacen(&format!("(;0;) {places}"), "(;0;) 0", 1);
        } else if let Some((first, functions)) = construct.strip_prefix("(elem ").and_then(|elem| placed(elem, "func "))
        {
            for (place, function) in (first..).zip(functions.trim_end_matches(')').split(' ')) {
                waking.push(format!("i32.const {place}\nref.func {function}\ntable.set 0\n"));
            }
            // Only says that they have their address taken.
            whole += &format!("(elem (;{elements};) declare func {functions}");
            elements += 1;
        } else if let Some((first, bytes)) = construct.strip_prefix("(data ").and_then(|data| placed(data, "")) {
            let len = len(bytes);
            waking.push(format!("i32.const {first}\ni32.const 0\ni32.const {len}\nmemory.init {data}\n"));
            whole += &format!("(data (;{data};) {bytes}");
            data += 1;
        } else {
            let is_called = |func: &str| called.iter().any(|called| called == func);
            is_entered |= in_main && within(construct, "(func (;", ";").is_some_and(is_called);
            whole += line;
        }
        whole.push('\n');
    }
    Ok(whole)
}

/// What stands between two words.
fn within<'l>(line: &'l str, after: &str, before: &str) -> Option<&'l str> {
    Some(line.split_once(after)?.1.split_once(before)?.0)
}

/// Where a segment goes, and what is in it.
fn placed<'l>(segment: &'l str, before: &str) -> Option<(u32, &'l str)> {
    let (at, rest) = segment.split_once("(i32.const ")?.1.split_once(") ")?;
    Some((at.parse().ok()?, rest.strip_prefix(before)?))
}

/// How many bytes a string in text has: `\` and two digits are one, and so are `\` and a letter.
fn len(text: &str) -> usize {
    let string = text.strip_prefix('"').and_then(|text| text.strip_suffix("\")")).unwrap_or(text).as_bytes();
    let (mut at, mut len) = (0, 0);
    while at < string.len() {
        let is_hex = |offset: usize| string.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        at += match string[at] {
            b'\\' if is_hex(1) && is_hex(2) => 3,
            b'\\' => 2,
            _ => 1,
        };
        len += 1;
    }
    len
}
