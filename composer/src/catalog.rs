//! The table: one row per subsystem of WASI, and nothing else. Every interface name of WASI on the host side stands here.

use crate::names::Track;
use crate::wit::Named;
use crate::words;
use anyhow::{Result, bail};

/// A subsystem of WASI, and the adapter that virtualizes it.
pub struct Subsystem {
    /// Folder, crate, world, policy key, stem of the flags and prefix of the test cases.
    pub name: &'static str,
    /// What it is, for help.
    pub about: &'static str,
    /// Its interfaces, at any version of 0.2. A trailing `/` takes in a whole package.
    pub interfaces: &'static [&'static str],
    /// The options that make it virtual, for messages about them.
    pub options: &'static [&'static str],
    /// Whether its adapter, and what that asks for, start with empty memory, which the first call fills: most requests to a server
    /// call none of it.
    pub sleeps: bool,
    /// The builds of its adapter, as `tests/catalog.rs` compares them with the worlds; without any, the subsystem can be left to
    /// the host or denied. The plan takes the first that has what it needs, because a server pays for every byte at every
    /// request; the last has everything, and a bundle offers that.
    pub builds: &'static [Build],
}

/// An adapter as `build.sh` made it: a world of `wit/worlds.wit`. What it imports and exports is in it.
pub struct Build {
    /// The world: the name of the adapter, or that with a feature behind a hyphen.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

macro_rules! builds {
    ($($name:literal),*) => {
        &[$(Build { name: $name, wasm: include_bytes!(concat!("../../adapters/dist/", $name, ".wasm")) }),*]
    };
}

/// All subsystems. An adapter imports `virt:` interfaces, and those of `wasi:` that are not its own, only from rows below,
/// so there is no cycle.
pub const SUBSYSTEMS: &[Subsystem] = &[
    Subsystem {
        name: "env",
        about: "variables, arguments, working directory",
        interfaces: &[ENVIRONMENT],
        options: &["-e", "--arg", "--cwd"],
        sleeps: false,
        builds: builds!("env"),
    },
    Subsystem {
        name: "config",
        about: "values by keys",
        interfaces: &["wasi:config/"],
        options: &["-c", "--allow-config="],
        sleeps: false,
        builds: builds!("config-draft", "config-draft-host", "config", "config-host"),
    },
    Subsystem {
        name: "exit",
        about: "ending with an exit code",
        interfaces: &["wasi:cli/exit"],
        options: &[],
        sleeps: false,
        builds: &[],
    },
    Subsystem {
        name: "random",
        about: "secure and insecure random numbers",
        interfaces: &["wasi:random/"],
        options: &["--seed"],
        sleeps: false,
        builds: builds!("random"),
    },
    Subsystem {
        name: "http",
        about: "requests, and what servers are made of",
        interfaces: &["wasi:http/", HTTP_GUARD, HTTP_REQUESTS],
        options: &["--allow-http=", "--deny-http", "--http-mock"],
        sleeps: true,
        builds: builds!("http", "http-audit", "http-rewrites", "http-rewrites-audit", "http-mocks"),
    },
    Subsystem {
        name: "sockets",
        about: "TCP, UDP, name lookup",
        interfaces: &["wasi:sockets/", SOCKETS_GUARD, SOCKETS_NAMES],
        options: &["--allow-sockets=", "--deny-sockets", "--host", "--sockets=loopback"],
        sleeps: true,
        builds: builds!("sockets", "sockets-audit", "sockets-names", "sockets-names-audit", "sockets-loopback"),
    },
    Subsystem {
        name: "stdio",
        about: "standard input, output, error, and whether they are terminals",
        interfaces: &[
            STDIN,
            STDOUT,
            STDERR,
            TERMINAL_STDIN,
            TERMINAL_STDOUT,
            TERMINAL_STDERR,
            TERMINAL_INPUT,
            TERMINAL_OUTPUT,
        ],
        options: &["--stdin", "--stdout", "--stderr"],
        sleeps: false,
        builds: builds!("stdio", "stdio-files"),
    },
    Subsystem {
        name: "fs",
        about: "files and directories",
        interfaces: &["wasi:filesystem/"],
        options: &["--mount", "--tmpfs", "--preopen"],
        sleeps: false,
        builds: builds!("fs", "fs-host"),
    },
    Subsystem {
        name: "clocks",
        about: "the time, and waiting",
        interfaces: &["wasi:clocks/"],
        options: &["--time"],
        sleeps: false,
        builds: builds!("clocks", "clocks-timers"),
    },
    Subsystem {
        name: "io",
        about: "streams and pollables: follows from the others",
        interfaces: &["wasi:io/", BRIDGE, STAND_INS, BUFFERS, TIMERS, PIPES, ENDS],
        options: &[],
        sleeps: false,
        builds: builds!("io", "io-timers", "io-buffers", "io-pipes", "io-ends", "io-all"),
    },
];

/// What writes calls down: an adapter for no subsystem of WASI, and above all others, because it may write to files.
pub const TRACE: &Subsystem = &Subsystem {
    name: "trace",
    about: "calls written down, with arguments and results",
    interfaces: &[TRACE_CALLS, TRACE_FLOATS],
    options: &["--trace"],
    sleeps: false,
    builds: builds!("trace", "trace-floats", "trace-files", "trace-all"),
};

/// All rows, each above those that its adapter imports from.
pub fn rows() -> impl Iterator<Item = &'static Subsystem> {
    [TRACE].into_iter().chain(SUBSYSTEMS)
}

