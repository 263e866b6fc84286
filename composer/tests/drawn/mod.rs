//! Whether what is drawn of a plan is sound, in every format: what holds of any picture.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use virt_compose::show::{Format, Picture};

/// All formats of a picture.
pub fn check(picture: &Picture) -> Result<()> {
    check_picture(picture)?;
    let draw = |format: Format| format.draw(picture, true);
    let table = draw(Format::Table)?;
    ensure!(table.lines().all(|line| line.trim_end() == line), "lines of the table end with spaces:\n{table}");
    check_dot(&draw(Format::Dot)?).context("DOT")?;
    check_mermaid(&draw(Format::Mermaid)?).context("Mermaid")?;
    check_svg(&draw(Format::Svg)?).context("SVG")?;
    let json: serde_json::Value = serde_json::from_str(&draw(Format::Json)?)?;
    ensure!(json["version"] == Picture::VERSION && json["nodes"].as_array().is_some_and(|nodes| nodes.len() >= 2));
    Ok(())
}

fn check_picture(picture: &Picture) -> Result<()> {
    let layer = |name: &str| {
        let mut nodes = picture.nodes.iter().filter(|node| node.name == name);
        let node = nodes.next().with_context(|| format!("`{name}` is no node"))?;
        ensure!(nodes.next().is_none(), "`{name}` is there twice");
        Ok(node.layer)
    };
    for wire in &picture.wires {
        ensure!(layer(&wire.from)? < layer(&wire.to)?, "the wire from {} to {} leads down", wire.from, wire.to);
        ensure!(!wire.interfaces.is_empty(), "the wire from {} to {} has nothing", wire.from, wire.to);
    }
    for interface in &picture.interfaces {
        ensure!(!interface.why.is_empty(), "`{}` has no reason", interface.name);
        interface.through.iter().try_for_each(|name| layer(name).map(drop))?;
    }
    Ok(())
}

/// The strings of a line in quotes, in which a backslash escapes, and what is around them.
fn strings(line: &str) -> Result<(Vec<String>, String)> {
    let (mut strings, mut around, mut open) = (Vec::new(), String::new(), None::<String>);
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (&mut open, char) {
            (Some(_), '"') => strings.extend(open.take()),
            (Some(string), '\\') => string.extend(['\\'].into_iter().chain(chars.next())),
            (Some(string), char) => string.push(char),
            (None, '"') => open = Some(String::new()),
            (None, char) => around.push(char),
        }
    }
    ensure!(open.is_none(), "a string has no end: {line}");
    Ok((strings, around))
}

fn check_dot(dot: &str) -> Result<()> {
    let (mut nodes, mut used, mut depth) = (BTreeSet::new(), Vec::new(), 0);
    for line in dot.lines() {
        let (strings, around) = strings(line)?;
        for (open, close) in [('{', '}'), ('[', ']')] {
            depth += around.matches(open).count() as i32 - around.matches(close).count() as i32;
        }
        match strings.as_slice() {
            [from, to, ..] if around.contains("->") => used.extend([from.clone(), to.clone()]),
            [node, ..] if line.trim().starts_with('"') => drop(nodes.insert(node.clone())),
            _ => {}
        }
    }
    ensure!(depth == 0, "braces are not balanced:\n{dot}");
    for name in used {
        ensure!(nodes.contains(&name), "`{name}` is not declared:\n{dot}");
    }
    Ok(())
}

fn check_mermaid(mermaid: &str) -> Result<()> {
    let (mut nodes, mut used, mut depth) = (BTreeSet::new(), Vec::new(), 0);
    ensure!(mermaid.starts_with("flowchart BT\n"));
    for line in mermaid.lines().skip(1).map(str::trim) {
        ensure!(line.matches('"').count() % 2 == 0 && !line.contains('`'), "{line}");
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["subgraph", ..] => depth += 1,
            ["end"] => depth -= 1,
            ["classDef", ..] => {}
            [from, .., to] if line.contains("-->|") || line.contains("-.->|") => used.extend([*from, *to]),
            [node, ..] => {
                let (id, _) = node.split_once('[').with_context(|| format!("this is no node: {line}"))?;
                nodes.insert(id);
            }
            [] => {}
        }
    }
    ensure!(depth == 0, "a subgraph has no end:\n{mermaid}");
    for id in used {
        ensure!(nodes.contains(id), "`{id}` is not declared:\n{mermaid}");
    }
    Ok(())
}

