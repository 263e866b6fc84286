//! (what the app imports and exports, policy) -> what is wired to what, and why. Touches nothing: no files, no clock, no
//! wasm. If a question begins with "which", the answer is here.
//!
//! - here: who wants what, and where it comes from;
//! - `effect`: what of the policy takes effect on the app;
//! - `adapters`: which are needed, which build of each, and what there is for them below;
//! - `treat`: what becomes of each function;
//! - `io`: the io rule;
//! - `exports`: what the app's exports hold in place;
//! - `arrange`: the order of the parts;
//! - `trace`: what is written down on top of all;
//! - `print`: the plan as text;
//! - `error`: why there is no plan.

mod adapters;
mod arrange;
mod effect;
mod error;
mod exports;
mod io;
mod print;
mod trace;
mod treat;

pub use error::{DeniedBy, PlanError};
pub(crate) use print::list;

use crate::catalog::{self, IO_RESOURCES, TRACE};
use crate::component::Component;
use crate::interpose::{Provider, Treatment};
use crate::names::Track;
use crate::policy::{Access, Policy, seals};
use crate::wit::{Item, ItemKind, Named, Wit, handles, is_resource, named, named_parts_in, named_parts_of};
use adapters::{Below, build, builds, last_build, refuse_missing};
use std::collections::BTreeMap;
pub use trace::Traced;
pub(crate) use treat::settings_of;
use treat::{answer_below, deny, pass_on};
use wit_parser::{Function, Handle, TypeId};

/// Who wants an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum User {
    /// The app; without one, whoever the bundle is for.
    App,
    /// An adapter.
    Adapter(&'static str),
    /// An interposer, which calls it in place of what the app wants, or asks it first.
    Interposer,
}

/// An interface that somebody wants, or a function or type of the world.
#[derive(Clone, Copy)]
pub struct Want<'a> {
    /// Who wants it.
    pub user: User,
    /// Its types.
    pub wit: &'a Wit,
    /// How the user describes it.
    pub item: &'a Item,
}

/// Where what is wanted comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The host, as it is.
    Root,
    /// An interposer, with these treatments for the functions in their order.
    Interposed(Vec<Treatment>),
    /// An adapter.
    Adapter(&'static str),
    /// The generated component of embedded files.
    Files,
    /// The type of that name in an interface, wherever that comes from: a `use` of the world.
    TypeOf(Track, String),
}

/// Why something is in the plan that the user did not name, or stays that the user might expect gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// The app exports something that has types of this interface, which the host must share.
    KeptForExport {
        /// The interface.
        interface: String,
        /// The export.
        export: String,
    },
    /// The policy names a subsystem that the app does not use.
    WithoutEffect(&'static str),
    /// The policy says what of a subsystem may pass, and the app does not import the interface that this is about.
    NotImported {
        /// The subsystem.
        subsystem: &'static str,
        /// The interface.
        interface: &'static str,
    },
    /// A pattern of `--seal` that no import of the app's matches.
    SealsNothing(String),
    /// A pattern of `--trace` that no import of the app's matches.
    TracesNothing(String),
    /// Calls that cannot be written down, though they were asked for.
    NotTraced {
        /// The interface.
        interface: String,
        /// Why not.
        why: String,
    },
    /// The app has no exports, so nobody can call it.
    ExportsNothing,
}

/// Where `wasi:io` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    /// Nothing virtual makes streams, pollables or errors: the host's.
    Host,
    /// Nothing makes any but what is denied: io is denied with it.
    Denied,
    /// Something virtual makes some: the adapter owns all.
    Virtual,
}

/// One part of the composition besides the app.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// An adapter.
    Adapter(&'static str),
    /// An interposer, with the wants that it serves, by position.
    Interposer(Vec<usize>),
    /// The generated component of embedded files.
    Files,
    /// The interposer on top, which writes down what the app calls.
    Trace,
}

