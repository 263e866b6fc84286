//! Every guest, sealed: no import is left, and it starts, runs and ends in the way that denial implies. With the clock,
//! secure random bytes and exit allowed, which have no way to refuse, none traps.

use anyhow::{Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use virt_compose_tests::host::{End, Host, Ran, run};
use virt_compose_tests::{compose, guests, imports};

fn main() -> Result<()> {
    let mut trials = Vec::new();
    for name in guests::commands() {
        for (what, check) in [
            ("has-no-import-and-ends-as-denial-implies", sealed as fn(&str) -> Result<()>),
            ("does-not-trap-where-refusal-is-possible", refusing),
            ("is-unchanged-with-everything-allowed", unchanged),
            ("does-the-same-with-streams-carried-along", carried),
            ("writes-the-same-behind-a-prefix", behind_a_prefix),
        ] {
            let name = name.clone();
            trials.push(Trial::test(format!("{name}-{what}"), move || {
                check(&name).map_err(|error| Failed::from(format!("{error:?}")))
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn host() -> Host {
    let variables = [("CLOCK", "1"), ("ENTROPY", "1"), ("SECRET", "x"), ("CODE", "3")];
    let env = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Host { env, args: vec!["--version".to_owned()], stdin: "line\n".to_owned(), ..Host::default() }
}

fn sealed(name: &str) -> Result<()> {
    let composed = compose(&guests::load(name)?, &[])?.bytes;
    let imported = imports(&composed)?;
    ensure!(imported.is_empty(), "it imports {imported:?}");
    let ran = run(&composed, &host())?;
    ensure!(ran.stdout.is_empty() && ran.stderr.is_empty(), "it wrote: {ran:?}");
    // Without variables the guests use neither the clock nor chance of their own accord; these do at any rate.
    let trap = match name {
        "rust-clock" => Some("denied: wasi:clocks/monotonic-clock@0.2.6#now"),
        "rust-random" => Some("denied: wasi:random/random@0.2.12#get-random-bytes"),
        "python-tour" => Some("denied: wasi:random/random@0.2.9#get-random-bytes"),
        // It prints through `println!`, which panics where output is closed, as it does natively.
        "rust-world" | "rust-exit" => return ended_by_itself(&ran),
        // It says that it fails, through an exit code.
        "solver@48" => Some("denied: wasi:cli/exit@0.2.12#exit"),
        _ => None,
    };
    match (trap, &ran.end) {
        (Some(words), End::Trap(trap)) => ensure!(trap.contains(words), "another trap: {trap}"),
        (None, End::Exit(0)) => {}
        (_, end) => bail!("it ended with {end:?}"),
    }
    Ok(())
}

/// The trap is the guest's own: no denied function is on top of the backtrace.
fn ended_by_itself(ran: &Ran) -> Result<()> {
    match &ran.end {
        End::Trap(trap) if !trap.contains("denied:") => Ok(()),
        end => bail!("it ended with {end:?}"),
    }
}

fn refusing(name: &str) -> Result<()> {
    let app = guests::load(name)?;
    let args = ["--allow-clocks", "--allow-random", "--allow-exit", "--stdout=allow", "--stderr=allow"];
    let ran = run(&compose(&app, &args)?.bytes, &host())?;
    ensure!(matches!(ran.end, End::Exit(_)), "it traps: {ran:?}");
    Ok(())
}

fn unchanged(name: &str) -> Result<()> {
    let app = guests::load(name)?;
    let outcome = compose(&app, &["--allow-all"])?;
    ensure!(outcome.is_unchanged && outcome.bytes == app, "it changed");
    Ok(())
}

/// With standard error virtual, the closure takes in everything else that has streams.
fn carried(name: &str) -> Result<()> {
    let app = guests::load(name)?;
    let composed = compose(&app, &["--allow-all", "--stderr=ignore"])?.bytes;
    let (bare, ran) = (run(&app, &host())?, run(&composed, &host())?);
    ensure!(bare.end == ran.end && bare.stdout == ran.stdout, "unvirtualized: {bare:?}\ncarried along: {ran:?}");
    Ok(())
}

/// With its input embedded, its output filtered and its errors captured, beside files of the host's and all else.
fn behind_a_prefix(name: &str) -> Result<()> {
    let app = guests::load(name)?;
    let args = ["--allow-all", "--stdin=text:line\n", "--stdout=prefix:> ", "--stderr=capture"];
    let (bare, ran) =
        (run(&app, &host())?, run(&compose(&app, &args)?.bytes, &Host { stdin: String::new(), ..host() })?);
    let prefixed: String = bare.stdout.split_inclusive('\n').map(|line| format!("> {line}")).collect();
    ensure!(bare.end == ran.end && prefixed == ran.stdout && ran.stderr.is_empty(), "{bare:?}\nfiltered: {ran:?}");
    Ok(())
}