/// A rectangle: its left, upper, right and lower edge.
type Edges = (f64, f64, f64, f64);

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn number(tag: &str, name: &str) -> Result<f64> {
    Ok(attribute(tag, name).with_context(|| format!("no `{name}` in {tag}"))?.parse()?)
}

/// Well-formed, nothing outside, no box over another, and no wire through a box, or a label that is not its own.
fn check_svg(svg: &str) -> Result<()> {
    let (mut open, mut boxes, mut labels, mut wires) =
        (Vec::new(), Vec::<Edges>::new(), Vec::<Edges>::new(), Vec::new());
    let (mut size, mut legend) = ((0.0, 0.0), false);
    for piece in svg.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').with_context(|| format!("a tag has no end: {piece}"))?;
        ensure!(open.last() == Some(&"style") || !after.contains(['>']), "{piece}");
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(name) => ensure!(open.pop() == Some(name), "`{name}` ends where something else is open"),
            None if !tag.ends_with('/') => open.push(name),
            None => {}
        }
        let class = attribute(tag, "class").unwrap_or_default();
        let is_in_group = open.contains(&"g");
        match name {
            "svg" if !tag.starts_with('/') => size = (number(tag, "width")?, number(tag, "height")?),
            "rect" if class != "paper" => {
                let (x, y) = (number(tag, "x")?, number(tag, "y")?);
                let edges = (x, y, x + number(tag, "width")?, y + number(tag, "height")?);
                ensure!(x >= 0.0 && y >= 0.0 && edges.2 <= size.0 && edges.3 <= size.1, "outside: {tag}");
                legend |= class.starts_with("box") && !is_in_group;
                match class.split(' ').next() {
                    Some("label") => labels.push(edges),
                    Some("box") if is_in_group => boxes.push(edges),
                    _ => {}
                }
            }
            "path" if class.starts_with("wire") && !legend => wires.push(attribute(tag, "d").context("a path")?),
            _ => {}
        }
    }
    ensure!(open.is_empty(), "{open:?} have no end");
    ensure!(legend && wires.len() == labels.len(), "{} wires have {} labels", wires.len(), labels.len());
    let all: Vec<Edges> = boxes.iter().chain(&labels).copied().collect();
    for (at, a) in all.iter().enumerate() {
        for b in &all[..at] {
            let apart = a.0 >= b.2 || b.0 >= a.2 || a.1 >= b.3 || b.1 >= a.3;
            ensure!(apart, "{a:?} is over {b:?}");
        }
    }
    for (at, wire) in wires.into_iter().enumerate() {
        let others = labels.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, label)| label);
        let around: Vec<&Edges> = boxes.iter().chain(others).collect();
        for (x, y) in points(wire)? {
            let meets = |b: &&&Edges| x > b.0 + 0.5 && x < b.2 - 0.5 && y > b.1 + 0.5 && y < b.3 - 0.5;
            let met = around.iter().find(meets);
            ensure!(met.is_none(), "the wire {wire} is at {x},{y} in {met:?}");
        }
    }
    Ok(())
}

/// Points all along a path of lines and curves.
fn points(path: &str) -> Result<Vec<(f64, f64)>> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for command in path.split(['M', 'L', 'C']).skip(1) {
        let numbers: Vec<f64> = command.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let ends: Vec<(f64, f64)> =
            points.last().copied().into_iter().chain(numbers.chunks(2).map(|pair| (pair[0], pair[1]))).collect();
        for step in 0..=40 {
            let t = f64::from(step) / 40.0;
            // De Casteljau: lines are curves, too.
            let mut left = ends.clone();
            while left.len() > 1 {
                left = left
                    .windows(2)
                    .map(|pair| {
                        let between = |a: f64, b: f64| a + (b - a) * t;
                        (between(pair[0].0, pair[1].0), between(pair[0].1, pair[1].1))
                    })
                    .collect();
            }
            points.extend(left);
        }
    }
    Ok(points)
}
