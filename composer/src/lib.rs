//! Virtualizes the WASI of WebAssembly components: seals, configures and tests them, or moves them to a host without WASI.
//!
//! A component goes in, a component comes out that imports less, or nothing. [`Virt`] says what is wanted:
//!
//! ```
//! use virt_compose::Virt;
//!
//! # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-tempfile.wasm"))?;
//! let out = Virt::sealed().env(|e| e.set("A", "1")).fs(|f| f.mount("/", "src")?.tmpfs("/tmp")).compose(&app)?;
//! assert!(!out.report.host.iter().any(|import| import.starts_with("wasi:filesystem/")));
//! # anyhow::Ok(())
//! ```
//!
//! `app` is a component for any of WASI 0.2.0 to 0.2.12, or a core module for preview 1. [`Outcome::bytes`] runs on every host that
//! runs components; [`Outcome::report`] says what was done, and what is left to the host.
//!
//! # Where to start
//!
//! - [`Virt::sealed`] (or [`new`](Virt::new)): all of WASI is denied, but for what is said. Denied is an error that the program can
//!   handle, wherever the interface has one.
//! - [`Virt::open`]: all is the host's, but for what is said.
//! - [`Virt::only`]: the subsystems named are touched, sealed but for what is said; the rest stays as it was.
//!
//! # Subsystems
//!
//! | subsystem | method | what can be said | if nothing is |
//! | --- | --- | --- | --- |
//! | `env` | [`env`](Virt::env) | [variables, arguments, directory](virt::Env): set, let through, kept back | there are none |
//! | `config` | [`config`](Virt::config) | [values](virt::Config): set, let through, kept back | asking is refused |
//! | `clocks` | [`clocks`](Virt::clocks) | [fixed, stepped, shifted](virt::Clocks) | reading and waiting trap |
//! | `random` | [`random`](Virt::random) | [a seed](virt::Random) | secure bytes trap, hash-map seeds are a constant |
//! | `stdio` | [`stdio`](Virt::stdio), [`stdin`](Virt::stdin), [`stdout`](Virt::stdout), [`stderr`](Virt::stderr) | [an input](virt::Input): text, a file; [outputs](virt::Output): ignored, the other one, a file, a prefix, a cap, captured | closed |
//! | `fs` | [`fs`](Virt::fs) | [embedded, in memory, the host's](virt::Fs) | no preopens |
//! | `http` | [`http`](Virt::http) | [rules, rewrites, audits, mocks](virt::Http) | requests are denied when they are sent |
//! | `sockets` | [`sockets`](Virt::sockets) | [rules, names, audits, a loopback](virt::Sockets) | no socket can be made |
//! | `exit` | [`exit`](Virt::exit) | whether it is the host's | traps |
//! | anything else | [`seal`](Virt::seal) | what is denied besides | left to the host |
//!
//! Each has `host()`, which leaves it as it is; [`Virt::allow`] does that for several. Each type has an example of its own.
//!
//! # The same in every run
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use virt_compose::Virt;
//!
//! # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-chance.wasm"))?;
//! let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
//! let out = Virt::sealed().clocks(|c| c.fixed(start)).random(|r| r.seed(1)).stdout(|o| o.host()).compose(&app)?;
//! # assert!(!out.report.host.iter().any(|import| import.starts_with("wasi:random")));
//! # anyhow::Ok(())
//! ```
//!
//! # Large files
//!
//! What is embedded may be as large as a module can be, 1 GiB. [`Virt::compose_to`] copies it from where it is to the result.
//!
//! ```
//! use virt_compose::Virt;
//!
//! # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-tempfile.wasm"))?;
//! # let folder = tempfile::tempdir()?;
//! # let (site, path) = (concat!(env!("CARGO_MANIFEST_DIR"), "/src"), folder.path().join("out.wasm"));
//! let report = Virt::open().fs(|f| f.mount("/site", site)).compose_to(&app, path)?;
//! print!("{report}");
//! # anyhow::Ok(())
//! ```
//!
//! # Errors
//!
//! What cannot work is an [`Error`] with the name of the thing and the way out, and nothing is dropped silently.
//! [`Error::Plan`] has a case for each way in which an app and what is wanted of it do not fit.
//!
//! # The parts
//!
//! ```text
//! app.wasm ─ imports ─▶ plan (pure) ─▶ interposers, settings ─▶ wac-graph ─▶ out.wasm
//!              policy ──┘                     adapters ──────────┘
//! ```
//!
//! 1. [`component`] reads what the app imports and exports.
//! 2. [`plan`] decides, from that and a [`policy`], what is wired to what. [`Virt`] is a builder for a [`Policy`], which can be
//!    changed field by field, too, and given to [`virtualize`].
//! 3. [`compose`] does it: [`interpose`] writes the parts that are made for this app, the rest are the adapters of the
//!    [`catalog`], and wac-graph puts them together.
//!
//! [`picture`] stops ahead of the third, and has what would be done to [`show`].
//!
//! [`Policy`]: policy::Policy