/// `wasi:cli/environment`
pub const ENVIRONMENT: &str = "wasi:cli/environment";
/// `wasi:cli/stdin`
pub const STDIN: &str = "wasi:cli/stdin";
/// `wasi:cli/stdout`
pub const STDOUT: &str = "wasi:cli/stdout";
/// `wasi:cli/stderr`
pub const STDERR: &str = "wasi:cli/stderr";
/// `wasi:cli/terminal-stdin`
pub const TERMINAL_STDIN: &str = "wasi:cli/terminal-stdin";
/// `wasi:cli/terminal-stdout`
pub const TERMINAL_STDOUT: &str = "wasi:cli/terminal-stdout";
/// `wasi:cli/terminal-stderr`
pub const TERMINAL_STDERR: &str = "wasi:cli/terminal-stderr";
/// `wasi:cli/terminal-input`
pub const TERMINAL_INPUT: &str = "wasi:cli/terminal-input";
/// `wasi:cli/terminal-output`
pub const TERMINAL_OUTPUT: &str = "wasi:cli/terminal-output";

/// `wasi:clocks/wall-clock`
pub const WALL_CLOCK: &str = "wasi:clocks/wall-clock";
/// `wasi:clocks/monotonic-clock`
pub const MONOTONIC_CLOCK: &str = "wasi:clocks/monotonic-clock";
/// `wasi:clocks/timezone`
pub const TIMEZONE: &str = "wasi:clocks/timezone";
/// `wasi:config/store`
pub const CONFIG_STORE: &str = "wasi:config/store";
/// `wasi:filesystem/preopens`
pub const PREOPENS: &str = "wasi:filesystem/preopens";
/// `wasi:filesystem/types`
pub const FILESYSTEM_TYPES: &str = "wasi:filesystem/types";

/// `wasi:http/types`
pub const HTTP_TYPES: &str = "wasi:http/types";
/// `wasi:http/outgoing-handler`
pub const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler";
/// Which requests may be sent.
pub const HTTP_GUARD: &str = "virt:http/guard";
/// Requests that change on their way out.
pub const HTTP_REQUESTS: &str = "virt:http/requests";

