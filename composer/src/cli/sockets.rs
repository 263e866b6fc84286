//! The options that say what sockets may do.

use super::say;
use crate::policy::{SocketRule, Sockets};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::{Args, ValueEnum};
use std::net::IpAddr;

/// The options that say what sockets may do.
#[derive(Args)]
pub(super) struct SocketsArgs {
    /// Leave sockets to the host; with rules, just these: `tcp:10.0.0.0/8:5432`, `udp:*:53`, `listen:127.0.0.1:8080`, `dns:*.example.com`
    ///
    /// `tcp:` and `udp:` name peers, `listen:` local addresses, `accept:` peers that may connect (all, if there is no such rule; their
    /// ports are their own, so there is none to write), `dns:` names that may be looked up. Addresses are `*`, `10.0.0.5`,
    /// `10.0.0.0/8`, `[::1]`, `[fd00::]/8`, ports `*`, `80`, `8000-8999`; `*` has no multicast and no broadcast. A UDP server needs
    /// `listen:` for its own address and `udp:` for its clients: `listen:127.0.0.1:53,udp:*:*`. `listen:0.0.0.0:80` is at each address of
    /// IPv4, and port 0 one that the host chooses, which clients may bind without a rule. Other calls get `access-denied`, lookups
    /// `permanent-resolver-failure`, also with `--deny=trap`, and the host does not see them; datagrams from others are dropped. Who may
    /// not connect is disconnected, and `accept` fails with `access-denied`: a server has to go on after that.
    #[arg(long, value_name = "RULE,...", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_sockets: Vec<String>,

    /// Keep these back, whatever else lets them through
    ///
    /// What may be read in two ways is denied with either: IPv4 addresses within IPv6, and `0.0.0.0` for every address of this machine.
    /// Whom `tcp:` denies cannot connect either. `[sockets]` in a policy file has `allow`, `deny`, `hosts`, `loopback`, and `audit`, which
    /// writes down what would be denied and denies nothing.
    #[arg(long, value_name = "RULE,...", value_delimiter = ',')]
    deny_sockets: Vec<String>,

    /// Answer lookups of this name with this address, without asking the host; may be repeated
    ///
    /// It needs no `dns:` rule, and connecting there needs one for the address.
    #[arg(long, value_name = "NAME=ADDRESS")]
    host: Vec<String>,

    /// Where sockets lead
    #[arg(long, value_name = "WHERE")]
    sockets: Option<Where>,
}

/// `--sockets=…`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    /// To each other, in memory: nothing is the host's. Client and server are in the same component; a wait that nobody in it can end traps
    Loopback,
}

impl SocketsArgs {
    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        !self.allow_sockets.is_empty() || self.is_more_said()
    }

    /// Whether all that is said is to leave it alone.
    pub fn only_opens(&self) -> bool {
        self.allow_sockets == ["true"] && !self.is_more_said()
    }

    fn is_more_said(&self) -> bool {
        !self.deny_sockets.is_empty() || !self.host.is_empty() || self.sockets.is_some()
    }

    /// What took words that may have been the app.
    pub fn lists(&self) -> impl Iterator<Item = &String> {
        self.deny_sockets.iter().chain(&self.host)
    }

    /// Changes what sockets may do.
    pub fn apply(&self, sockets: &mut Sockets) -> Result<()> {
        if self.sockets.is_some() {
            let said = !self.allow_sockets.is_empty() || !self.deny_sockets.is_empty();
            ensure!(
                !said,
                "with `--sockets=loopback` sockets reach only each other, so there is nothing to allow or deny; leave one out"
            );
            let is_ruled = sockets.audit
                || !sockets.deny.is_empty()
                || sockets.allow.as_ref().is_some_and(|rules| !rules.is_empty());
            if is_ruled {
                say(format_args!(
                    "note: `--sockets=loopback` takes the place of the rules of `[sockets]` in the policy\n"
                ));
            }
            *sockets = Sockets { loopback: true, hosts: std::mem::take(&mut sockets.hosts), ..Sockets::default() };
        }
        let allowed: Vec<&str> = self.allow_sockets.iter().map(String::as_str).collect();
        match allowed.as_slice() {
            [] => {}
            ["false"] => *sockets = Sockets::default(),
            _ if sockets.loopback => bail!(
                "`--allow-sockets` lets sockets out, and the policy has `loopback`, where they reach only each other; leave one out"
            ),
            ["true"] => sockets.allow = None,
            [""] => {
                say(format_args!(
                    "note: `--allow-sockets=` lists nothing, so all of it is denied; `--allow-sockets` by itself leaves it to the host\n"
                ));
                *sockets = Sockets::default();
            }
            lists => {
                let rules = parse("--allow-sockets", lists.iter().flat_map(|list| list.split(',')))?;
                sockets.allow = Some(rules);
            }
        }
        if let Some(app) = self.deny_sockets.iter().find(|rule| rule.ends_with(".wasm")) {
            bail!(
                "`--deny-sockets` took `{app}` for its rule; write the rules behind `=`, as in `--deny-sockets=tcp:*:25 {app}`"
            );
        }
        let denied = parse("--deny-sockets", self.deny_sockets.iter().map(String::as_str))?;
        denied.iter().try_for_each(SocketRule::check_denied).context("cannot take `--deny-sockets`")?;
        let nothing_to_deny = sockets.allow.as_ref().is_some_and(Vec::is_empty) && !denied.is_empty();
        ensure!(
            !nothing_to_deny,
            "`--deny-sockets` keeps some back, and nothing is let through; write `--allow-sockets`, too"
        );
        sockets.deny.extend(denied);
        // What a policy file says of the same name is not added to.
        let said = self.host.iter().map(|host| parse_host(host)).collect::<Result<Vec<_>>>();
        let said = said.context("cannot take `--host`")?;
        let is_said = |name: &str| said.iter().any(|(said, _)| said.trim_end_matches('.').eq_ignore_ascii_case(name));
        sockets.hosts.retain(|(name, _)| !is_said(name));
        said.into_iter().try_for_each(|(name, address)| sockets.host(name, address)).context("cannot take `--host`")
    }
}

