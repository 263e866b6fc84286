//! Where everything of a picture goes: layers, after Sugiyama. The host is a bar at the bottom and the app one at the top; between
//! them ranks of parts take turns with ranks of labels. A wire has a place of its own in every rank that it passes, so that it
//! meets nothing there; it bends only between ranks. What has virtual streams is on the left, so that one region takes it in.

use super::picture::{Picture, Wire};
use std::collections::BTreeMap;

/// The least room around everything.
const MARGIN: f64 = 28.0;
/// The room in the region around what is in it.
const PAD: f64 = 14.0;
/// The room between neighbors in a rank.
const BESIDE: f64 = 20.0;
/// The room between ranks, in which wires bend.
const BETWEEN: f64 = 30.0;
/// The room for what is written in the region.
const WRITTEN: f64 = 26.0;
/// How much a wire takes in a rank that it passes.
const LANE: f64 = 8.0;
/// How often neighbors are heard about the order and the places.
const ROUNDS: usize = 12;

/// Width and height.
pub type Size = (f64, f64);

/// A box, by its left upper corner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Place {
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    fn center(&self) -> f64 {
        self.x + self.w / 2.0
    }
}

/// Where everything is.
pub struct Layout {
    /// All of it.
    pub size: Size,
    /// By the position of the node.
    pub nodes: Vec<Place>,
    /// By the position of the wire.
    pub labels: Vec<Place>,
    /// By the position of the wire: the points at which it stops or starts to bend, from below. Straight lines and curves take
    /// turns.
    pub wires: Vec<Vec<(f64, f64)>>,
    /// The corners of what has virtual streams.
    pub region: Option<Vec<(f64, f64)>>,
}

/// What has a place in a rank: a part, a label, or a wire on its way.
struct Item {
    rank: usize,
    /// Whether it is on the side of what has virtual streams.
    inside: bool,
    w: f64,
    h: f64,
    /// The middle.
    x: f64,
}

