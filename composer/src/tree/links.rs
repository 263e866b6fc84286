//! Whether symbolic links lead anywhere. A guest sees a mount and nothing around it, so a link that leaves its mount can
//! never work there, whatever it does on this machine.

use super::Node;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// How many links in a row are followed, as on Linux.
const FOLLOWED: usize = 40;

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// Its target is absolute.
    Absolute,
    /// Its target is above the root.
    Outside,
    /// There is nothing at its target.
    Dangling,
    /// It leads back to itself, or through more links than are followed.
    Loop,
}

impl Broken {
    /// What is wrong, after "a symbolic link to `x`, ", and what to do.
    fn words(self) -> &'static str {
        match self {
            Self::Absolute => {
                "which is absolute, and a link may not leave what it is mounted with: make it relative, or copy what it \
                 points to"
            }
            Self::Outside => {
                "which leads out of what is mounted and cannot work in the guest: mount the directory that has both, or \
                 copy what it points to"
            }
            Self::Dangling => "where nothing is: embed what it points to, too, or remove the link",
            Self::Loop => "which leads back to itself: remove the link",
        }
    }
}

/// Refuses a tree with a symbolic link that leads nowhere. The error calls it by its path below `top`.
pub fn check_links(root: &Node, top: &Path) -> Result<()> {
    match first_broken(root) {
        None => Ok(()),
        Some((link, target, why)) => bail!(
            "`{}` is a symbolic link to `{target}`, {}; or leave it out (`exclude`, in a policy file)",
            top.join(&link).display(),
            why.words()
        ),
    }
}

/// The first link in a tree that leads nowhere: its path, its target, and why.
fn first_broken(root: &Node) -> Option<(String, &str, Broken)> {
    let Node::Directory(top) = root else {
        return None;
    };
    // The last one is the next, so that paths come in their order.
    let mut pending: Vec<(String, &Node)> = in_order(String::new(), top).collect();
    while let Some((path, node)) = pending.pop() {
        match node {
            Node::Directory(entries) => pending.extend(in_order(format!("{path}/"), entries)),
            Node::Link(target) => {
                if let Err(why) = follow(top, &path) {
                    return Some((path, target, why));
                }
            }
            Node::File(_) => {}
        }
    }
    None
}

fn in_order(folder: String, entries: &BTreeMap<String, Node>) -> impl Iterator<Item = (String, &Node)> {
    entries.iter().rev().map(move |(name, node)| (format!("{folder}{name}"), node))
}

/// Goes where a path leads, links followed.
fn follow(top: &BTreeMap<String, Node>, path: &str) -> Result<(), Broken> {
    let mut pending: Vec<&str> = path.split('/').rev().collect();
    let (mut folders, mut links) = (vec![top], 0);
    while let Some(name) = pending.pop() {
        match name {
            "" | "." => continue,
            ".." => drop(folders.pop()),
            _ => {}
        }
        let Some(folder) = folders.last() else {
            return Err(Broken::Outside);
        };
        if name == ".." {
            continue;
        }
        match folder.get(name) {
            Some(Node::Directory(entries)) => folders.push(entries),
            Some(Node::File(_)) if pending.is_empty() => {}
            Some(Node::Link(target)) => {
                links += 1;
                if target.starts_with('/') {
                    return Err(Broken::Absolute);
                }
                if links > FOLLOWED {
                    return Err(Broken::Loop);
                }
                if target.is_empty() {
                    return Err(Broken::Dangling);
                }
                pending.extend(target.split('/').rev());
            }
            // Nothing, or a file with something below it.
            Some(Node::File(_)) | None => return Err(Broken::Dangling),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Content;

    fn broken(entries: &[(&str, &str)]) -> Option<(String, Broken)> {
        let mut root = Node::directory();
        for (path, target) in entries {
            let node = match *target {
                "FILE" => Node::File(Content::Inline(Vec::new())),
                "DIRECTORY" => Node::directory(),
                target => Node::Link(target.to_owned()),
            };
            root.insert(path, node).unwrap();
        }
        first_broken(&root).map(|(path, _, why)| (path, why))
    }

    #[test]
    fn a_link_to_something_in_the_mount_is_sound() {
        for target in
            ["file", "./file", "../a/file", "../b", "..", "../b/", "../b/back/file", ".//file", "../c/../a/file"]
        {
            let entries = [("a/link", target), ("a/file", "FILE"), ("b/back", "../a"), ("c", "b")];
            assert_eq!(broken(&entries), None, "{target}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_says_why() {
        for (target, why) in [
            ("gone", Broken::Dangling),
            ("../b/gone/x", Broken::Dangling),
            ("file/", Broken::Dangling),
            ("file/x", Broken::Dangling),
            ("", Broken::Dangling),
            ("/a/file", Broken::Absolute),
            ("../..", Broken::Outside),
            ("../../a/file", Broken::Outside),
            ("link", Broken::Loop),
            ("../b/round", Broken::Loop),
        ] {
            let entries = [("a/link", target), ("a/file", "FILE"), ("b", "DIRECTORY")];
            let entries = match why {
                Broken::Loop => [entries.as_slice(), &[("b/round", "../a/link")]].concat(),
                _ => entries.to_vec(),
            };
            assert_eq!(broken(&entries), Some(("a/link".to_owned(), why)), "{target}");
        }
    }

    #[test]
    fn as_many_links_in_a_row_as_a_system_follows_are_sound() {
        let chain = |links: usize| {
            let mut root = Node::directory();
            for at in 0..links {
                root.insert(&format!("{at:03}"), Node::Link(format!("{:03}", at + 1))).unwrap();
            }
            root.insert(&format!("{links:03}"), Node::directory()).unwrap();
            first_broken(&root).map(|(path, ..)| path)
        };
        assert_eq!(chain(FOLLOWED), None);
        assert_eq!(chain(FOLLOWED + 1), Some("000".to_owned()));
    }
}
