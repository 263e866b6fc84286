//! What is embedded comes out of the `files` component as it went in: every entry is found and listed, and every byte read.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use virt_compose::tree::{Content, Node, Tree, component::component};
use virt_compose_tests::host::engine;
use virt_compose_tests::random::Random;
use wasmtime::Store;
use wasmtime::component::{Component, Func, Linker, Val};

/// A component that runs.
struct Files {
    store: Store<()>,
    find: Func,
    entries: Func,
    read: Func,
}

/// An entry, as the component hands it out.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    id: u32,
    name: String,
    kind: String,
    start: u32,
    len: u32,
    target: String,
}

impl Entry {
    fn of(value: &Val) -> Self {
        let Val::Record(fields) = value else { panic!("`entry` is a record: {value:?}") };
        let number = |at: usize| match fields[at].1 {
            Val::U32(number) => number,
            ref other => panic!("expected a number, found {other:?}"),
        };
        let text = |at: usize| match &fields[at].1 {
            Val::String(text) | Val::Enum(text) => text.clone(),
            other => panic!("expected text, found {other:?}"),
        };
        Self { id: number(0), name: text(1), kind: text(2), start: number(3), len: number(4), target: text(5) }
    }
}

impl Files {
    fn of(roots: &[&Node]) -> Result<Self> {
        let names: Vec<String> = (0..roots.len()).map(|number| format!("/{number}")).collect();
        let tree = Tree::of(names.iter().map(String::as_str).zip(roots.iter().copied()))?;
        let component = Component::new(engine(), component(tree)?)?;
        let mut store = Store::new(engine(), ());
        let instance = Linker::new(engine()).instantiate(&mut store, &component)?;
        let mut function = |interface: &str, name: &str| {
            let interface = instance.get_export_index(&mut store, None, interface);
            let function = interface.and_then(|of| instance.get_export_index(&mut store, Some(&of), name));
            function.and_then(|index| instance.get_func(&mut store, index)).context("a function is missing")
        };
        let find = function("virt:fs/files@0.1.0", "find")?;
        let entries = function("virt:fs/files@0.1.0", "entries")?;
        let read = function("virt:io/content@0.1.0", "read")?;
        Ok(Self { store, find, entries, read })
    }

    fn find(&mut self, first: u32, count: u32, name: &str) -> Result<Option<Entry>> {
        let mut results = [Val::Bool(false)];
        let args = [Val::U32(first), Val::U32(count), Val::String(name.to_owned())];
        self.find.call(&mut self.store, &args, &mut results)?;
        let Val::Option(found) = &results[0] else { panic!("an option is expected") };
        Ok(found.as_deref().map(Entry::of))
    }

    fn entries(&mut self, first: u32, count: u32) -> Result<Vec<Entry>> {
        let mut results = [Val::Bool(false)];
        self.entries.call(&mut self.store, &[Val::U32(first), Val::U32(count)], &mut results)?;
        let Val::List(entries) = &results[0] else { panic!("a list is expected") };
        Ok(entries.iter().map(Entry::of).collect())
    }

    fn read(&mut self, offset: u32, words: u32) -> Result<Vec<u8>> {
        let mut results = [Val::Bool(false)];
        self.read.call(&mut self.store, &[Val::U32(offset), Val::U32(words)], &mut results)?;
        let Val::List(words) = &results[0] else { panic!("a list is expected") };
        let word = |value: &Val| match value {
            Val::U64(word) => word.to_le_bytes(),
            other => panic!("expected a word, found {other:?}"),
        };
        Ok(words.iter().flat_map(word).collect())
    }

