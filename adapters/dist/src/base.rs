//! Two core instances where wit-component makes three: a server pays for instances and tables at every request.
//!
//! Functions that are imported with a memory, and destructors, are needed before the module that has them is instantiated.
//! wit-component puts a module with a table in front, whose functions call what stands there, and one behind it that fills
//! the table. Here the module in front has the memory, too, and the table is the main module's own. So what is imported needs
//! nothing that comes later, the main module imports it directly, and fills the table itself: with its allocation and its
//! destructors. What is called with a list takes memory from the main module itself, without that detour.
//!
//! In text, with one construct on a line, as `wasmprinter` writes it.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::fmt::Write;

/// The same component without the table of its first module, if nothing there asks for it: Rust fills one with whatever has its
/// address taken, also where nothing is called by it.
pub fn without_idle_table(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let ends = |at: usize| text.lines().nth(at).is_some_and(|line| line == "  )");
    let start = lines.iter().position(|line| line.starts_with("(core module")).unwrap_or(lines.len());
    let end = (start..lines.len()).find(|at| ends(*at)).unwrap_or(lines.len());
    let is_asked =
        |line: &&str| line.starts_with("call_indirect") || line.starts_with("table.") || line.contains("(table 0)");
    let is_idle = !lines[start..end].iter().any(is_asked);
    let is_of_it = |line: &str| line.starts_with("(table (;") || line.starts_with("(elem (;");
    let kept =
        text.lines().enumerate().filter(|(at, _)| !(is_idle && (start..end).contains(at) && is_of_it(lines[*at])));
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

/// The same component with memory and table in the module in front, if it has one.
pub fn share_memory(text: &str) -> Result<String> {
    let blocks = blocks(text);
    let modules: Vec<&Block> = blocks.iter().filter(|block| block.starts("(core module")).collect();
    let [main, _, _] = modules[..] else { return Ok(text.to_owned()) };
    let instance_of = |module: usize| {
        let instantiated = format!("(instantiate {module}");
        let of = |block: &&Block| block.starts("(core instance") && block.lines[0].contains(&instantiated);
        blocks.iter().find(of).context("a module is not instantiated")
    };
    let (front, of_main, behind) = (instance_of(1)?.index()?, instance_of(0)?, instance_of(2)?);
    let from = |instance: usize| format!("(alias core export {instance} ");
    let (from_front, from_main) = (from(front), from(of_main.index()?));

    // What the table is filled with: functions by the names of their places.
    let filled = blocks.iter().filter(|block| block.starts("(core instance") && behind.mentions(block));
    let places: HashMap<&str, usize> = filled
        .flat_map(|block| &block.lines)
        .filter_map(|line| Some((quoted(line)?, number(line, "(func ")?)))
        .collect();
    let defined = |func: usize| {
        let definition = format!("(core func (;{func};)");
        blocks.iter().find(|block| block.lines[0].contains(&definition)).context("a function is not defined")
    };
    let exported = |func: usize| {
        let name = quoted(defined(func)?.lines[0]).context("a function is not exported")?;
        let export = format!("(export \"{name}\" ");
        let line = main.lines.iter().find(|line| line.trim_start().starts_with(&export));
        line.and_then(|line| number(line, "(func ")).context("the main module does not have it")
    };

    let table = main.line("(table ").and_then(|line| number(line, ";) ")).unwrap_or(0);
    let mut stubs = Vec::new();
    // Functions that go by another number now, or come from elsewhere.
    let (mut renamed, mut replaced) = (HashMap::new(), HashMap::new());
    for block in &blocks {
        let line = block.lines[0];
        if line.contains(&from_front) && line.contains("(core func") {
            let place = places[quoted(line).context("an alias has no name")?];
            let stub = number(line, "(core func (;").context("an alias has no number")?;
            if defined(place)?.lines[0].contains("(canon lower") {
                renamed.insert(stub, place);
                replaced.insert(stub, None);
            } else {
                replaced.insert(stub, Some(format!("\"destroy-{}\"", stubs.len())));
                replaced.insert(place, None);
                stubs.push((format!("destroy-{}", stubs.len()), "(param i32)", 1, exported(place)?));
            }
        }
    }
    let lowers = blocks.iter().filter(|block| block.lines[0].contains("(canon lower"));
    // What takes memory for a list that the main module is called with: itself.
    let mut own_realloc = None;
    if let Some(realloc) = lowers.filter_map(|block| number(block.lines[0], "(realloc ")).next() {
        replaced.insert(realloc, Some("\"realloc\"".to_owned()));
        let is_own = |block: &Block| block.lines[0].contains("(canon lift") && block.lines[0].contains("(realloc ");
        let name = quoted(defined(realloc)?.lines[0]).context("a function is not exported")?;
        own_realloc = blocks.iter().any(is_own).then_some((realloc, name));
        let signature = "(param i32 i32 i32 i32) (result i32)";
        stubs.push(("realloc".to_owned(), signature, 4, exported(realloc)?));
    }
    let memory = main.line("(memory ").and_then(|line| line.split_once(";) ")).context("there is no memory")?.1;

    let mut whole = String::with_capacity(text.len());
    let mut late: Vec<&Block> = Vec::new();
    let mut modules_before = 0;
    for block in &blocks {
        let first = block.lines[0];
        if block.starts("(core module") {
            modules_before += 1;
            match modules_before {
                1 => write_main(&mut whole, block, &stubs, table, memory),
                2 => write_front(&mut whole, &stubs, table, memory),
                _ => {}
            }
        } else if block.starts("(core instance") {
            match block.index()? {
                index if index == front => writeln!(whole, "(core instance $i{index} (instantiate 1))")?,
                index if index == behind.index()? => {
                    for block in late.drain(..) {
                        let is_main = block.index()? == of_main.index()?;
                        write_renamed(&mut whole, block, &renamed, is_main.then_some(front));
                    }
                    if let Some((realloc, name)) = own_realloc {
                        let main = of_main.index()?;
                        writeln!(whole, "(alias core export $i{main} \"{name}\" (core func $own{realloc}))")?;
                    }
                }
                _ if behind.mentions(block) => {}
                _ => late.push(block),
            }
        } else if let Some(of) = number(first, "(core func (;").filter(|func| replaced.contains_key(func)) {
            if let Some(name) = &replaced[&of] {
                writeln!(whole, "(alias core export $i{front} {name} (core func $f{of}))")?;
            }
        } else if first.contains(&from_main) && first.contains("(core memory") {
            writeln!(whole, "(alias core export $i{front} \"memory\" (core memory (;0;)))")?;
        } else if first.contains(&from_front) {
            // The table, which nobody fills from here any more.
            ensure!(first.contains("(core table"), "`{first}` is not known");
        } else if let (true, Some((realloc, _))) = (first.contains("(canon lift"), own_realloc) {
            let own = first.replace(&format!("(realloc {realloc})"), &format!("(realloc $own{realloc})"));
            write_renamed(&mut whole, &Block { lines: vec![&own] }, &renamed, None);
        } else {
            write_renamed(&mut whole, block, &renamed, None);
        }
    }
    ensure!(late.is_empty(), "the component has another shape than wit-component's");
    Ok(whole)
}

/// A stub in the module in front: name, signature, how many parameters, and the main module's function.
type Stub = (String, &'static str, usize, usize);

fn write_front(to: &mut String, stubs: &[Stub], table: usize, memory: &str) {
    let size = table + stubs.len();
    let mut put = |line: String| {
        to.push_str(&line);
        to.push('\n');
    };
    put("(core module (;1;)".to_owned());
    put(format!("(memory (;0;) {memory}"));
    if size > 0 {
        put(format!("(table (;0;) {size} {size} funcref)"));
        put("(export \"table\" (table 0))".to_owned());
    }
    put("(export \"memory\" (memory 0))".to_owned());
    for (position, (name, signature, params, _)) in stubs.iter().enumerate() {
        put(format!("(export \"{name}\" (func {position}))"));
        put(format!("(func (;{position};) {signature}"));
        (0..*params).for_each(|param| put(format!("local.get {param}")));
        put(format!("i32.const {}", table + position));
        put(format!("call_indirect {signature}"));
        put(")".to_owned());
    }
    put(")".to_owned());
}

fn write_main(to: &mut String, block: &Block, stubs: &[Stub], table: usize, memory: &str) {
    let size = table + stubs.len();
    let functions: Vec<String> = stubs.iter().map(|(.., function)| function.to_string()).collect();
    let mut imports = vec![format!("(import \"front\" \"memory\" (memory (;0;) {memory})")];
    if size > 0 {
        imports.push(format!("(import \"front\" \"table\" (table (;0;) {size} {size} funcref))"));
    }
    let last = block.lines.len() - 1;
    for (at, line) in block.lines.iter().enumerate() {
        let construct = line.trim_start();
        // Imports come after types, and ahead of all else.
        if at > 0 && !construct.starts_with("(type ") && !construct.starts_with("(import ") {
            imports.drain(..).for_each(|import| to.push_str(&(import + "\n")));
        }
        let is_gone = ["(table (;", "(memory (;"].iter().any(|gone| construct.starts_with(gone))
            || (construct.starts_with("(export ") && construct.contains("(memory 0)"));
        if at == last && !stubs.is_empty() {
            to.push_str(&format!("(elem (i32.const {table}) func {})\n", functions.join(" ")));
        }
        if !is_gone {
            to.push_str(line);
            to.push('\n');
        }
    }
}

/// Writes a block with names for core functions and instances, in place of numbers that have changed.
fn write_renamed(to: &mut String, block: &Block, renamed: &HashMap<usize, usize>, front: Option<usize>) {
    let is_core = block.starts("(core ") || block.starts("(alias core ");
    let is_type = block.starts("(type ");
    let is_lift = block.starts("(func ");
    for (at, line) in block.lines.iter().enumerate() {
        let mut line = (*line).to_owned();
        let func = |number: usize| format!("$f{}", renamed.get(&number).unwrap_or(&number));
        let instance = |number: usize| format!("$i{number}");
        if is_core || is_type || is_lift {
            line = replace(&line, "(core func (;", ";)", &func, "(core func ");
            line = replace(&line, "(core func ", ")", &func, "(core func ");
            line = replace(&line, "(realloc ", ")", &func, "(realloc ");
            line = replace(&line, "(post-return ", ")", &func, "(post-return ");
            line = replace(&line, "(dtor ", ")", &func, "(dtor ");
        }
        if is_core {
            line = replace(&line, "(core instance (;", ";)", &instance, "(core instance ");
            line = replace(&line, "(alias core export ", " ", &instance, "(alias core export ");
        }
        if block.starts("(core instance") {
            line = replace(&line, "(func ", ")", &func, "(func ");
            line = replace(&line, "(instance ", ")", &instance, "(instance ");
        }
        to.push_str(&line);
        to.push('\n');
        if let (0, Some(front)) = (at, front) {
            to.push_str(&format!("(with \"front\" (instance $i{front}))\n"));
        }
    }
}

/// Replaces the number between `before` and `after`, wherever there is one.
fn replace(line: &str, before: &str, after: &str, new: &dyn Fn(usize) -> String, ahead: &str) -> String {
    let mut whole = String::new();
    let mut rest = line;
    while let Some((head, tail)) = rest.split_once(before) {
        whole.push_str(head);
        match tail.split_once(after).and_then(|(digits, tail)| Some((digits.parse().ok()?, tail))) {
            Some((number, tail)) => {
                whole.push_str(ahead);
                whole.push_str(&new(number));
                let closing = if after == ";)" { "" } else { after };
                whole.push_str(closing);
                rest = tail;
            }
            None => {
                whole.push_str(before);
                rest = tail;
            }
        }
    }
    whole + rest
}

/// The lines of one construct of the component.
struct Block<'t> {
    lines: Vec<&'t str>,
}

impl Block<'_> {
    fn starts(&self, with: &str) -> bool {
        self.lines[0].trim_start().starts_with(with)
    }

    fn line(&self, with: &str) -> Option<&str> {
        self.lines.iter().map(|line| line.trim_start()).find(|line| line.starts_with(with))
    }

    /// The number of an instance.
    fn index(&self) -> Result<usize> {
        number(self.lines[0], "(core instance (;").context("an instance has no number")
    }

    /// Whether an instance is given another.
    fn mentions(&self, other: &Block) -> bool {
        let Ok(index) = other.index() else { return false };
        self.lines.iter().any(|line| line.contains(&format!("(instance {index})")))
    }
}

/// The constructs of a component, the first and the last of which are its own lines.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0usize;
    for line in text.lines() {
        match blocks.last_mut() {
            Some(block) if depth > 1 => block.lines.push(line),
            _ => blocks.push(Block { lines: vec![line] }),
        }
        // Strings may have parentheses.
        let outside = || line.split('"').step_by(2);
        depth += outside().map(|part| part.matches('(').count()).sum::<usize>();
        depth = depth.saturating_sub(outside().map(|part| part.matches(')').count()).sum());
    }
    blocks
}

/// The first name on a line.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// The number behind some words.
fn number(line: &str, behind: &str) -> Option<usize> {
    let rest = line.split_once(behind)?.1;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
