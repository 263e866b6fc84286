//! Whatever is said of one subsystem composes beside whatever is said of the others: command lines are drawn, and what cannot
//! take effect on the guest at hand is left out. `SEED=n` starts from another number.

use anyhow::{Context, Result, bail, ensure};
use std::env;
use virt_compose::plan::PlanError;
use virt_compose_tests::random::Random;
use virt_compose_tests::{compose, guests};

/// So many are drawn.
const COUNT: usize = 400;

const GUESTS: &[&str] = &[
    "rust-chance",
    "rust-config",
    "rust-config-draft",
    "rust-exit",
    "rust-hello",
    "rust-lines",
    "rust-net",
    "rust-raw-sockets",
    "rust-server",
    "rust-wstd-server",
    "rust-raw-http",
    "rust-requests",
    "rust-fetch",
    "rust-shell",
    "rust-sleeps",
    "rust-streams",
    "rust-timezone",
    "rust-world",
    "c-chance@24",
    "c-tour@48",
    "js-chance",
];

/// What is said in one place.
type Args = &'static [&'static str];

/// A subsystem, and what may be said of it.
type Forms = (&'static str, &'static [Args]);

const FORMS: &[Forms] = &[
    ("env", &[&[], &["-e", "A=1"], &["--allow-env=HOME"], &["--allow-env", "--deny-env=A"], &["--arg", "x"]]),
    ("config", &[&[], &["-c", "A=1"], &["--allow-config"], &["--allow-config=B", "-c", "A=1"]]),
    ("exit", &[&[], &["--allow-exit"]]),
    ("random", &[&[], &["--allow-random"], &["--seed=1"]]),
    (
        "http",
        &[
            &[],
            &["--allow-http"],
            &["--allow-http=example.com,*.example.com"],
            &["--allow-http", "--deny-http=example.com"],
            &["--policy", concat!(env!("CARGO_MANIFEST_DIR"), "/combinations/rewrites.toml")],
            &["--http-mock", concat!(env!("CARGO_MANIFEST_DIR"), "/combinations/mocks.toml")],
        ],
    ),
    (
        "sockets",
        &[
            &[],
            &["--allow-sockets"],
            &["--allow-sockets=tcp:10.0.0.0/8:5432,listen:*:8080,accept:127.0.0.1"],
            &["--allow-sockets=udp:*:53,dns:*.example.com"],
            &["--allow-sockets", "--deny-sockets=tcp:*:25"],
            &["--allow-sockets=tcp:*:*", "--host", "db.test=10.0.0.5"],
            &["--sockets=loopback"],
        ],
    ),
    (
        "clocks",
        &[
            &[],
            &["--allow-clocks"],
            &["--time=2026-01-01T00:00:00Z"],
            &["--time=2026-01-01T00:00:00Z+1ms"],
            &["--time=now+1h"],
        ],
    ),
    ("stdio", &[&[], &["--stdin=allow"], &["--stdin=ignore"], &["--stdin=text:abc"]]),
    (
        "stdio",
        &[
            &[],
            &["--stdout=allow"],
            &["--stdout=ignore"],
            &["--stdout=stderr"],
            &["--stdout=prefix:> "],
            &["--stdout=cap:1K"],
            &["--stdout=capture"],
            &["--stdout=file:/tmp/out"],
        ],
    ),
    (
        "stdio",
        &[
            &[],
            &["--stderr=allow"],
            &["--stderr=ignore"],
            &["--stderr=stdout"],
            &["--stderr=prefix:> "],
            &["--stderr=capture"],
            &["--stderr=file:/data/err"],
        ],
    ),
    (
        "fs",
        &[
            &[],
            &["--allow-fs"],
            &["--tmpfs", "/tmp"],
            &["--preopen", "/data=/srv"],
            &["--preopen", "/data=/srv::ro"],
            &["--preopen", "/data=/srv::cow"],
            &["--mount", concat!("/graphs=", env!("CARGO_MANIFEST_DIR"), "/../graphs")],
            &["--mount", concat!("/tmp=", env!("CARGO_MANIFEST_DIR"), "/../graphs::rw"), "--preopen", "/data=/srv"],
        ],
    ),
];

/// Composes what is drawn, without what cannot take effect.
fn compose_what_can(app: &[u8], drawn: &mut Vec<(&'static str, Args)>, more: &[&str]) -> Result<bool> {
    loop {
        let args: Vec<&str> =
            drawn.iter().flat_map(|(_, args)| args.iter().copied()).chain(more.iter().copied()).collect();
        let Err(error) = compose(app, &args) else { return Ok(true) };
        let before = drawn.len();
        match error.downcast_ref::<virt_compose::Error>().and_then(virt_compose::Error::plan) {
            Some(PlanError::CannotTakeEffect { subsystem }) => drawn.retain(|(name, _)| name != subsystem),
            // No file to write to, no wall clock to shift, and a server whose requests are denied by name.
            Some(PlanError::NoFile { .. } | PlanError::NotImported { .. } | PlanError::Exported { .. }) => {
                return Ok(false);
            }
            _ => return Err(error).with_context(|| args.join(" ")),
        }
        if drawn.len() == before {
            bail!("{error}, with {}", args.join(" "));
        }
    }
}

#[test]
fn whatever_is_said_composes_together() -> Result<()> {
    let seed = env::var("SEED").map_or(Ok(4), |seed| seed.parse())?;
    let mut random = Random::new(seed, &[]);
    let mut composed = 0;
    for _ in 0..COUNT {
        let guest = GUESTS[random.below(GUESTS.len())];
        let app = guests::load(guest)?;
        let mut drawn: Vec<_> = FORMS.iter().map(|(name, forms)| (*name, forms[random.below(forms.len())])).collect();
        let names: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
        let with = names.join(",");
        let more: &[&str] = match random.below(6) {
            0 => &["--allow-all"],
            1 => &["--deny=trap"],
            2 | 3 => &["--with", &with],
            _ => &[],
        };
        let done = compose_what_can(&app, &mut drawn, more).with_context(|| format!("SEED={seed}, `{guest}`"))?;
        composed += usize::from(done);
    }
    ensure!(composed > COUNT / 2, "only {composed} of {COUNT} compose");
    Ok(())
}
