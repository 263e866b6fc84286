//! What of the app's calls is written down, on their way to whoever answers them.
//!
//! The plan is made without it, and it stands on top: an interposer between the app and all that the app wants. What writes the
//! calls down has no part in what it is told of, so it goes to the host past whatever the app has.

use super::adapters::{build, described};
use super::exports::foreign_parts;
use super::treat::is_newer;
use super::{Adapters, Note, PlanError, Source, User, Want, used_type};
use crate::catalog::{
    FILESYSTEM_TYPES, PREOPENS, SUBSYSTEMS, Subsystem, TRACE, TRACE_CALLS, TRACE_FLOATS, subsystem_of,
};
use crate::component::Component;
use crate::interpose::Treatment;
use crate::names::Track;
use crate::policy::{Access, Policy, Trace, seals, takes};
use crate::wit::{Named, any, is_leaf, is_resource, named, named_parts_in, named_parts_of};
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::{Function, Type};

/// What is written down, and what has numbers for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    /// The app's wants that pass through, and what becomes of each function.
    pub treatments: BTreeMap<usize, Vec<Treatment>>,
    /// The resources with numbers.
    pub numbered: BTreeSet<Named>,
    /// The interfaces whose calls are written down.
    pub aloud: BTreeSet<Track>,
    /// Of how many elements a list is written down.
    pub size: u32,
    /// What stands ahead of each line.
    pub prefix: String,
    /// Where they go, in words.
    pub to: String,
}

/// Adds whoever is told of calls, and what it wants itself.
pub fn add<'a>(
    policy: &Policy,
    is_bundle: bool,
    wants: &mut Vec<Want<'a>>,
    access: &mut Vec<Access>,
    adapters: &Adapters<'a>,
) -> Result<(), PlanError> {
    if !policy.trace.is_on() {
        return Ok(());
    }
    if is_bundle {
        return Err(PlanError::TracesNobody);
    }
    let is_told_of = |want: &&Want| want.user == User::App && policy.trace.takes(&want.item.subject());
    let of_want = |want: &Want<'a>| {
        want.item.functions(want.wit).into_iter().map(|function| (*want, function)).collect::<Vec<_>>()
    };
    let told: Vec<(Want, &Function)> = wants.iter().filter(is_told_of).flat_map(of_want).collect();
    if told.is_empty() {
        let of = if policy.trace.of == [Trace::ALL] { String::new() } else { policy.trace.of.join(",") };
        let is_used = |row: &&Subsystem| {
            let of_row = |want: &Want| subsystem_of(&want.item.track()).is_some_and(|of| of.name == row.name);
            wants.iter().any(|want| of_row(want) && !want.item.functions(want.wit).is_empty())
        };
        let uses = SUBSYSTEMS.iter().filter(is_used).map(|row| row.name).collect();
        return Err(PlanError::TracesNothing { of, uses });
    }
    let has_floats = told.iter().any(|(want, function)| mentions_floats(want, function));
    for interface in [TRACE_CALLS, TRACE_FLOATS].into_iter().take(1 + usize::from(has_floats)) {
        let (wit, item) = described(adapters, interface).ok_or(PlanError::NotDescribed { interface })?;
        wants.push(Want { user: User::Interposer, wit, item });
        access.push(Access::Adapter(TRACE.name));
    }
    let component = adapters[build(TRACE.name, policy, wants, access, adapters)];
    if let (Some(path), Some(pattern)) = (&policy.trace.file, sealed_files(policy)) {
        let why = format!("`--seal {pattern}` takes files away");
        let way = "leave one of both out".to_owned();
        return Err(PlanError::NoFile { option: "--trace-file", path: path.clone(), why, way });
    }
    for item in &component.imports {
        let want = Want { user: User::Adapter(TRACE.name), wit: &component.wit, item };
        let is_value = item.functions(want.wit).is_empty()
            && !item.types(want.wit).iter().any(|(_, id)| is_resource(want.wit, *id));
        access.push(match is_past(&want, policy) {
            true => Access::Host,
            // Settings, and types that need nobody who provides them.
            false if item.name.starts_with("virt:") || is_value => Access::Deny,
            false => policy.access(&item.track()),
        });
        wants.push(want);
    }
    Ok(())
}

