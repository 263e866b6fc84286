//! Whether a component can call no more of the host's than it may.
//!
//! What is judged are its imports, because by the nature of components there is no other way to the host. What is there for its
//! types alone can do nothing, and is told; with [`Rules::strict`] it counts as if it could be called.

use super::print::{plain, short, who};
use super::{Function, Import, Inspection, Kind, Pattern, Used};
use serde::Serialize;
use std::fmt;

/// The version of what is written as JSON.
const FORMAT: u32 = 1;

/// What may be called.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What must not.
    pub forbid: Vec<Pattern>,
    /// All that may, if it is said.
    pub only: Option<Vec<Pattern>>,
    /// Whether nothing may.
    pub sealed: bool,
    /// Whether what is there for its types alone counts as if it could be called.
    pub strict: bool,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The version of this format.
    pub version: u32,
    /// Whether it holds.
    pub ok: bool,
    /// What can be called, and must not.
    pub violations: Vec<Violation>,
    /// What the rules would not let be called, and is there for its types alone.
    pub types: Vec<String>,
}

/// Functions of one import that can be called, and must not.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// The import.
    pub import: String,
    /// What it is.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// The pattern that forbids it.
    pub pattern: Option<String>,
    /// The functions, or none if it is there for its types alone, or is a module or a component.
    pub functions: Vec<Function>,
    /// Whether it counts as callable whatever becomes of its functions.
    #[serde(skip)]
    is_opaque: bool,
}

/// Why something must not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Nothing may be.
    Sealed,
    /// A pattern forbids it.
    Forbidden,
    /// It is not among what may be.
    Other,
}

/// Judges a component.
pub fn verify(inspection: &Inspection, rules: &Rules) -> Verdict {
    let (mut violations, mut types) = (Vec::new(), Vec::new());
    for import in &inspection.imports {
        let found = rules.judge(import);
        if import.used == Used::Types && !rules.strict {
            types.extend((!found.is_empty()).then(|| import.name.clone()));
        } else {
            violations.extend(found);
        }
    }
    Verdict { version: FORMAT, ok: violations.is_empty(), violations, types }
}

impl Rules {
    /// What is wrong with an import. One that is there for its types alone is judged as if it could be called.
    fn judge(&self, import: &Import) -> Vec<Violation> {
        let counts = |function: &&Function| function.callable || self.strict || import.used == Used::Types;
        let mut functions: Vec<Option<&Function>> = import.functions.iter().filter(counts).map(Some).collect();
        if functions.is_empty() || import.is_opaque {
            functions.push(None);
        }
        let mut violations: Vec<Violation> = Vec::new();
        for function in functions {
            let Some((reason, pattern)) = self.reason(import, function.map(|function| function.name.as_str())) else {
                continue;
            };
            let of = |known: &&mut Violation| known.reason == reason && known.pattern == pattern;
            match violations.iter_mut().find(of) {
                Some(violation) => violation.functions.extend(function.cloned()),
                None => violations.push(Violation {
                    import: import.name.clone(),
                    kind: import.kind,
                    reason,
                    pattern,
                    functions: function.cloned().into_iter().collect(),
                    is_opaque: import.is_opaque,
                }),
            }
        }
        violations
    }

    fn reason(&self, import: &Import, function: Option<&str>) -> Option<(Reason, Option<String>)> {
        if self.sealed {
            return Some((Reason::Sealed, None));
        }
        // What is not known may be any function.
        let is_any = function.is_none() && import.is_opaque;
        let is_meant = |pattern: &&Pattern| pattern.takes_in(import, function) || (is_any && pattern.is_about(import));
        if let Some(pattern) = self.forbid.iter().find(is_meant) {
            return Some((Reason::Forbidden, Some(pattern.to_string())));
        }
        // The types of an interface come with any function of it.
        let is_allowed = |pattern: &Pattern| match function {
            Some(_) => pattern.takes_in(import, function),
            None if import.used == Used::Types => pattern.is_about(import),
            None => pattern.takes_in(import, None),
        };
        let only = self.only.as_ref()?;
        (!only.iter().any(is_allowed)).then_some((Reason::Other, None))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = plain(&self.import);
        match (self.reason, &self.pattern) {
            (Reason::Forbidden, Some(pattern)) => write!(f, "`{name}` is forbidden by `{}`", plain(pattern))?,
            (Reason::Forbidden, None) => write!(f, "`{name}` is forbidden")?,
            (Reason::Sealed, _) => write!(f, "`{name}` is imported, and nothing may be called")?,
            (Reason::Other, _) => write!(f, "`{name}` is not among what may be called")?,
        }
        if self.functions.is_empty() && !self.is_opaque {
            return f.write_str(": it is there for its types alone");
        }
        if self.functions.is_empty() {
            return write!(f, ": {}, of which not all is known", self.kind.word());
        }
        // Functions with the same callers stand together.
        let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
        for function in &self.functions {
            let by =
                if function.callable { format!("called by {}", who(&function.by)) } else { "never called".to_owned() };
            match alike.iter_mut().find(|(known, _)| *known == by) {
                Some((_, names)) => names.push(short(&function.name)),
                None => alike.push((by, vec![short(&function.name)])),
            }
        }
        let alike: Vec<String> =
            alike.into_iter().map(|(by, names)| format!("{} ({by})", plain(&names.join(", ")))).collect();
        write!(f, ": {}", alike.join("; "))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        for name in &self.types {
            writeln!(f, "`{}` is there for its types alone, which is no violation", plain(name))?;
        }
        let is_of_io =
            |violation: &Violation| violation.reason == Reason::Other && violation.import.starts_with("wasi:io/");
        if self.violations.iter().any(is_of_io) {
            writeln!(
                f,
                "streams and pollables are `wasi:io`, which reaches nothing by itself: add `io` to what may be called"
            )?;
        }
        match self.violations.len() {
            0 => writeln!(f, "verified: it can call nothing that it must not"),
            1 => writeln!(f, "violated in 1 way"),
            number => writeln!(f, "violated in {number} ways"),
        }
    }
}
