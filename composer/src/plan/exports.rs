//! What the app's exports hold in place.

use super::{DeniedBy, Note, PlanError, User, Want};
use crate::catalog::{self, is_io};
use crate::component::Component;
use crate::names::Track;
use crate::policy::{Access, Hook, Policy, Rules, Scope, seals};
use crate::wit::{Item, Named, is_resource, named, named_parts, named_parts_in, named_parts_of};
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::{Function, TypeId};

/// The named types in an export that are not the app's own. An interface that is exported is, imported or not.
pub fn foreign_parts(app: &Component, export: &Item) -> Vec<(TypeId, Named)> {
    let own: BTreeSet<Track> = app.exports.iter().map(Item::track).filter(|track| *track != Track::world()).collect();
    let parts = named_parts_in(&app.wit, export).into_iter();
    parts.filter_map(|id| Some((id, named(&app.wit, id)?))).filter(|(_, name)| !own.contains(&name.0)).collect()
}

/// Whether the app exports anything with the host's streams, pollables or io errors.
pub fn have_io(app: &Component) -> bool {
    app.exports.iter().any(|export| foreign_parts(app, export).iter().any(|(_, name)| is_io(name)))
}

/// Streams that are virtual inside cannot go out through an export.
pub fn refuse_io(app: &Component, makers: &[String]) -> Result<(), PlanError> {
    for export in &app.exports {
        if let Some((_, (track, name))) = foreign_parts(app, export).into_iter().find(|(_, name)| is_io(name)) {
            return Err(PlanError::ExportedIo {
                export: export.name.clone(),
                name,
                interface: track.to_string(),
                makers: makers.join(", "),
            });
        }
    }
    Ok(())
}

/// What there is to do about an export besides leaving its types to the host.
fn way_out(policy: &Policy, subsystem: &str) -> &'static str {
    policy.rules(subsystem).map_or("wrap the export in a component of your own", Rules::way_out)
}

/// A resource that an adapter takes over is not the host's: nobody could call what the app exports with it, nor the app what
/// it has from others.
pub fn refuse_taken(
    app: &Component,
    policy: &Policy,
    wants: &[Want],
    access: &[Access],
    hooks: &BTreeMap<usize, usize>,
) -> Result<(), PlanError> {
    let is_taken = |want: &Want, function: &Function| {
        matches!(policy.hook(&want.item.track(), &function.name), Some(Hook::Take(_)))
    };
    let mut taken: BTreeMap<Named, &str> = BTreeMap::new();
    for want in hooks.keys().map(|position| &wants[*position]) {
        for function in want.item.functions(want.wit).into_iter().filter(|function| is_taken(want, function)) {
            let resource = function.kind.resource().and_then(|id| named(want.wit, want.wit.origin(id)));
            taken.extend(resource.map(|name| (name, want.item.name.as_str())));
        }
    }
    for export in &app.exports {
        if let Some((_, (track, name))) =
            foreign_parts(app, export).into_iter().find(|(_, name)| taken.contains_key(name))
        {
            let subsystem = catalog::subsystem_of(&track).map_or("", |row| row.name);
            return Err(PlanError::Exported {
                export: export.name.clone(),
                name,
                interface: track.to_string(),
                way_out: way_out(policy, subsystem),
                by: DeniedBy::Subsystem(subsystem),
            });
        }
    }
    for (want, _) in
        wants.iter().zip(access).filter(|(want, access)| want.user == User::App && **access == Access::Host)
    {
        for function in want.item.functions(want.wit).into_iter().filter(|function| !is_taken(want, function)) {
            let mut parts = Vec::new();
            named_parts_of(want.wit, function, &mut parts);
            let shared = parts.into_iter().filter_map(|id| named(want.wit, id)).find(|name| taken.contains_key(name));
            if let Some(name) = shared {
                return Err(PlanError::Torn {
                    left: want.item.name.clone(),
                    path: want.item.subject().path().to_owned(),
                    denied: taken[&name].to_owned(),
                    resource: name.1,
                    sealed: None,
                });
            }
        }
    }
    Ok(())
}

/// Types in the app's exports must be the host's, or nobody outside could call them. In a sealed app the interfaces that
/// have such types stay; where the user named the subsystem, and nothing else of it is denied, it is an error.
pub fn keep(
    app: &Component,
    policy: &Policy,
    wants: &[Want],
    access: &mut [Access],
    notes: &mut Vec<Note>,
) -> Result<(), PlanError> {
    let mut kept: Vec<(Track, &Item, String)> = Vec::new();
    for export in &app.exports {
        let local: Vec<_> = export.types(&app.wit).into_iter().map(|(_, id)| app.wit.origin(id)).collect();
        for (id, name) in foreign_parts(app, export) {
            if is_io(&name) {
                continue;
            }
            let mut made_of = Vec::new();
            named_parts(&app.wit, id, &mut made_of);
            if is_resource(&app.wit, id) || made_of.iter().any(|part| !local.contains(part)) {
                kept.push((name.0, export, name.1));
            }
        }
    }
    let denied = wants.iter().zip(access.iter()).filter(|(want, access)| {
        let is_kept = kept.iter().any(|(track, ..)| want.item.track() == *track);
        **access == Access::Deny && !is_kept && !want.item.functions(want.wit).is_empty()
    });
    let leaves_some: BTreeSet<&str> =
        denied.filter_map(|(want, _)| catalog::subsystem_of(&want.item.track())).map(|row| row.name).collect();
    let mut seen = BTreeSet::new();
    while let Some((track, export, name)) = kept.pop() {
        if !seen.insert((track.clone(), name.clone())) {
            continue;
        }
        // Of the world's items it is just the type.
        let has_it = |want: &Want| want.item.track() == track && (track != Track::world() || want.item.name == name);
        for (want, access) in wants.iter().zip(access.iter_mut()).filter(|(want, _)| has_it(want)) {
            // What the catalog does not know is denied by a pattern alone.
            let subsystem = catalog::subsystem_of(&track).map_or("", |row| row.name);
            // Who names a subsystem of which nothing would be denied means something else.
            let is_named = matches!(policy.scope, Scope::Only(_)) && !leaves_some.contains(subsystem);
            let sealed = policy.seal.iter().find(|pattern| seals(pattern, &want.item.subject()));
            let meant = is_named || sealed.is_some();
            match access {
                Access::Host => {}
                Access::Deny if !meant => {
                    *access = Access::Host;
                    notes.push(Note::KeptForExport { interface: want.item.name.clone(), export: export.name.clone() });
                }
                Access::Deny | Access::Adapter(_) | Access::Files => {
                    return Err(PlanError::Exported {
                        export: export.name.clone(),
                        name: name.clone(),
                        interface: want.item.name.clone(),
                        way_out: way_out(policy, subsystem),
                        by: sealed.cloned().map_or(DeniedBy::Subsystem(subsystem), DeniedBy::Seal),
                    });
                }
            }
            // What stays may share resources with others, which then stay, too.
            for id in named_parts_in(want.wit, want.item) {
                if let Some(name) = named(want.wit, id).filter(|name| is_resource(want.wit, id) && !is_io(name)) {
                    kept.push((name.0, export, name.1));
                }
            }
        }
    }
    Ok(())
}
