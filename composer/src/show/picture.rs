//! What there is to see of a plan. It is also the JSON: each struct an object, each field by its name, cases in lower case
//! with hyphens.

use serde::Serialize;

/// What would be wired to what, and why.
///
/// As JSON it is the whole document. What is in it may grow; what is there already changes its name or meaning only with the
/// version. Values that the policy sets are part of it, those of variables included.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Picture {
    /// The version of this format: [`Picture::VERSION`].
    pub version: u32,
    /// What the app is called: `app`, unless somebody knows better. For a bundle `null`.
    pub app: Option<String>,
    /// Whether nothing is to be done: the result is the app, as it is.
    pub is_unchanged: bool,
    /// Where `wasi:io` comes from.
    pub io: Io,
    /// The host first, then the parts in the order in which they are made, each after those it needs; last the app, or who uses
    /// the bundle.
    pub nodes: Vec<Node>,
    /// Who has interfaces for whom; by who uses them, in the order of the nodes.
    pub wires: Vec<Wire>,
    /// All that somebody wants: first the app's, in its order, then the adapters'.
    pub interfaces: Vec<Interface>,
    /// What the result imports: all that is left to the host.
    pub imports: Vec<String>,
    /// What the result exports.
    pub exports: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<Remark>,
}

/// The outcome of the io rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Io {
    /// Whose streams, pollables and io errors are.
    pub owner: IoOwner,
    /// Interfaces that make some which are not the host's.
    pub because: Vec<String>,
}

/// Whose `wasi:io` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IoOwner {
    /// The host's.
    Host,
    /// Nobody's: it is denied with what has streams.
    Denied,
    /// The adapter's, which exchanges it for the host's.
    Virtual,
}

/// The host, a part of the composition, or the app.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Node {
    /// The name, which no other node has: `host`, `app`, the build of an adapter, `files`, `interposer-1`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The adapter that this is a build of, by its subsystem. Otherwise `null`.
    pub adapter: Option<&'static str>,
    /// Bytes: of a component as it is, of files what is in them. `null` for the host, and for an app that is not at hand.
    pub bytes: Option<u64>,
    /// What it does under the policy, in words; may be empty.
    pub policy: String,
    /// How far it is from the host: 0 is the host, and everything is above all that it uses.
    pub layer: usize,
    /// Whether its streams and pollables are virtual.
    pub has_virtual_streams: bool,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// Whoever runs the result.
    Host,
    /// An adapter, as published.
    Adapter,
    /// What is generated to treat functions one by one.
    Interposer,
    /// The component of embedded files.
    Files,
    /// The app.
    App,
    /// In place of an app, whoever uses the bundle.
    User,
}

/// Interfaces that one node has for another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Wire {
    /// The name of the node that has them.
    pub from: String,
    /// The name of the node that uses them.
    pub to: String,
    /// Who has the last word on them. There may be a wire for each case between the same two.
    pub by: By,
    /// Their names, as the one who uses them has them; what interposers use, as the one who has it does. `wasi:` stands for the
    /// `host:` of adapters.
    pub interfaces: Vec<String>,
}

/// Who has the last word on an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum By {
    /// The host, directly or through an interposer that passes on, exchanges streams or asks an adapter first.
    Host,
    /// An adapter.
    Adapter,
    /// What is embedded.
    Files,
    /// Nobody: it answers with what the policy fixes.
    Constant,
    /// Nobody: it is denied.
    Denied,
    /// Nobody: an adapter has it among its imports, and calls nothing of it under this policy.
    Unused,
    /// Whoever has the interface that a type is taken from.
    Type,
}

