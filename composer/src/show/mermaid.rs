//! The picture as a flowchart for Mermaid, which Markdown shows in many places.

use super::picture::{By, Kind, Node, Picture};
use super::text::wrap;
use crate::report::compact;

/// Where labels break.
const WIDTH: usize = 44;

/// Draws it.
pub fn draw(picture: &Picture) -> String {
    let mut out = vec!["flowchart BT".to_owned()];
    for node in picture.nodes.iter().filter(|node| !node.has_virtual_streams) {
        out.push(format!("  {}", declared(picture, node)));
    }
    if picture.nodes.iter().any(|node| node.has_virtual_streams) {
        out.push("  subgraph streams[\"streams are virtual\"]".to_owned());
        for node in picture.nodes.iter().filter(|node| node.has_virtual_streams) {
            out.push(format!("    {}", declared(picture, node)));
        }
        out.push("  end".to_owned());
    }
    for wire in &picture.wires {
        let mut lines: Vec<String> = match wire.by {
            By::Denied | By::Constant | By::Unused => vec![wire.by.word().to_owned()],
            By::Host | By::Adapter | By::Files | By::Type => Vec::new(),
        };
        lines.extend(compact(&wire.interfaces).split(' ').flat_map(|names| wrap(names, WIDTH)));
        let (from, to) = (id(picture, &wire.from), id(picture, &wire.to));
        let arrow = if matches!(wire.by, By::Denied | By::Unused) { "-.->" } else { "-->" };
        out.push(format!("  {from} {arrow}|{}| {to}", quoted(&lines)));
    }
    for (kind, style) in [
        ("host", "fill:#eef1f4,stroke:#8c959f,color:#1f2328"),
        ("adapter", "fill:#ddf0ff,stroke:#0969da,color:#1f2328"),
        ("interposer", "fill:#fff3d6,stroke:#bf8700,color:#1f2328"),
        ("files", "fill:#f3e8ff,stroke:#8250df,color:#1f2328"),
        ("app", "fill:#dff5e3,stroke:#2da44e,color:#1f2328"),
    ] {
        out.push(format!("  classDef {kind} {style}"));
    }
    out.join("\n") + "\n"
}

/// By number, because some words mean something to Mermaid.
fn id(picture: &Picture, name: &str) -> String {
    format!("n{}", picture.position(name))
}

fn declared(picture: &Picture, node: &Node) -> String {
    let mut lines = vec![picture.title(node).to_owned()];
    lines.extend(picture.about(node).iter().flat_map(|line| wrap(line, WIDTH)));
    let class = match node.kind {
        Kind::Host => "host",
        Kind::Adapter => "adapter",
        Kind::Interposer => "interposer",
        Kind::Files => "files",
        Kind::App | Kind::User => "app",
    };
    format!("{}[{}]:::{class}", id(picture, &node.name), quoted(&lines))
}

/// Lines as one string of Mermaid's. Whatever means something to it, to Markdown or to HTML is written by its number.
fn quoted(lines: &[String]) -> String {
    let escape = |line: &String| {
        let escaped = line.chars().map(|char| match char {
            '"' | '#' | '&' | '<' | '>' | '`' | '|' | '\\' | ';' | '*' | '_' | '~' => format!("#{};", u32::from(char)),
            char if char.is_control() => " ".to_owned(),
            char => char.to_string(),
        });
        escaped.collect::<String>()
    };
    format!("\"{}\"", lines.iter().map(escape).collect::<Vec<_>>().join("<br/>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_nothing_that_means_something() {
        assert_eq!(quoted(&["a\"b`c`".to_owned(), "<#1>".to_owned()]), "\"a#34;b#96;c#96;<br/>#60;#35;1#62;\"");
    }
}
