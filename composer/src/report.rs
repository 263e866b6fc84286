//! What was done, and what is left to the host, in words.

use crate::catalog;
use crate::denial::Answer;
use crate::interpose::Treatment;
use crate::names::{InterfaceName, Track};
use crate::plan::{Io, Note, Plan, Source, User, Want};
use crate::policy::{Access, Policy};
use crate::wit::{ItemKind, is_resource, named_parts_in};
use std::collections::BTreeMap;
use std::fmt;

/// What became of each import of the app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Adapters, what each does under the policy, and the interfaces that it answers.
    pub virtualized: Vec<(&'static str, String, Vec<String>)>,
    /// Subsystems of the host's that are used by rule, the rules, and the interfaces.
    pub ruled: Vec<(&'static str, String, Vec<String>)>,
    /// Interfaces that are denied.
    pub denied: Vec<String>,
    /// Those with functions that trap: they have no way to refuse, or the policy says that all denied ones do.
    pub traps: Vec<String>,
    /// Interfaces of the host's whose io handles are exchanged.
    pub carried: Vec<String>,
    /// What makes streams virtual, so that others are carried along.
    pub makers: Vec<String>,
    /// What a bundle leaves out, because it would be the host's own.
    pub not_bundled: Vec<String>,
    /// All that the result imports.
    pub host: Vec<String>,
    /// What adapters export for whoever contains the result.
    pub exports: Vec<String>,
    /// Interfaces of the host's that are called in place of others, or by the trace.
    pub called: Vec<Track>,
    /// Whether a bundle has streams of its own.
    pub has_streams: bool,
    /// What else there is to say.
    pub notes: Vec<Note>,
    /// Which calls are written down, and where, in words.
    pub traced: String,
    /// Whether there is no app.
    pub is_bundle: bool,
    /// What becomes of each function that the app imports, in its order: the interface, the function, and words. [`Display`]
    /// leaves it out.
    ///
    /// [`Display`]: fmt::Display
    pub functions: Vec<(String, String, String)>,
    /// Whether there is one adapter, which was asked for.
    pub is_alone: bool,
    /// Whether the app is a part of something larger, which has what is left to the host from others, too.
    pub is_part: bool,
}

impl Report {
    /// Of a plan, and of what the result imports.
    pub fn of(plan: &Plan, policy: &Policy, host: Vec<String>) -> Self {
        let mut report = Self { makers: plan.makers.clone(), host, is_bundle: plan.is_bundle, ..Self::default() };
        let mut adapters: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut ruled: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (position, want) in plan.wants.iter().enumerate() {
            let (access, source) = (&plan.access[position], &plan.sources[position]);
            if want.user != User::App || matches!(want.item.kind, ItemKind::Type(_)) {
                continue;
            }
            let name = want.item.name.clone();
            for (at, function) in want.item.functions(want.wit).into_iter().enumerate() {
                let words = match source {
                    Source::Interposed(treatments) => treatments[at].to_string(),
                    Source::Adapter(adapter) => format!("of the adapter `{adapter}`"),
                    Source::Root | Source::Files | Source::TypeOf(..) => "the host's".to_owned(),
                };
                report.functions.push((name.clone(), function.name.clone(), words));
            }
            let trap = Treatment::Answered(Answer::Trap);
            if matches!(source, Source::Interposed(treatments) if treatments.contains(&trap)) {
                report.traps.push(name.clone());
            }
            match (access, source) {
                (Access::Adapter(adapter), _) => adapters.entry(adapter).or_default().push(name),
                (Access::Deny, _) => match policy.fixes(&want.item.track()).filter(|_| is_used(want)) {
                    Some(subsystem) => adapters.entry(subsystem).or_default().push(name),
                    None => report.denied.push(name),
                },
                (Access::Host, _) if plan.instead.contains_key(&position) || plan.hooks.contains_key(&position) => {
                    let row = catalog::subsystem_of(&want.item.track());
                    let of_kind = if plan.hooks.contains_key(&position) { &mut ruled } else { &mut adapters };
                    of_kind.entry(row.map_or("", |row| row.name)).or_default().push(name);
                }
                (Access::Host, Source::Interposed(_)) => report.carried.push(name),
                (Access::Host, _) if plan.is_bundle => report.not_bundled.push(name),
                (Access::Host | Access::Files, _) => {}
            }
        }
        for row in catalog::SUBSYSTEMS {
            // Some are there for others, and what they do is what the user said.
            let is_there = plan.builds.contains_key(row.name) && row.name != "io" && !ruled.contains_key(row.name);
            if adapters.contains_key(row.name) || is_there {
                let interfaces = adapters.remove(row.name).unwrap_or_default();
                report.virtualized.push((row.name, policy.describe(row.name), interfaces));
            }
            if let Some(interfaces) = ruled.remove(row.name) {
                report.ruled.push((row.name, policy.describe(row.name), interfaces));
            }
        }
        // A trace goes to the host past what the app has.
        let of_trace = plan.wants.iter().filter(|want| want.user == User::Adapter(catalog::TRACE.name));
        let called = plan.instead.values().map(|want| &plan.wants[*want]).chain(of_trace);
        report.called = called.map(|want| want.item.track()).collect();
        report.exports = plan.exports.iter().map(|(_, track)| track.label()).collect();
        report.has_streams = plan.io == Io::Virtual;
        report.traced = plan.traced.as_ref().map_or(String::new(), |_| policy.describe(catalog::TRACE.name));
        report.notes.clone_from(&plan.notes);
        report
    }

    /// What there is to say besides what became of each import. Warnings begin with the word.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.traced.is_empty() {
            remarks.push(format!("traced: {}", self.traced));
        }
        if !self.exports.is_empty() {
            remarks.push(format!("exported for whoever contains the result: {}", compact(&self.exports)));
        }
        if self.is_bundle && self.has_streams {
            let text = "streams and pollables are the bundle's own: whatever else of the app's has any must come from it, too, so \
                        name those subsystems in `--with`";
            remarks.push(text.to_owned());
        }
        remarks.extend(self.notes.iter().map(|note| self.words_of(note)));
        remarks
    }

    fn words_of(&self, note: &Note) -> String {
        match note {
            Note::KeptForExport { interface, export } => {
                format!("kept: {interface}, because the export {export} has types of it, which the host must share")
            }
            Note::WithoutEffect(name) if self.is_bundle => {
                format!("warning: `{name}` has no adapter, so it is not in the bundle")
            }
            Note::WithoutEffect(name) => format!("warning: the app does not use `{name}`; naming it has no effect"),
            Note::NotImported { subsystem, interface } => {
                format!(
                    "warning: the app does not import `{interface}`, so what is said of `{subsystem}` has no effect"
                )
            }
            Note::SealsNothing(pattern) => format!("warning: no import matches `--seal {pattern}`; it has no effect"),
            Note::TracesNothing(pattern) => {
                format!("warning: no import matches `--trace={pattern}`; it has no effect")
            }
            Note::NotTraced { interface, why } => format!("warning: not traced: {interface}, because {why}"),
            Note::ExportsNothing => {
                "warning: the app exports nothing, so nobody can call it; was it made for components?".to_owned()
            }
        }
    }

    /// What is left to the host for the sake of others, while the app gets none of it.
    pub(crate) fn types_alone(&self) -> Vec<String> {
        let tracks = |names: &[String]| names.iter().map(|name| InterfaceName::parse(name).track()).collect::<Vec<_>>();
        let (host, denied) = (tracks(&self.host), tracks(&self.denied));
        let both =
            self.host.iter().zip(host).filter(|(_, track)| denied.contains(track) && !self.called.contains(track));
        both.map(|(name, _)| name.clone()).collect()
    }
}

