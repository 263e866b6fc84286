//! Why an interface has the last word that it has, in words.

use super::picture::By;
use crate::catalog::{self, IO_RESOURCES};
use crate::names::Track;
use crate::plan::{Io, Note, Plan, Source, User, settings_of};
use crate::policy::{Access, Policy, Scope, seals};
use crate::report::compact;

/// Why a want comes from where it does.
pub fn why(plan: &Plan, policy: &Policy, position: usize, by: By) -> String {
    let want = &plan.wants[position];
    let track = want.item.track();
    if let Source::TypeOf(owner, name) = &plan.sources[position] {
        return format!("it is `{name}` of `{owner}`");
    }
    match want.user {
        User::App => of_app(plan, policy, position, by),
        User::Interposer if plan.hooks.values().any(|hook| *hook == position) => {
            "asked about what is the host's".to_owned()
        }
        User::Interposer if catalog::is_of_trace(&track) => "told what the app calls".to_owned(),
        User::Interposer => "called in place of another".to_owned(),
        User::Adapter(adapter) => match plan.access[position] {
            Access::Deny if settings_of(adapter, &track) => "what the policy says".to_owned(),
            Access::Deny if !policy.asks(adapter, &track) => "not needed under this policy".to_owned(),
            Access::Deny => "the policy denies it".to_owned(),
            Access::Files => "what is embedded".to_owned(),
            Access::Adapter("io") => "streams are virtual".to_owned(),
            Access::Adapter(_) => "virtual for the app, too".to_owned(),
            Access::Host => "what is behind it".to_owned(),
        },
    }
}

fn of_app(plan: &Plan, policy: &Policy, position: usize, by: By) -> String {
    let (want, access) = (&plan.wants[position], plan.access[position]);
    let track = want.item.track();
    let row = catalog::subsystem_of(&track).map(|row| row.name);
    // Who says what an adapter, or an interposer in its place, does.
    let said = |subsystem: &str| match policy.describe(subsystem) {
        words if words.is_empty() => format!("`{subsystem}` is virtual"),
        words => format!("{subsystem}: {words}"),
    };
    if IO_RESOURCES.iter().any(|(io, _)| Track::known(io) == track) {
        return match (plan.io, plan.makers.is_empty()) {
            (Io::Host, _) => "nothing makes streams that are not the host's".to_owned(),
            (Io::Denied, _) => "nothing is left that has streams of the host's".to_owned(),
            (Io::Virtual, true) => "streams are virtual, as asked".to_owned(),
            (Io::Virtual, false) => format!("streams are virtual, because of {}", compact(&plan.makers)),
        };
    }
    if let Some((row, true)) = row.map(|row| (row, by == By::Constant)) {
        return said(row);
    }
    match access {
        Access::Adapter(name) => said(name),
        Access::Files => "what is embedded".to_owned(),
        Access::Deny => match policy.seal.iter().find(|pattern| seals(pattern, &want.item.subject())) {
            Some(pattern) => format!("`--seal {pattern}`"),
            None => match (row, &policy.scope) {
                (Some(row), Scope::Only(_)) => format!("`--with` names `{row}`, and nothing opens it"),
                _ => "nothing opens it".to_owned(),
            },
        },
        Access::Host => of_hosts(plan, policy, position, row),
    }
}

fn of_hosts(plan: &Plan, policy: &Policy, position: usize, row: Option<&'static str>) -> String {
    let name = &plan.wants[position].item.name;
    let export = plan.notes.iter().find_map(|note| match note {
        Note::KeptForExport { interface, export } if interface == name => Some(export),
        _ => None,
    });
    let described = row.map_or(String::new(), |row| policy.describe(row));
    if let Some(other) = plan.instead.get(&position) {
        return format!(
            "`{}` of the host's is called in its place ({described})",
            plan.wants[*other].item.track().path()
        );
    }
    if plan.hooks.contains_key(&position) {
        return format!("`{}` has a say ({described})", row.unwrap_or_default());
    }
    let is_carried = matches!(plan.sources[position], Source::Interposed(_));
    match (export, row) {
        (Some(export), _) if is_carried => format!("kept for the export {export}, and carried along for its streams"),
        (Some(export), _) => format!("kept for the export {export}, which has types of it"),
        _ if is_carried && plan.makers.is_empty() => {
            "carried along as asked: streams are virtual, and it has some".to_owned()
        }
        _ if is_carried => {
            format!("carried along: streams are virtual, because of {}, and it has some", compact(&plan.makers))
        }
        _ if plan.is_bundle => "the host's own, so it is not in the bundle".to_owned(),
        (None, None) => "it is not WASI's, and nothing seals it".to_owned(),
        (None, Some(row)) if !policy.touches(row) => "`--with` does not name it".to_owned(),
        (None, Some(_)) => "the policy opens it".to_owned(),
    }
}
