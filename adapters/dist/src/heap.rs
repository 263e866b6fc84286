//! A page for the heap that is there from the start.
//!
//! An allocator's first act is to grow memory. A runtime that keeps memory for the next instance then changes what of it may
//! be touched, twice at every request, and all its threads wait for that. So the memory has the page that an adapter would
//! grow by, and the first time that it grows gives it that one.

use anyhow::{Context, Result};

/// The same component with a page more in the memory of its first module, and one less to grow by.
pub fn with_first_page(text: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let is = |line: &str, with: &str| line.trim_start().starts_with(with);
    let start = lines.iter().position(|line| is(line, "(core module")).context("there is no module")?;
    let indent = lines[start].len() - lines[start].trim_start().len();
    let closing = format!("{})", " ".repeat(indent));
    let len = lines[start..].iter().position(|line| *line == closing).context("a module has no end")?;
    let module = &lines[start..start + len];
    if !module.iter().any(|line| line.trim() == "memory.grow") {
        return Ok(text.to_owned());
    }
    let is_func = |line: &&&str| is(line, "(func (;") || (is(line, "(import ") && line.contains("(func (;"));
    let grow = module.iter().filter(is_func).count();
    let spare = module.iter().filter(|line| is(line, "(global (;")).count();

    let mut whole = String::with_capacity(text.len());
    let mut put = |line: &str| {
        whole.push_str(line);
        whole.push('\n');
    };
    lines[..start].iter().for_each(|line| put(line));
    for line in module {
        if line.trim() == "memory.grow" {
            put(&format!("call {grow}"));
        } else if let Some(limits) = line.trim_start().strip_prefix("(memory (;0;) ") {
            let (pages, rest) = limits.split_at(limits.find([' ', ')']).context("a memory has no end")?);
            put(&format!("(memory (;0;) {}{rest}", pages.parse::<u32>()? + 1));
        } else {
            put(line);
        }
    }
    put(&format!("(global (;{spare};) (mut i32) i32.const 1)"));
    // Grows by that much less, and says that the memory was that much smaller.
    put(&format!(
        "(func (;{grow};) (param i32) (result i32)
            local.get 0
            global.get {spare}
            i32.sub
            memory.grow
            local.tee 0
            i32.const -1
            i32.ne
            if
            local.get 0
            global.get {spare}
            i32.sub
            local.set 0
            i32.const 0
            global.set {spare}
            end
            local.get 0
        )"
    ));
    lines[start + len..].iter().for_each(|line| put(line));
    Ok(whole)
}
