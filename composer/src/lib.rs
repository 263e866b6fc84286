//! Virtualizes the WASI of WebAssembly components: seals, configures and tests them, or moves them to a host without WASI.
//!
//! ```text
//! app.wasm ─ imports ─▶ plan (pure) ─▶ interposers, settings ─▶ wac-graph ─▶ out.wasm
//!              policy ──┘                     adapters ──────────┘
//! ```
//!
//! 1. [`component`] reads what the app imports and exports.
//! 2. [`plan`] decides, from that and a [`policy`], what is wired to what.
//! 3. [`compose`] does it: [`interpose`] writes the parts that are made for this app, the rest are the adapters of the
//!    [`catalog`], and wac-graph puts them together.
//!
//! ```
//! use virt_compose::policy::Policy;
//!
//! # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
//! let mut policy = Policy::default(); // denies everything
//! policy.env.variables.set("GREETING", "hello");
//! policy.allow("stdio");
//! let outcome = virt_compose::virtualize(Some(&app), &policy)?;
//! assert!(!outcome.report.host.iter().any(|import| import.starts_with("wasi:cli/environment")));
//! # anyhow::Ok(())
//! ```

#![deny(missing_docs)]

pub mod adapters;
pub mod catalog;
mod check;
pub mod cli;
pub mod component;
pub mod compose;
pub mod denial;
mod files;
pub mod graph;
pub mod interpose;
pub mod names;
pub mod plan;
pub mod policy;
mod policy_file;
pub mod report;
pub mod tree;
pub mod value;
pub mod wit;
mod words;

use anyhow::{Context, Result};
use component::{Component, Input};
use policy::Policy;
use report::Report;
use tree::Artifact;

/// What came of it.
pub struct Outcome {
    /// The component.
    pub bytes: Vec<u8>,
    /// What was done.
    pub report: Report,
    /// Whether the app came as a preview 1 core module and was made a component first.
    pub was_preview1: bool,
    /// Whether nothing was to be done, so that the component is the app's, byte for byte.
    pub is_unchanged: bool,
}

/// Virtualizes an app, which is a component or a core module for WASI preview 1. Without an app, composes the adapters of
/// the subsystems that the policy's scope names, for use with other tools.
pub fn virtualize(app: Option<&[u8]>, policy: &Policy) -> Result<Outcome> {
    let Prepared { artifact, report, was_preview1, is_unchanged } = prepare(app, policy)?;
    Ok(Outcome { bytes: artifact.bytes()?, report, was_preview1, is_unchanged })
}

/// An [`Outcome`] whose component is not written yet.
struct Prepared<'a> {
    artifact: Artifact<'a>,
    report: Report,
    was_preview1: bool,
    is_unchanged: bool,
}

/// Does all of [`virtualize`] but for reading what is embedded.
fn prepare<'a>(app: Option<&[u8]>, policy: &'a Policy) -> Result<Prepared<'a>> {
    let (app, was_preview1) = app.map(opened).transpose()?.unzip();
    let was_preview1 = was_preview1.unwrap_or(false);
    let component = app.as_deref().map(Component::of).transpose().context("failed to read the component")?;
    let adapters = adapters::load()?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let plan = plan::plan(component.as_ref(), policy, &adapters)?;
    if let (true, Some(bytes), Some(component)) = (plan.is_nothing(), &app, &component) {
        let host = component.imports.iter().map(|item| item.name.clone()).collect();
        let report = Report::of(&plan, policy, host);
        return Ok(Prepared { artifact: bytes.clone().into(), report, was_preview1, is_unchanged: true });
    }
    let composed = compose::compose(&plan, app, policy.tree()?)?;
    let report = Report::of(&plan, policy, composed.imports);
    Ok(Prepared { artifact: composed.artifact, report, was_preview1, is_unchanged: false })
}

/// The component of the user's, and whether it was a preview 1 module before.
fn opened(bytes: &[u8]) -> Result<(Vec<u8>, bool)> {
    Ok(match component::open(bytes)? {
        Input::Component => (bytes.to_vec(), false),
        Input::Preview1(component) => (component, true),
    })
}