/// `wasi:sockets/ip-name-lookup`
pub const IP_NAME_LOOKUP: &str = "wasi:sockets/ip-name-lookup";
/// `wasi:sockets/network`
pub const NETWORK: &str = "wasi:sockets/network";
/// `wasi:sockets/tcp`
pub const TCP: &str = "wasi:sockets/tcp";
/// `wasi:sockets/tcp-create-socket`
pub const TCP_CREATE_SOCKET: &str = "wasi:sockets/tcp-create-socket";
/// `wasi:sockets/udp`
pub const UDP: &str = "wasi:sockets/udp";
/// `wasi:sockets/udp-create-socket`
pub const UDP_CREATE_SOCKET: &str = "wasi:sockets/udp-create-socket";
/// What sockets may do.
pub const SOCKETS_GUARD: &str = "virt:sockets/guard";
/// Names that are looked up, of which some have addresses of their own.
pub const SOCKETS_NAMES: &str = "virt:sockets/names";

/// Calls, said piece by piece.
pub const TRACE_CALLS: &str = "virt:trace/calls";
/// What calls have of numbers that are not whole.
pub const TRACE_FLOATS: &str = "virt:trace/floats";

/// Between the host's io handles and the virtual ones.
pub const BRIDGE: &str = "virt:io/bridge";
/// Streams and pollables that stand in where the real thing is denied.
pub const STAND_INS: &str = "virt:io/stand-ins";
/// Bytes in memory, and streams of them.
pub const BUFFERS: &str = "virt:io/buffers";
/// Virtual time, and pollables of it.
pub const TIMERS: &str = "virt:io/timers";
/// Bytes on their way through memory, and what somebody waits for.
pub const PIPES: &str = "virt:io/pipes";
/// What several streams share.
pub const ENDS: &str = "virt:io/ends";
/// What a program wrote: exported for whoever contains the result, and nothing that an app has of an adapter.
pub const CAPTURED: &str = "virt:stdio/captured";
/// The bytes that are in the artifact.
pub const CONTENT: &str = "virt:io/content";
/// The files that are in the artifact.
pub const FILES: &str = "virt:fs/files";
/// The version of all of them.
pub const VIRT_IO: &str = "0.1.0";

/// The resources that only `io` can make when something virtual makes any.
pub const IO_RESOURCES: &[(&str, &str)] = &[
    ("wasi:io/error@0.2", "error"),
    ("wasi:io/poll@0.2", "pollable"),
    (STREAMS, "input-stream"),
    (STREAMS, "output-stream"),
];

/// What stands in where an interposer has to hand out an io resource: the function, and the resource, the closed ones first.
pub const STAND_IN_FUNCTIONS: &[(&str, &str)] = &[
    ("closed-input-stream", "input-stream"),
    ("closed-output-stream", "output-stream"),
    ("ready-pollable", "pollable"),
    (SINK, "output-stream"),
];

/// The one of them that takes everything.
pub const SINK: &str = "sink";

/// The interface of io that uses the others.
pub const STREAMS: &str = "wasi:io/streams@0.2";

/// Whether a type is one of them.
pub fn is_io(name: &Named) -> bool {
    IO_RESOURCES.iter().any(|(track, resource)| name.0 == Track::known(track) && name.1 == *resource)
}

/// The row of that name.
pub fn subsystem(name: &str) -> Option<&'static Subsystem> {
    SUBSYSTEMS.iter().find(|row| row.name == name)
}

/// The build of that name.
pub fn build(name: &str) -> Option<&'static Build> {
    rows().flat_map(|row| row.builds).find(|build| build.name == name)
}

/// The name of a row, by a user who may not know it.
pub fn known(name: &str) -> Result<&'static str> {
    let names: Vec<&str> = SUBSYSTEMS.iter().map(|row| row.name).collect();
    match subsystem(name) {
        Some(row) => Ok(row.name),
        None => bail!(words::unknown("subsystem", name, &names)),
    }
}