/// Whether somebody wants it of the host, past whatever the app has: who writes calls down to standard error.
pub fn is_past(want: &Want, policy: &Policy) -> bool {
    want.user == User::Adapter(TRACE.name) && policy.trace.file.is_none()
}

/// The pattern of what is sealed that takes files in.
fn sealed_files(policy: &Policy) -> Option<&str> {
    let files = [FILESYSTEM_TYPES, PREOPENS].map(Track::known);
    policy.seal.iter().map(String::as_str).find(|pattern| files.iter().any(|track| seals(pattern, track)))
}

fn mentions_floats(want: &Want, function: &Function) -> bool {
    let types = function.params.iter().map(|param| &param.ty).chain(&function.result);
    types.into_iter().any(|ty| any(want.wit, ty, &mut |ty, _| matches!(ty, Type::F32 | Type::F64)))
}

/// Which of the app's wants pass through, and what becomes of each function.
///
/// A handle has a number where the interposer defines its resource, and then all that the app has of the resource must come through
/// it. Where that cannot be, the resource stays who provides it's, and its handles have no number: in what the app exports, which
/// others call, and in interfaces that are left alone.
pub fn trace(
    app: &Component,
    policy: &Policy,
    wants: &[Want],
    sources: &[Source],
    notes: &mut Vec<Note>,
) -> Result<Option<Traced>, PlanError> {
    if !policy.trace.is_on() {
        return Ok(None);
    }
    // Types that the world takes come with their interfaces.
    let is_there = |position: &usize| wants[*position].user == User::App && used_type(&wants[*position]).is_none();
    let all: Vec<usize> = (0..wants.len()).filter(is_there).collect();
    let is_aloud = |position: usize| policy.trace.takes(&wants[position].item.subject());
    let mut held = Held::by_exports(app, all.iter().map(|position| &wants[*position]));
    let (mut passing, mut refused) = (Vec::new(), None);
    for &position in &all {
        let want = &wants[position];
        let why = match held.why(want) {
            None if is_ambiguous(position, &all, wants, sources) => Some("the app imports it twice".to_owned()),
            why => why,
        };
        let Some(why) = why else {
            passing.push(position);
            continue;
        };
        held.resources.extend(resources_in(want));
        if is_aloud(position) && !want.item.functions(want.wit).is_empty() {
            let interface = want.item.name.clone();
            refused = refused.or(Some((interface.clone(), why.clone())));
            notes.push(Note::NotTraced { interface, why });
        }
    }
    let functions = |position: usize| wants[position].item.functions(wants[position].wit);
    let told: Vec<usize> =
        passing.iter().copied().filter(|position| is_aloud(*position) && !functions(*position).is_empty()).collect();
    if told.is_empty() {
        let (interface, why) = refused.unwrap_or_default();
        return Err(PlanError::CannotTrace { interface, why });
    }
    let mentioned = told.iter().flat_map(|position| {
        let resources = functions(*position).into_iter().map(|function| resources_of(&wants[*position], function));
        resources.flatten().collect::<Vec<_>>()
    });
    let can_be = |name: &Named| !held.resources.contains(name) && name.0 != Track::world();
    let numbered: BTreeSet<Named> = mentioned.filter(can_be).collect();
    let has_numbers = |resources: BTreeSet<Named>| !resources.is_disjoint(&numbered);
    let treat = |position: usize, function: &Function| match has_numbers(resources_of(&wants[position], function)) {
        _ if is_aloud(position) => Treatment::Traced,
        true => Treatment::Numbered,
        false => Treatment::AsIs,
    };
    let passes = |position: &usize| told.contains(position) || has_numbers(resources_in(&wants[*position]));
    let treated = |position: usize| functions(position).into_iter().map(|function| treat(position, function)).collect();
    let treatments = passing.iter().copied().filter(passes).map(|position| (position, treated(position))).collect();
    let takes_none = |pattern: &&String| {
        let of = |position: &usize| takes(pattern, &wants[*position].item.subject());
        *pattern != Trace::ALL && !all.iter().any(of)
    };
    notes.extend(policy.trace.of.iter().filter(takes_none).map(|pattern| Note::TracesNothing(pattern.clone())));
    let aloud = passing.iter().filter(|position| is_aloud(**position)).map(|position| wants[*position].item.track());
    let aloud = aloud.collect();
    let (prefix, to) = (policy.trace.prefix.clone(), policy.trace.to());
    Ok(Some(Traced { treatments, numbered, aloud, size: policy.trace.size, prefix, to }))
}