/// Finds the places, for boxes and labels of these sizes. `least` is the least width.
pub fn layout(picture: &Picture, nodes: &[Size], labels: &[Size], least: f64) -> Layout {
    let (host, app) = (0, picture.nodes.len().saturating_sub(1));
    let top = picture.nodes.last().map_or(1, |node| node.layer);
    let has_region = picture.nodes.iter().any(|node| node.has_virtual_streams);
    // The rank at which the region ends. What is below, and only for what is in it, may stand below it.
    let virtual_parts = picture.nodes[..app].iter().filter(|node| node.has_virtual_streams);
    let lowest = virtual_parts.map(|node| 2 * node.layer).min().unwrap_or(2 * top);
    let virtual_part = |node: usize| node != host && node != app && picture.nodes[node].has_virtual_streams;
    let is_for_region = |name: &str| {
        let mut users = picture.wires.iter().filter(|wire| wire.from == name).map(|wire| picture.position(&wire.to));
        users.all(virtual_part)
    };
    let mut items: Vec<Item> = Vec::new();
    let mut part_items: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, node) in picture.nodes.iter().enumerate().filter(|(at, _)| *at != host && *at != app) {
        part_items.insert(at, items.len());
        let inside = node.has_virtual_streams || (2 * node.layer < lowest && is_for_region(&node.name));
        items.push(Item { rank: 2 * node.layer, inside, w: nodes[at].0, h: nodes[at].1, x: 0.0 });
    }
    let ends = |wire: &Wire| (picture.position(&wire.from), picture.position(&wire.to));
    let mut chains: Vec<Vec<usize>> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, wire) in picture.wires.iter().enumerate() {
        let (from, to) = ends(wire);
        let inside = part_items.get(&to).is_some_and(|item| items[*item].inside) || (to == app && virtual_part(from));
        let (first, last) = (2 * picture.nodes[from].layer + 1, 2 * picture.nodes[to].layer - 1);
        let mut chain = Vec::new();
        for rank in first..=last {
            let (w, h) = if rank == last { labels[at] } else { (LANE, 0.0) };
            chain.push(items.len());
            items.push(Item { rank, inside, w, h, x: 0.0 });
        }
        let all: Vec<usize> =
            part_items.get(&from).into_iter().chain(&chain).chain(part_items.get(&to)).copied().collect();
        pairs.extend(all.windows(2).map(|pair| (pair[0], pair[1])));
        chains.push(chain);
    }

    let inner = place_side(&mut items, &pairs, true);
    let outer = place_side(&mut items, &pairs, false);
    let start = MARGIN + if has_region { PAD } else { 0.0 };
    let outer_start = if inner > 0.0 { start + inner + PAD + BESIDE } else { start };
    let right = (if outer > 0.0 { outer_start + outer } else { start + inner }).max(start + least);
    // What is alone is in the middle.
    let spare = |used: f64, other: f64| if other == 0.0 { (right - start - used) / 2.0 } else { 0.0 };
    let (inner_spare, outer_spare) = (spare(inner, outer), spare(outer, inner));
    for item in &mut items {
        item.x += if item.inside { start + inner_spare } else { outer_start + outer_spare };
    }

    // From the top.
    let bar = |y: f64, h: f64| Place { x: start, y, w: right - start, h };
    let app_bar = bar(MARGIN + if has_region { PAD } else { 0.0 }, nodes[app].1);
    let written = |rank: usize| if has_region && rank == lowest { PAD + WRITTEN } else { 0.0 };
    let mut y = app_bar.bottom() + BETWEEN + if has_region { PAD } else { 0.0 } + written(2 * top);
    let mut bands: Vec<(f64, f64)> = vec![(0.0, 0.0); 2 * top];
    for rank in (1..2 * top).rev() {
        let h = items.iter().filter(|item| item.rank == rank).map(|item| item.h).fold(0.0, f64::max);
        bands[rank] = (y, y + h);
        y += h + BETWEEN + written(rank);
    }
    let host_bar = bar(y, nodes[host].1);
    let place = |item: &Item| {
        let (above, below) = bands[item.rank];
        Place { x: item.x - item.w / 2.0, y: (above + below - item.h) / 2.0, w: item.w, h: item.h }
    };
    let places = picture.nodes.iter().enumerate().map(|(at, _)| match part_items.get(&at) {
        Some(item) => place(&items[*item]),
        None if at == app => app_bar,
        None => host_bar,
    });
    let places: Vec<Place> = places.collect();

    let ports = ports(picture, &places, &chains, &items, (host, app));
    let wires = picture.wires.iter().enumerate().map(|(at, wire)| {
        let (from, to) = ends(wire);
        let mut points = vec![(ports[at].0, places[from].y)];
        // A part may be less high than its rank.
        points.push((ports[at].0, part_items.get(&from).map_or(places[from].y, |item| bands[items[*item].rank].0)));
        for item in chains[at].iter().map(|item| &items[*item]) {
            points.push((item.x, bands[item.rank].1));
            points.push((item.x, bands[item.rank].0));
        }
        points.push((ports[at].1, part_items.get(&to).map_or(places[to].bottom(), |item| bands[items[*item].rank].1)));
        points.push((ports[at].1, places[to].bottom()));
        points
    });
    let wires = wires.collect();
    let labels =
        chains.iter().map(|chain| chain.last().map_or(Place::default(), |item| place(&items[*item]))).collect();

    let region = has_region.then(|| {
        let (left, end, above) = (start - PAD, right + PAD, app_bar.y - PAD);
        let step = app_bar.bottom() + PAD;
        let inner_end = if outer > 0.0 { start + inner + PAD } else { end };
        let below = if lowest == 2 * top { step + WRITTEN } else { bands[lowest].1 + PAD + WRITTEN };
        match picture.nodes[app].has_virtual_streams {
            true => {
                vec![(left, above), (end, above), (end, step), (inner_end, step), (inner_end, below), (left, below)]
            }
            false => vec![(left, step), (inner_end, step), (inner_end, below), (left, below)],
        }
    });
    Layout { size: (right + start, host_bar.bottom()), nodes: places, labels, wires, region }
}

/// Where each wire leaves, and where it arrives: along the edge of a box in the order of where the wires go, and straight at the
/// bars of host and app.
fn ports(
    picture: &Picture,
    places: &[Place],
    chains: &[Vec<usize>],
    items: &[Item],
    (host, app): (usize, usize),
) -> Vec<(f64, f64)> {
    let middle = |item: Option<&usize>, node: usize| item.map_or(places[node].center(), |item| items[*item].x);
    let mut ports: Vec<(f64, f64)> = vec![(0.0, 0.0); picture.wires.len()];
    for (node, place) in places.iter().enumerate() {
        for is_end in [false, true] {
            let here = |wire: &Wire| picture.position(if is_end { &wire.to } else { &wire.from }) == node;
            let mut found: Vec<(usize, f64)> = (picture.wires.iter().enumerate())
                .filter(|(_, wire)| here(wire))
                .map(|(at, _)| (at, middle(if is_end { chains[at].last() } else { chains[at].first() }, node)))
                .collect();
            found.sort_by(|a, b| a.1.total_cmp(&b.1));
            let step = place.w / (found.len() + 1) as f64;
            for (number, (wire, straight)) in found.into_iter().enumerate() {
                let spread = place.x + step * (number + 1) as f64;
                let x = if node == host || node == app { straight } else { spread };
                *(if is_end { &mut ports[wire].1 } else { &mut ports[wire].0 }) = x;
            }
        }
    }
    ports
}

