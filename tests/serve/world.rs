//! What HTTP servers import: the world `wasi:http/proxy` stays what it is, and what is virtual is no import any more.

use crate::ways::{UNVIRTUALIZED, WAYS};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use virt_compose_tests::serve::{Instances, Service, runtime};
use virt_compose_tests::{compose, guests, imports};
use wit_component::targets;
use wit_parser::{Resolve, WorldId};

/// `wasi:http/proxy`.
fn proxy() -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let mut http = None;
    // In the order of who uses whom.
    for name in ["io", "clocks", "random", "filesystem", "sockets", "cli", "http"] {
        http = Some(resolve.push_file(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../wit/deps/{name}.wit")))?);
    }
    let world = resolve.select_world(&[http.context("it is there")?], Some("proxy"))?;
    Ok((resolve, world))
}

/// The closure with whatever these guests have beside that world, and sealed but for HTTP. An output that is the host's as it is
/// may be a terminal, which is not of that world.
const FOR_PROXY: &[(&str, &[&str])] = &[
    (
        "rust-wstd-server",
        &["--with", "env,stdio,fs,exit,random", "--stdout=ignore", "--mount=/=serve", "--tmpfs=/tmp", "--seed=1"],
    ),
    ("rust-wstd-server", &["--allow-http", "--allow-clocks", "--seed=1", "--stdin=ignore", "--stdout=ignore"]),
    ("rust-raw-http", &["--with", "env,stdio,exit", "--stdout=ignore"]),
    ("rust-raw-http", &["--allow-http", "--allow-clocks", "--stdout=prefix:> "]),
    ("rust-server", &["--with", "env,stdio,fs,exit", "--stdout=ignore", "--mount=/=serve", "--tmpfs=/tmp"]),
    ("rust-server", &["--allow-clocks", "--stdout=prefix:> "]),
];

#[test]
fn a_server_targets_the_world_of_proxies_and_is_served_with_no_more() -> Result<()> {
    let (resolve, world) = proxy()?;
    for (guest, args) in FOR_PROXY {
        let app = guests::load(guest)?;
        ensure!(targets(&resolve, world, &app).is_err(), "{guest} was for proxies before");
        let composed = compose(&app, args)?.bytes;
        targets(&resolve, world, &composed).with_context(|| format!("{guest} with {args:?}"))?;
        runtime().block_on(async {
            let server = Service::of_proxy(&composed)?.serve(Instances::Each).await?;
            let path = if *guest == "rust-raw-http" { "/trailers" } else { "/echo" };
            let answer = server.ask(path, "a body").await?;
            ensure!(answer.text()?.starts_with(if path == "/echo" { "a body" } else { "6 bytes" }), "{answer:?}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn no_way_imports_what_the_guest_did_not() -> Result<()> {
    let names = |component: &[u8]| -> Result<BTreeSet<String>> {
        Ok(imports(component)?.into_iter().map(|name| name.split('@').next().unwrap_or(&name).to_owned()).collect())
    };
    for guest in ["rust-server", "rust-raw-http", "rust-wstd-server"] {
        let before = names(&UNVIRTUALIZED.server(guest)?)?;
        for way in WAYS {
            let after = names(&way.server(guest)?)?;
            // A trace is written to the host's standard error, whatever else is taken away.
            let is_traced = way.name.starts_with("traced");
            let of_trace = |name: &str| is_traced && (name == "wasi:cli/stderr" || name.starts_with("wasi:io/"));
            let is_less = after.len() < before.len() || is_traced;
            let mut added = after.difference(&before);
            ensure!(is_less && added.all(|name| of_trace(name)), "{guest} {}: {after:?}", way.name);
            ensure!(after.contains("wasi:http/types"), "{guest} {}: {after:?}", way.name);
        }
    }
    Ok(())
}
