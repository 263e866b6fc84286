//! The ways in which sockets do all they do for the host, or all that a test needs.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use virt_compose_tests::host::Program;
use virt_compose_tests::{compose, guests, imports};

/// One of them.
pub struct Way {
    /// In words.
    pub name: &'static str,
    /// The command line.
    args: &'static [&'static str],
    /// Whether who waits for the host's sockets waits as long as the host takes, and not until a timer that moves by
    /// itself.
    pub has_time: bool,
}

/// All addresses of this machine that nobody else has.
const LOOPBACK: &str = "--allow-sockets=tcp:127.0.0.0/8:*,tcp:[::1]:*,udp:127.0.0.0/8:*,udp:[::1]:*,\
                        listen:127.0.0.0/8:*,listen:[::1]:*,dns:localhost";

/// All of them.
pub const WAYS: &[Way] = &[
    Way { name: "unvirtualized", args: &["--allow-all"], has_time: true },
    Way {
        name: "with virtual streams",
        args: &["--with", "env,stdio", "--stdin=ignore", "--stdout=cap:1M", "--stderr=ignore"],
        has_time: true,
    },
    Way {
        name: "with virtual streams and files",
        args: &[
            "--with",
            "env,stdio,fs",
            "--stdin=ignore",
            "--stdout=cap:1M",
            "--stderr=stdout",
            "--mount=/={local}",
            "--tmpfs=/tmp",
        ],
        has_time: true,
    },
    Way {
        name: "behind filters",
        args: &["--allow-all", "--stdin=text:line\n", "--stdout=cap:1M", "--stderr=cap:1M", "--cwd", "/"],
        has_time: true,
    },
    Way {
        name: "with time of its own",
        args: &["--allow-all", "--time=2026-01-01T00:00:00Z", "--seed=1"],
        has_time: false,
    },
    Way {
        name: "sealed but for sockets and clocks",
        args: &["--allow-sockets", "--allow-clocks", "--seed=1", "--stdin=ignore", "--stdout=allow", "--stderr=ignore"],
        has_time: true,
    },
    Way {
        name: "sealed but for sockets",
        args: &[
            "--allow-sockets",
            "--time=2026-01-01T00:00:00Z+1ms",
            "--seed=1",
            "--stdin=ignore",
            "--stdout=allow",
            "--stderr=ignore",
        ],
        has_time: false,
    },
    Way {
        name: "traced in part, sealed but for sockets",
        args: &[
            "--allow-sockets",
            "--time=2026-01-01T00:00:00Z+1ms",
            "--seed=1",
            "--stdin=ignore",
            "--stdout=allow",
            "--stderr=ignore",
            "--trace=sockets",
        ],
        has_time: false,
    },
    Way { name: "under rules", args: &["--with", "env,sockets", LOOPBACK], has_time: true },
    Way {
        name: "under rules, with virtual streams",
        args: &["--with", "env,stdio,sockets", LOOPBACK, "--stdin=ignore", "--stdout=cap:1M", "--stderr=ignore"],
        has_time: true,
    },
    Way {
        name: "under rules that deny others",
        args: &[
            "--with",
            "env,sockets",
            "--allow-sockets=tcp:*:*,udp:*:*,listen:*:*,dns:*",
            "--deny-sockets=tcp:10.0.0.0/8:*,tcp:[fd00::]/8:*,udp:192.168.0.0/16:*,listen:*:1-1023,dns:*.example.com",
        ],
        has_time: true,
    },
    Way {
        name: "under rules, sealed but for clocks",
        args: &[LOOPBACK, "--allow-clocks", "--seed=1", "--stdin=ignore", "--stdout=allow", "--stderr=ignore"],
        has_time: true,
    },
    Way {
        name: "under rules, with names of its own",
        args: &["--with", "env,sockets", LOOPBACK, "--host=db.internal=127.0.0.1"],
        has_time: true,
    },
];

impl Way {
    /// A guest in this way, compiled, which takes longer than most of what is done with it.
    pub fn program(&self, guest: &'static str) -> Result<Arc<Program>> {
        let imported = imports(&guests::load(guest)?)?;
        // What a guest does not import cannot be virtualized, and saying so is refused.
        let is_there = |arg: &&&str| match arg.split('=').next() {
            Some("--mount" | "--tmpfs") => imported.iter().any(|name| name.starts_with("wasi:filesystem/")),
            Some("--seed") => imported.iter().any(|name| name.starts_with("wasi:random/")),
            Some("--stdin" | "--stderr") => {
                let interface = format!("wasi:cli/{}@", arg[2..].split('=').next().unwrap_or_default());
                imported.iter().any(|name| name.starts_with(&interface))
            }
            _ => true,
        };
        let local = format!("{}/sockets", env!("CARGO_MANIFEST_DIR"));
        let mut args: Vec<String> =
            self.args.iter().filter(is_there).map(|arg| arg.replace("{local}", &local)).collect();
        if self.name != "unvirtualized" {
            args.push("--allow-args".to_owned());
        }
        program(guest, &args).with_context(|| self.name)
    }
}

/// A guest under rules that are a test's own. They are what follows `--allow-sockets=` and `--deny-sockets=`.
pub fn ruled(guest: &'static str, allow: &str, deny: &str) -> Result<Arc<Program>> {
    let mut args = vec!["--with=sockets".to_owned(), format!("--allow-sockets={allow}")];
    if !deny.is_empty() {
        args.push(format!("--deny-sockets={deny}"));
    }
    program(guest, &args)
}

/// The same with virtual streams beside it.
pub fn ruled_inside(guest: &'static str, allow: &str, deny: &str) -> Result<Arc<Program>> {
    let mut args = vec![
        "--with=env,stdio,sockets".to_owned(),
        "--allow-args".to_owned(),
        "--stdout=cap:1M".to_owned(),
        "--stdin=ignore".to_owned(),
        "--stderr=ignore".to_owned(),
        format!("--allow-sockets={allow}"),
    ];
    if !deny.is_empty() {
        args.push(format!("--deny-sockets={deny}"));
    }
    program(guest, &args)
}

/// A guest, composed and compiled once.
pub fn program(guest: &'static str, args: &[String]) -> Result<Arc<Program>> {
    type Compiled = BTreeMap<(&'static str, Vec<String>), Arc<OnceLock<Arc<Program>>>>;
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let cell = {
        let mut compiled = COMPILED.lock().expect("nobody panics with it");
        Arc::clone(compiled.entry((guest, args.to_vec())).or_default())
    };
    if let Some(program) = cell.get() {
        return Ok(Arc::clone(program));
    }
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let composed = compose(&guests::load(guest)?, &words).with_context(|| args.join(" "))?.bytes;
    let program = Arc::new(Program::new(&composed)?);
    // Another test may have been as fast.
    Ok(Arc::clone(cell.get_or_init(|| program)))
}
