//! What `rust-raw-sockets` is told, and what it must say: commands and lines, with `; ` between them. `a|b` in a line
//! is either.

use anyhow::{Result, ensure};
use std::sync::Arc;
use virt_compose_tests::host::{End, Host, Program};
use virt_compose_tests::net::{Peers, Reached, addresses};

/// The guest.
pub const GUEST: &str = "rust-raw-sockets";

/// Runs a script, compares, and says what came as far as the host.
pub fn check(program: &Arc<Program>, peers: &Peers, does: &str, says: &str) -> Result<Reached> {
    let args: Vec<String> = peers.place(does)?.split("; ").map(str::to_owned).collect();
    let host = Host { args, sockets: true, ..Host::default() };
    let ran = program.run(&host)?;
    ensure!(ran.end == End::Exit(0), "{does}: {ran:?}");
    let said: Vec<&str> = ran.stdout.lines().collect();
    let says = says.replace("{localhost}", &localhost()?);
    let expected: Vec<&str> = says.split("; ").collect();
    let is_alike = said.len() == expected.len() && said.iter().zip(&expected).all(|(said, line)| is_one_of(said, line));
    ensure!(is_alike, "{:?} said: {}\nexpected: {says}\nreached: {:?}", host.args, said.join("; "), host.reached);
    Ok(host.reached)
}

fn is_one_of(said: &str, line: &str) -> bool {
    let Some((function, results)) = line.split_once(": ") else { return said == line };
    let result = said.strip_prefix(function).and_then(|rest| rest.strip_prefix(": "));
    result.is_some_and(|result| results.split('|').any(|one| one == result))
}

/// What resolving `localhost` gives on this machine.
fn localhost() -> Result<String> {
    let lines: Vec<_> = addresses("localhost")?.iter().map(|ip| format!("resolve-next-address: {ip}")).collect();
    Ok(lines.join("; "))
}
