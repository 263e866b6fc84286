//! `[sockets]`.

use super::pairs::{AllOr, Map, Names};
use crate::cli::parse_address;
use crate::policy::{SocketRule, Sockets};
use anyhow::{Context, Result};
use serde::Deserialize;

/// What sockets may do, and which names have addresses of their own
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[sockets]` with `allow`, `deny`, `audit`, `hosts` or `loopback`")]
pub struct SocketsTable {
    /// The host's: all, none, or what these rules say, such as `tcp:10.0.0.0/8:5432`, `udp:*:53`, `listen:127.0.0.1:8080`,
    /// `accept:127.0.0.0/8:*`, `dns:*.example.com`
    allow: Option<AllOr<Names>>,
    /// Rules for what is denied even so
    deny: Names,
    /// Do what would be denied, and write it down on standard error
    audit: bool,
    /// Names that are answered without the host, and their addresses
    hosts: Map<AddressOrMore>,
    /// Whether sockets reach only each other, in memory
    loopback: bool,
}

/// One address, or several.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected an address such as \"127.0.0.1\", or a list of them")]
enum AddressOrMore {
    One(String),
    Several(Names),
}

impl SocketsTable {
    /// Changes what sockets may do, and gives back what there is to say.
    pub fn apply(&self, sockets: &mut Sockets) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        match &self.allow {
            // It takes the place of what is open besides.
            None if self.loopback => sockets.allow = Some(Vec::new()),
            None => {}
            Some(AllOr::Host(true)) => sockets.allow = None,
            Some(AllOr::Host(false)) => sockets.allow = Some(Vec::new()),
            Some(AllOr::Set(listed)) => {
                if listed.is_empty() {
                    notes.push(
                        "in `[sockets]`, `allow` lists nothing, so all of it is denied; `true` leaves it to the host"
                            .to_owned(),
                    );
                }
                sockets.allow = Some(rules(listed).context("in `[sockets]`, `allow`")?);
            }
        }
        let denied = rules(&self.deny).context("in `[sockets]`, `deny`")?;
        denied.iter().try_for_each(SocketRule::check_denied).context("in `[sockets]`, `deny`")?;
        sockets.deny.extend(denied);
        sockets.audit |= self.audit;
        for (name, addresses) in &self.hosts {
            let addresses = match addresses {
                AddressOrMore::One(address) => std::slice::from_ref(address),
                AddressOrMore::Several(addresses) => addresses.as_slice(),
            };
            let add = |address: &String| sockets.host(name, parse_address(address)?);
            addresses.iter().try_for_each(add).context("in `[sockets]`, `hosts`")?;
        }
        sockets.loopback |= self.loopback;
        if !self.deny.is_empty() && sockets.allow == Some(Vec::new()) && !sockets.loopback {
            notes.push("in `[sockets]`, `deny` changes nothing by itself: the file lets nothing through".to_owned());
        }
        if self.audit && sockets.allow.is_none() && sockets.deny.is_empty() {
            notes.push("in `[sockets]`, `audit` changes nothing: everything is let through".to_owned());
        }
        Ok(notes)
    }
}

fn rules(texts: &[String]) -> Result<Vec<SocketRule>> {
    texts.iter().map(|text| text.parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy_file::tests::{apply, policy, refused};

    #[test]
    fn rules_and_names_are_as_written() {
        let told = policy(
            r#"
            [sockets]
            allow = ["tcp:10.0.0.0/8:5432", "dns:*.example.com"]
            deny = ["tcp:10.1.0.0/16:*"]
            audit = true
            hosts = { "db.test" = "10.0.0.5", "both.test" = ["127.0.0.1", "::1"] }
            "#,
        )
        .sockets;
        let rules = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketRule>>();
        let mut expected = Sockets {
            allow: Some(rules(&["tcp:10.0.0.0/8:5432", "dns:*.example.com"])),
            deny: rules(&["tcp:10.1.0.0/16:*"]),
            audit: true,
            ..Sockets::open()
        };
        for (name, address) in [("db.test", "10.0.0.5"), ("both.test", "127.0.0.1"), ("both.test", "::1")] {
            expected.host(name, address.parse().unwrap()).unwrap();
        }
        assert_eq!(told, expected);
        assert_eq!(policy("[sockets]\nallow = true").sockets, Sockets::open());
        assert_eq!(policy("allow = [\"sockets\"]\n[sockets]\nallow = false").sockets, Sockets::default());
        assert_eq!(policy("[sockets]\nloopback = true").sockets, Sockets { loopback: true, ..Sockets::default() });
    }

    #[test]
    fn what_changes_nothing_is_noted() {
        for (text, words) in [
            ("allow = []", "all of it is denied"),
            ("deny = [\"tcp:*:25\"]", "the file lets nothing through"),
            ("allow = true\naudit = true", "everything is let through"),
        ] {
            let (_, notes) = apply(&format!("version = 1\n[sockets]\n{text}")).unwrap();
            assert!(notes.iter().any(|note| note.contains(words)), "{text}: {notes:?}");
        }
    }

    #[test]
    fn errors_name_the_table_and_a_right_form() {
        refused("[sockets]\nallow = [\"tcp:db.test:80\"]", &["`[sockets]`", "`allow`", "`db.test`"]);
        refused("[sockets]\nallow = true\ndeny = [\"listen:*:0\"]", &["`deny`", "`listen:*:*`"]);
        refused("[sockets]\nhosts = { \"a.test\" = \"x\" }", &["`hosts`", "`x`", "`127.0.0.1`"]);
        refused("[sockets]\nhosts = { \"a.test\" = 1 }", &["expected an address"]);
        refused("[sockets]\nalow = []", &["`alow`", "`allow`"]);
    }
}
