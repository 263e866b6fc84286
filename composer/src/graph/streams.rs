//! Who shares streams with whom in a graph: all that a component has of them must be of one making, which wac does not look at.

use super::ours::Package;
use super::wac::package_of;
use crate::catalog::{is_io, subsystem_of};
use crate::component::Component;
use crate::names::{InterfaceName, Track};
use crate::wit::{Item, Wit, named, named_parts_in};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use wac_graph::{CompositionGraph, NodeId, NodeKind};

/// Who makes the streams of an interface that a component imports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The host.
    Host,
    /// Adapters of ours.
    Ours(NodeId),
}

/// Refuses a component that has streams of two makers.
pub fn check(graph: &CompositionGraph, ours: &[Package]) -> Result<()> {
    for node in graph.node_ids().filter(|node| is_instance(graph, *node)) {
        let arguments: BTreeMap<&str, NodeId> = graph.get_instantiation_arguments(node).collect();
        let makes_streams = |node: &NodeId| {
            let root = origin(graph, *node);
            is_instance(graph, root) && package_of(graph, root).is_ok_and(|name| has_streams(ours, name))
        };
        // It takes time to look into a component.
        if !arguments.values().any(makes_streams) {
            continue;
        }
        let Some(package) = graph[node].package() else { continue };
        // What cannot be looked into is left to the validator.
        let Ok(component) = Component::of(graph[package].bytes()) else { continue };
        let mut made: Vec<(&Item, Maker)> = component
            .imports
            .iter()
            .filter(|item| mentions_io(&component.wit, item))
            .filter_map(|item| Some((item, maker(graph, ours, arguments.get(item.name.as_str()).copied())?)))
            .collect();
        // Who reads it knows `wasi:filesystem` better than `wasi:io`.
        made.sort_by_key(|(item, _)| is_of_io(item));
        let Some((first, Maker::Ours(owner))) = made.iter().find(|(_, maker)| *maker != Maker::Host) else { continue };
        if let Some((second, other)) = made.iter().find(|(_, maker)| *maker != Maker::Ours(*owner)) {
            let of = |maker: &Maker| match maker {
                Maker::Host => "the host".to_owned(),
                Maker::Ours(node) => format!("`{}`", package_of(graph, *node).unwrap_or_default()),
            };
            bail!(
                "`{}` has `{}` from `{}`, which makes streams of its own, and `{}` from {}{}, and streams of two makers never \
                 match: take all of these from one `virt:bundle`, with `{}`",
                graph[package].name(),
                first.name,
                package_of(graph, *owner)?,
                second.name,
                if of(other) == of(&Maker::Ours(*owner)) { "another " } else { "" },
                of(other),
                options(&made),
            );
        }
    }
    Ok(())
}

fn is_instance(graph: &CompositionGraph, node: NodeId) -> bool {
    matches!(graph[node].kind(), NodeKind::Instantiation(_))
}

/// The instance or import that something is part of.
fn origin(graph: &CompositionGraph, node: NodeId) -> NodeId {
    graph.get_alias_source(node).map_or(node, |(source, _)| origin(graph, source))
}

/// Whether a package of ours has streams of its own, if only to deny them.
fn has_streams(ours: &[Package], name: &str) -> bool {
    let is_of_io = |name: &String| row_of_io(&InterfaceName::parse(name).track());
    let mut of_name = ours.iter().filter(|package| package.name == name);
    of_name.any(|package| package.report.has_streams || package.report.denied.iter().any(is_of_io))
}

/// Who makes the streams of what is wired to an import. What a component of the user's passes on, only the validator knows.
fn maker(graph: &CompositionGraph, ours: &[Package], argument: Option<NodeId>) -> Option<Maker> {
    let Some(node) = argument.map(|node| origin(graph, node)).filter(|node| is_instance(graph, *node)) else {
        return Some(Maker::Host);
    };
    let name = package_of(graph, node).ok()?;
    match ours.iter().any(|package| package.name == name) {
        true if has_streams(ours, name) => Some(Maker::Ours(node)),
        true => Some(Maker::Host),
        false => None,
    }
}

fn is_of_io(item: &Item) -> bool {
    row_of_io(&item.track())
}

fn row_of_io(track: &Track) -> bool {
    subsystem_of(track).is_some_and(|row| row.name == "io")
}

fn mentions_io(wit: &Wit, item: &Item) -> bool {
    named_parts_in(wit, item).into_iter().any(|id| named(wit, id).is_some_and(|name| is_io(&name)))
}

/// The options with which one bundle has all that has streams.
fn options(made: &[(&Item, Maker)]) -> String {
    let of = |keep: fn(&Maker) -> bool| -> BTreeSet<&'static str> {
        let kept = made.iter().filter(|(item, maker)| keep(maker) && !is_of_io(item));
        kept.filter_map(|(item, _)| subsystem_of(&item.track())).map(|row| row.name).collect()
    };
    let (all, hosts) = (of(|_| true), of(|maker| *maker == Maker::Host));
    let with = all.into_iter().collect::<Vec<_>>().join(",");
    hosts.into_iter().fold(format!("--with {with}"), |options, name| format!("{options} --allow-{name}"))
}
