//! Interposers: components that stand between those who provide interfaces and those who use them, and treat each
//! function separately. They are generated for the app at hand.
//!
//! One interposer may carry many interfaces: a server pays for every instance at every request. `plan` says which; this
//! module says what the functions do ([`Treatment`]) and writes the component down.
//!
//! - `treatment` writes the core functions: `answer` what needs no provider, `ask` what guards do, `lend` what is done to handles that
//!   are lent, `trace` how calls are written down, and `print` their values;
//! - `body` is one such function, and the way to the handles inside its values; `load` takes values out of memory;
//! - `types` writes WIT types as component types;
//! - `encode` puts the component together: `imports`, the core modules (`module`), and `inner` components for the names.

mod body;
mod encode;
mod load;
mod treatment;
pub mod types;

use crate::denial::Answer;
use crate::names::Track;
use crate::wit::{Item, Named, Wit};

pub use encode::{Built, Wire, encode};

/// What an interposer does with one function.
#[derive(Clone, Debug, PartialEq)]
pub enum Treatment {
    /// The provider's function, re-exported: no code, no cost.
    AsIs,
    /// Calls the provider and exchanges io handles through the bridge.
    Converted,
    /// Asks an adapter's function. If it says yes, calls the provider, and exchanges handles; if no, answers as if denied.
    Guarded(Guard),
    /// The function of that name of an adapter's, in the provider's place. If it is a method, so is its resource.
    Taken,
    /// Answers by itself. Denial and settings both are this.
    Answered(Answer),
    /// Calls the provider, and writes the call down.
    Traced,
    /// Calls the provider, and exchanges handles that have numbers, because others write them down.
    Numbered,
}

/// What an adapter is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Its function, which gives a `bool`.
    pub hook: String,
    /// What it is asked about.
    pub about: About,
}

/// What an adapter is asked about, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Those of the arguments that it names, ahead of the call.
    Arguments,
    /// Each element of the list among the arguments, ahead of the call: the field that it names. The list ends before the first
    /// that is refused, and if nothing is left, the function answers as if denied.
    Elements,
    /// The handle that the function gave, the first of the resource that it takes. If that is refused, all that was given is
    /// dropped.
    Result,
    /// Each element of the list that the function gave: the field that it names. Those that are refused are taken out.
    ResultElements,
}

/// One interface of an interposer.
pub struct Interposed<'a> {
    /// The types.
    pub wit: &'a Wit,
    /// The interface, or a function or type of the world, as its user describes it.
    pub item: &'a Item,
    /// What to do with each of its functions, in their order.
    pub treatments: Vec<Treatment>,
    /// The interface of the host's that is called in its place, function by function; `None` is the same one.
    pub instead: Option<(&'a Wit, &'a Item)>,
    /// The interface of an adapter's that guarded functions ask, and that has those which are taken over.
    pub hooks: Option<(&'a Wit, &'a Item)>,
}

impl Treatment {
    /// Whether the provider is called.
    pub fn calls(&self) -> bool {
        matches!(self, Self::AsIs | Self::Converted | Self::Guarded(_) | Self::Traced | Self::Numbered)
    }
}

impl<'a> Interposed<'a> {
    /// The interface of the host's that is called, as somebody describes it.
    fn called(&self) -> (&'a Wit, &'a Item) {
        self.instead.unwrap_or((self.wit, self.item))
    }
}

/// An interposer.
pub struct Interposer<'a> {
    /// Its interfaces, each after those whose types it uses.
    pub interfaces: Vec<Interposed<'a>>,
    /// Where the resources of an interface come from, inside.
    pub provider: &'a dyn Fn(&Track) -> Provider,
    /// The descriptions of an interface of the host's that others use types of.
    pub describe: &'a dyn Fn(&Track) -> Vec<(&'a Wit, &'a Item)>,
    /// Whether io handles are virtual inside, so that the host's are exchanged.
    pub virtual_io: bool,
    /// How calls are written down, if any are.
    pub trace: Option<Tracing<'a>>,
    /// Whether its memory starts empty, and the first call that needs it fills it.
    pub sleeps: bool,
    /// Whether others than the parts of a composition are to make sense of what it exports: tools that read WIT want each
    /// interface to have names of its own for types of others, which takes more bytes.
    pub is_public: bool,
}

/// How calls are written down.
pub struct Tracing<'a> {
    /// The interfaces of the adapter's that are told of them.
    pub calls: Vec<(&'a Wit, &'a Item)>,
    /// Which resources have numbers: the interposer defines them, and each stands for one of the provider's.
    pub numbers: &'a dyn Fn(&Named) -> bool,
    /// Of which interfaces calls are written down.
    pub is_aloud: &'a dyn Fn(&Track) -> bool,
    /// Of how many elements a list is written down.
    pub size: u32,
    /// What stands ahead of each line.
    pub prefix: &'a str,
    /// Where they go, for backtraces.
    pub to: &'a str,
}

/// Where the resources of an interface come from, as an interposer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The host, directly or through an interposer that passes them on.
    Host,
    /// This interposer: it denies the interface, and the resources are its own.
    Own,
    /// Another part of the composition.
    Part,
}