/// What is wired to what.
pub struct Plan<'a> {
    /// All that is wanted: first the app's, in its order.
    pub wants: Vec<Want<'a>>,
    /// Who has the last word on each. What an interposer answers counts as denied, settings included.
    pub access: Vec<Access>,
    /// Where each comes from.
    pub sources: Vec<Source>,
    /// Wants whose functions are answered by those of another want, one by one.
    pub instead: BTreeMap<usize, usize>,
    /// Wants with functions that an adapter is asked about, or stands in for, and the want of its interface.
    pub hooks: BTreeMap<usize, usize>,
    /// The parts, each after those it needs.
    pub parts: Vec<Part>,
    /// Which build of each adapter that is needed, by its row.
    pub builds: Builds,
    /// Where `wasi:io` comes from.
    pub io: Io,
    /// What makes streams that are not the host's.
    pub makers: Vec<String>,
    /// What of the app's calls is written down.
    pub traced: Option<Traced>,
    /// What else there is to say.
    pub notes: Vec<Note>,
    /// Whether there is no app, and all that is wanted is exported.
    pub is_bundle: bool,
    /// What is exported besides: interfaces of adapters.
    pub exports: Vec<(&'static str, Track)>,
}

/// The build of each adapter that is needed, by its row.
type Builds = BTreeMap<&'static str, &'static str>;

/// Adapters by the names of their builds. The plan reads what they import and export.
pub type Adapters<'a> = BTreeMap<&'static str, &'a Component>;