/// Whether there is more than value types.
pub(crate) fn is_used(want: &Want) -> bool {
    let has_resources = || named_parts_in(want.wit, want.item).into_iter().any(|id| is_resource(want.wit, id));
    !want.item.functions(want.wit).is_empty() || has_resources()
}

impl Report {
    /// The subsystems that are virtual, or the host's by rule: what is done, and to which interfaces.
    pub fn subsystems(&self) -> impl Iterator<Item = &(&'static str, String, Vec<String>)> {
        self.virtualized.iter().chain(&self.ruled)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_bundle && !self.is_alone {
            writeln!(f, "no app was named: a bundle of adapters, for use with other tools")?;
        }
        for (adapter, policy, interfaces) in &self.virtualized {
            let policy = if policy.is_empty() { String::new() } else { format!(" ({policy})") };
            let interfaces = if interfaces.is_empty() { "for others".to_owned() } else { compact(interfaces) };
            writeln!(f, "virtual: {adapter}{policy}: {interfaces}")?;
        }
        for (subsystem, rules, interfaces) in &self.ruled {
            writeln!(f, "the host's by rule: {subsystem} ({rules}): {}", compact(interfaces))?;
        }
        if !self.denied.is_empty() {
            writeln!(f, "denied: {}", compact(&self.denied))?;
        }
        if !self.traps.is_empty() {
            writeln!(f, "trap when called: {}", compact(&self.traps))?;
        }
        if !self.carried.is_empty() {
            let why = match self.makers.as_slice() {
                [] => "as asked".to_owned(),
                makers => compact(makers),
            };
            let carried = compact(&self.carried);
            writeln!(f, "carried along, because streams are virtual ({why}) and these have some: {carried}")?;
        }
        if !self.not_bundled.is_empty() {
            writeln!(f, "not in the bundle, being the host's own: {}", compact(&self.not_bundled))?;
        }
        for remark in self.remarks() {
            writeln!(f, "{remark}")?;
        }
        let whom = if self.is_part { "what is around it" } else { "the host" };
        match self.host.is_empty() {
            true => writeln!(f, "left to {whom}: nothing")?,
            false => writeln!(f, "left to {whom}: {}", compact(&self.host))?,
        }
        let types = self.types_alone();
        if !types.is_empty() {
            writeln!(f, "of these for their types alone, which others of the host's use: {}", compact(&types))?;
        }
        Ok(())
    }
}

