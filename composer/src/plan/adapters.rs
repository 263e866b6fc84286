//! Which adapters are needed, which build of each, and what there is for them below.

use super::treat::settings_of;
use super::{Adapters, Builds, Io, PlanError, User, Want};
use crate::catalog;
use crate::component::Component;
use crate::names::{InterfaceName, Track};
use crate::policy::{Access, Policy, Rules};
use crate::wit::{Item, Wit, is_resource};
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::Function;

/// Leaves out the adapters that would do nothing but give answers that are fixed.
pub fn leave_out_what_is_fixed(policy: &Policy, wants: &[Want], access: &mut [Access]) {
    for row in catalog::SUBSYSTEMS {
        let of_row = Access::Adapter(row.name);
        let is_fixed = |want: &Want| {
            let track = want.item.track();
            want.item.functions(want.wit).iter().all(|function| policy.answer(&track, &function.name).is_some())
        };
        if wants.iter().zip(&*access).filter(|(_, access)| **access == of_row).all(|(want, _)| is_fixed(want)) {
            access.iter_mut().filter(|access| **access == of_row).for_each(|access| *access = Access::Deny);
        }
    }
}

/// Adds the interfaces of adapters that are asked about functions of the host's, or stand in for them, and gives back whose
/// each is.
pub fn hooks<'a>(
    policy: &Policy,
    wants: &mut Vec<Want<'a>>,
    access: &mut Vec<Access>,
    adapters: &Adapters<'a>,
) -> Result<BTreeMap<usize, usize>, PlanError> {
    let mut hooks = BTreeMap::new();
    for position in 0..wants.len() {
        let (want, track) = (wants[position], wants[position].item.track());
        let functions = want.item.functions(want.wit);
        let hook = functions.iter().find_map(|function| policy.hook(&track, &function.name));
        let hook = hook.filter(|_| access[position] == Access::Host);
        let (Some(hook), Some(row)) = (hook, catalog::subsystem_of(&track)) else { continue };
        // What could not take effect is left alone.
        let is_there = |path: &&str| wants.iter().any(|want| want.item.track().path() == *path);
        if !policy.rules(row.name).is_some_and(|rules| rules.needs().iter().all(is_there)) {
            continue;
        }
        let interface = hook.interface();
        let is_known = |want: &Want| want.user == User::Interposer && want.item.track().path() == interface;
        let known = wants.iter().position(is_known);
        hooks.insert(position, known.unwrap_or(wants.len()));
        if known.is_none() {
            let (wit, item) = described(adapters, interface).ok_or(PlanError::NotDescribed { interface })?;
            wants.push(Want { user: User::Interposer, wit, item });
            access.push(Access::Adapter(row.name));
        }
    }
    Ok(hooks)
}

/// The builds of an adapter; a subsystem without one has none.
fn builds_of(adapter: &str) -> &'static [catalog::Build] {
    catalog::rows().find(|row| row.name == adapter).map_or(&[], |row| row.builds)
}

/// The build of an adapter that has everything.
pub fn last_build(adapter: &str) -> Option<&'static str> {
    builds_of(adapter).last().map(|build| build.name)
}

/// An interface as the adapter has it that stands in for it.
pub fn described<'a>(adapters: &Adapters<'a>, path: &str) -> Option<(&'a Wit, &'a Item)> {
    let row = catalog::subsystem_of(&InterfaceName::parse(path).track())?;
    let components = row.builds.iter().filter_map(|build| adapters.get(build.name).copied());
    components.rev().find_map(|component| {
        let item = component.exports.iter().find(|item| item.track().path() == path)?;
        Some((&component.wit, item))
    })
}

/// Which build of each adapter that is wanted has what is needed.
pub fn builds(policy: &Policy, wants: &[Want], access: &[Access], adapters: &Adapters) -> Builds {
    let wanted = catalog::rows().filter(|row| access.contains(&Access::Adapter(row.name)));
    wanted.map(|row| (row.name, build(row.name, policy, wants, access, adapters))).collect()
}

/// The first build of an adapter that has what is needed: the functions that are wanted of it, and what the policy says. Who
/// wants what none has is told later.
pub fn build(
    adapter: &'static str,
    policy: &Policy,
    wants: &[Want],
    access: &[Access],
    adapters: &Adapters,
) -> &'static str {
    let of_it = wants.iter().zip(access).filter(|(_, access)| **access == Access::Adapter(adapter));
    let wanted: Vec<&Want> = of_it.map(|(want, _)| want).collect();
    let asked = policy.rules(adapter).map_or(Vec::new(), Rules::asks);
    let has_all = |build: &&catalog::Build| {
        let component = adapters[build.name];
        let imports = |path: &str| component.imports.iter().any(|item| item.track().path() == path);
        let exports = |want: &&Want| missing(want, component).is_none();
        asked.iter().all(|path| imports(path)) && wanted.iter().all(exports)
    };
    let build = builds_of(adapter).iter().find(has_all).map(|build| build.name);
    build.or(last_build(adapter)).unwrap_or(adapter)
}