/// Makes the plan for an app, or for a bundle of the adapters that the policy names.
pub fn plan<'a>(app: Option<&'a Component>, policy: &Policy, adapters: &Adapters<'a>) -> Result<Plan<'a>, PlanError> {
    let mut wants = match app {
        Some(app) => app.imports.iter().map(|item| Want { user: User::App, wit: &app.wit, item }).collect(),
        None => wants_of_bundle(policy, adapters),
    };
    if wants.is_empty() && app.is_none() {
        return Err(PlanError::NothingToBundle);
    }
    let mut notes = effect::without_effect(policy, &wants)?;
    if app.is_some_and(|app| app.exports.is_empty()) {
        notes.push(Note::ExportsNothing);
    }
    let mut access: Vec<Access> = wants.iter().map(|want| policy.access(&want.item.subject())).collect();
    if let Some(app) = app {
        exports::keep(app, policy, &wants, &mut access, &mut notes)?;
    }
    let hooks = adapters::hooks(policy, &mut wants, &mut access, adapters)?;
    if let Some(app) = app {
        exports::refuse_taken(app, policy, &wants, &access, &hooks)?;
    }
    trace::add(policy, app.is_none(), &mut wants, &mut access, adapters)?;
    adapters::leave_out_what_is_fixed(policy, &wants, &mut access);
    let mut builds = builds(policy, &wants, &access, adapters);
    let making = io::making(policy, &builds, adapters);
    let io = io::share(policy, &wants, &mut access, &making, app.is_some_and(exports::have_io));
    io::refuse_seal(policy, &wants, io)?;
    let makers = io::makers(policy, &wants, &access, &making);
    if let (Some(app), true) = (app, io != Io::Host) {
        exports::refuse_io(app, &makers)?;
    }
    refuse_torn_resources(policy, &wants, &access)?;

    // What the adapters want follows from which there are.
    for row in catalog::SUBSYSTEMS {
        if access.contains(&Access::Adapter(row.name)) || (row.name == "io" && io == Io::Virtual) {
            let build = build(row.name, policy, &wants, &access, adapters);
            builds.insert(row.name, build);
            let component = adapters[build];
            let makes_io = io::making(policy, &builds, adapters).contains(row.name);
            let below = Below { policy, io, makes_io, of_host: io::of_host(policy, &wants, &access) };
            for item in &component.imports {
                access.push(below.access(row.name, item, &component.wit));
                wants.push(Want { user: User::Adapter(row.name), wit: &component.wit, item });
            }
        }
    }

    let mut instead = BTreeMap::new();
    for want in 0..wants.len() {
        let track = wants[want].item.track();
        // The adapter of the same subsystem knows what it calls.
        let row = catalog::subsystem_of(&track).map(|row| User::Adapter(row.name));
        let is_own = Some(wants[want].user) == row || trace::is_past(&wants[want], policy);
        let other = policy.instead(&track).filter(|_| !is_own);
        if let (Access::Host, Some(other)) = (access[want], other) {
            // The adapter describes both.
            let described = adapters::described(adapters, other);
            let (wit, item) = described.ok_or(PlanError::NotDescribed { interface: other })?;
            instead.insert(want, wants.len());
            wants.push(Want { user: User::Interposer, wit, item });
            access.push(Access::Host);
        }
    }

    let converts_world = wants.iter().zip(&access).any(|(want, access)| {
        io == Io::Virtual && *access == Access::Host && want.item.track() == Track::world() && mentions_io(want)
    });
    let mut sources = Vec::new();
    for (position, (want, access)) in wants.iter().zip(&access).enumerate() {
        if let Some((owner, name)) = used_type(want) {
            sources.push(Source::TypeOf(owner, name));
            continue;
        }
        let track = want.item.track();
        let source = match (access, want.user) {
            (Access::Host, _) if trace::is_past(want, policy) => Source::Root,
            (Access::Adapter(name), _) => {
                refuse_missing(want, name, adapters[builds[name]])?;
                Source::Adapter(name)
            }
            (Access::Files, _) => Source::Files,
            (Access::Deny, User::Adapter(adapter)) => answer_below(want, adapter, policy),
            (Access::Deny, User::App | User::Interposer) => deny(want, policy)?,
            (Access::Host, User::Interposer) => Source::Root,
            (Access::Host, user) => {
                adapters::refuse_unruled(want, policy, adapters)?;
                let exchanged = io == Io::Virtual && mentions_io(want) && !is_lower_io(want);
                let open = |function: &Function| match user {
                    User::App | User::Interposer => true,
                    User::Adapter(_) => policy.answer(&track, &function.name).is_none(),
                };
                let treated = exchanged || (converts_world && track == Track::world());
                let source = pass_on(want, policy, hooks.contains_key(&position), treated, &open, &makers)?;
                match source {
                    Source::Root if instead.contains_key(&position) => {
                        Source::Interposed(vec![Treatment::AsIs; want.item.functions(want.wit).len()])
                    }
                    source => source,
                }
            }
        };
        sources.push(source);
    }
    let mut parts = arrange::arrange(&wants, &access, &sources, &builds, &hooks, io)?;
    if parts.is_empty() && app.is_none() {
        return Err(PlanError::NothingToBundle);
    }
    if !parts.is_empty() {
        wants.iter().zip(&sources).try_for_each(|(want, source)| refuse_lent(want, source))?;
    }
    let traced = match app {
        Some(app) => trace::trace(app, policy, &wants, &sources, &mut notes)?,
        None => None,
    };
    parts.extend(traced.iter().map(|_| Part::Trace));
    let exports = effect::exports_of(policy, &wants, &access);
    let is_exported = |item: &&Item| exports.iter().any(|(_, track)| *track == item.track());
    if let Some(export) = app.and_then(|app| app.exports.iter().find(is_exported)) {
        return Err(PlanError::ExportedTwice { interface: export.name.clone() });
    }
    let is_bundle = app.is_none();
    Ok(Plan { wants, access, sources, instead, hooks, parts, builds, io, makers, traced, notes, is_bundle, exports })
}

