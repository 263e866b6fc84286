//! The file that says a policy: the mirror of what is read. It starts from the policy's profile, and has what differs.

mod fs;
mod http;
mod pairs;
mod paths;
mod sockets;
mod stdio;
mod table;
mod trace;

use crate::catalog::SUBSYSTEMS;
use crate::policy::{Clocks, Policy, Profile, Random, Scope};
use anyhow::{Context, Result};
use paths::Paths;
use std::path::Path;
use table::{Table, number, strings};

/// What is so where a file says nothing.
fn about(profile: Profile, scope: &Scope) -> String {
    let is = match profile {
        Profile::Sealed => "is denied",
        Profile::Test => "is as the profile has it",
        Profile::Open => "is left to the host",
    };
    match scope {
        Scope::All => format!("What is not said here {is}."),
        Scope::Only(_) => format!("What is not said here {is}, of what is in `with`; the rest is left alone."),
    }
}

impl Policy {
    /// The text of a policy file that says this policy, for a file in that folder: local paths are written as seen from there. The first
    /// of the arguments, which is the program's name, is not in it, and what [`Policy::touches`] says no to is not either.
    ///
    /// ```
    /// use virt_compose::policy::{Policy, Profile};
    ///
    /// let mut policy = Profile::Test.policy();
    /// policy.env.variables.set("GREETING", "hello");
    /// let text = policy.to_toml("".as_ref())?;
    /// assert!(text.contains("profile = \"test\"") && text.contains("[env]\nset = { GREETING = \"hello\" }"));
    /// # anyhow::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Policy`](crate::Error::Policy), if a file has no way to say it, or the folder is not there.
    pub fn to_toml(&self, folder: &Path) -> Result<String, crate::Error> {
        Paths::of(folder).and_then(|paths| self.written(&paths)).map_err(crate::Error::policy)
    }

    /// The same for an artifact, which has what is embedded, wherever that was: neither that nor its paths are told.
    pub(crate) fn to_toml_inside(&self) -> Result<String> {
        self.written(&Paths::Untold)
    }

    fn written(&self, paths: &Paths) -> Result<String> {
        let start = self.profile.policy();
        let (mut allow, mut deny, mut tables) = (Vec::new(), Vec::new(), Vec::new());
        let rows = SUBSYSTEMS.iter().filter(|row| row.name != "io" && self.touches(row.name));
        for row in rows.filter(|row| !self.agrees(&start, row.name)) {
            let (mut opened, mut denied) = (start.clone(), start.clone());
            opened.allow(row.name);
            denied.deny(row.name);
            if self.agrees(&opened, row.name) {
                allow.push(row.name);
            } else if self.agrees(&denied, row.name) {
                deny.push(row.name);
            } else if row.name == "fs" && fs::lacks(&self.fs, &start.fs) {
                deny.push(row.name);
                tables.extend(self.tables(&denied, row.name, paths)?);
            } else {
                tables.extend(self.tables(&start, row.name, paths)?);
            }
        }
        let mut top = Table::top(about(self.profile, &self.scope));
        top.add("version", super::VERSION);
        if self.profile != Profile::default() {
            top.add("profile", self.profile.name());
        }
        if let Scope::Only(names) = &self.scope {
            top.add("with", strings(names));
        }
        for (key, names) in [("allow", allow), ("deny", deny)] {
            if !names.is_empty() {
                top.add(key, strings(&names));
            }
        }
        if !self.seal.is_empty() {
            top.add("seal", strings(&self.seal));
        }
        if self.trap {
            top.add("trap", true);
        }
        tables.extend(trace::trace(&self.trace));
        tables.insert(0, top);
        Ok(tables.iter().map(Table::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// The tables of a subsystem, which make of what it starts from what it is.
    fn tables(&self, start: &Self, subsystem: &str, paths: &Paths) -> Result<Vec<Table>> {
        Ok(match subsystem {
            "env" => pairs::env(&self.env, &start.env),
            "config" => pairs::config(&self.config, &start.config),
            "clocks" => clocks(&self.clocks),
            "random" => random(&self.random),
            "stdio" => stdio::stdio(&self.stdio, &start.stdio, paths).context("in `[stdio]`")?,
            "http" => http::http(&self.http, &start.http, paths).context("in `[http]`")?,
            "sockets" => sockets::sockets(&self.sockets, &start.sockets),
            "fs" => fs::fs(&self.fs, &start.fs, paths).context("in `[fs]`")?,
            _ => Vec::new(),
        })
    }
}

fn clocks(clocks: &Clocks) -> Vec<Table> {
    let mut table = Table::of("[clocks]");
    table.add_some("time", clocks.text());
    vec![table]
}

fn random(random: &Random) -> Vec<Table> {
    let mut table = Table::of("[random]");
    if let Random::Seeded(seed) = random {
        table.add("seed", number(*seed, seed.to_string()));
    }
    vec![table]
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub use tests::check_that_a_file_says;
