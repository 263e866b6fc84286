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

/// The class of the whole picture. All rules are about what is in it, so that it may stand in a page that has others.
pub const PICTURE: &str = "virt-plan";

/// The style sheet.
pub fn sheet() -> String {
    let mono = "ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, monospace";
    let mut sheet = vec![
        rule("text", "font: 11px system-ui, \"Segoe UI\", Helvetica, Arial, sans-serif"),
        rule(".title", "font-size: 13px; font-weight: bold"),
        rule(".name", &format!("font-family: {mono}; font-size: 10.5px")),
        rule(".word", "font-weight: bold"),
        rule(".box", "stroke-width: 1.25"),
        rule(".label", "stroke-width: 1.25"),
        rule(".wire", "fill: none; stroke-width: 1.5"),
        rule(".wire.by-denied", "stroke-dasharray: 5 3"),
        rule(".wire.by-unused", "stroke-dasharray: 1.5 3"),
        rule(".region", "stroke-width: 1.25; stroke-dasharray: 2 3"),
    ];
    sheet.extend(colors(0));
    sheet.push("@media (prefers-color-scheme: dark) {".to_owned());
    sheet.extend(colors(1));
    sheet.push("}".to_owned());
    sheet.join("\n")
}

fn rule(selector: &str, what: &str) -> String {
    format!(".{PICTURE} {selector} {{ {what} }}")
}

/// The colors for light screens, or for dark ones.
fn colors(scheme: usize) -> Vec<String> {
    let fill = |colors: [&str; 2]| format!("fill: {}", colors[scheme]);
    let paper = ["#ffffff", "#0d1117"];
    let region = [["#f0f7ff", "#54aeff"], ["#0f1c2e", "#388bfd"]][scheme];
    let mut colors = vec![
        rule("text", &fill(["#1f2328", "#e6edf3"])),
        rule(".quiet", &fill(["#59636e", "#9aa4af"])),
        rule(".paper", &fill(paper)),
        rule(".label", &fill(paper)),
        rule(".region", &format!("fill: {}; stroke: {}", region[0], region[1])),
    ];
    for (class, light, dark, _) in KINDS {
        let [fill, stroke] = [light, dark][scheme];
        colors.push(rule(&format!(".{class}"), &format!("fill: {fill}; stroke: {stroke}")));
    }
    for (class, light, dark, _) in WIRES {
        let stroke = [light, dark][scheme];
        colors.push(rule(&format!(".{class}"), &format!("stroke: {stroke}")));
        colors.push(rule(&format!(".tip.{class}"), &format!("fill: {stroke}")));
    }
    colors
}