    /// All of a file.
    fn content(&mut self, entry: &Entry) -> Result<Vec<u8>> {
        assert_eq!(entry.start % 8, 0, "{entry:?}");
        let (mut bytes, len) = (Vec::new(), entry.len as usize);
        while bytes.len() < len {
            let words = (len - bytes.len()).div_ceil(8) as u32;
            let more = self.read(entry.start + bytes.len() as u32, words)?;
            assert!(!more.is_empty() && more.len() <= words as usize * 8);
            bytes.extend(more);
        }
        assert!(bytes[len..].iter().all(|byte| *byte == 0), "what fills the last word is zeroes");
        bytes.truncate(len);
        Ok(bytes)
    }

    /// Compares what is at an entry, and below it, with what went in.
    fn compare(&mut self, entry: &Entry, node: &Node) -> Result<()> {
        match node {
            Node::File(Content::Inline(bytes)) => {
                assert_eq!((entry.kind.as_str(), entry.target.as_str()), ("file", ""));
                assert_eq!(self.content(entry)?, *bytes);
            }
            Node::Link(target) => assert_eq!((entry.kind.as_str(), &entry.target), ("link", target)),
            Node::Directory(expected) => {
                assert_eq!((entry.kind.as_str(), entry.target.as_str()), ("directory", ""));
                let listed = self.entries(entry.start, entry.len)?;
                let names: Vec<&str> = listed.iter().map(|entry| entry.name.as_str()).collect();
                assert_eq!(names, expected.keys().map(String::as_str).collect::<Vec<_>>());
                for (at, (listed, node)) in listed.iter().zip(expected.values()).enumerate() {
                    assert_eq!(listed.id, entry.start + at as u32);
                    assert_eq!(self.find(entry.start, entry.len, &listed.name)?.as_ref(), Some(listed));
                    self.compare(listed, node)?;
                }
            }
            Node::File(Content::Local { .. }) => unreachable!("no test has one"),
        }
        Ok(())
    }

    fn compare_all(&mut self, roots: &[&Node]) -> Result<()> {
        for (entry, root) in self.entries(0, roots.len() as u32)?.iter().zip(roots) {
            assert_eq!(entry.name, "");
            self.compare(entry, root)?;
        }
        Ok(())
    }
}

fn file(bytes: impl Into<Vec<u8>>) -> Node {
    Node::File(Content::Inline(bytes.into()))
}

/// A name of one or more bytes.
fn name(random: &mut Random) -> String {
    let length = [1, 1, 2, 3, 10, 60][random.below(6)];
    let name: String = (0..length).map(|_| ['a', 'b', '-', '.', 'ü', '世', '𝄞'][random.below(7)]).collect();
    if [".", ".."].contains(&name.as_str()) { "dots".to_owned() } else { name }
}

fn random_node(random: &mut Random, depth: usize) -> Node {
    match random.below(if depth == 0 { 3 } else { 5 }) {
        0 => Node::Link(format!("../{}", name(random))),
        1 | 2 => {
            let len = [0, 1, 7, 8, 9, 1000, 65535, 65536, 65537, 200_000][random.below(10)];
            file((0..len).map(|_| random.number() as u8).collect::<Vec<_>>())
        }
        _ => {
            let count = [0, 1, 2, 5, 20][random.below(5)];
            Node::Directory((0..count).map(|_| (name(random), random_node(random, depth - 1))).collect())
        }
    }
}

#[test]
fn random_trees_come_out_as_they_went_in() -> Result<()> {
    for seed in 0..60 {
        let mut random = Random::new(seed, &[]);
        let roots: Vec<Node> = (0..random.below(4)).map(|_| random_node(&mut random, 4)).collect();
        let roots: Vec<&Node> = roots.iter().collect();
        Files::of(&roots)?.compare_all(&roots).with_context(|| format!("seed {seed}"))?;
    }
    Ok(())
}

