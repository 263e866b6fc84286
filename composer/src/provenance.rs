//! What a composition says of itself: a custom section of its own, which means nothing to a runtime.
//!
//! It is JSON, in a section named `virt-compose` at the end of the component. It holds no time and no path of the machine that
//! made it, so the same inputs give the same bytes. It is the word of whoever made the component: what must be sure is looked up
//! in the bytes ([`crate::inspect`]). A component that was virtualized before keeps its own section, inside.

use crate::catalog;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::report::Report;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use wasm_encoder::{CustomSection, Section};

/// The name of the section.
pub const SECTION: &str = "virt-compose";

/// The version of what is in it. A field more is no new version.
const VERSION: u32 = 1;

/// What a composition was made of, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The version of this format.
    pub version: u32,
    /// The version of virt-compose.
    pub tool: String,
    /// What the components inside are, in their order: builds of adapters, `interposer-N`, `files`, and `app`.
    #[serde(default)]
    pub parts: Vec<String>,
    /// The adapters among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adapters: Vec<Adapter>,
    /// What is virtual, and what became of it, in words, by subsystem.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub does: BTreeMap<String, String>,
    /// The policy, as a policy file has it, but for what is embedded: neither that nor its paths are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// An adapter in a composition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its build, by name.
    pub build: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Provenance {
    /// Of a plan that was composed to these parts, and of what was done.
    pub(crate) fn of(plan: &Plan, parts: Vec<String>, policy: &Policy, report: &Report) -> Self {
        let builds = plan.builds.values().filter_map(|name| catalog::build(name));
        let mut adapters: Vec<_> =
            builds.map(|build| Adapter { build: build.name.to_owned(), sha256: sha256(build.wasm) }).collect();
        adapters.sort_by(|a, b| a.build.cmp(&b.build));
        adapters.retain(|adapter| parts.contains(&adapter.build));
        let does = report.subsystems().map(|(name, words, _)| ((*name).to_owned(), words.clone()));
        let tool = env!("CARGO_PKG_VERSION").to_owned();
        let traced = Some(report.traced.clone()).filter(|words| !words.is_empty());
        let does = does.chain(traced.map(|words| (catalog::TRACE.name.to_owned(), words)));
        // One that no file can say is not there.
        let policy = policy.to_toml_inside().ok();
        Self { version: VERSION, tool, parts, adapters, does: does.collect(), policy }
    }

    /// The section, to be written behind all others of a component.
    pub(crate) fn section(&self) -> Result<Vec<u8>> {
        let data = serde_json::to_vec(self).context("failed to write down what the composition is made of")?;
        let section = CustomSection { name: SECTION.into(), data: data.into() };
        let mut bytes = Vec::new();
        section.append_to(&mut bytes);
        Ok(bytes)
    }

    /// Reads what such a section holds, by whomever it was written.
    pub fn read(data: &[u8]) -> Result<Self> {
        serde_json::from_slice(data).with_context(|| format!("the section `{SECTION}` cannot be read"))
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_one_of_the_standard() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let read = Provenance::read(br#"{"version":1,"tool":"9.0.0","parts":["app"],"more":{"a":[1]}}"#).unwrap();
        assert_eq!((read.tool.as_str(), read.policy), ("9.0.0", None));
        for bad in [&b""[..], b"{}", b"\xff", b"[1]", "[".repeat(100_000).as_bytes()] {
            assert!(Provenance::read(bad).is_err());
        }
    }
}