/// What has to stay who provides it's.
struct Held<'a> {
    resources: BTreeSet<Named>,
    /// Interfaces of which nothing may pass through, and the export that is why.
    interfaces: BTreeMap<Track, &'a str>,
}

impl<'a> Held<'a> {
    /// What the app's exports have of its imports.
    fn by_exports<'w>(app: &'a Component, wants: impl Iterator<Item = &'w Want<'w>> + Clone) -> Self {
        let mut held = Self { resources: BTreeSet::new(), interfaces: BTreeMap::new() };
        for export in &app.exports {
            for (id, name) in foreign_parts(app, export) {
                // The composition can speak of what is made of others, and of anything in a function of the world, only as its
                // import has it.
                let is_made = !is_resource(&app.wit, id) && !is_leaf(&app.wit, id);
                if is_made || export.track() == Track::world() {
                    held.interfaces.insert(name.0.clone(), &export.name);
                }
                held.resources.insert(name);
            }
        }
        // What is held may be made of what others have, which is then held, too.
        let mut open: Vec<Track> = held.interfaces.keys().cloned().collect();
        while let Some(track) = open.pop() {
            let export = held.interfaces[&track];
            for want in wants.clone().filter(|want| want.item.track() == track) {
                let owners = named_parts_in(want.wit, want.item).into_iter().filter_map(|id| named(want.wit, id));
                let is_new = |owner: &Track| held.interfaces.insert(owner.clone(), export).is_none();
                open.extend(owners.map(|(owner, _)| owner).filter(is_new));
            }
        }
        held
    }

    /// Why nothing of an interface may pass through, if so.
    fn why(&self, want: &Want) -> Option<String> {
        if let Some(export) = self.interfaces.get(&want.item.track()) {
            return Some(format!("the export `{export}` has types of it"));
        }
        // wac knows no more of those than their names.
        if has_types_of_the_world(want) {
            return Some("it has types of the world".to_owned());
        }
        let mut functions = want.item.functions(want.wit).into_iter();
        let newer = functions.find(|function| is_newer(want, function));
        newer.map(|function| format!("`{}` of it is of a later WASI", function.name))
    }
}

/// Two interfaces that are one to a host, and of which interposers answer each for itself: what is below could not be told apart.
fn is_ambiguous(position: usize, all: &[usize], wants: &[Want], sources: &[Source]) -> bool {
    let is_interposed = |position: usize| matches!(sources[position], Source::Interposed(_));
    let track = wants[position].item.track();
    let has_functions = |position: usize| !wants[position].item.functions(wants[position].wit).is_empty();
    let is_same = |other: &usize| *other != position && track != Track::world() && wants[*other].item.track() == track;
    let is_like = |position: usize| is_interposed(position) && has_functions(position);
    is_like(position) && all.iter().any(|other| is_same(other) && is_like(*other))
}

/// Whether a function of the world has types of the world's own.
fn has_types_of_the_world(want: &Want) -> bool {
    let mut names = named_parts_in(want.wit, want.item).into_iter().filter_map(|id| named(want.wit, id));
    want.item.track() == Track::world() && names.any(|(owner, _)| owner == Track::world())
}

/// The resources in an interface.
fn resources_in(want: &Want) -> BTreeSet<Named> {
    let parts = named_parts_in(want.wit, want.item).into_iter();
    parts.filter(|id| is_resource(want.wit, *id)).filter_map(|id| named(want.wit, id)).collect()
}

/// The resources in a function.
fn resources_of(want: &Want, function: &Function) -> BTreeSet<Named> {
    let mut parts = Vec::new();
    named_parts_of(want.wit, function, &mut parts);
    parts.into_iter().filter(|id| is_resource(want.wit, *id)).filter_map(|id| named(want.wit, id)).collect()
}
