//! The colors of the picture, for light and for dark screens. What has no way to ask gets the light ones, on white.

use super::picture::{By, Kind};

/// The class, fill and stroke of boxes, in light and in dark, and what they are.
const KINDS: &[(&str, [&str; 2], [&str; 2], &str)] = &[
    ("app", ["#dff5e3", "#2da44e"], ["#12361f", "#3fb950"], "app, unchanged"),
    ("adapter", ["#ddf0ff", "#0969da"], ["#0c2d55", "#58a6ff"], "adapter"),
    ("interposer", ["#fff3d6", "#bf8700"], ["#3b2a05", "#d29922"], "interposer, generated"),
    ("files", ["#f3e8ff", "#8250df"], ["#2f1b52", "#a371f7"], "embedded files"),
    ("host", ["#eef1f4", "#8c959f"], ["#21262d", "#8b949e"], "host"),
];

/// The class and stroke of wires, in light and in dark, and who has the last word.
const WIRES: &[(&str, &str, &str, &str)] = &[
    ("by-host", "#6e7781", "#9aa4af", "the host answers"),
    ("by-adapter", "#0969da", "#58a6ff", "an adapter answers"),
    ("by-files", "#8250df", "#a371f7", "embedded files answer"),
    ("by-constant", "#bf8700", "#d29922", "answered by what the policy fixes"),
    ("by-denied", "#cf222e", "#f85149", "denied"),
    ("by-unused", "#9aa4af", "#6e7781", "there and never called"),
];

/// The class of a box.
pub fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::App | Kind::User => "app",
        Kind::Adapter => "adapter",
        Kind::Interposer => "interposer",
        Kind::Files => "files",
        Kind::Host => "host",
    }
}

/// The class of a wire.
pub fn of_wire(by: By) -> &'static str {
    match by {
        By::Host | By::Type => "by-host",
        By::Adapter => "by-adapter",
        By::Files => "by-files",
        By::Constant => "by-constant",
        By::Denied => "by-denied",
        By::Unused => "by-unused",
    }
}

/// The classes of boxes and what they are, in the order of the legend.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|(class, _, _, what)| (*class, *what))
}

/// The classes of wires and what they are, in the order of the legend.
pub fn wires() -> impl Iterator<Item = (&'static str, &'static str)> {
    WIRES.iter().map(|(class, _, _, what)| (*class, *what))
}

/// The style sheet.
pub fn sheet() -> String {
    let mut sheet = vec![
        "text { font: 11px system-ui, \"Segoe UI\", Helvetica, Arial, sans-serif }".to_owned(),
        ".title { font-size: 13px; font-weight: bold }".to_owned(),
        ".name { font-family: ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, monospace; font-size: 10.5px }"
            .to_owned(),
        ".word { font-weight: bold }".to_owned(),
        ".box, .label { stroke-width: 1.25 }".to_owned(),
        ".wire { fill: none; stroke-width: 1.5 }".to_owned(),
        "path.wire.by-denied { stroke-dasharray: 5 3 }".to_owned(),
        "path.wire.by-unused { stroke-dasharray: 1.5 3 }".to_owned(),
        ".region { stroke-width: 1.25; stroke-dasharray: 2 3 }".to_owned(),
    ];
    sheet.extend(colors(0));
    sheet.push("@media (prefers-color-scheme: dark) {".to_owned());
    sheet.extend(colors(1));
    sheet.push("}".to_owned());
    sheet.join("\n")
}

/// The colors for light screens, or for dark ones.
fn colors(scheme: usize) -> Vec<String> {
    let paper = ["#ffffff", "#0d1117"][scheme];
    let mut colors = vec![
        format!("text {{ fill: {} }}", ["#1f2328", "#e6edf3"][scheme]),
        format!(".quiet {{ fill: {} }}", ["#59636e", "#9aa4af"][scheme]),
        format!(".paper {{ fill: {paper} }}"),
        format!(".label {{ fill: {paper} }}"),
        format!(".region {{ fill: {}; stroke: {} }}", ["#f0f7ff", "#0f1c2e"][scheme], ["#54aeff", "#388bfd"][scheme]),
    ];
    for (class, light, dark, _) in KINDS {
        let [fill, stroke] = [light, dark][scheme];
        colors.push(format!(".{class} {{ fill: {fill}; stroke: {stroke} }}"));
    }
    for (class, light, dark, _) in WIRES {
        let stroke = [light, dark][scheme];
        colors.push(format!(".{class} {{ stroke: {stroke} }} .tip.{class} {{ fill: {stroke} }}"));
    }
    colors
}
