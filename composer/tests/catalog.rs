//! The table claims; the built adapters, the worlds and the folders say whether it is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use virt_compose::adapters;
use virt_compose::catalog::{Build, CAPTURED, CONTENT, FILES, Subsystem, rows, subsystem_of};
use virt_compose::component::Component;
use virt_compose::names::InterfaceName;
use virt_compose::wit::Item;
use wasmparser::{Parser, Payload};
use wit_parser::Resolve;

/// The rows that have an adapter, with each of its builds, decoded.
fn builds() -> Vec<(&'static Subsystem, &'static Build, Component)> {
    let mut decoded = adapters::load().expect("every adapter decodes");
    let builds = rows().flat_map(|row| row.builds.iter().map(move |build| (row, build)));
    let builds: Vec<_> = builds.filter_map(|(row, build)| Some((row, build, decoded.remove(build.name)?))).collect();
    assert!(!builds.is_empty() && decoded.is_empty());
    builds
}

/// Names of interfaces without versions.
fn paths(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(|item| InterfaceName::parse(&item.name).path).collect()
}

/// The worlds in `wit/worlds.wit`, in their order.
fn worlds() -> Vec<(String, Component)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ is sound");
    let worlds = resolve.packages[package].worlds.clone();
    worlds.into_iter().map(|(name, world)| (name, Component::of_world(resolve.clone(), world))).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn adapters_export_what_their_rows_say_and_nothing_else() {
    let builds = builds();
    for row in rows().filter(|row| !row.builds.is_empty()) {
        let of_row = || builds.iter().filter(|(of, ..)| of.name == row.name).map(|(_, _, component)| component);
        let exported: BTreeSet<String> = of_row().flat_map(|component| paths(&component.exports)).collect();
        for claimed in row.interfaces {
            // Of WASI's packages the adapter has what it needs to have; who wants more of one is told.
            let has = match *claimed {
                "wasi:io/" => {
                    ["error", "poll", "streams"].iter().all(|name| exported.contains(&format!("wasi:io/{name}")))
                }
                package if package.ends_with('/') => exported.iter().any(|path| path.starts_with(package)),
                interface => exported.contains(interface),
            };
            assert!(has, "the adapter `{}` does not export `{claimed}`", row.name);
        }
        // What is for whoever contains a result is nobody's to import from the adapter.
        for export in
            of_row().flat_map(|component| &component.exports).filter(|export| export.track().path() != CAPTURED)
        {
            let owner = subsystem_of(&export.track()).map(|owner| owner.name);
            assert_eq!(owner, Some(row.name), "the adapter `{}` exports `{}`", row.name, export.name);
        }
    }
}

#[test]
fn adapters_are_what_their_worlds_say() {
    let worlds: BTreeMap<String, Component> = worlds().into_iter().collect();
    for (_, build, component) in builds() {
        let world = &worlds[build.name];
        assert_eq!(
            paths(&component.exports),
            paths(&world.exports),
            "left, the adapter `{}`; right, its world",
            build.name
        );
        // Imports that are not used are left out of a component.
        let (imports, allowed) = (paths(&component.imports), paths(&world.imports));
        assert!(imports.is_subset(&allowed), "`{}` imports {imports:?}, its world {allowed:?}", build.name);
    }
}

#[test]
fn adapters_import_own_settings_and_rows_below() {
    for (row, build, component) in builds() {
        let position = |name: &str| rows().position(|row| row.name == name);
        for import in &paths(&component.imports) {
            // What is generated is below everything, and so is the host's side of what the adapter has.
            let is_own =
                |import| subsystem_of(&InterfaceName::parse(import).track()).is_some_and(|of| of.name == row.name);
            let is_generated =
                *import == format!("virt:{}/settings", row.name) || [FILES, CONTENT].contains(&import.as_str());
            if is_generated || import.starts_with("host:") || (import.starts_with("wasi:") && is_own(import)) {
                continue;
            }
            let owner = subsystem_of(&InterfaceName::parse(import).track());
            let owner = owner.unwrap_or_else(|| panic!("`{}` imports `{import}`, which no row has", build.name));
            assert!(
                position(owner.name) > position(row.name),
                "`{}` imports `{import}` of `{}`, which is not below",
                build.name,
                owner.name
            );
        }
    }
}

#[test]
fn no_two_rows_have_one_name_or_one_interface() {
    let names: BTreeSet<&str> = rows().map(|row| row.name).collect();
    assert_eq!(names.len(), rows().count(), "two rows have one name");
    let claims: Vec<(&str, &str)> =
        rows().flat_map(|row| row.interfaces.iter().map(|interface| (row.name, *interface))).collect();
    for (at, (row, interface)) in claims.iter().enumerate() {
        for (other, claimed) in &claims[at + 1..] {
            let is_package = |name: &str| name.ends_with('/');
            let clash = interface == claimed
                || (is_package(interface) && claimed.starts_with(interface))
                || (is_package(claimed) && interface.starts_with(claimed));
            assert!(!clash, "`{row}` has `{interface}` and `{other}` has `{claimed}`");
        }
    }
}

#[test]
fn adapters_and_folders_have_one_name() {
    let mut folders = BTreeSet::new();
    for entry in root().join("adapters").read_dir().expect("there are adapters") {
        let path = entry.expect("it can be read").path();
        if path.join("src/lib.rs").exists() {
            folders.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    let rows: BTreeSet<String> = builds().iter().map(|(row, ..)| row.name.to_owned()).collect();
    assert_eq!(folders, rows, "left, the folders of adapters; right, the rows");
}

#[test]
fn adapters_and_worlds_have_one_name_and_one_order() {
    let worlds: Vec<String> = worlds().into_iter().map(|(name, _)| name).collect();
    let rows: Vec<&str> = builds().iter().map(|(_, build, _)| build.name).collect();
    assert_eq!(worlds, rows, "left, wit/worlds.wit; right, the rows");
}

#[test]
fn adapters_that_sleep_start_with_empty_memory() {
    for row in rows() {
        for build in row.builds {
            let memories = Parser::new(0).parse_all(build.wasm).filter_map(|payload| match payload {
                Ok(Payload::MemorySection(section)) => Some(section.into_iter().map(|memory| memory.unwrap().initial)),
                _ => None,
            });
            let pages: Vec<u64> = memories.flatten().collect();
            assert_eq!(pages.len(), 1, "`{}` has a memory", build.name);
            assert_eq!(pages[0] == 0, row.sleeps, "the row of `{}`, and `sleepers` of build.sh", build.name);
        }
    }
}
