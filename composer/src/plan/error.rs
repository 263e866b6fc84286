//! Why there is no plan. Every message names the thing and the way out.

use crate::catalog::{SUBSYSTEMS, subsystem, subsystem_of};
use crate::names::InterfaceName;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A function of the host's would keep a virtual handle.
    #[error(
        "`{function}` of `{interface}` takes a stream, pollable or error for good, and a virtual one cannot become the \
         host's: deny the interface with `--seal {path}`, or leave alone what makes streams virtual ({makers}; {})",
        opening(makers)
    )]
    TakesIo {
        /// The interface.
        interface: String,
        /// The same, without version.
        path: String,
        /// The function.
        function: String,
        /// What makes streams virtual.
        makers: String,
    },
    /// The app exports something with a type that would not be the host's.
    #[error(
        "the app exports `{export}`, which has the type `{name}` of `{interface}`; virtualized, nobody outside could call \
         it: {}, or {way_out}",
        leaving(by)
    )]
    Exported {
        /// The export.
        export: String,
        /// The type.
        name: String,
        /// The interface that has it.
        interface: String,
        /// What makes it virtual, or denies it.
        by: DeniedBy,
        /// What else there is to do.
        way_out: &'static str,
    },
    /// The app exports something with streams, pollables or errors, and these are virtual inside.
    #[error(
        "the app exports `{export}`, which has `{name}` of `{interface}`; with virtual streams nobody outside could call \
         it: leave to the host what makes them virtual ({makers}; {}), or wrap the export in a component of your own",
        opening(makers)
    )]
    ExportedIo {
        /// The export.
        export: String,
        /// The type.
        name: String,
        /// The interface that has it.
        interface: String,
        /// What makes streams virtual.
        makers: String,
    },
    /// Two interfaces share a resource, and are not both the host's, an adapter's or denied.
    #[error(
        "`{left}` shares the resource `{resource}` with `{denied}`, and one is the host's while the other is denied or virtual, so no \
         handle could go from one to the other: deny both, with `--seal {path}`, or {}",
        leaving_both(denied, sealed.as_deref())
    )]
    Torn {
        /// The one that is not denied.
        left: String,
        /// The same, without version.
        path: String,
        /// The one that is not.
        denied: String,
        /// What they share.
        resource: String,
        /// The pattern that denies it, if one does.
        sealed: Option<String>,
    },
    /// The adapter lacks a function.
    #[error(
        "the app imports `{function}` of `{interface}`, and the `{adapter}` adapter, which has version {has}, lacks it: \
         leave `{adapter}` to the host (`--allow-{adapter}`), or build the app for {has} or older"
    )]
    Missing {
        /// The interface, with the app's version.
        interface: String,
        /// The function.
        function: String,
        /// The adapter.
        adapter: &'static str,
        /// The version of the adapter's interface.
        has: String,
    },
    /// The adapter does not have the interface, in that version or beside others.
    #[error(
        "the `{adapter}` adapter cannot stand in for `{interface}`, or not beside all else that the app imports of it: leave \
         `{adapter}` to the host (`--allow-{adapter}`), deny it, or build the app for one version"
    )]
    NoAdapter {
        /// The interface, with the app's version.
        interface: String,
        /// The adapter.
        adapter: &'static str,
    },
    /// wac cannot write down a function of the world that lends a handle.
    #[error(
        "the app imports `{function}`, which is in no interface and lends a `{resource}`, and virt-compose cannot pass \
         such a function on: deny it with `--seal`, and all else that shares the resource, or build the app with an \
         interface around it"
    )]
    Lent {
        /// The function.
        function: String,
        /// What it lends.
        resource: String,
    },
    /// A denied or carried function has types that came after 0.2.
    #[error(
        "the app imports `{function}` of `{interface}`, which is not WASI 0.2, and virt-compose cannot stand in for it \
         yet: leave it to the host with `--with` and the subsystems that you do want changed, or build the app for 0.2"
    )]
    NotYet {
        /// The interface.
        interface: String,
        /// The function.
        function: String,
    },
    /// Rules are about what they know.
    #[error(
        "the app imports `{interface}` (with `{function}`), and rules for `{subsystem}` are about WASI 0.2, so it would go past them: \
         deny it with `--seal`, by its name without the version, or leave all of it to the host (`--allow-{subsystem}`)"
    )]
    Unruled {
        /// The interface.
        interface: String,
        /// Its first function.
        function: String,
        /// The subsystem that has rules.
        subsystem: &'static str,
    },
    /// The policy configures a subsystem that the app does not use.
    #[error(
        "the app imports nothing of {}, so what is said of `{subsystem}` ({}) cannot take effect: leave it out",
        interfaces_of(subsystem),
        options_of(subsystem)
    )]
    CannotTakeEffect {
        /// The subsystem.
        subsystem: &'static str,
    },
    /// The policy says something of an interface that the app does not import.
    #[error(
        "the app does not import `{interface}`, so what is said of it ({}) cannot take effect: leave it out",
        subsystem_of(&InterfaceName::parse(interface).track()).map_or(String::new(), |row| options_of(row.name))
    )]
    NotImported {
        /// The interface.
        interface: &'static str,
    },
    /// No adapter has the interface that is to be called in place of another. The catalog's rows have both.
    #[error(
        "nobody describes `{interface}`, which is to be called in place of another; this is a defect of virt-compose"
    )]
    NotDescribed {
        /// The interface.
        interface: &'static str,
    },
    /// Nothing that is to be written down is called.
    #[error("the app imports nothing that `--trace{}` names: {}", of_trace(of), instead_of_trace(uses))]
    TracesNothing {
        /// The patterns; none, if all is meant.
        of: String,
        /// The subsystems that the app uses.
        uses: Vec<&'static str>,
    },
    /// There is no app whose calls could be written down.
    #[error(
        "`--trace` writes down what an app calls, and there is none: leave it out here, and trace what the adapters are used in"
    )]
    TracesNobody,
    /// Nothing of what is to be written down can be.
    #[error("nothing that `--trace` names can be traced: {interface} cannot, because {why}")]
    CannotTrace {
        /// The first interface.
        interface: String,
        /// Why not.
        why: String,
    },
    /// An output is to go to a file that cannot be written.
    #[error("`{option}` is to go to `{path}`, and {why}: {way}")]
    NoFile {
        /// The option.
        option: &'static str,
        /// The file.
        path: String,
        /// Why not.
        why: String,
        /// The way out.
        way: String,
    },
    /// The app exports what the composition was asked to export.
    #[error("the app exports `{interface}` itself, so its output cannot be exported under that name: leave it out")]
    ExportedTwice {
        /// The interface.
        interface: String,
    },
    /// What the policy says of one subsystem contradicts itself.
    #[error("{why}")]
    Contradiction {
        /// How, and the way out.
        why: String,
    },
    /// An option about what `--seal` denies.
    #[error(
        "`--seal {pattern}` denies what is said of `{subsystem}` ({}), which cannot take effect: leave one out",
        options_of(subsystem)
    )]
    SealedOption {
        /// The subsystem.
        subsystem: &'static str,
        /// The pattern.
        pattern: String,
    },
    /// `wasi:io` is sealed by name, and something has streams.
    #[error(
        "`--seal {pattern}` takes in `wasi:io`, whose streams other interfaces have: deny those, and it goes with them"
    )]
    SealsIo {
        /// The pattern.
        pattern: String,
    },
    /// The parts need each other in a circle. The catalog's rows import only from below, and WIT has no cycles.
    #[error("`{interface}` would need itself; this is a defect of virt-compose")]
    Cycle {
        /// One of those in the circle.
        interface: String,
    },
    /// Without an app, only subsystems that have an adapter make something, and only if they are not the host's.
    #[error(
        "there is no app, and nothing in `--with` gives a bundle: name an app, or deny or set something of {}",
        with_adapter()
    )]
    NothingToBundle,
}

