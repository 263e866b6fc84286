//! What `emit` writes, made a component by upstream's parser, against what `virtualize` makes.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use virt_compose::graph::emit;
use virt_compose::policy::Policy;
use virt_compose::virtualize;
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wasmparser::{Parser, Payload};

/// What wac makes of a graph.
pub fn by_wac(text: &str, packages: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let keys = packages.keys().map(|name| BorrowedPackageKey::from_name_and_version(name, None));
    let packages = keys.zip(packages.values().cloned()).collect();
    Ok(Document::parse(text)?.resolve(packages)?.encode(EncodeOptions::default())?)
}

/// Both must be the same, but for sections without meaning: wac says what made it, and what things are called.
pub fn is_made_again(app: Option<&[u8]>, policy: &Policy) -> Result<()> {
    let emitted = emit(app, policy)?;
    let packages = emitted.deps.into_iter().map(|(name, artifact)| Ok((name, artifact.bytes()?)));
    let packages = packages.collect::<Result<_>>()?;
    let text = emitted.text;
    let again = by_wac(&text, &packages).with_context(|| text.clone())?;
    ensure!(sections(&again)? == sections(&virtualize(app, policy)?.bytes)?, "wac makes something else of:\n{text}");
    Ok(())
}

/// The sections of a component's own that mean something.
fn sections(bytes: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let (mut depth, mut sections) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        let custom = matches!(payload, Payload::CustomSection(_));
        if let (1, Some((id, range)), false) = (depth, payload.as_section(), custom) {
            sections.push((id, &bytes[range.start as usize..range.end as usize]));
        }
    }
    Ok(sections)
}