/// An interface that somebody wants, or a function or type of the world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interface {
    /// The name, as the user has it.
    pub name: String,
    /// Who wants it: a node; `interposers` where some call it in place of another, or ask it first.
    pub user: String,
    /// Who has the last word.
    pub by: By,
    /// The parts on the way, those that are asked included. Empty if it comes from the host as it is.
    pub through: Vec<String>,
    /// Why it is so, in words.
    pub why: String,
    /// Its functions in their order.
    pub functions: Vec<Function>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// The name.
    pub name: String,
    /// What becomes of it.
    pub treatment: Treated,
    /// More of that: the value of an answer in WIT's notation, the function that guards it. Otherwise `null`.
    pub detail: Option<String>,
}

/// What becomes of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Treated {
    /// The provider's, as it is.
    AsIs,
    /// The provider's, and streams are exchanged.
    Converted,
    /// An adapter is asked ahead of the call, or about what it gave.
    Guarded,
    /// An adapter's is there in place of the host's.
    TakenOver,
    /// Answers by itself with what the policy fixes.
    Answered,
    /// Answers by itself that it is denied, or with nothing.
    Refused,
    /// Traps.
    Traps,
    /// Is there and never called.
    Uncalled,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Remark {
    /// Whether something has no effect that somebody may have expected.
    pub is_warning: bool,
    /// What there is to say.
    pub text: String,
}

impl Picture {
    /// The version of the JSON.
    pub const VERSION: u32 = 1;

    /// Calls the app by a name.
    pub fn call(&mut self, name: &str) {
        if let Some(app) = &mut self.app {
            name.clone_into(app);
        }
    }

    /// What a node is called for people.
    pub(super) fn title<'a>(&'a self, node: &'a Node) -> &'a str {
        match node.kind {
            Kind::App => self.app.as_deref().unwrap_or(&node.name),
            Kind::User => "whoever uses the bundle",
            Kind::Host | Kind::Adapter | Kind::Interposer | Kind::Files => &node.name,
        }
    }

    /// The position of a node by its name.
    pub(super) fn position(&self, name: &str) -> usize {
        self.nodes.iter().position(|node| node.name == name).unwrap_or(0)
    }

    /// What is said of a node below its title: what it is and weighs, and what the policy says.
    pub(super) fn about(&self, node: &Node) -> Vec<String> {
        let what = match (node.kind, node.adapter) {
            (Kind::Host, _) => "whoever runs the result".to_owned(),
            (Kind::Adapter, Some(adapter)) if adapter != node.name => format!("adapter, build of `{adapter}`"),
            (Kind::Adapter, _) => "adapter".to_owned(),
            (Kind::Interposer, _) => "interposer, generated".to_owned(),
            (Kind::Files, _) => "embedded files".to_owned(),
            (Kind::App, _) => "the app".to_owned(),
            (Kind::User, _) => "imports what the bundle exports".to_owned(),
        };
        let size = node.bytes.map_or(String::new(), |bytes| format!(", {}", crate::words::size(bytes)));
        let mut lines = vec![format!("{what}{size}")];
        lines.extend((!node.policy.is_empty()).then(|| node.policy.clone()));
        lines
    }

    /// The outcome of the io rule, in words.
    pub(super) fn io_in_words(&self) -> String {
        let because = crate::report::compact(&self.io.because);
        match (self.io.owner, because.is_empty()) {
            (IoOwner::Host, _) => "io: the host's, because nothing makes streams that are not".to_owned(),
            (IoOwner::Denied, _) => "io: denied, because nothing is left that has streams of the host's".to_owned(),
            (IoOwner::Virtual, true) => "io: virtual, because it was asked for".to_owned(),
            (IoOwner::Virtual, false) => format!("io: virtual, because of {because}"),
        }
    }
}

impl By {
    /// In a word, for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Adapter => "adapter",
            Self::Files => "files",
            Self::Constant => "constant",
            Self::Denied => "denied",
            Self::Unused => "unused",
            Self::Type => "type",
        }
    }
}

impl Treated {
    /// In words, for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::AsIs => "as is",
            Self::Converted => "converted",
            Self::Guarded => "guarded",
            Self::TakenOver => "taken over",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Traps => "trap when called",
            Self::Uncalled => "never called",
        }
    }
}
