//! The picture as a graph for Graphviz: the host at the bottom, what has virtual streams in a cluster.

use super::picture::{By, Kind, Node, Picture};
use super::text::wrap;
use crate::report::compact;

/// Where labels break.
const WIDTH: usize = 44;

/// Draws it.
pub fn draw(picture: &Picture) -> String {
    let mut out = vec![
        "digraph plan {".to_owned(),
        "  rankdir=BT;".to_owned(),
        format!("  label={};", quoted(&[picture.io_in_words()])),
        "  fontname=\"sans-serif\";".to_owned(),
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];".to_owned(),
        "  edge [fontname=\"sans-serif\", fontsize=10];".to_owned(),
    ];
    for node in picture.nodes.iter().filter(|node| !node.has_virtual_streams) {
        out.push(format!("  {}", declared(picture, node)));
    }
    if picture.nodes.iter().any(|node| node.has_virtual_streams) {
        out.push("  subgraph cluster_io {".to_owned());
        out.push("    label=\"streams are virtual\";".to_owned());
        out.push("    style=\"rounded,filled\"; color=\"#0969da\"; fillcolor=\"#eaf3fd\";".to_owned());
        for node in picture.nodes.iter().filter(|node| node.has_virtual_streams) {
            out.push(format!("    {}", declared(picture, node)));
        }
        out.push("  }".to_owned());
    }
    for wire in &picture.wires {
        let mut lines: Vec<String> = match wire.by {
            By::Denied | By::Constant | By::Unused => vec![wire.by.word().to_owned()],
            By::Host | By::Adapter | By::Files | By::Type => Vec::new(),
        };
        lines.extend(compact(&wire.interfaces).split(' ').flat_map(|names| wrap(names, WIDTH)));
        let (from, to) = (quoted(&[&wire.from]), quoted(&[&wire.to]));
        out.push(format!("  {from} -> {to} [label={}, color=\"{}\"];", quoted(&lines), color(wire.by)));
    }
    out.push("}".to_owned());
    out.join("\n") + "\n"
}

fn declared(picture: &Picture, node: &Node) -> String {
    let mut lines = vec![picture.title(node).to_owned()];
    lines.extend(picture.about(node).iter().flat_map(|line| wrap(line, WIDTH)));
    let fill = match node.kind {
        Kind::Host => "#eef1f4",
        Kind::Adapter => "#ddf0ff",
        Kind::Interposer => "#fff3d6",
        Kind::Files => "#f3e8ff",
        Kind::App | Kind::User => "#dff5e3",
    };
    format!("{} [label={}, fillcolor=\"{fill}\"];", quoted(&[&node.name]), quoted(&lines))
}

fn color(by: By) -> &'static str {
    match by {
        By::Host | By::Type | By::Unused => "#6e7781",
        By::Adapter => "#0969da",
        By::Files => "#8250df",
        By::Constant => "#bf8700",
        By::Denied => "#cf222e",
    }
}

/// Lines as one string of DOT's. A backslash would begin an escape.
fn quoted(lines: &[impl AsRef<str>]) -> String {
    let escape = |line: &str| {
        let line = line.replace('\\', "\\\\").replace('"', "\\\"");
        line.replace(|char: char| char.is_control(), " ")
    };
    format!("\"{}\"", lines.iter().map(|line| escape(line.as_ref())).collect::<Vec<_>>().join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_where_they_should() {
        assert_eq!(quoted(&["a\"b\\".to_owned(), "c\nd".to_owned()]), r#""a\"b\\\nc d""#);
    }
}