/// Orders and places what is on one side, from 0 on, and says how wide that is.
fn place_side(items: &mut [Item], pairs: &[(usize, usize)], inside: bool) -> f64 {
    let mut ranks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, _) in items.iter().enumerate().filter(|(_, item)| item.inside == inside) {
        let rank = items[at].rank;
        ranks.entry(rank).or_default().push(at);
    }
    let ours: Vec<(usize, usize)> =
        pairs.iter().copied().filter(|(a, b)| items[*a].inside == inside && items[*b].inside == inside).collect();
    let neighbors = |item: usize, above: bool| {
        let of =
            move |(a, b): &(usize, usize)| if above { (*a == item).then_some(*b) } else { (*b == item).then_some(*a) };
        ours.iter().filter_map(of).collect::<Vec<_>>()
    };
    // The order: everything to the middle of its neighbors, with the ranks in turn from below and from above.
    let rows: Vec<usize> = ranks.keys().copied().collect();
    let mut order: BTreeMap<usize, f64> = BTreeMap::new();
    let number = |ranks: &BTreeMap<usize, Vec<usize>>, rank: usize, order: &mut BTreeMap<usize, f64>| {
        let row = &ranks[&rank];
        for (at, item) in row.iter().enumerate() {
            order.insert(*item, (at as f64 + 0.5) / row.len() as f64);
        }
    };
    rows.iter().for_each(|rank| number(&ranks, *rank, &mut order));
    for round in 0..ROUNDS {
        let above = round % 2 == 0;
        let turn: Vec<usize> = if above { rows.iter().rev().copied().collect() } else { rows.clone() };
        for rank in turn {
            let key =
                |item: &usize| mean(neighbors(*item, above).iter().map(|other| order[other])).unwrap_or(order[item]);
            if let Some(row) = ranks.get_mut(&rank) {
                let mut keyed: Vec<(f64, usize)> = row.iter().map(|item| (key(item), *item)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                *row = keyed.into_iter().map(|(_, item)| item).collect();
            }
            number(&ranks, rank, &mut order);
        }
    }
    // The places: likewise, as near as the neighbors in the rank allow.
    for row in ranks.values() {
        let free: Vec<f64> = vec![0.0; row.len()];
        settle(items, row, &free);
    }
    for round in 0..ROUNDS {
        let above = round % 2 == 0;
        let turn: Vec<usize> = if above { rows.iter().rev().copied().collect() } else { rows.clone() };
        for rank in turn {
            let row = &ranks[&rank];
            let near = |item: &usize| mean(neighbors(*item, above).iter().map(|other| items[*other].x));
            let wanted: Vec<f64> = row.iter().map(|item| near(item).unwrap_or(items[*item].x)).collect();
            settle(items, row, &wanted);
        }
    }
    let of_side = || items.iter().filter(|item| item.inside == inside);
    let left = of_side().map(|item| item.x - item.w / 2.0).fold(f64::INFINITY, f64::min);
    let right = of_side().map(|item| item.x + item.w / 2.0).fold(f64::NEG_INFINITY, f64::max);
    for item in items.iter_mut().filter(|item| item.inside == inside) {
        item.x -= left;
    }
    (right - left).max(0.0)
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = numbers.fold((0, 0.0), |(count, sum), number| (count + 1, sum + number));
    (count > 0).then(|| sum / f64::from(count))
}

/// Places a row in its order as near to where its items want to be as their widths allow: least squares, by pooling adjacent
/// violators.
fn settle(items: &mut [Item], row: &[usize], wanted: &[f64]) {
    // With all distances taken off, places only have to be in order.
    let mut offsets = vec![0.0];
    for pair in row.windows(2) {
        let apart = (items[pair[0]].w + items[pair[1]].w) / 2.0 + BESIDE;
        offsets.push(offsets.last().copied().unwrap_or(0.0) + apart);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (wanted - offset, 1);
        while let Some(last) = pools.last().copied().filter(|last| last.0 > pool.0) {
            pools.pop();
            let count = last.1 + pool.1;
            pool = ((last.0 * last.1 as f64 + pool.0 * pool.1 as f64) / count as f64, count);
        }
        pools.push(pool);
    }
    let settled = pools.iter().flat_map(|(x, count)| std::iter::repeat_n(*x, *count));
    for ((item, x), offset) in row.iter().zip(settled).zip(&offsets) {
        items[*item].x = x + offset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_order_and_its_distances() {
        let item = |w: f64| Item { rank: 1, inside: false, w, h: 10.0, x: 0.0 };
        let mut items = vec![item(100.0), item(50.0), item(8.0)];
        settle(&mut items, &[0, 1, 2], &[10.0, 10.0, 500.0]);
        assert!(items[1].x - items[0].x >= 75.0 + BESIDE - 0.01);
        assert_eq!(items[2].x, 500.0);
        // Both are as far from where they want to be.
        assert!((items[0].x + items[1].x - 20.0).abs() < 0.01);
    }
}
