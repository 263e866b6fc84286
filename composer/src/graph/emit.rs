//! A composition as what wac makes it from: the graph, and the components that it names.

use super::wac::{ROOT, Written, package_of};
use crate::Error;
use crate::component::Component;
use crate::compose::{FILES, Wired, wire};
use crate::policy::Policy;
use crate::tree::{Artifact, component};
use crate::{adapters, opened, plan};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use wac_graph::NodeKind;

/// A graph and its components.
pub struct Emitted<'a> {
    /// The graph: `wac compose` in its folder makes the component.
    pub text: String,
    /// The components, by the name of their packages.
    pub deps: BTreeMap<String, Artifact<'a>>,
}

impl Emitted<'_> {
    /// Where wac looks for a component, from the folder of the graph.
    pub fn place(package: &str) -> PathBuf {
        let mut place = PathBuf::from("deps");
        place.extend(package.split(':'));
        place.with_extension("wasm")
    }
}

/// What [`virtualize`](crate::virtualize) composes, not composed.
///
/// # Errors
///
/// What [`virtualize`](crate::virtualize) says; [`Error::Graph`], if WAC has no way to write it.
pub fn emit<'a>(app: Option<&[u8]>, policy: &'a Policy) -> Result<Emitted<'a>, Error> {
    emitted(app, policy).map_err(Error::graph)
}

fn emitted<'a>(app: Option<&[u8]>, policy: &'a Policy) -> Result<Emitted<'a>> {
    let app = app.map(opened).transpose()?.map(|(component, _)| component);
    let component = app.as_deref().map(Component::of).transpose().context("failed to read the component")?;
    let adapters = adapters::load()?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let plan = plan::plan(component.as_ref(), policy, &adapters)?;
    if plan.is_nothing() {
        bail!("nothing is virtualized, so there is no graph to write: the result would be the input, byte for byte");
    }
    let wired = wire(&plan, app)?;
    let written = Written::of(&wired)?;
    let mut deps = BTreeMap::new();
    if written.imports_some() {
        deps.insert(ROOT.to_owned(), written.root()?.into());
    }
    let Wired { graph, .. } = &wired;
    for node in graph.node_ids().filter(|node| matches!(graph[*node].kind(), NodeKind::Instantiation(_))) {
        let (name, package) = (package_of(graph, node)?, graph[node].package().context("it is an instance")?);
        let artifact = match name == FILES {
            true => component::alone(policy.tree()?)?,
            false => graph[package].bytes().to_vec().into(),
        };
        deps.insert(name.to_owned(), artifact);
    }
    let text = format!(
        "// Made by virt-compose. In this folder, where `deps` has the parts, this makes the component again:\n\
         //\n\
         //   wac compose composition.wac -o out.wasm\n\
         {}",
        written.text()?
    );
    Ok(Emitted { text, deps })
}
