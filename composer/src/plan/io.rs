//! The io rule.

use super::trace::is_past;
use super::{Adapters, Builds, Io, PlanError, User, Want, function_mentions_io, mentions_io, treat};
use crate::catalog::{self, IO_RESOURCES, STREAMS};
use crate::denial::Answer;
use crate::names::Track;
use crate::policy::{Access, Policy, Rules, Scope, seals};
use crate::wit::{named, named_parts_in};
use std::collections::BTreeSet;
use wit_parser::{Function, FunctionKind};

/// Whether an interface is one of `wasi:io`.
fn is_io_interface(want: &Want) -> bool {
    let track = want.item.track();
    IO_RESOURCES.iter().any(|(known, _)| Track::known(known) == track)
}

/// Decides where `wasi:io` comes from, and says so of every interface of it.
///
/// Streams, pollables and io errors are resources: only the component that defines one can make it, and two definitions
/// never match. So as soon as one part of the plan makes any, the app's whole view of `wasi:io` must be that part's, and
/// every interface that mentions one must give out that type: what comes from the host crosses the bridge. If nothing
/// makes any, nothing is touched. And if nothing of the host's is left that has any, denying io is enough.
pub fn share(policy: &Policy, wants: &[Want], access: &mut [Access], making: &Making, exports_have_io: bool) -> Io {
    let made = !makers(policy, wants, access, making).is_empty();
    let by_adapter = access.iter().any(|access| matches!(access, Access::Adapter(name) if making.contains(name)));
    let sinks = |(want, access): (&Want, &Access)| {
        let takes_all = |function: &Function| match treat::answer(want, policy, function) {
            Answer::Sink => true,
            Answer::OkHandle => function_mentions_io(want.wit, function),
            _ => false,
        };
        *access == Access::Deny && want.item.functions(want.wit).into_iter().any(takes_all)
    };
    let asked_for = matches!(&policy.scope, Scope::Only(names) if names.contains("io"));
    let crosses = |want: &Want| !is_io_interface(want) && mentions_io(want) && !is_past(want, policy);
    let hosts = exports_have_io
        || wants.iter().zip(access.iter()).any(|(want, access)| gives_hosts(access, making) && crosses(want));
    let io = if by_adapter || asked_for || (made && hosts) || wants.iter().zip(access.iter()).any(sinks) {
        Io::Virtual
    } else if made || (policy.access(&Track::known(IO_RESOURCES[0].0)) == Access::Deny && !hosts) {
        Io::Denied
    } else {
        Io::Host
    };
    for (want, access) in wants.iter().zip(access.iter_mut()) {
        if is_io_interface(want) && !is_past(want, policy) {
            *access = match io {
                Io::Host => Access::Host,
                Io::Denied => Access::Deny,
                Io::Virtual => Access::Adapter("io"),
            };
        }
    }
    io
}

/// The interfaces of the host's `wasi:io` that cross the bridge: those with resources that something of the host's has,
/// and what streams are made of.
pub fn of_host(policy: &Policy, wants: &[Want], access: &[Access]) -> BTreeSet<Track> {
    let mut of_host = BTreeSet::new();
    let hosts = wants.iter().zip(access).filter(|(_, access)| **access == Access::Host);
    for (want, _) in hosts.filter(|(want, _)| mentions_io(want) && !is_past(want, policy)) {
        let names = named_parts_in(want.wit, want.item).into_iter().filter_map(|id| named(want.wit, id));
        of_host.extend(names.filter(catalog::is_io).map(|(track, _)| track));
    }
    if of_host.contains(&Track::known(STREAMS)) {
        of_host.extend(IO_RESOURCES.iter().map(|(track, _)| Track::known(track)));
    }
    of_host
}

/// io follows from the others: where they have streams, it cannot be sealed by itself.
pub fn refuse_seal(policy: &Policy, wants: &[Want], io: Io) -> Result<(), PlanError> {
    let covers = |pattern: &&String| {
        pattern.as_str() != "*"
            && wants.iter().any(|want| is_io_interface(want) && seals(pattern, &want.item.subject()))
    };
    match policy.seal.iter().find(covers) {
        Some(pattern) if io != Io::Denied => Err(PlanError::SealsIo { pattern: pattern.clone() }),
        _ => Ok(()),
    }
}

/// What makes streams, pollables or errors that are not the host's: an adapter that exports any, or a denied function
/// that hands one out because it has no way to refuse.
pub fn makers(policy: &Policy, wants: &[Want], access: &[Access], making: &Making) -> Vec<String> {
    let makes = |want: &Want, access: &Access| match access {
        Access::Host | Access::Files => false,
        Access::Adapter(name) => making.contains(name) && !is_io_interface(want) && mentions_io(want),
        Access::Deny => {
            want.user == User::App
                && want.item.functions(want.wit).into_iter().any(|function| hands_out_io(want, policy, function))
        }
    };
    let makers = wants.iter().zip(access).filter(|(want, access)| makes(want, access));
    // What the app has in another version is named as the app has it.
    let mut tracks = BTreeSet::new();
    makers.filter(|(want, _)| tracks.insert(want.item.track())).map(|(want, _)| want.item.name.clone()).collect()
}

/// The adapters that make streams, pollables or errors that are not the host's.
pub type Making = BTreeSet<&'static str>;

/// Which of these adapters do: those that export any, unless the policy says that all are the host's. `io` itself makes what
/// others ask for.
pub fn making(policy: &Policy, builds: &Builds, adapters: &Adapters) -> Making {
    let has_io = |build: &str| {
        let component = adapters[build];
        let want = |item| Want { user: User::App, wit: &component.wit, item };
        component.exports.iter().any(|item| mentions_io(&want(item)))
    };
    let makes_io = |name: &str| policy.rules(name).is_none_or(Rules::makes_io);
    builds.iter().filter(|(name, build)| makes_io(name) && has_io(build)).map(|(name, _)| *name).collect()
}

/// Whether who provides an interface gives out io resources of the host's.
fn gives_hosts(access: &Access, making: &Making) -> bool {
    match access {
        Access::Host => true,
        Access::Adapter(name) => !making.contains(name),
        Access::Deny | Access::Files => false,
    }
}

/// A method would need a handle of its own resource first. Where denial hands these out, the method traps if there is no
/// virtual stream to give, but for what is made on purpose.
fn hands_out_io(want: &Want, policy: &Policy, function: &Function) -> bool {
    let needs_none = matches!(function.kind, FunctionKind::Freestanding | FunctionKind::Static(_));
    let hands_out = match treat::answer(want, policy, function) {
        Answer::Handle | Answer::Sink => needs_none,
        Answer::OkHandle => true,
        _ => false,
    };
    hands_out && function_mentions_io(want.wit, function)
}
