//! The `files` component, which has what is embedded.
//!
//! Content may be half of what a machine has of memory, so it passes through none of the tools. A composition is made with
//! a stand-in, the same component of nothing. [`splice`] then puts the real one in its place, of which no byte is read before
//! the result is written.

use super::{Artifact, Tree, module};
use anyhow::{Context, Result, anyhow, ensure};
use wasm_encoder::{Component, ComponentSectionId, Encode, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap, WorldId};

/// What the component exports.
const WORLD: &str = "
    package virt:files@0.1.0;
    world files {
      export virt:fs/files@0.1.0;
      export virt:io/content@0.1.0;
    }";

pub(crate) fn world() -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    resolve.push_source("io.wit", include_str!("../../../wit/deps/io.wit"))?;
    resolve.push_source("host-io.wit", include_str!("../../../wit/deps/host-io-0.2.0.wit"))?;
    let mut sources = SourceMap::default();
    sources.push_str("files.wit", WORLD);
    sources.push_str("settings.wit", include_str!("../../../wit/settings.wit"));
    sources.push_str("io.wit", include_str!("../../../wit/io.wit"));
    let sources = sources.parse().map_err(|(_, error)| anyhow!("{error:?}"))?;
    let package = resolve.push_group(sources)?;
    let world = resolve.select_world(&[package], Some("files"))?;
    Ok((resolve, world))
}

/// The component of an empty tree, to compose with. No other component has the same bytes.
pub fn stand_in() -> Result<Vec<u8>> {
    let (resolve, world) = world()?;
    let empty = Tree::of([])?;
    let mut module = module::head(&empty);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let encoded = ComponentEncoder::default().module(&module).and_then(|encoder| encoder.encode());
    let encoded = encoded.context("failed to make the component of the files")?;
    // Names and producers are as long as all the rest.
    let mut component = Component::new();
    for (id, data) in sections(&encoded)?.into_iter().filter(|(id, _)| *id != CUSTOM) {
        component.section(&RawSection { id, data });
    }
    artifact(&[Frame::of_module(&component.finish())?], empty)?.bytes()
}

/// Puts the component of a tree where a composition has the stand-in.
pub fn splice<'a>(composed: &[u8], tree: Tree<'a>) -> Result<Artifact<'a>> {
    let stand_in = stand_in()?;
    let outer = Frame::around(composed, ComponentSectionId::Component, |bytes| bytes == stand_in)?;
    artifact(&[outer, Frame::of_module(&stand_in)?], tree)
}

/// The component alone.
pub fn component(tree: Tree) -> Result<Vec<u8>> {
    alone(tree)?.bytes()
}

/// The component alone, not read yet.
pub(crate) fn alone(tree: Tree) -> Result<Artifact> {
    artifact(&[Frame::of_module(&stand_in()?)?], tree)
}

/// What is around a section whose content is another.
struct Frame<'a> {
    before: &'a [u8],
    id: u8,
    after: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Around the one section of the component's own that holds something.
    fn around(component: &'a [u8], id: ComponentSectionId, holds: impl Fn(&[u8]) -> bool) -> Result<Self> {
        let id = id.into();
        let (mut at, mut found) = (HEADER, None);
        for (of, content) in sections(component)? {
            let opening = opening(of, content.len())?;
            let start = at;
            at += opening.len() + content.len();
            ensure!(
                component[start..].starts_with(&opening) && component[..at].ends_with(content),
                "a section begins otherwise than is usual; this is a defect of virt-compose"
            );
            if of == id && holds(content) {
                ensure!(found.is_none(), "there are two places for the files; this is a defect of virt-compose");
                found = Some(Self { before: &component[..start], id, after: &component[at..] });
            }
        }
        found.context("there is no place for the files; this is a defect of virt-compose")
    }

    fn of_module(stand_in: &'a [u8]) -> Result<Self> {
        Self::around(stand_in, ComponentSectionId::CoreModule, |_| true)
    }
}