#[test]
fn names_that_are_alike_are_told_apart() -> Result<()> {
    let long = "n".repeat(255);
    let names =
        ["a", "aa", "aaa", "ab", "b", "B", "ä", "a\u{308}", "世", "世界", "\u{7f}", "𝄞", " ", &long, &long[1..]];
    let root = Node::Directory(names.iter().map(|name| ((*name).to_owned(), file(*name))).collect());
    let mut files = Files::of(&[&root])?;
    files.compare_all(&[&root])?;
    for missing in ["", "A", "aaaa", "a ", "c", "世界世", "\0", "\u{10ffff}", &long[2..]] {
        assert_eq!(files.find(1, names.len() as u32, missing)?, None, "{missing:?}");
    }
    Ok(())
}

#[test]
fn a_name_is_found_only_where_it_is_looked_for() -> Result<()> {
    let root = Node::Directory(["a", "b", "c"].map(|name| (name.to_owned(), file(name))).into());
    let mut files = Files::of(&[&root])?;
    assert_eq!(files.find(1, 3, "b")?.map(|entry| entry.id), Some(2));
    assert_eq!(files.find(2, 2, "a")?, None);
    assert_eq!(files.find(1, 2, "c")?, None);
    assert_eq!(files.find(1, 0, "a")?, None);
    assert_eq!(files.find(4, 0, "a")?, None);
    Ok(())
}

#[test]
fn a_hundred_thousand_entries_are_found() -> Result<()> {
    let folder = |number: u32| (0..1000).map(move |at| (format!("{:x}", at * 7919 + number), file(at.to_string())));
    let mut entries: BTreeMap<String, Node> =
        (0..50).map(|number| (format!("folder-{number}"), Node::Directory(folder(number).collect()))).collect();
    entries.extend((0..50_000).map(|number| (format!("file-{number}"), Node::directory())));
    let root = Node::Directory(entries);
    let mut files = Files::of(&[&root])?;
    let [top] = files.entries(0, 1)?.try_into().expect("there is one root");
    assert_eq!((top.start, top.len), (1, 50_050));
    assert_eq!(files.entries(100_000, 51)?.len(), 51);
    for number in (0..50_000).step_by(997) {
        let name = format!("file-{number}");
        assert_eq!(files.find(top.start, top.len, &name)?.map(|entry| entry.name), Some(name));
    }
    for number in [0, 25, 49] {
        let found = files.find(top.start, top.len, &format!("folder-{number}"))?.expect("it is there");
        for at in (0..1000).step_by(99) {
            let file = files.find(found.start, found.len, &format!("{:x}", at * 7919 + number))?.expect("it is there");
            assert_eq!(files.content(&file)?, at.to_string().as_bytes());
        }
    }
    Ok(())
}

#[test]
fn content_comes_in_pieces_of_any_size() -> Result<()> {
    let bytes: Vec<u8> = (0..300_001_u32).map(|at| ((at * 31) >> 3) as u8).collect();
    let root = file(bytes.clone());
    let mut files = Files::of(&[&root])?;
    let padded = [bytes, vec![0; 7]].concat();
    for (offset, words, expected) in [
        (0, 1, 8),
        (8, 3, 24),
        (0, u32::MAX, 65536),
        (65536, 8193, 65536),
        (300_000, 100, 8),
        (300_008, 1, 0),
        (0, 0, 0),
    ] {
        let read = files.read(offset, words)?;
        assert_eq!(read, padded[offset as usize..offset as usize + expected], "{words} words at {offset}");
    }
    Ok(())
}

#[test]
fn what_is_not_there_traps() -> Result<()> {
    let root = Node::Directory(["a", "b"].map(|name| (name.to_owned(), file("12"))).into());
    for (first, count) in [(0, 4), (4, 0), (3, 1), (1, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
        assert!(Files::of(&[&root])?.entries(first, count).is_err(), "{count} from {first}");
        assert!(Files::of(&[&root])?.find(first, count, "a").is_err(), "{count} from {first}");
    }
    assert!(Files::of(&[&root])?.read(24, 1).is_err());
    assert!(Files::of(&[&root])?.read(u32::MAX, u32::MAX).is_err());
    assert!(Files::of(&[&root])?.find(0, 3, &"n".repeat(257)).is_err());
    Ok(())
}
