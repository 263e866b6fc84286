//! Graphs in the language of wac: plans written down in it, and those that people write, made components.
//!
//! - `wac` writes a plan as such a graph, `emit` the components that it names beside it;
//! - `build` makes a component of what somebody wrote, with our adapters as `virt:<name>` (`ours`);
//! - `streams` looks at who shares streams with whom in it, `host` gives the host's side its real names;
//! - `apart` takes a composition apart and puts it together again, for one component inside;
//! - `error` says where in the text something is wrong, `panics` what wac says when it panics.

mod apart;
mod build;
mod emit;
mod error;
mod host;
mod ours;
mod panics;
mod streams;
mod wac;

pub use apart::within;
pub use build::{Build, Built};
pub use emit::{Emitted, emit};
pub use ours::Package;
pub(crate) use ours::adapter;
pub use wac::wac;