/// The row that an interface belongs to.
pub fn subsystem_of(track: &Track) -> Option<&'static Subsystem> {
    let path = track.path();
    rows().find(|row| {
        row.interfaces.iter().any(|known| match known.strip_suffix('/') {
            Some(package) => path.strip_prefix(package).is_some_and(|rest| rest.starts_with('/')),
            None => path == *known,
        })
    })
}

/// Whether an interface is one that is told of calls.
pub fn is_of_trace(track: &Track) -> bool {
    TRACE.interfaces.contains(&track.path())
}

/// An answer that a denied function gives although its type would suggest another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// The function has no way to say no.
    Trap,
    /// It comes back at once.
    Return,
    /// Yes.
    True,
    /// All are ready.
    EveryIndex,
    /// As many bytes as asked for, all the same.
    Bytes,
    /// A number, or several, that is always the same.
    Seed,
    /// It is done: `ok`.
    Done,
    /// It is made: `ok` with a handle whose own functions are denied.
    Made,
    /// The first of the cases.
    First,
    /// The error of that name, where the usual one would be another.
    Error(&'static str),
}

/// Denials that the types cannot tell. A pollable of a denied interface is always ready: whoever waits for it goes on
/// and meets the refusal. Seeds of hash maps are constant: refusing them would stop ordinary programs and protect nothing.
/// HTTP requests are built, so that a program learns what it is prepared for, that its request is denied.
const SPECIAL: &[(&str, &str, Special)] = &[
    ("wasi:cli/exit", "*", Special::Trap),
    (MONOTONIC_CLOCK, "*", Special::Trap),
    (WALL_CLOCK, "*", Special::Trap),
    (TIMEZONE, "*", Special::Trap),
    ("wasi:io/poll", "[method]pollable.ready", Special::True),
    ("wasi:io/poll", "[method]pollable.block", Special::Return),
    ("wasi:io/poll", "poll", Special::EveryIndex),
    ("wasi:random/random", "*", Special::Trap),
    ("wasi:random/insecure", "get-insecure-random-bytes", Special::Bytes),
    ("wasi:random/insecure", "get-insecure-random-u64", Special::Seed),
    ("wasi:random/insecure-seed", "*", Special::Seed),
    (IP_NAME_LOOKUP, "resolve-addresses", Special::Error("permanent-resolver-failure")),
    (HTTP_TYPES, "[static]fields.from-list", Special::Made),
    (HTTP_TYPES, "[method]fields.set", Special::Done),
    (HTTP_TYPES, "[method]fields.append", Special::Done),
    (HTTP_TYPES, "[method]fields.delete", Special::Done),
    (HTTP_TYPES, "[method]outgoing-request.method", Special::First),
    (HTTP_TYPES, "[method]outgoing-request.set-method", Special::Done),
    (HTTP_TYPES, "[method]outgoing-request.set-scheme", Special::Done),
    (HTTP_TYPES, "[method]outgoing-request.set-authority", Special::Done),
    (HTTP_TYPES, "[method]outgoing-request.set-path-with-query", Special::Done),
    (HTTP_TYPES, "[method]outgoing-request.body", Special::Made),
    (HTTP_TYPES, "[method]outgoing-body.write", Special::Made),
    (HTTP_TYPES, "[static]outgoing-body.finish", Special::Done),
    (HTTP_TYPES, "[method]request-options.set-connect-timeout", Special::Done),
    (HTTP_TYPES, "[method]request-options.set-first-byte-timeout", Special::Done),
    (HTTP_TYPES, "[method]request-options.set-between-bytes-timeout", Special::Done),
];

/// What the table says of the denial of one function.
pub fn special(track: &Track, function: &str) -> Option<Special> {
    SPECIAL
        .iter()
        .find(|(path, name, _)| *path == track.path() && (*name == "*" || *name == function))
        .map(|(_, _, special)| *special)
}
