//! What is in a component, and what must not be called of it, in words.

use super::{Import, Inspection, Kind, Part, PartKind, Used};
use crate::catalog::SUBSYSTEMS;
use crate::plan::list;
use crate::provenance::Provenance;
use crate::words::size;
use std::fmt;

/// Text of somebody else's, without what would move a cursor.
pub fn plain(text: &str) -> String {
    let is_plain = |char: char| matches!(char, '"' | '\'' | '\\');
    let escaped = text.chars().map(|char| match is_plain(char) {
        true => char.to_string(),
        false => char.escape_debug().to_string(),
    });
    escaped.collect()
}

/// A number of bytes, just and readable.
fn bytes(number: usize) -> String {
    match number {
        0..1024 => size(number as u64),
        _ => format!("{number} bytes, {}", size(number as u64)),
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.preview1 {
            true => {
                writeln!(f, "a core module for WASI preview 1 ({})", bytes(self.size))?;
                writeln!(f, "what follows is about the component that it would be ({})", bytes(self.component_size))?;
            }
            false => writeln!(f, "a component ({})", bytes(self.size))?,
        }
        match &self.made_by {
            Some(made_by) => told(f, "", made_by)?,
            None => writeln!(f, "it does not say of the whole that virt-compose made it")?,
        }
        self.imports(f)?;
        self.exports(f)?;
        self.parts(f)
    }
}

impl Inspection {
    fn imports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.imports.is_empty() {
            return writeln!(f, "\ntakes from the host: nothing");
        }
        let of = |used| move |import: &&Import| import.used == used;
        writeln!(
            f,
            "\ntakes from the host, to be called:{}",
            none(!self.imports.iter().any(|of| of.used == Used::Callable))
        )?;
        if self.is_cut_short {
            writeln!(f, "  (who calls what is not known: there is more in it than is looked at)")?;
        }
        // The rows of the catalog, then what is in none.
        for row in SUBSYSTEMS.iter().map(|row| Some(row.name)).chain([None]) {
            let mut imports =
                self.imports.iter().filter(of(Used::Callable)).filter(|import| import.subsystem == row).peekable();
            if imports.peek().is_some() {
                writeln!(f, "  {}", row.unwrap_or("others"))?;
            }
            imports.try_for_each(|import| import.callable(f))?;
        }
        let mut types = self.imports.iter().filter(of(Used::Types)).peekable();
        if types.peek().is_some() {
            writeln!(f, "takes from the host for their types alone:")?;
        }
        types.try_for_each(|import| match import.functions.len() {
            0 => writeln!(f, "  {}", plain(&import.name)),
            1 => writeln!(f, "  {} (of its 1 function, none is called)", plain(&import.name)),
            all => writeln!(f, "  {} (of its {all} functions, none is called)", plain(&import.name)),
        })
    }

    fn exports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nexports:{}", none(self.exports.is_empty()))?;
        for export in &self.exports {
            match export.kind {
                Kind::Interface => list(f, "  ", &format!("{}:", plain(&export.name)), &all(&export.functions))?,
                kind => writeln!(f, "  {} ({})", plain(&export.name), kind.word())?,
            }
        }
        Ok(())
    }

    fn parts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nmade of:")?;
        print_parts(f, &self.parts, 1)?;
        if let Some(wiring) = self.wiring {
            writeln!(f, "  wires and types: {}", bytes(wiring))?;
        }
        writeln!(f, "  all: {}", bytes(self.component_size))
    }
}

/// What a composition says of itself.
fn told(f: &mut fmt::Formatter<'_>, indent: &str, made_by: &Provenance) -> fmt::Result {
    writeln!(f, "{indent}made by virt-compose {}, it says", plain(&made_by.tool))?;
    for (subsystem, words) in &made_by.does {
        let words = if words.is_empty() { String::new() } else { format!(": {}", plain(words)) };
        writeln!(f, "{indent}  virtual: {}{words}", plain(subsystem))?;
    }
    if let Some(policy) = &made_by.policy {
        writeln!(f, "{indent}  policy:")?;
        policy.lines().try_for_each(|line| writeln!(f, "{indent}    {}", plain(line)))?;
    }
    Ok(())
}

fn print_parts(f: &mut fmt::Formatter<'_>, parts: &[Part], depth: usize) -> fmt::Result {
    for part in parts {
        let indent = "  ".repeat(depth);
        let name = plain(&part.name);
        match part.kind {
            PartKind::App | PartKind::Component => write!(f, "{indent}{name}")?,
            PartKind::Adapter => write!(f, "{indent}adapter {name}")?,
            PartKind::Interposer | PartKind::Files => write!(f, "{indent}{name} (generated)")?,
            PartKind::Other => write!(f, "{indent}{name} (it says, and it is no adapter of this version's)")?,
        }
        if !part.instances.is_empty() {
            write!(f, ", `{}`", part.instances.iter().map(|name| plain(name)).collect::<Vec<_>>().join("`, `"))?;
        }
        writeln!(f, ": {}", bytes(part.size))?;
        if part.kind == PartKind::Adapter {
            writeln!(f, "{indent}  sha256 {}", part.sha256)?;
        }
        if let Some(made_by) = &part.made_by {
            told(f, &format!("{indent}  "), made_by)?;
        }
        print_parts(f, &part.parts, depth + 1)?;
    }
    Ok(())
}

impl Import {
    fn callable(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = plain(&self.name);
        if self.is_opaque {
            writeln!(f, "    {name} ({}, of which not all is known)", self.kind.word())?;
        }
        // Functions with the same callers stand together.
        let mut alike: Vec<(&[String], Vec<&str>)> = Vec::new();
        for function in self.functions.iter().filter(|function| function.callable) {
            match alike.iter_mut().find(|(by, _)| *by == function.by) {
                Some((_, names)) => names.push(short(&function.name)),
                None => alike.push((&function.by, vec![short(&function.name)])),
            }
        }
        for (by, names) in alike {
            list(f, "    ", &format!("{name}, by {}:", who(by)), &names)?;
        }
        let rest: Vec<&str> =
            self.functions.iter().filter(|function| !function.callable).map(|function| short(&function.name)).collect();
        match rest.is_empty() {
            true => Ok(()),
            false => list(f, "      ", "never called:", &rest),
        }
    }
}

/// Who calls, in words.
pub fn who(by: &[String]) -> String {
    match by {
        [] => "somebody who is not known".to_owned(),
        by => by.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", "),
    }
}

/// `descriptor.read` says it all.
pub fn short(function: &str) -> &str {
    match function.starts_with('[') {
        true => function.split_once(']').map_or(function, |(_, name)| name),
        false => function,
    }
}

fn all(functions: &[String]) -> Vec<&str> {
    match functions {
        [] => vec!["no functions"],
        functions => functions.iter().map(|name| short(name)).collect(),
    }
}

fn none(is_none: bool) -> &'static str {
    if is_none { " nothing" } else { "" }
}

impl Kind {
    /// What it is, in a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Interface => "an interface",
            Self::Function => "a function",
            Self::Type => "a type",
            Self::Value => "a value",
            Self::Module => "a core module",
            Self::Component => "a component",
        }
    }
}