/// Names of interfaces, with those of one package together: `wasi:cli/{stdin,stdout}@0.2.6`.
pub(crate) fn compact(names: &[String]) -> String {
    let mut packages: Vec<((String, String), Vec<String>)> = Vec::new();
    for name in names {
        let parsed = InterfaceName::parse(name);
        let version = parsed.version.map_or(String::new(), |version| format!("@{version}"));
        let (package, interface) = parsed.path.split_once('/').unwrap_or((&parsed.path, ""));
        let key = (package.to_owned(), version);
        match packages.iter_mut().find(|(known, _)| *known == key) {
            Some((_, interfaces)) => interfaces.push(interface.to_owned()),
            None => packages.push((key, vec![interface.to_owned()])),
        }
    }
    let words = packages.into_iter().map(|((package, version), mut interfaces)| {
        interfaces.sort();
        match interfaces.as_slice() {
            [only] if only.is_empty() => format!("{package}{version}"),
            [only] => format!("{package}/{only}{version}"),
            several => format!("{package}/{{{}}}{version}", several.join(",")),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_one_package_are_told_together() {
        let names = ["wasi:cli/stdout@0.2.6", "a:b/c", "wasi:cli/stdin@0.2.6", "wasi:cli/stdin@0.2.0", "free"];
        assert_eq!(compact(&names.map(String::from)), "wasi:cli/{stdin,stdout}@0.2.6 a:b/c wasi:cli/stdin@0.2.0 free");
    }
}
