//! In which order the parts are made, and which wants share an interposer.

use super::{Io, Part, PlanError, Source, User, Want, is_lower, is_lower_io};
use crate::catalog;
use crate::interpose::Treatment;
use crate::policy::Access;
use crate::wit::{named, named_parts_in};
use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Node {
    /// A want that an interposer serves, by position.
    Served(usize),
    Adapter(&'static str),
    Files,
}

/// The parts, each after those it needs, with as few interposers as that allows: a server pays for every instance at
/// every request.
///
/// Everything has a rank. What an interposer serves is one rank above the adapters that it needs; an adapter has the rank
/// of what it needs. What is served rises as far as its users allow, so that the app gets all of it from one interposer.
pub fn arrange(
    wants: &[Want],
    access: &[Access],
    sources: &[Source],
    builds: &BTreeMap<&'static str, &'static str>,
    hooks: &BTreeMap<usize, usize>,
    io: Io,
) -> Result<Vec<Part>, PlanError> {
    let mut graph: DiGraph<Node, ()> = DiGraph::new();
    let mut nodes: BTreeMap<Node, NodeIndex> = BTreeMap::new();
    for adapter in builds.keys() {
        nodes.insert(Node::Adapter(adapter), graph.add_node(Node::Adapter(adapter)));
    }
    if sources.contains(&Source::Files) {
        nodes.insert(Node::Files, graph.add_node(Node::Files));
    }
    for (position, source) in sources.iter().enumerate() {
        if matches!(source, Source::Interposed(_)) {
            nodes.insert(Node::Served(position), graph.add_node(Node::Served(position)));
        }
    }
    for (position, (want, source)) in wants.iter().zip(sources).enumerate() {
        // An adapter needs whoever serves what it wants.
        if let User::Adapter(adapter) = want.user {
            let provider = match source {
                Source::Adapter(other) => Some(Node::Adapter(other)),
                Source::Interposed(_) => Some(Node::Served(position)),
                Source::Files => Some(Node::Files),
                Source::Root | Source::TypeOf(..) => None,
            };
            if let Some(provider) = provider {
                graph.update_edge(nodes[&provider], nodes[&Node::Adapter(adapter)], ());
            }
        }
        // An interposer needs whoever has the resources that it mentions.
        if let Source::Interposed(treatments) = source {
            for id in named_parts_in(want.wit, want.item) {
                let Some(name) = named(want.wit, id) else {
                    continue;
                };
                let owner = if catalog::is_io(&name) && io == Io::Virtual && !is_lower_io(want) {
                    Some(Node::Adapter("io"))
                } else {
                    // `host:` is another side of the same interfaces.
                    let same_side = |other: &Want| is_lower(other) == is_lower(want);
                    let owner = wants.iter().position(|other| other.item.track() == name.0 && same_side(other));
                    owner.and_then(|owner| match (&sources[owner], access[owner]) {
                        (Source::Adapter(adapter), _) => Some(Node::Adapter(adapter)),
                        (Source::Interposed(_), Access::Deny) if owner != position => Some(Node::Served(owner)),
                        _ => None,
                    })
                };
                // What an adapter has from below under its own name has values of the same types, and no resources.
                let itself = if let User::Adapter(adapter) = want.user { Some(Node::Adapter(adapter)) } else { None };
                if let Some(owner) = owner.filter(|owner| Some(*owner) != itself) {
                    graph.update_edge(nodes[&owner], nodes[&Node::Served(position)], ());
                }
            }
            let exchanges = |treatment: &Treatment| match treatment {
                Treatment::Converted => true,
                Treatment::Guarded(_) => io == Io::Virtual,
                Treatment::AsIs | Treatment::Taken | Treatment::Answered(_) => false,
                // What stands on top is not arranged here.
                Treatment::Traced | Treatment::Numbered => false,
            };
            if treatments.iter().any(exchanges) {
                graph.update_edge(nodes[&Node::Adapter("io")], nodes[&Node::Served(position)], ());
            }
            // It asks whoever guards it, or passes on who stands in.
            if let Some(Source::Adapter(adapter)) = hooks.get(&position).map(|hooks| &sources[*hooks]) {
                graph.update_edge(nodes[&Node::Adapter(adapter)], nodes[&Node::Served(position)], ());
            }
        }
    }

    let order = toposort(&graph, None).map_err(|cycle| PlanError::Cycle {
        interface: match graph[cycle.node_id()] {
            Node::Served(position) => wants[position].item.name.clone(),
            Node::Adapter(adapter) => adapter.to_owned(),
            Node::Files => catalog::FILES.to_owned(),
        },
    })?;
    let mut rank: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    for &node in &order {
        let after = |needed: NodeIndex| {
            let step = matches!((graph[needed], graph[node]), (Node::Adapter(_) | Node::Files, Node::Served(_)));
            rank[&needed] + usize::from(step)
        };
        let highest = graph.neighbors_directed(node, Direction::Incoming).map(after).max();
        rank.insert(node, highest.unwrap_or(0));
    }
    let top = rank.values().copied().max().unwrap_or(0);
    for &node in order.iter().rev() {
        if matches!(graph[node], Node::Served(_)) {
            let lowest = graph.neighbors_directed(node, Direction::Outgoing).map(|user| rank[&user]).min();
            rank.insert(node, lowest.unwrap_or(top));
        }
    }

    let mut parts = Vec::new();
    for level in 0..=top {
        let served = order.iter().filter(|node| rank[node] == level).filter_map(|node| match graph[*node] {
            Node::Served(position) => Some(position),
            Node::Adapter(_) | Node::Files => None,
        });
        // Two users may want an interface under one name; an interposer has each name once.
        let mut interposers: Vec<(Vec<usize>, BTreeSet<&str>)> = Vec::new();
        for position in served.collect::<BTreeSet<_>>() {
            let name = wants[position].item.name.as_str();
            match interposers.iter_mut().find(|(_, names)| !names.contains(name)) {
                Some((positions, names)) => {
                    positions.push(position);
                    names.insert(name);
                }
                None => interposers.push((vec![position], BTreeSet::from([name]))),
            }
        }
        parts.extend(interposers.into_iter().map(|(positions, _)| Part::Interposer(positions)));
        parts.extend(order.iter().filter(|node| rank[node] == level).filter_map(|node| match graph[*node] {
            Node::Adapter(adapter) => Some(Part::Adapter(adapter)),
            Node::Files => Some(Part::Files),
            Node::Served(_) => None,
        }));
    }
    Ok(parts)
}
