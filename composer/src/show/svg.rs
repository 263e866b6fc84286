//! The picture as SVG, drawn without foreign programs: the host at the bottom, the app on top, and what is between them in layers.
//! Whole names are in the tooltips.

use super::layout::{Layout, Place, Size, layout};
use super::picture::{By, Node, Picture, Wire};
use super::style::{PICTURE, kinds, of_kind, of_wire, sheet, wires};
use super::text::{clip, label, width, wrap, xml};

/// From one line to the next.
const LINE: f64 = 15.0;
/// The height of text, and of titles.
const SIZE: f64 = 11.0;
const TITLE: f64 = 13.5;
/// The width of a character of names.
const NAME: f64 = 6.8;
/// The room in a box around its text.
const PAD: f64 = 10.0;
/// The longest line in a box, in characters, and in the bars.
const LONG: usize = 40;
const LONGER: usize = 70;
/// The most lines of words in a box.
const LINES: usize = 4;
/// The least width of all.
const LEAST: f64 = 560.0;

/// Draws it.
pub fn draw(picture: &Picture) -> String {
    let boxes: Vec<Vec<String>> = picture.nodes.iter().map(|node| words_of(picture, node)).collect();
    let labels: Vec<Vec<String>> = picture.wires.iter().map(words_on).collect();
    let sizes: Vec<Size> = boxes.iter().map(|lines| size_of_box(lines)).collect();
    let label_sizes: Vec<Size> = labels.iter().map(|lines| size_of_label(lines)).collect();
    let bars = [sizes.first(), sizes.last()].into_iter().flatten().map(|size| size.0);
    let places = layout(picture, &sizes, &label_sizes, bars.fold(LEAST, f64::max));
    let (legend, height) = legend(picture, &places);
    let (w, h) = (places.size.0.ceil(), height.ceil());
    let mut out = vec![
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{PICTURE}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\">"
        ),
        format!("<title>{}</title>", xml(&head(picture))),
        format!("<style>\n{}\n</style>", sheet()),
        format!("<rect class=\"paper\" width=\"{w}\" height=\"{h}\"/>"),
    ];
    if let Some(corners) = &places.region {
        let points: Vec<String> = corners.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        out.push(format!("<polygon class=\"region\" points=\"{}\"/>", points.join(" ")));
        out.push(written(corners, &places.wires));
    }
    for (wire, points) in picture.wires.iter().zip(&places.wires) {
        out.push(drawn(wire, points));
    }
    for ((wire, lines), place) in picture.wires.iter().zip(&labels).zip(&places.labels) {
        out.push(labelled(wire, lines, place));
    }
    for ((node, lines), place) in picture.nodes.iter().zip(&boxes).zip(&places.nodes) {
        out.push(boxed(picture, node, lines, place));
    }
    out.extend(legend);
    out.push("</svg>".to_owned());
    out.join("\n") + "\n"
}

fn head(picture: &Picture) -> String {
    match &picture.app {
        Some(app) => format!("What would be wired to {app}"),
        None => "What would be wired in a bundle of adapters".to_owned(),
    }
}

/// What the region is: at its lower edge, where no wire is if there is such a place.
fn written(corners: &[(f64, f64)], wires: &[Vec<(f64, f64)>]) -> String {
    const WORDS: &str = "streams and pollables are virtual";
    const HIGH: f64 = 26.0;
    let (left, below) = corners.last().copied().unwrap_or_default();
    let of_edge = corners.iter().filter(|(_, y)| *y == below);
    let right = of_edge.map(|(x, _)| *x).fold(left, f64::max);
    let pieces = wires.iter().flat_map(|points| points.windows(2)).map(|pair| (pair[0], pair[1]));
    let meets = |((_, low), (_, high)): &((f64, f64), (f64, f64))| *low > below - HIGH && *high < below;
    let taken: Vec<(f64, f64)> = pieces.filter(meets).map(|(a, b)| (a.0.min(b.0) - PAD, a.0.max(b.0) + PAD)).collect();
    let long = width(WORDS) * SIZE;
    let is_free = |x: &f64| x + long < right && taken.iter().all(|(from, to)| x + long < *from || x >= to);
    let places = std::iter::once(left + PAD).chain(taken.iter().map(|(_, to)| *to));
    let free = places.filter(is_free).fold(f64::INFINITY, f64::min);
    text("quiet word", if free.is_finite() { free } else { left + PAD }, below - PAD, WORDS)
}

/// What stands in a box, the title first.
fn words_of(picture: &Picture, node: &Node) -> Vec<String> {
    let is_bar = node.layer == 0 || node.name == "app";
    let long = if is_bar { LONGER } else { LONG };
    let mut lines: Vec<String> =
        picture.about(node).iter().flat_map(|line| wrap(line, long)).map(|line| clip(&line, long)).collect();
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            *last = clip(&format!("{last} …"), long);
        }
    }
    lines.insert(0, clip(picture.title(node), long));
    lines
}

/// What stands on a wire: if nobody answers in earnest, that first.
fn words_on(wire: &Wire) -> Vec<String> {
    let word = match wire.by {
        By::Denied | By::Constant | By::Unused => wire.by.word().to_owned(),
        By::Host | By::Adapter | By::Files | By::Type => String::new(),
    };
    let mut lines = vec![word];
    lines.extend(label(&wire.interfaces).iter().map(|line| clip(line, LONG)));
    lines
}