/// The length of what a component begins with.
const HEADER: usize = 8;

/// The section that means nothing to a runtime.
const CUSTOM: u8 = 0;

/// The sections of a component's own.
pub(crate) fn sections(component: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let (mut depth, mut sections) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        // What a section holds comes after it, one deeper.
        if let (1, Some((id, range))) = (depth, payload.as_section()) {
            sections.push((id, &component[range.start as usize..range.end as usize]));
        }
    }
    Ok(sections)
}

/// What a section begins with.
fn opening(id: u8, len: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![id];
    u32::try_from(len).context("the result would be over 4 GiB")?.encode(&mut bytes);
    Ok(bytes)
}

/// The module of a tree in these frames, the outermost first.
fn artifact<'a>(frames: &[Frame], tree: Tree<'a>) -> Result<Artifact<'a>> {
    let head = module::head(&tree);
    let mut len = head.len() + tree.len as usize;
    let mut openings = Vec::new();
    for frame in frames.iter().rev() {
        let opening = opening(frame.id, len)?;
        len += frame.before.len() + opening.len() + frame.after.len();
        openings.push(opening);
    }
    let mut before = Vec::new();
    for (frame, opening) in frames.iter().zip(openings.iter().rev()) {
        before.extend(frame.before);
        before.extend(opening);
    }
    before.extend(head);
    let after = frames.iter().rev().flat_map(|frame| frame.after).copied().collect();
    Ok(Artifact { before, content: tree.content, after, len })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::tree::{Content, Node};

    fn file(bytes: &[u8]) -> Node {
        Node::File(Content::Inline(bytes.to_vec()))
    }

    fn root() -> Node {
        let mut root = Node::directory();
        root.insert("a/b", file(b"123456789")).unwrap();
        root.insert("c", Node::Link("a".to_owned())).unwrap();
        root
    }

    /// A component with these inside.
    fn around(inside: &[&[u8]]) -> Vec<u8> {
        let mut component = Component::new();
        for data in inside {
            component.section(&RawSection { id: ComponentSectionId::Component.into(), data });
        }
        component.finish()
    }

    #[test]
    fn the_component_is_valid_and_exports_what_the_wit_says() {
        for root in [&Node::directory(), &root(), &file(b"")] {
            let component = component(Tree::of([("/", root)]).unwrap()).unwrap();
            check::check_whole(&component).unwrap();
            let component = crate::component::Component::of(&component).unwrap();
            let exports: Vec<_> = component.exports.iter().map(|export| export.name.as_str()).collect();
            assert_eq!(exports, ["virt:fs/files@0.1.0", "virt:io/content@0.1.0"]);
            assert_eq!(component.imports.len(), 0);
        }
    }

    #[test]
    fn code_and_types_are_small() {
        let stand_in = stand_in().unwrap();
        assert_eq!(stand_in, component(Tree::of([]).unwrap()).unwrap());
        assert!(stand_in.len() < 1500, "{} bytes", stand_in.len());
    }

    #[test]
    fn the_stand_in_gives_way_to_the_tree_and_all_around_stays() {
        let (root, stand_in) = (root(), stand_in().unwrap());
        let tree = || Tree::of([("/", &root)]).unwrap();
        let real = component(tree()).unwrap();
        // One that is further inside belongs to somebody else.
        let other = around(&[&stand_in]);
        for (composed, expected) in [
            (around(&[&stand_in]), around(&[&real])),
            (around(&[&other, &stand_in, &other]), around(&[&other, &real, &other])),
        ] {
            let spliced = splice(&composed, tree()).unwrap().bytes().unwrap();
            assert_eq!(spliced, expected);
            assert_eq!(spliced.capacity(), spliced.len());
        }
        for composed in [around(&[]), around(&[&other]), around(&[&stand_in, &stand_in])] {
            assert!(splice(&composed, tree()).err().unwrap().to_string().contains("defect"));
        }
    }
}
