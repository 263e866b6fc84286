//! What the end-to-end tests share: guests, composing as the command line does, and a host, which is wasmtime, for
//! commands and for servers.

pub mod guests;
pub mod host;
pub mod net;
pub mod outgoing;
pub mod random;
pub mod serve;
pub mod speed;
pub mod upstream;

use anyhow::Result;
use virt_compose::Outcome;
use virt_compose::cli::Cli;

/// Virtualizes as the command line does.
pub fn compose(app: &[u8], args: &[&str]) -> Result<Outcome> {
    Ok(virt_compose::virtualize(Some(app), &Cli::policy_of(args)?)?)
}

/// What a component imports, from itself.
pub fn imports(component: &[u8]) -> Result<Vec<String>> {
    let component = virt_compose::component::Component::of(component)?;
    Ok(component.imports.into_iter().map(|item| item.name).collect())
}