fn parse_host(host: &str) -> Result<(&str, IpAddr)> {
    let (name, address) = host
        .split_once('=')
        .ok_or_else(|| anyhow!("`{host}` has no address; write `NAME=ADDRESS`, as in `db.test=127.0.0.1`"))?;
    Ok((name, parse_address(address)?))
}

/// An address by itself.
pub(crate) fn parse_address(text: &str) -> Result<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    plain.parse().map_err(|_| match plain.rsplit_once(':') {
        Some((address, _)) if address.parse::<IpAddr>().is_ok() => {
            anyhow!("`{text}` has a port, and names have none; write `{address}`")
        }
        _ => anyhow!("`{text}` is no address like `127.0.0.1` or `::1`"),
    })
}

fn parse<'a>(option: &str, rules: impl Iterator<Item = &'a str>) -> Result<Vec<SocketRule>> {
    let parse = |rule: &str| rule.trim().parse().with_context(|| format!("cannot take `{option}`"));
    rules.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use crate::policy::Sockets;
    use anyhow::Result;

    fn sockets(args: &[&str]) -> Result<Sockets> {
        Ok(Cli::policy_of(args)?.sockets)
    }

    #[test]
    fn lists_are_what_is_open() {
        let rules = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(sockets(&[]).unwrap(), Sockets::default());
        for open in [&["--allow-sockets"][..], &["--allow-sockets=true"], &["--allow-all"]] {
            assert_eq!(sockets(open).unwrap(), Sockets::open());
        }
        for none in [&["--allow-all", "--allow-sockets=false"][..], &["--allow-sockets="]] {
            assert_eq!(sockets(none).unwrap(), Sockets::default());
        }
        let listed = Sockets { allow: Some(rules(&["tcp:10.0.0.0/8:5432", "dns:*.a.com"])), ..Sockets::open() };
        assert_eq!(sockets(&["--allow-sockets=tcp:10.0.0.0/8:5432, dns:*.a.com"]).unwrap(), listed);
        let but = Sockets { deny: rules(&["tcp:*:25", "udp:*:*"]), ..Sockets::open() };
        assert_eq!(sockets(&["--allow-all", "--deny-sockets=tcp:*:25,udp:*:*"]).unwrap(), but);
        let mut named = Sockets::open();
        named.host("db.test", "127.0.0.1".parse().unwrap()).unwrap();
        named.host("db.test", "::1".parse().unwrap()).unwrap();
        assert_eq!(
            sockets(&["--allow-sockets", "--host", "db.test=127.0.0.1", "--host=db.test=[::1]"]).unwrap(),
            named
        );
        let loopback = Sockets { loopback: true, ..Sockets::default() };
        assert_eq!(sockets(&["--allow-all", "--sockets=loopback"]).unwrap(), loopback);
    }

    #[test]
    fn errors_name_the_option_and_a_right_form() {
        for (args, words) in [
            (&["--allow-sockets=tcp:db.test:5432"][..], &["--allow-sockets", "`db.test`", "--host"][..]),
            (&["--allow-sockets=tcp:*:1,,udp:*:1"], &["--allow-sockets", "empty"]),
            (&["--deny-sockets=tcp:*"], &["--deny-sockets", "`tcp:*:*`"]),
            (&["--allow-sockets", "--deny-sockets=listen:*:0"], &["--deny-sockets", "`listen:*:*`"]),
            (&["--deny-sockets=tcp:*:25"], &["--deny-sockets", "`--allow-sockets`"]),
            (&["--allow-sockets", "--deny-sockets", "app.wasm"], &["`app.wasm`", "`--deny-sockets=tcp:*:25 app.wasm`"]),
            (&["--allow-sockets", "--host", "db.test"], &["--host", "`db.test=127.0.0.1`"]),
            (&["--allow-sockets", "--host", "db.test=10.0.0.1:80"], &["--host", "port", "`10.0.0.1`"]),
            (&["--allow-sockets", "--host", "db.test=other"], &["--host", "`other`", "`127.0.0.1`"]),
            (&["--allow-sockets", "--host", "=::1"], &["--host", "`db.test`"]),
            (&["--sockets=loopback", "--allow-sockets"], &["--sockets=loopback", "leave one out"]),
            (&["--with", "env", "--allow-sockets=udp:*:53"], &["`sockets`", "--with env,sockets"]),
        ] {
            let error = format!("{:#}", sockets(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: `{word}` is not in: {error}");
            }
        }
    }
}
