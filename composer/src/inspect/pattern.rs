//! Patterns of what may be called, or must not be.

use super::known::wasi;
use super::print::short;
use super::{Import, Inspection};
use crate::catalog::{SUBSYSTEMS, subsystem};
use crate::policy::seals;
use crate::words::unknown;
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A subsystem (`sockets`), a package (`a:b`), an interface (`a:b/c`), a function of one (`a:b/c#f`), something of the world (`f`),
/// or `*`. Versions are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// All ahead of `#`, as `--seal` takes it, or a subsystem.
    path: String,
    /// What stands behind: the name of a function, with or without what it is (`[method]`), with or without its resource.
    function: Option<String>,
}

impl FromStr for Pattern {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, function) = match text.split_once('#') {
            Some((path, function)) => (path, Some(function.to_owned())),
            None => (text, None),
        };
        let is_name = !path.is_empty() && !path.contains(['*', '@', ' ', '#']);
        let is_function = function.as_ref().is_none_or(|function| {
            path.contains('/') && !function.is_empty() && !function.contains(['*', '@', ' ', '#'])
        });
        if (path != "*" && !is_name) || !is_function {
            bail!(
                "`{}` is no subsystem (`sockets`), package (`a:b`), interface (`a:b/c`), function of one (`a:b/c#f`), function of \
                 the world (`f`) or `*`; versions are left out",
                text.escape_debug()
            );
        }
        Ok(Self { path: path.to_owned(), function })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "{}#{function}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl Pattern {
    /// Whether it takes in something of an import, whatever its function is.
    pub fn is_about(&self, import: &Import) -> bool {
        match subsystem(&self.path) {
            Some(row) => import.subsystem == Some(row.name),
            None => seals(&self.path, &import.track),
        }
    }

    /// Whether it takes in a function of an import; `None` is all of the import.
    pub fn takes_in(&self, import: &Import, function: Option<&str>) -> bool {
        let is_meant = match (&self.function, function) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(meant), Some(name)) => is_named(name, meant),
        };
        is_meant && self.is_about(import)
    }

    /// That it can match anything at all. What WASI has and the pattern almost says was meant. Where nothing is known, there may be a
    /// warning.
    pub fn check(&self, inspection: &Inspection) -> Result<Option<String>> {
        let imports: Vec<&Import> = inspection.imports.iter().filter(|import| self.is_about(import)).collect();
        if self.path == "*" || subsystem(&self.path).is_some() || (self.function.is_none() && !imports.is_empty()) {
            return Ok(None);
        }
        let known = wasi()?;
        let own = imports.iter().flat_map(|import| &import.functions).map(|function| function.name.as_str());
        let functions: BTreeSet<&str> =
            own.chain(known.get(&self.path).into_iter().flatten().map(String::as_str)).collect();
        if let Some(meant) = &self.function
            && !functions.is_empty()
        {
            if !functions.iter().any(|name| is_named(name, meant)) {
                let names: BTreeSet<&str> = functions.iter().map(|name| as_said(name, meant)).collect();
                let names: Vec<&str> = names.into_iter().collect();
                bail!("`{self}` can match nothing: {}", unknown("function", as_said(meant, meant), &names));
            }
            return Ok(None);
        }
        if known.contains_key(&self.path) || !imports.is_empty() {
            return Ok(None);
        }
        let Some(name) = self.path.strip_prefix("wasi:") else {
            if self.path.contains(':') {
                return Ok(None);
            }
            let names: Vec<&str> = SUBSYSTEMS.iter().map(|row| row.name).collect();
            if is_near(&self.path, &names) {
                bail!("`{self}` can match nothing: {}", unknown("subsystem", &self.path, &names));
            }
            return Ok(Some(format!("`{self}` is no subsystem, and nothing that is imported has that name")));
        };
        let packages: BTreeSet<&str> = known.keys().filter_map(|path| path.split('/').next()).collect();
        let (package, interface) = name.split_once('/').map_or((name, None), |(package, name)| (package, Some(name)));
        let full = format!("wasi:{package}");
        if packages.contains(full.as_str()) {
            let names: Vec<&str> =
                known.keys().filter_map(|path| path.strip_prefix(&full)?.strip_prefix('/')).collect();
            return match interface {
                Some(interface) => bail!("`{self}` can match nothing: {}", unknown("interface", interface, &names)),
                None => Ok(None),
            };
        }
        let names: Vec<&str> = packages.iter().filter_map(|name| name.strip_prefix("wasi:")).collect();
        if is_near(package, &names) {
            bail!("`{self}` can match nothing: {}", unknown("package of WASI", package, &names));
        }
        Ok(Some(format!("`{full}` is no package of WASI that is known, and nothing that is imported is in it")))
    }
}

/// Whether a function has a name, which may be short: `start-connect`, `tcp-socket.start-connect`, or all of it.
fn is_named(function: &str, meant: &str) -> bool {
    let without_kind = short(function);
    let last = without_kind.rsplit('.').next().unwrap_or(without_kind);
    [function, without_kind, last].contains(&meant)
}

/// The name of a function, as long as what was said.
fn as_said<'a>(function: &'a str, meant: &str) -> &'a str {
    let without_kind = short(function);
    match meant.contains('.') {
        true => without_kind,
        false => without_kind.rsplit('.').next().unwrap_or(without_kind),
    }
}

/// Whether a name is almost one of these.
fn is_near(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| strsim::jaro(name, known) > 0.8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_without_a_version() {
        for text in ["*", "sockets", "a:b", "a:b/c", "a:b/c#f", "a:b/c#[method]r.f", "f"] {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
        for text in
            ["", "a:*", "a:b/c@0.2.0", "a b", "#f", "a:b#f", "f#g", "a:b/c#", "a:b/c#f#g", "*#f", "a:b/c#f@1.0.0"]
        {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.contains("`a:b/c#f`"), "{text}: {error}");
        }
    }

    #[test]
    fn functions_may_be_said_shorter() {
        let function = "[method]tcp-socket.start-connect";
        for name in [function, "tcp-socket.start-connect", "start-connect"] {
            assert!(is_named(function, name), "{name}");
        }
        for name in ["connect", "tcp-socket", "[method]", "udp-socket.start-connect", ""] {
            assert!(!is_named(function, name), "{name}");
        }
    }
}