/// What of a policy keeps the host's from the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeniedBy {
    /// What is said of a subsystem, or that nothing is.
    Subsystem(&'static str),
    /// A pattern of `--seal`.
    Seal(String),
}

/// The interfaces of a subsystem.
fn interfaces_of(name: &str) -> String {
    let interfaces = subsystem(name).map_or(&[][..], |row| row.interfaces);
    let of_wasi = interfaces.iter().filter(|interface| interface.starts_with("wasi:"));
    of_wasi.map(|interface| format!("`{interface}`")).collect::<Vec<_>>().join(", ")
}

/// Where a user says something of a subsystem.
fn options_of(name: &str) -> String {
    let options = subsystem(name).map_or(&[][..], |row| row.options).iter().map(|option| format!("`{option}`, "));
    format!("{}`[{name}]` in a policy file", options.collect::<String>())
}

/// How to leave it to the host.
fn leaving(by: &DeniedBy) -> String {
    match by {
        DeniedBy::Seal(pattern) => format!("leave `--seal {pattern}` out"),
        DeniedBy::Subsystem(name) => format!("leave `{name}` to the host (`--allow-{name}`)"),
    }
}

/// The same for two interfaces of which one is denied.
fn leaving_both(denied: &str, sealed: Option<&str>) -> String {
    match (sealed, opening(denied)) {
        (Some(pattern), _) => format!("leave `--seal {pattern}` out"),
        (None, options) if options.is_empty() => "leave both to the host".to_owned(),
        (None, options) => format!("leave both to the host ({options})"),
    }
}

/// The options that leave to the host what makes streams virtual: interfaces, as an error has them.
fn opening(makers: &str) -> String {
    let rows = makers.split(", ").filter_map(|maker| subsystem_of(&InterfaceName::parse(maker).track()));
    let mut options: Vec<String> = rows.map(|row| format!("`--allow-{}`", row.name)).collect();
    options.dedup();
    options.join(", ")
}

/// The subsystems that have an adapter.
fn with_adapter() -> String {
    let rows = SUBSYSTEMS.iter().filter(|row| !row.builds.is_empty());
    rows.map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// What stands behind `--trace`.
fn of_trace(of: &str) -> String {
    if of.is_empty() { String::new() } else { format!("={of}") }
}

fn instead_of_trace(uses: &[&str]) -> String {
    match uses {
        [] => "leave it out".to_owned(),
        uses => format!("it uses {}; write `--trace` for all that it calls, or leave it out", uses.join(", ")),
    }
}