#![deny(missing_docs)]

pub mod adapters;
pub mod catalog;
mod check;
pub mod cli;
pub mod component;
pub mod compose;
pub mod denial;
mod error;
mod files;
pub mod graph;
pub mod inspect;
pub mod interpose;
pub mod names;
pub mod plan;
pub mod policy;
mod policy_file;
pub mod provenance;
pub mod report;
pub mod show;
pub mod tree;
pub mod value;
pub mod virt;
pub mod wit;
mod words;

pub use error::{Error, Reason};
pub use virt::Virt;

use anyhow::Context;
use component::{Component, Input};
use policy::Policy;
use provenance::Provenance;
use report::Report;
use show::{Picture, Remark};
use std::fmt;
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

impl fmt::Debug for Outcome {
    /// Of the component no more than its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, report, was_preview1, is_unchanged } = self;
        let mut fields = f.debug_struct("Outcome");
        fields.field("bytes", &bytes.len()).field("report", report).field("was_preview1", was_preview1);
        fields.field("is_unchanged", is_unchanged).finish()
    }
}

/// Virtualizes an app, which is a component or a core module for WASI preview 1. Without an app, composes the adapters of
/// the subsystems that the policy's scope names, for use with other tools.
///
/// [`Virt`] says what is wanted, and calls this.
///
/// # Errors
///
/// Any but [`Error::Output`].
pub fn virtualize(app: Option<&[u8]>, policy: &Policy) -> Result<Outcome, Error> {
    let Prepared { artifact, report, was_preview1, is_unchanged } = prepare(app, policy)?;
    let bytes = artifact.bytes().map_err(Error::embedded)?;
    Ok(Outcome { bytes, report, was_preview1, is_unchanged })
}

/// An [`Outcome`] whose component is not written yet.
struct Prepared<'a> {
    artifact: Artifact<'a>,
    report: Report,
    was_preview1: bool,
    is_unchanged: bool,
}

/// Does all of [`virtualize`] but for reading what is embedded.
fn prepare<'a>(app: Option<&[u8]>, policy: &'a Policy) -> Result<Prepared<'a>, Error> {
    let (app, was_preview1) = open(app)?;
    let component = app.as_deref().map(read).transpose()?;
    let adapters = adapters::load().map_err(Error::compose)?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let plan = plan::plan(component.as_ref(), policy, &adapters)?;
    if let (true, Some(bytes), Some(component)) = (plan.is_nothing(), &app, &component) {
        let host = component.imports.iter().map(|item| item.name.clone()).collect();
        let report = Report::of(&plan, policy, host);
        return Ok(Prepared { artifact: bytes.clone().into(), report, was_preview1, is_unchanged: true });
    }
    let tree = policy.tree().map_err(Error::embedded)?;
    let composed = compose::compose(&plan, app, tree).map_err(Error::compose)?;
    let compose::Composed { mut artifact, imports, parts } = composed;
    let report = Report::of(&plan, policy, imports);
    artifact.append(&Provenance::of(&plan, parts, policy, &report).section().map_err(Error::compose)?);
    Ok(Prepared { artifact, report, was_preview1, is_unchanged: false })
}

/// The app as a component, and whether it was made one first.
fn open(app: Option<&[u8]>) -> Result<(Option<Vec<u8>>, bool), Error> {
    let (app, was_preview1) = app.map(opened).transpose()?.unzip();
    Ok((app, was_preview1.unwrap_or(false)))
}

/// What the app imports and exports.
fn read(app: &[u8]) -> Result<Component, Error> {
    Component::of(app).context("failed to read the component").map_err(Error::app)
}

/// What [`virtualize`] would do, and why, without doing it. What of it would fail fails here, but for what only shows when
/// everything is put together.
pub fn picture(app: Option<&[u8]>, policy: &Policy) -> Result<Picture, Error> {
    let (app, was_preview1) = open(app)?;
    let component = app.as_deref().map(read).transpose()?;
    let adapters = adapters::load().map_err(Error::compose)?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let plan = plan::plan(component.as_ref(), policy, &adapters)?;
    let mut picture = Picture::of(&plan, component.as_ref(), policy, &adapters).map_err(Error::compose)?;
    if let Some(node) = picture.nodes.last_mut().filter(|_| app.is_some()) {
        node.bytes = app.as_ref().map(|bytes| bytes.len() as u64);
    }
    if was_preview1 {
        let text = "the app is a preview 1 module, which is made a component first".to_owned();
        picture.notes.push(Remark { is_warning: false, text });
    }
    Ok(picture)
}

/// The component of the user's, and whether it was a preview 1 module before.
fn opened(bytes: &[u8]) -> Result<(Vec<u8>, bool), Error> {
    Ok(match component::open(bytes).map_err(Error::app)? {
        Input::Component => (bytes.to_vec(), false),
        Input::Preview1(component) => (component, true),
    })
}
