//! The picture in words, to be read on one screen: what is alike stands together, and functions are counted.

use super::picture::{By, Interface, Picture, Treated};
use super::text::{clip, wrap};
use crate::report::compact;
use std::collections::BTreeMap;

/// Where lines break.
const WIDTH: usize = 100;

/// The longest value that is shown.
const VALUE: usize = 60;

/// Draws it; `verbose` with every function, and with what adapters use.
pub fn draw(picture: &Picture, verbose: bool) -> String {
    let mut out = Vec::new();
    out.push(head(picture));
    lines(&mut out, "", "  ", &picture.io_in_words());
    parts(&mut out, picture);
    // The last node is who uses all that.
    let mut users: Vec<&str> = picture.nodes.iter().rev().map(|node| node.name.as_str()).collect();
    users.push("interposers");
    for user in users {
        let of_user: Vec<&Interface> = picture.interfaces.iter().filter(|interface| interface.user == user).collect();
        if of_user.is_empty() || (user != "app" && !verbose) {
            continue;
        }
        let who = match user {
            "app" if picture.app.is_none() => "what the bundle exports",
            "app" => "what the app imports",
            "interposers" => "what interposers call in place of others, or ask",
            user => user,
        };
        out.push(String::new());
        out.push(if user == who { format!("what {who} imports") } else { who.to_owned() });
        groups(&mut out, &of_user, verbose);
    }
    out.push(String::new());
    let traps =
        |interface: &&Interface| interface.functions.iter().any(|function| function.treatment == Treated::Traps);
    let of_app = picture.interfaces.iter().filter(|interface| interface.user == "app");
    let traps: Vec<String> = of_app.filter(traps).map(|interface| interface.name.clone()).collect();
    if !traps.is_empty() {
        lines(&mut out, "", "  ", &format!("trap when called: {}", compact(&traps)));
    }
    let left = if picture.imports.is_empty() { "nothing".to_owned() } else { compact(&picture.imports) };
    lines(&mut out, "", "  ", &format!("left to the host: {left}"));
    for note in &picture.notes {
        lines(&mut out, "", "  ", &format!("{}{}", if note.is_warning { "warning: " } else { "" }, note.text));
    }
    out.join("\n") + "\n"
}

fn head(picture: &Picture) -> String {
    let app = |interface: &&Interface| interface.user == "app" && interface.by != By::Type;
    let before = picture.interfaces.iter().filter(app).count();
    let after = picture.imports.len();
    match &picture.app {
        None => format!("a bundle of adapters that exports {}, and imports {after}", count(before, "interface")),
        Some(app) if picture.is_unchanged => {
            format!("{app} stays as it is, and imports {}", count(before, "interface"))
        }
        Some(app) => format!("{app} imports {}, and the result {after}", count(before, "interface")),
    }
}

/// A number with its noun.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn parts(out: &mut Vec<String>, picture: &Picture) {
    let parts: Vec<_> = picture
        .nodes
        .iter()
        .filter(|node| (1..picture.nodes.len() - 1).contains(&picture.position(&node.name)))
        .collect();
    if parts.is_empty() {
        return;
    }
    out.push(String::new());
    out.push("parts, each after those it uses".to_owned());
    let width = parts.iter().map(|node| node.name.len()).max().unwrap_or(0);
    for node in parts {
        let mut about = picture.about(node);
        about.extend(node.has_virtual_streams.then(|| "its streams are virtual".to_owned()));
        let first = format!("  {:width$}  ", node.name);
        lines(out, &first, &" ".repeat(first.len()), &about.join("; "));
    }
}

/// Interfaces that have the same last word for the same reason, each group with what becomes of the functions.
fn groups(out: &mut Vec<String>, interfaces: &[&Interface], verbose: bool) {
    let mut groups: BTreeMap<(By, usize), Vec<&Interface>> = BTreeMap::new();
    for interface in interfaces {
        let alike = |other: &&&Interface| {
            (other.by, &other.through, &other.why) == (interface.by, &interface.through, &interface.why)
        };
        let first = interfaces.iter().position(|other| alike(&other)).unwrap_or(0);
        groups.entry((interface.by, first)).or_default().push(interface);
    }
    for ((by, _), group) in groups {
        let names: Vec<String> = group.iter().map(|interface| interface.name.clone()).collect();
        lines(out, &format!("  {:8}  ", by.word()), &" ".repeat(14), &compact(&names));
        let mut words = Vec::new();
        if let Some(first) = group.first() {
            if !first.through.is_empty() {
                words.push(format!("through {}", first.through.join(" and ")));
            }
            words.push(summary(&group));
            words.push(first.why.clone());
        }
        lines(out, &" ".repeat(12), &" ".repeat(14), &words.join("; "));
        for interface in group.iter().filter(|interface| verbose && !interface.functions.is_empty()) {
            functions(out, interface, group.len() > 1);
        }
    }
}

/// How many functions there are of each treatment.
fn summary(group: &[&Interface]) -> String {
    let mut counts: BTreeMap<Treated, usize> = BTreeMap::new();
    for function in group.iter().flat_map(|interface| &interface.functions) {
        *counts.entry(function.treatment).or_default() += 1;
    }
    let total = counts.values().sum();
    let all = count(total, "function");
    match counts.first_key_value() {
        None => "types alone".to_owned(),
        Some((Treated::AsIs, _)) if counts.len() == 1 => all,
        Some((treated, _)) if counts.len() == 1 => format!("{all}, {}", treated.words()),
        Some(_) => {
            let words = counts.iter().map(|(treated, count)| format!("{count} {}", treated.words()));
            format!("{all}: {}", words.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Every function of an interface, those together that are treated alike.
fn functions(out: &mut Vec<String>, interface: &Interface, is_named: bool) {
    if is_named {
        out.push(format!("            {}", interface.name));
    }
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for function in &interface.functions {
        let words = function.treatment.words();
        let words = match (&function.detail, function.treatment) {
            (None, _) => words.to_owned(),
            (Some(hook), Treated::Guarded) => format!("{words} by `{hook}`"),
            (Some(value), _) => format!("{words} with {}", clip(value, VALUE)),
        };
        // `descriptor.read` says it all.
        let name = function.name.trim_start_matches("[method]").trim_start_matches("[static]");
        match alike.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(name),
            None => alike.push((words, vec![name])),
        }
    }
    for (words, names) in alike {
        lines(out, &" ".repeat(14), &" ".repeat(16), &format!("{words}: {}", names.join(", ")));
    }
}

/// Text in lines, of which the first begins in one way and the others in another.
fn lines(out: &mut Vec<String>, first: &str, others: &str, text: &str) {
    let width = WIDTH - others.len().max(first.len());
    for (at, line) in wrap(text, width).into_iter().enumerate() {
        out.push(format!("{}{line}", if at == 0 { first } else { others }));
    }
}