impl Plan<'_> {
    /// Whether the app stays as it is.
    pub fn is_nothing(&self) -> bool {
        self.parts.is_empty()
    }

    /// The interposer among the parts that serves a want.
    pub fn interposer_of(&self, want: usize) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part, Part::Interposer(wants) if wants.contains(&want)))
    }

    /// The want of the app's that the trace has an interface, or an item of the world, from. Of two that are one to the host, interposers
    /// answer at most one, and that has all that is called.
    pub fn below_trace(&self, is_it: &dyn Fn(&Item) -> bool) -> Option<usize> {
        let is_apps = |want: &usize| self.wants[*want].user == User::App && is_it(self.wants[*want].item);
        let has_more = |want: &usize| {
            let Want { wit, item, .. } = self.wants[*want];
            (self.sources[*want] != Source::Root, item.functions(wit).len())
        };
        (0..self.wants.len()).filter(is_apps).max_by_key(has_more)
    }

    /// Where the resources of an interface come from, as the part at `at` sees it.
    pub fn provider(&self, track: &Track, at: usize) -> Provider {
        // `host:` is another side of the same interfaces, and only what is below the adapter sees it.
        let below = |want: usize| is_lower(&self.wants[want]);
        let of_package = |want: &usize| self.wants[*want].item.track().package() == track.package();
        let served = if let Part::Interposer(served) = &self.parts[at] { served.as_slice() } else { &[] };
        let is_below = served.iter().filter(|want| of_package(want)).any(|want| below(*want));
        let same_side = |want: &usize| is_below || !below(*want);
        let of_track = |want: &usize| self.wants[*want].item.track() == *track;
        let mut wants: Vec<usize> = (0..self.wants.len()).filter(of_track).filter(same_side).collect();
        wants.sort_by_key(|want| is_below && !below(*want));
        if wants.iter().any(|want| self.access[*want] == Access::Deny && self.interposer_of(*want) == Some(at)) {
            return Provider::Own;
        }
        // What is written down has no part in what it goes to.
        wants.retain(|want| self.wants[*want].user != User::Adapter(TRACE.name));
        // The app's come first among the wants; what an adapter has from below under the same name is another side.
        match wants.first().map(|want| self.access[*want]) {
            None | Some(Access::Host) => Provider::Host,
            Some(Access::Deny | Access::Adapter(_) | Access::Files) => Provider::Part,
        }
    }

    /// Whether most requests to a server call nothing of an interposer that needs memory: guards, and settings of adapters that
    /// sleep themselves.
    pub fn sleeps(&self, at: usize) -> bool {
        let Part::Interposer(served) = &self.parts[at] else { return false };
        let of_sleeper = |want: &Want| match want.user {
            User::Adapter(name) => {
                settings_of(name, &want.item.track()) && catalog::subsystem(name).is_some_and(|row| row.sleeps)
            }
            User::App | User::Interposer => false,
        };
        let is_seldom = |treatment: &Treatment| match treatment {
            Treatment::AsIs | Treatment::Taken | Treatment::Guarded(_) => true,
            Treatment::Converted | Treatment::Answered(_) | Treatment::Traced | Treatment::Numbered => false,
        };
        served.iter().all(|want| match &self.sources[*want] {
            Source::Interposed(treatments) => of_sleeper(&self.wants[*want]) || treatments.iter().all(is_seldom),
            _ => false,
        })
    }

    /// Whether io handles are virtual as the part at `at` sees them. Below `io` they are not.
    pub fn has_virtual_io(&self, at: usize) -> bool {
        self.io == Io::Virtual
            && IO_RESOURCES.iter().all(|(track, _)| self.provider(&Track::known(track), at) != Provider::Own)
    }
}

/// The io resources that a type or function is made of.
fn mentions(wit: &Wit, parts: &[TypeId]) -> bool {
    parts.iter().any(|id| named(wit, *id).is_some_and(|name| catalog::is_io(&name)))
}

/// Whether an interface gives or takes io resources. A world that takes their types from an interface does not.
fn mentions_io(want: &Want) -> bool {
    used_type(want).is_none() && mentions(want.wit, &named_parts_in(want.wit, want.item))
}

fn function_mentions_io(wit: &Wit, function: &Function) -> bool {
    let mut parts = Vec::new();
    named_parts_of(wit, function, &mut parts);
    mentions(wit, &parts)
}

/// The host's side of interfaces that an adapter has both sides of.
fn is_lower(want: &Want) -> bool {
    matches!(want.user, User::Adapter(_)) && want.item.name.starts_with("host:")
}

/// The host's side of `wasi:io`, which only `io` has.
fn is_lower_io(want: &Want) -> bool {
    is_lower(want) && want.user == User::Adapter("io")
}

/// The interface and name of a type that the world takes from an interface.
fn used_type(want: &Want) -> Option<Named> {
    let ItemKind::Type(id) = want.item.kind else {
        return None;
    };
    named(want.wit, want.wit.origin(id)).filter(|name| name.0 != Track::world())
}

