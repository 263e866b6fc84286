//! What of the policy takes effect on the app at hand, and what does not.

use super::{Note, PlanError, Want};
use crate::catalog::{self, VIRT_IO};
use crate::names::{InterfaceName, Track};
use crate::policy::{Access, Policy, Rules, seals};

/// An option that cannot take effect on this app is an error, one that changes nothing is a note; a profile, which is for all
/// apps, is neither. Who has just types of an interface does not use it.
pub fn without_effect(policy: &Policy, wants: &[Want]) -> Result<Vec<Note>, PlanError> {
    let used: Vec<Track> =
        wants.iter().filter(|want| !want.item.functions(want.wit).is_empty()).map(|want| want.item.subject()).collect();
    let is_of = |track: &Track, name: &str| catalog::subsystem_of(track).is_some_and(|row| row.name == name);
    let imports = |path: &str| used.iter().any(|track| track.path() == path);
    let sealed = |track: &Track| policy.seal.iter().find(|pattern| seals(pattern, track)).cloned();
    // Standard streams may reach files, which the app then need not use.
    let set = || catalog::SUBSYSTEMS.iter().filter(|row| policy.touches(row.name));
    let set = || set().filter_map(|row| Some((row.name, policy.rules(row.name).filter(|rules| rules.is_set())?)));
    let reached: Vec<Track> = set().flat_map(|(_, rules)| rules.reaches()).map(of_path).collect();
    let is_used = |name: &str| {
        let by_others = set().filter(|(other, _)| *other != name).flat_map(|(_, rules)| rules.reaches());
        let by_others = by_others.chain(policy.trace.asks());
        used.iter().any(|track| is_of(track, name)) || by_others.map(of_path).any(|track| is_of(&track, name))
    };
    let mut notes = Vec::new();
    for (subsystem, rules) in set() {
        rules.check(policy).map_err(|why| PlanError::Contradiction { why: why.to_string() })?;
        // What a profile says takes effect as far as it can.
        if policy.is_of_profile(subsystem) {
            continue;
        }
        match is_used(subsystem) {
            true => {}
            // It is among those that are named.
            false if rules.only_opens() => continue,
            false => return Err(PlanError::CannotTakeEffect { subsystem }),
        }
        let needed_one = rules.exports().map_or(Vec::new(), |(_, of)| of);
        let lacks_all = needed_one.iter().all(|path| !imports(path));
        let missing = rules.needs().into_iter().find(|path| !imports(path));
        if let Some(interface) = missing.or(needed_one.first().copied().filter(|_| lacks_all)) {
            if rules.only_opens() {
                notes.push(Note::NotImported { subsystem, interface });
                continue;
            }
            return Err(PlanError::NotImported { interface });
        }
        let of_row: Vec<&Track> = used.iter().filter(|track| is_of(track, subsystem)).collect();
        let all = of_row.iter().map(|track| sealed(track)).collect::<Option<Vec<_>>>();
        let reached = rules.reaches().into_iter().chain(rules.needs()).map(of_path).find_map(|track| sealed(&track));
        if let Some(pattern) = reached.or(all.and_then(|patterns| patterns.first().cloned())) {
            return Err(PlanError::SealedOption { subsystem, pattern });
        }
    }
    policy.trace.check(policy).map_err(|why| PlanError::Contradiction { why: why.to_string() })?;
    let of_stdio = policy.stdio.files().filter(|_| policy.touches("stdio"));
    let of_trace = policy.trace.file.as_deref().map(|path| ("--trace-file", path));
    for (option, path) in of_stdio.chain(of_trace).filter(|_| policy.touches("fs")) {
        let is_read = used.iter().any(|track| is_of(track, "fs"));
        if let Some((why, way)) = policy.fs.refuses_to_write(path, is_read) {
            return Err(PlanError::NoFile { option, path: path.to_owned(), why, way });
        }
    }
    let mut named = policy.named();
    named.retain(|name| !is_used(name));
    notes.extend(named.into_iter().map(Note::WithoutEffect));
    let all = wants.iter().map(|want| want.item.subject()).chain(reached).collect::<Vec<_>>();
    let matches = |pattern: &str| all.iter().any(|track| seals(pattern, track));
    let idle = policy.seal.iter().filter(|pattern| *pattern != "*" && !matches(pattern));
    notes.extend(idle.map(|pattern| Note::SealsNothing(pattern.clone())));
    Ok(notes)
}

/// An interface of WASI at no version, for its path alone.
fn of_path(path: &str) -> Track {
    InterfaceName::parse(path).track()
}

/// What adapters export for whoever contains the result.
pub fn exports_of(policy: &Policy, wants: &[Want], access: &[Access]) -> Vec<(&'static str, Track)> {
    let answers = |adapter: &'static str, path: &str| {
        let of =
            |(want, access): (&Want, &Access)| want.item.track().path() == path && *access == Access::Adapter(adapter);
        wants.iter().zip(access).any(of)
    };
    let rows = catalog::SUBSYSTEMS.iter().filter_map(|row| Some((row.name, policy.rules(row.name)?.exports()?)));
    let exported = rows.filter(|(name, (_, of))| of.iter().any(|path| answers(name, path)));
    exported.map(|(name, (interface, _))| (name, of_path(&format!("{interface}@{VIRT_IO}")))).collect()
}
