//! What was done, and what is left to the host, in words.

use crate::catalog;
use crate::names::Track;
use crate::plan::{Note, Plan, Source, User};
use crate::policy::{Access, Policy};
use std::collections::BTreeMap;
use std::fmt;

/// What became of each import of the app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Adapters, what each does under the policy, and the interfaces that it answers.
    pub virtualized: Vec<(&'static str, String, Vec<String>)>,
    /// Interfaces that are denied.
    pub denied: Vec<String>,
    /// Interfaces of the host's whose io handles are exchanged.
    pub carried: Vec<String>,
    /// What makes streams virtual, so that others are carried along.
    pub makers: Vec<String>,
    /// All that the result imports.
    pub host: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<Note>,
}

impl Report {
    /// Of a plan, and of what the result imports.
    pub fn of(plan: &Plan, policy: &Policy, host: Vec<String>) -> Self {
        let mut report = Self { makers: plan.makers.clone(), host, ..Self::default() };
        let mut adapters: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (want, (access, source)) in plan.wants.iter().zip(plan.access.iter().zip(&plan.sources)) {
            if want.user != User::App || want.item.track() == Track::world() {
                continue;
            }
            let name = want.item.name.clone();
            match (access, source) {
                (Access::Adapter(adapter), _) => adapters.entry(adapter).or_default().push(name),
                (Access::Deny, _) => match policy.fixes(&want.item.track()) {
                    Some(subsystem) => adapters.entry(subsystem).or_default().push(name),
                    None => report.denied.push(name),
                },
                (Access::Host, Source::Interposed(_)) => report.carried.push(name),
                (Access::Host, _) => {}
            }
        }
        for row in catalog::SUBSYSTEMS {
            if let Some(interfaces) = adapters.remove(row.name) {
                report.virtualized.push((row.name, policy.describe(row.name), interfaces));
            }
        }
        report.notes = plan.notes.iter().filter(|note| !matches!(note, Note::Carried(_))).cloned().collect();
        report
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (adapter, policy, interfaces) in &self.virtualized {
            let policy = if policy.is_empty() { String::new() } else { format!(" ({policy})") };
            writeln!(f, "virtual: {adapter}{policy}: {}", interfaces.join(", "))?;
        }
        if !self.denied.is_empty() {
            writeln!(f, "denied: {}", self.denied.join(", "))?;
        }
        if !self.carried.is_empty() {
            writeln!(
                f,
                "carried along, because streams are virtual ({}) and these have some: {}",
                self.makers.join(", "),
                self.carried.join(", ")
            )?;
        }
        for note in &self.notes {
            match note {
                Note::Carried(_) => {}
                Note::KeptForExport { interface, export } => writeln!(
                    f,
                    "kept: {interface}, because the export {export} has types of it, which the host must share"
                )?,
                Note::WithoutEffect(name) => {
                    writeln!(f, "warning: the app does not use `{name}`; naming it has no effect")?
                }
                Note::NotBundled(interface) => {
                    writeln!(f, "not in the bundle: {interface}, which would be the host's own")?;
                }
            }
        }
        match self.host.is_empty() {
            true => writeln!(f, "left to the host: nothing"),
            false => writeln!(f, "left to the host: {}", self.host.join(", ")),
        }
    }
}