/// A bundle is for whoever imports all that its adapters export, io first, because the others share its types.
fn wants_of_bundle<'a>(policy: &Policy, adapters: &Adapters<'a>) -> Vec<Want<'a>> {
    let named = |row: &&catalog::Subsystem| policy.touches(row.name) && !row.builds.is_empty();
    let whole: Builds = catalog::SUBSYSTEMS.iter().filter_map(|row| Some((row.name, last_build(row.name)?))).collect();
    let component = |row: &catalog::Subsystem| whole.get(row.name).map(|build| adapters[build]);
    // An adapter that passes the host's streams on describes them itself; what is the host's own, or denied, does not.
    let has_more = |row: &catalog::Subsystem| {
        let is_adapters = |item: &Item| matches!(policy.access(&item.subject()), Access::Adapter(_));
        component(row).is_some_and(|component| {
            let exports = component.exports.iter().filter(|item| !is_adapters(item));
            exports.into_iter().any(|item| mentions_io(&Want { user: User::App, wit: &component.wit, item }))
        })
    };
    let making = io::making(policy, &whole, adapters);
    let needs_io = |row: &catalog::Subsystem| making.contains(row.name) || has_more(row);
    let with_io = catalog::SUBSYSTEMS.iter().filter(named).any(needs_io);
    let rows = catalog::SUBSYSTEMS.iter().rev().filter(|row| named(row) || (with_io && row.name == "io"));
    rows.filter_map(component)
        .flat_map(|component| {
            let wanted = component.exports.iter().filter(|item| !item.name.starts_with("virt:"));
            wanted.map(|item| Want { user: User::App, wit: &component.wit, item })
        })
        .collect()
}

/// A resource that one interface takes from another must be the host's for both, or for neither. An interface that is
/// denied may speak of the host's; functions of the world may not, for whoever denies one has the world's resources.
fn refuse_torn_resources(policy: &Policy, wants: &[Want], access: &[Access]) -> Result<(), PlanError> {
    let has = |want: &Want, resource: &Named| {
        want.item.track() == resource.0 && (resource.0 != Track::world() || want.item.name == resource.1)
    };
    for (want, of_want) in wants.iter().zip(access) {
        for id in named_parts_in(want.wit, want.item) {
            let Some(name) = named(want.wit, id).filter(|name| is_resource(want.wit, id) && !catalog::is_io(name))
            else {
                continue;
            };
            let owner = wants.iter().zip(access).find(|(other, _)| has(other, &name));
            let (left, denied) = match (of_want, owner) {
                (Access::Host, Some((owner, Access::Deny | Access::Adapter(_)))) => (want, owner),
                (Access::Adapter(_), Some((owner, Access::Deny))) => (want, owner),
                (Access::Deny, Some((owner, Access::Host))) if name.0 == Track::world() => (owner, want),
                _ => continue,
            };
            let denied_by = |pattern: &&String| seals(pattern, &denied.item.subject());
            return Err(PlanError::Torn {
                sealed: policy.seal.iter().find(denied_by).cloned(),
                left: left.item.name.clone(),
                path: left.item.subject().path().to_owned(),
                denied: denied.item.name.clone(),
                resource: name.1,
            });
        }
    }
    Ok(())
}

/// wac-graph 0.12 panics at a root import that is a function and has a borrowed handle.
fn refuse_lent(want: &Want, source: &Source) -> Result<(), PlanError> {
    let hosts = match source {
        Source::Root => true,
        Source::Interposed(treatments) => treatments.iter().any(|t| !matches!(t, Treatment::Answered(_))),
        Source::Adapter(_) | Source::Files | Source::TypeOf(..) => false,
    };
    let ItemKind::Function(function) = &want.item.kind else { return Ok(()) };
    for handle in function.params.iter().flat_map(|param| handles(want.wit, &param.ty)) {
        if let (Handle::Borrow(id), true) = (handle, hosts) {
            let resource = named(want.wit, want.wit.origin(id)).map_or(String::new(), |name| name.1);
            return Err(PlanError::Lent { function: function.name.clone(), resource });
        }
    }
    Ok(())
}