/// The first of the functions that are wanted which an adapter lacks, and the version that it has the interface in. An
/// interface that it lacks altogether lacks the first.
fn missing(want: &Want, component: &Component) -> Option<(String, Option<String>)> {
    let track = want.item.track();
    let wanted = want.item.functions(want.wit);
    let Some(export) = component.exports.iter().find(|item| item.track() == track) else {
        return Some((wanted.first().map_or(String::new(), |function| function.name.clone()), None));
    };
    let has = export.functions(&component.wit);
    let lacks = wanted.iter().find(|function| !has.iter().any(|known| known.name == function.name))?;
    let version = InterfaceName::parse(&export.name).version.map_or(String::new(), |version| version.to_string());
    Some((lacks.name.clone(), Some(version)))
}

/// An adapter must have every function that is wanted of it.
pub fn refuse_missing(want: &Want, adapter: &'static str, component: &Component) -> Result<(), PlanError> {
    let interface = want.item.name.clone();
    match missing(want, component) {
        None => Ok(()),
        Some((_, None)) if is_0_2(&interface) => Err(PlanError::NoAdapter { interface, adapter }),
        Some((function, None)) => Err(PlanError::NotYet { interface, function }),
        Some((function, Some(has))) => Err(PlanError::Missing { interface, function, adapter, has }),
    }
}

/// What is the host's by rule must be known, or no rule is asked about it: another version, a newer function.
pub fn refuse_unruled(want: &Want, policy: &Policy, adapters: &Adapters) -> Result<(), PlanError> {
    let track = want.item.track();
    let row = catalog::subsystem_of(&track).filter(|row| want.user == User::App && policy.touches(row.name));
    let Some((row, rules)) = row.and_then(|row| Some((row, policy.rules(row.name).filter(|rules| rules.is_ruled())?)))
    else {
        return Ok(());
    };
    let functions = want.item.functions(want.wit);
    let Some(first) = functions.first() else { return Ok(()) };
    let version = InterfaceName::parse(&want.item.name).version;
    if version.is_none_or(|version| (version.major, version.minor) != (0, 2) || !version.pre.is_empty()) {
        let (interface, function) = (want.item.name.clone(), first.name.clone());
        return Err(PlanError::Unruled { interface, function, subsystem: row.name });
    }
    match last_build(row.name).filter(|_| rules.must_know(track.path())) {
        Some(build) => refuse_missing(want, row.name, adapters[build]),
        None => Ok(()),
    }
}

/// Whether an interface is of WASI 0.2, or a draft of one.
fn is_0_2(interface: &str) -> bool {
    InterfaceName::parse(interface).version.is_some_and(|version| (version.major, version.minor) == (0, 2))
}

/// What there is for adapters.
pub struct Below<'p> {
    pub policy: &'p Policy,
    pub io: Io,
    /// Whether the adapter makes streams that are not the host's.
    pub makes_io: bool,
    /// The interfaces of the host's io that cross the bridge.
    pub of_host: BTreeSet<Track>,
}

impl Below<'_> {
    /// Where what an adapter wants comes from.
    pub fn access(&self, adapter: &'static str, item: &Item, wit: &Wit) -> Access {
        let track = item.track();
        if settings_of(adapter, &track) {
            return Access::Deny;
        }
        if [catalog::FILES, catalog::CONTENT].contains(&track.path()) {
            return if self.policy.has_embedded() { Access::Files } else { Access::Deny };
        }
        if adapter == "io" {
            return if self.of_host.contains(&track) { Access::Host } else { Access::Deny };
        }
        let asks = self.policy.asks(adapter, &track);
        let has_functions = !item.functions(wit).is_empty();
        match catalog::subsystem_of(&track) {
            // Who makes no streams calls none of it.
            Some(_) if track.path() == catalog::BUFFERS && !self.makes_io => Access::Deny,
            Some(row) if row.name == "io" => match self.io {
                Io::Virtual => Access::Adapter("io"),
                Io::Host | Io::Denied => Access::Host,
            },
            // A value type needs nobody who provides it.
            _ if !asks || !(has_functions || item.types(wit).iter().any(|(_, id)| is_resource(wit, *id))) => {
                Access::Deny
            }
            Some(row) if row.name != adapter => self.policy.access(&track),
            _ => {
                let open = |function: &&Function| self.policy.answer(&track, &function.name).is_none();
                let is_open = !has_functions || item.functions(wit).iter().any(open);
                if is_open { Access::Host } else { Access::Deny }
            }
        }
    }
}
