//! `[env]` and `[config]`.

use crate::policy::{Arguments, Directory, Pairs, Policy};
use anyhow::{Result, ensure};
use indexmap::IndexMap;
use serde::Deserialize;

/// Variables, arguments and working directory
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[env]` with `set`, `allow`, `deny`, `args` or `cwd`")]
pub struct EnvTable {
    /// Variables, in the order in which the app sees them
    set: Map<String>,
    /// The host's variables: all, none, or those of these names
    allow: Option<AllOr<Names>>,
    /// Names of the host's variables that are kept back even so
    deny: Names,
    /// Arguments, after the program's name; `true` is the host's
    args: Option<AllOr<Names>>,
    /// The initial working directory; `true` is the host's
    cwd: Option<AllOr<String>>,
}

/// Values of `wasi:config`
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[config]` with `set`, `allow` or `deny`")]
pub struct ConfigTable {
    /// Values by their keys
    set: Map<String>,
    /// The host's values: all, none, or those of these keys
    allow: Option<AllOr<Names>>,
    /// Keys of the host's values that are kept back even so
    deny: Names,
}

pub type Names = Vec<String>;

/// By names, in the order in which they are written.
pub type Map<T> = IndexMap<String, T>;

/// `true` is the host's, `false` nothing.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    untagged,
    expecting = "expected `true`, `false`, or what is there instead: a list of strings (`cwd`: a string)"
)]
pub enum AllOr<T> {
    Host(bool),
    Set(T),
}

/// Changes what is set and what passes, as the table of that name says, and gives back what there is to say.
fn pairs(
    table: &str,
    pairs: &mut Pairs,
    set: &Map<String>,
    allow: Option<&AllOr<Names>>,
    deny: &Names,
) -> Result<Vec<String>> {
    let listed = match allow {
        Some(AllOr::Set(names)) => names.as_slice(),
        _ => &[],
    };
    for name in set.keys().chain(listed).chain(deny) {
        ensure!(
            !name.is_empty() && !name.contains(['=', '*']),
            "`[{table}]` has `{name}`, which is no name; names stand alone, values in `set`, and `allow = true` is all"
        );
    }
    match allow {
        None => {}
        Some(AllOr::Host(true)) => pairs.visible = None,
        Some(AllOr::Host(false)) => pairs.visible = Some(Vec::new()),
        Some(AllOr::Set(names)) => {
            pairs.visible = Some(Vec::new());
            names.iter().for_each(|name| pairs.show(name));
        }
    }
    for (name, value) in set {
        pairs.set(name, value);
    }
    let mut notes = Vec::new();
    for name in deny {
        pairs.hide(name);
        if pairs.visible.as_ref().is_some_and(|visible| !visible.contains(name)) {
            notes.push(format!("in `[{table}]`, `deny` has `{name}`, which changes nothing: it is not let through"));
        }
    }
    Ok(notes)
}

impl EnvTable {
    /// Changes what the app sees, and gives back what there is to say.
    pub fn apply(&self, policy: &mut Policy, program: &str) -> Result<Vec<String>> {
        let notes = pairs("env", &mut policy.env.variables, &self.set, self.allow.as_ref(), &self.deny)?;
        match &self.args {
            None => {}
            Some(AllOr::Host(true)) => policy.env.arguments = Arguments::Host,
            Some(AllOr::Host(false)) => policy.env.arguments = Arguments::Set(Vec::new()),
            Some(AllOr::Set(args)) => {
                let args = std::iter::once(program.to_owned()).chain(args.iter().cloned());
                policy.env.arguments = Arguments::Set(args.collect());
            }
        }
        match &self.cwd {
            None => {}
            Some(AllOr::Host(true)) => policy.env.cwd = Directory::Host,
            Some(AllOr::Host(false)) => policy.env.cwd = Directory::Absent,
            Some(AllOr::Set(path)) => policy.env.cwd = Directory::Path(path.clone()),
        }
        Ok(notes)
    }
}

impl ConfigTable {
    /// Changes what the app sees, and gives back what there is to say.
    pub fn apply(&self, policy: &mut Policy) -> Result<Vec<String>> {
        pairs("config", &mut policy.config.values, &self.set, self.allow.as_ref(), &self.deny)
    }
}
