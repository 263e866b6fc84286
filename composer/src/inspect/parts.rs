//! What a component is made of: the app, adapters, what was generated.

use super::sections::{Nested, Sections};
use crate::catalog::rows;
use crate::provenance::{Provenance, sha256};
use serde::Serialize;

/// What the app is called.
pub const APP: &str = "app";

/// How deep a composition is looked for in another.
const DEPTH: usize = 16;

/// A component that another is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The build of an adapter; of others, what the composition calls them.
    pub name: String,
    /// What its instances are called in the composition, if it says.
    pub instances: Vec<String>,
    /// The subsystem of an adapter.
    pub subsystem: Option<&'static str>,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The number of its bytes.
    pub size: usize,
    /// What it says of itself, if it is a composition.
    pub made_by: Option<Provenance>,
    /// What it is made of, if it is a composition.
    pub parts: Vec<Part>,
}

/// What a part is. Adapters are told by their bytes, all others by what the composition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartKind {
    /// What was virtualized, or all of a component that is no composition.
    App,
    /// An adapter of this version of virt-compose, byte for byte.
    Adapter,
    /// Generated: it denies, passes on and exchanges, and has the settings.
    Interposer,
    /// Generated: what is embedded.
    Files,
    /// A component of which nothing is said.
    Component,
    /// One that is said to be an adapter, and is none of this version's.
    Other,
}

/// The parts of a component: one if it is no composition.
pub fn parts(sections: &Sections) -> Vec<Part> {
    let whole = inside(sections, 0, 0);
    match whole.is_empty() {
        true => vec![Part::of(&sections.components[0], PartKind::App, APP.to_owned())],
        false => whole,
    }
}

/// The parts of a composition; none of what is none.
fn inside(sections: &Sections, at: usize, depth: usize) -> Vec<Part> {
    let of = &sections.components[at];
    let children = || of.children.iter().map(|child| &sections.components[*child]);
    let made_by = of.provenance();
    // Whoever has code of its own has components inside for the names of what it exports.
    let is_composition = made_by.is_some() || !of.has_code || children().any(|child| adapter(child).is_some());
    if !is_composition || depth > DEPTH {
        return Vec::new();
    }
    let said = made_by.map_or(Vec::new(), |made_by| made_by.parts);
    let said = if said.len() == of.children.len() { said } else { Vec::new() };
    let names: Vec<(usize, &str)> =
        of.instantiated().filter_map(|(index, child)| Some((child, *of.instances.get(&index)?))).collect();
    let parts = children().enumerate().map(|(position, child)| {
        let said = said.get(position).map(String::as_str);
        let mut part = match (adapter(child), said) {
            (Some((subsystem, build)), _) => {
                let part = Part::of(child, PartKind::Adapter, build.to_owned());
                Part { subsystem: Some(subsystem), ..part }
            }
            (None, Some(APP)) => Part::of(child, PartKind::App, APP.to_owned()),
            (None, Some("files")) => Part::of(child, PartKind::Files, "files".to_owned()),
            (None, Some(name)) if name.starts_with("interposer-") => {
                Part::of(child, PartKind::Interposer, name.to_owned())
            }
            (None, Some(name)) => Part::of(child, PartKind::Other, name.to_owned()),
            (None, None) => Part::of(child, PartKind::Component, format!("component-{position}")),
        };
        let instances = names.iter().filter(|(child, _)| *child == position);
        part.instances = instances.map(|(_, name)| (*name).to_owned()).collect();
        if matches!(part.kind, PartKind::App | PartKind::Component | PartKind::Other) {
            part.parts = inside(sections, of.children[position], depth + 1);
        }
        part
    });
    parts.collect()
}

/// The adapter that a component is, byte for byte: its subsystem and its build.
fn adapter(component: &Nested) -> Option<(&'static str, &'static str)> {
    let builds = rows().flat_map(|row| row.builds.iter().map(move |build| (row.name, build)));
    builds.into_iter().find(|(_, build)| build.wasm == component.bytes).map(|(row, build)| (row, build.name))
}

impl Nested<'_> {
    fn provenance(&self) -> Option<Provenance> {
        Provenance::read(self.section?).ok()
    }
}

impl Part {
    fn of(component: &Nested, kind: PartKind, name: String) -> Self {
        Self {
            kind,
            name,
            instances: Vec::new(),
            subsystem: None,
            sha256: sha256(component.bytes),
            size: component.bytes.len(),
            made_by: component.provenance(),
            parts: Vec::new(),
        }
    }
}
