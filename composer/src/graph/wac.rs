//! A plan as a graph in the language of wac, with every wire written down.

use crate::Error;
use crate::compose::{Root, Wired, wire};
use crate::plan::Plan;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use wac_graph::types::{ItemKind, Package, Type};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, NodeKind};

/// The package with the types of what the composition imports.
pub(super) const ROOT: &str = "virt:root";

/// A plan as WAC. `app` is the component that the plan is for.
///
/// The text names the adapters as `virt:<build>`, the interposers as `virt:interposer0` and so on, what is embedded as `virt:files`,
/// the app as `app:app`, and the types of what is imported as `virt:root`; [`emit`](super::emit()) has their components. Nothing in it is
/// left to similarity of names: each argument of each instance is there, and so is each import, under its real name.
///
/// # Errors
///
/// [`Error::Graph`], if WAC has no way to write it.
pub fn wac(plan: &Plan, app: Option<&[u8]>) -> Result<String, Error> {
    let wired = wire(plan, app.map(<[u8]>::to_vec)).map_err(Error::compose)?;
    Written::of(&wired).and_then(|written| written.text()).map_err(Error::graph)
}

/// A graph whose nodes have names.
pub(super) struct Written<'a> {
    pub graph: &'a CompositionGraph,
    root: &'a Root,
    exports: &'a [String],
    names: HashMap<NodeId, String>,
}

impl<'a> Written<'a> {
    pub fn of(Wired { graph, root, exports, .. }: &'a Wired) -> Result<Self> {
        if let Some(item) = root.items.first() {
            bail!(
                "WAC has no way to write that `{item}` is imported, which is in no interface; without a graph it can be composed"
            );
        }
        // A keyword that looks like a name.
        let mut taken = BTreeSet::from(["error-context".to_owned()]);
        let mut names = HashMap::new();
        for node in graph.node_ids() {
            let name = match graph[node].kind() {
                NodeKind::Import(name) if !name.contains(':') => {
                    bail!(
                        "WAC has no way to write that the interface `{name}` is imported, which is in no package; without a graph it can be composed"
                    )
                }
                // With its package in front no name is a keyword.
                NodeKind::Import(name) => identifier(name.split('@').next().unwrap_or(name)),
                NodeKind::Instantiation(_) => {
                    let package = package_of(graph, node)?;
                    identifier(package.strip_prefix("virt:").or(package.strip_prefix("app:")).unwrap_or(package))
                }
                NodeKind::Alias | NodeKind::Definition => continue,
            };
            names.insert(node, unique(name, &mut taken));
        }
        Ok(Self { graph, root, exports, names })
    }

    /// The text.
    pub fn text(&self) -> Result<String> {
        let mut text = String::from("package virt:composition;\n");
        if self.imports_some() {
            text.push('\n');
        }
        for node in self.graph.node_ids() {
            if let (NodeKind::Import(name), Some(id)) = (self.graph[node].kind(), self.names.get(&node)) {
                writeln!(text, "import {id} as \"{name}\": {ROOT}/{id};")?;
            }
        }
        for node in self.graph.node_ids() {
            if matches!(self.graph[node].kind(), NodeKind::Instantiation(_)) {
                self.instance(node, &mut text)?;
            }
        }
        text.push('\n');
        for name in self.exports {
            let node = self.graph.get_export(name).with_context(|| format!("`{name}` is not exported"))?;
            writeln!(text, "export {} as \"{name}\";", self.expression(node)?)?;
        }
        Ok(text)
    }

    /// Whether the text names types of what is imported.
    pub fn imports_some(&self) -> bool {
        self.graph.node_ids().any(|node| matches!(self.graph[node].kind(), NodeKind::Import(_)))
    }

    fn instance(&self, node: NodeId, text: &mut String) -> Result<()> {
        let package = package_of(self.graph, node)?;
        // The newest comes first.
        let mut arguments: Vec<_> = self.graph.get_instantiation_arguments(node).collect();
        arguments.reverse();
        write!(text, "\nlet {} = new {package} {{", self.name(node)?)?;
        for (import, source) in &arguments {
            write!(text, "\n  \"{import}\": {},", self.expression(*source)?)?;
        }
        text.push_str(if arguments.is_empty() { "};\n" } else { "\n};\n" });
        Ok(())
    }

    fn name(&self, node: NodeId) -> Result<&str> {
        self.names.get(&node).map(String::as_str).context("a node of the graph has no name")
    }

    fn expression(&self, node: NodeId) -> Result<String> {
        match self.graph.get_alias_source(node) {
            Some((source, export)) => Ok(format!("{}[\"{export}\"]", self.expression(source)?)),
            None => Ok(self.name(node)?.to_owned()),
        }
    }

    /// The types of what is imported, as a package of interfaces: wac has no other way to name them.
    pub fn root(&self) -> Result<Vec<u8>> {
        let mut types = CompositionGraph::new();
        let package = Package::from_bytes(ROOT, None, self.root.bytes.clone(), types.types_mut())?;
        let world = package.ty();
        types.register_package(package)?;
        for node in self.graph.node_ids() {
            if let NodeKind::Import(name) = self.graph[node].kind() {
                let kind = types.types()[world].imports.get(name).copied();
                let Some(ItemKind::Instance(interface)) = kind else { bail!("`{name}` is no interface") };
                types.define_type(self.name(node)?, Type::Interface(interface))?;
            }
        }
        let options = EncodeOptions { define_components: true, validate: false, processor: None };
        types.encode(options).context("failed to write the types of what is imported")
    }
}

/// The package that an instance is made from.
pub(super) fn package_of(graph: &CompositionGraph, node: NodeId) -> Result<&str> {
    let package = graph[node].package().context("an instance is made from a component")?;
    Ok(graph[package].name())
}

/// A name as WAC has them: words with hyphens between, each of which begins with a letter.
fn identifier(name: &str) -> String {
    let words = name.split([':', '/', '-']).map(|word| match word.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("n{word}"),
        false => word.to_owned(),
    });
    words.collect::<Vec<_>>().join("-")
}

/// The name, or one with a number if it is taken.
fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-x{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_that_begin_with_letters() {
        let mut taken = BTreeSet::new();
        for (name, expected) in [
            ("wasi:io/streams", "wasi-io-streams"),
            ("wasi:io/streams", "wasi-io-streams-x2"),
            ("wasi:io/streams", "wasi-io-streams-x3"),
            ("a:b/c-2d", "a-b-c-n2d"),
        ] {
            assert_eq!(unique(identifier(name), &mut taken), expected);
        }
    }
}