fn size_of_box(lines: &[String]) -> Size {
    let words = lines.iter().skip(1).map(|line| width(line) * SIZE).fold(0.0, f64::max);
    let title = lines.first().map_or(0.0, |title| width(title) * TITLE * 1.06);
    (words.max(title).max(60.0) + 2.0 * PAD, lines.len() as f64 * LINE + PAD + 3.0)
}

fn size_of_label(lines: &[String]) -> Size {
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let count = lines.iter().filter(|line| !line.is_empty()).count();
    (longest as f64 * NAME + 1.4 * PAD, count as f64 * (LINE - 1.0) + 7.0)
}

fn text(class: &str, x: f64, y: f64, words: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", xml(words))
}

fn rect(class: &str, place: &Place, round: f64) -> String {
    let Place { x, y, w, h } = place;
    format!("<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"{round}\"/>")
}

fn boxed(picture: &Picture, node: &Node, lines: &[String], place: &Place) -> String {
    let mut out = vec![format!(
        "<g><title>{}</title>",
        xml(&format!("{}: {}", picture.title(node), picture.about(node).join("; ")))
    )];
    out.push(rect(&format!("box {}", of_kind(node.kind)), place, 6.0));
    for (at, line) in lines.iter().enumerate() {
        let class = if at == 0 { "title" } else { "quiet" };
        out.push(text(class, place.x + PAD, place.y + PAD + 9.0 + at as f64 * LINE, line));
    }
    out.push("</g>".to_owned());
    out.join("\n")
}

/// A wire: it runs straight through ranks and bends between them, and has a tip at the end.
fn drawn(wire: &Wire, points: &[(f64, f64)]) -> String {
    let class = of_wire(wire.by);
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        match (at, at.checked_sub(1).and_then(|before| points.get(before))) {
            (_, None) => path.push_str(&format!("M{x:.1} {y:.1}")),
            (at, Some(_)) if at % 2 == 1 => path.push_str(&format!(" L{x:.1} {y:.1}")),
            (_, Some((from_x, from_y))) => {
                let middle = (from_y + y) / 2.0;
                path.push_str(&format!(" C{from_x:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}"));
            }
        }
    }
    let (x, y) = points.last().copied().unwrap_or_default();
    let (left, right, below) = (x - 4.0, x + 4.0, y + 8.0);
    format!(
        "<path class=\"wire {class}\" d=\"{path}\"/>\n\
         <path class=\"tip {class}\" d=\"M{x:.1} {y:.1} L{left:.1} {below:.1} L{right:.1} {below:.1} Z\"/>"
    )
}

fn labelled(wire: &Wire, lines: &[String], place: &Place) -> String {
    let all = format!("{} from {} to {}: {}", wire.by.word(), wire.from, wire.to, wire.interfaces.join(" "));
    let mut out = vec![format!("<g><title>{}</title>", xml(&all))];
    out.push(rect(&format!("label {}", of_wire(wire.by)), place, 4.0));
    let mut y = place.y + 14.0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        out.push(text(if at == 0 { "word" } else { "name" }, place.x + 0.7 * PAD, y, line));
        y += LINE - 1.0;
    }
    out.push("</g>".to_owned());
    out.join("\n")
}

/// What the io rule says, what the colors mean, and where all ends.
fn legend(picture: &Picture, places: &Layout) -> (Vec<String>, f64) {
    let left = places.nodes.first().map_or(0.0, |host| host.x);
    let end = places.nodes.first().map_or(0.0, Place::right);
    let mut out = Vec::new();
    let mut y = places.size.1 + 30.0;
    let characters = ((end - left) / (SIZE * 0.62)) as usize;
    for line in wrap(&picture.io_in_words(), characters) {
        out.push(text("word", left, y, &line));
        y += LINE;
    }
    let mut x = left;
    y += 8.0;
    let mut entry = |drawn: &dyn Fn(f64, f64) -> String, words: &str| {
        let w = 30.0 + width(words) * SIZE + 14.0;
        if x > left && x + w > end {
            x = left;
            y += LINE + 5.0;
        }
        out.push(drawn(x, y));
        out.push(text("quiet", x + 30.0, y, words));
        x += w;
    };
    for (class, what) in kinds().filter(|(class, _)| picture.nodes.iter().any(|node| of_kind(node.kind) == *class)) {
        let swatch = |x: f64, y: f64| rect(&format!("box {class}"), &Place { x, y: y - 10.0, w: 22.0, h: 13.0 }, 3.0);
        entry(&swatch, if picture.app.is_none() && class == "app" { "who uses the bundle" } else { what });
    }
    for (class, what) in wires().filter(|(class, _)| picture.wires.iter().any(|wire| of_wire(wire.by) == *class)) {
        let line = |x: f64, y: f64| {
            let (end, y) = (x + 22.0, y - 4.0);
            format!("<path class=\"wire {class}\" d=\"M{x:.1} {y:.1} L{end:.1} {y:.1}\"/>")
        };
        entry(&line, what);
    }
    entry(&|x, y| text("quiet", x + 8.0, y, "▲"), "from who has interfaces to who uses them");
    (out, y + 22.0)
}
