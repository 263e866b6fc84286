//! The ways in which HTTP is left to the host while other things are not. A guest does the same in all of them.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use tokio::sync::OnceCell;
use virt_compose_tests::serve::{GREETING, Instances, Server, Service};
use virt_compose_tests::{compose, guests, imports};

/// One of them.
pub struct Way {
    /// In words.
    pub name: &'static str,
    /// The command line. `{local}` is a folder with something in it.
    args: &'static [&'static str],
}

/// As it came.
pub const UNVIRTUALIZED: Way = Way { name: "unvirtualized", args: &["--allow-all"] };

/// All others.
pub const WAYS: &[Way] = &[
    Way {
        name: "with virtual streams",
        args: &["--with", "env,stdio", "--stdin=ignore", "--stdout=ignore", "--stderr=ignore"],
    },
    Way {
        name: "with virtual streams and files",
        args: &[
            "--with",
            "env,stdio,fs",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=ignore",
            "--mount=/={local}",
            "--tmpfs=/tmp",
        ],
    },
    Way {
        name: "behind filters",
        args: &["--allow-all", "--stdin=text:line\n", "--stdout=prefix:> ", "--stderr=cap:1M", "--cwd", "/"],
    },
    Way {
        name: "with time of its own",
        args: &["--allow-all", "--time=2026-01-01T00:00:00Z", "--seed=1", "--stdout=ignore"],
    },
    Way { name: "under rules", args: &["--with", "env,http", "--allow-http=127.0.0.1:*"] },
    Way {
        name: "under rules, sealed but for clocks and chance",
        args: &[
            "--allow-http=127.0.0.1:*",
            "--deny-http=*.example.com",
            "--allow-clocks",
            "--allow-random",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=ignore",
        ],
    },
    Way { name: "with requests that change", args: &["--policy={local}/rewrites.toml"] },
    Way {
        name: "with requests that change, and virtual streams",
        args: &[
            "--policy={local}/rewrites.toml",
            "--with=env,http,stdio",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=allow",
        ],
    },
    Way {
        name: "sealed but for HTTP, clocks and chance",
        args: &[
            "--allow-http",
            "--allow-clocks",
            "--allow-random",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=ignore",
        ],
    },
    Way {
        name: "sealed but for HTTP",
        args: &[
            "--allow-http",
            "--time=2026-01-01T00:00:00Z+1ms",
            "--seed=1",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=ignore",
        ],
    },
    Way { name: "traced", args: &["--allow-all", "--trace"] },
    Way {
        name: "traced in part, with requests that change, and virtual streams",
        args: &[
            "--policy={local}/rewrites.toml",
            "--with=env,http,stdio",
            "--stdin=ignore",
            "--stdout=ignore",
            "--stderr=allow",
            "--trace=http",
        ],
    },
];

impl Way {
    /// A server in this way.
    pub fn server(&self, guest: &str) -> Result<Vec<u8>> {
        self.of(guest, |arg| arg.to_owned(), &[])
    }

    /// A command in this way, which is given arguments, and may print.
    pub fn command(&self, guest: &str) -> Result<Vec<u8>> {
        let prints = |arg: &str| if arg.starts_with("--stdout=") { "--stdout=allow" } else { arg }.to_owned();
        self.of(guest, prints, &["--allow-args"])
    }

    fn of(&self, guest: &str, change: impl Fn(&str) -> String, more: &[&str]) -> Result<Vec<u8>> {
        let app = guests::load(guest)?;
        if self.name == UNVIRTUALIZED.name {
            return Ok(compose(&app, self.args)?.bytes);
        }
        let imported = imports(&app)?;
        // What a guest does not import cannot be virtualized, and saying so is refused.
        let is_there = |arg: &&&str| match arg.split('=').next() {
            Some("--mount" | "--tmpfs") => imported.iter().any(|name| name.starts_with("wasi:filesystem/")),
            Some("--seed") => imported.iter().any(|name| name.starts_with("wasi:random/")),
            _ => true,
        };
        let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("serve");
        let local = local.to_str().context("paths are UTF-8")?;
        let mut args: Vec<String> =
            self.args.iter().filter(is_there).map(|arg| change(arg).replace("{local}", local)).collect();
        args.push(format!("-eGREETING={GREETING}"));
        args.extend(more.iter().map(|arg| arg.to_string()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Ok(compose(&app, &args).with_context(|| self.name)?.bytes)
    }

    /// A guest in this way, served.
    pub async fn serve(&self, guest: &'static str, instances: Instances) -> Result<Server> {
        // Compiling takes longer than most tests, and they all do it.
        type Compiled = BTreeMap<(&'static str, &'static str), Arc<OnceCell<Service>>>;
        static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
        let cell = {
            let mut compiled = COMPILED.lock().expect("nobody panics with it");
            Arc::clone(compiled.entry((guest, self.name)).or_default())
        };
        let compile = async || Service::new(&self.server(guest)?).with_context(|| self.name);
        let service = cell.get_or_try_init(compile).await?.clone();
        service.serve(instances).await
    }
}

/// The one that things are compared with, and two that differ most: for what takes long.
pub fn few() -> impl Iterator<Item = &'static Way> {
    let named = |name: &str| WAYS.iter().find(|way| way.name == name).expect("it is one of them");
    [&UNVIRTUALIZED, named("with virtual streams and files"), named("sealed but for HTTP")].into_iter()
}

/// Does something with a guest in every way, and compares what comes of it with what comes of it unvirtualized, which it returns.
pub async fn alike<T: PartialEq + std::fmt::Debug>(
    guest: &'static str,
    instances: Instances,
    act: impl AsyncFn(&Server) -> Result<T>,
) -> Result<T> {
    alike_in([&UNVIRTUALIZED].into_iter().chain(WAYS), guest, instances, act).await
}

/// The same in some ways, of which the first is what the others are compared with.
pub async fn alike_in<T: PartialEq + std::fmt::Debug>(
    ways: impl Iterator<Item = &'static Way>,
    guest: &'static str,
    instances: Instances,
    act: impl AsyncFn(&Server) -> Result<T>,
) -> Result<T> {
    let mut first: Option<T> = None;
    for way in ways {
        let found = act(&way.serve(guest, instances).await?).await.with_context(|| way.name)?;
        match &first {
            None => first = Some(found),
            Some(first) => ensure!(*first == found, "{guest} at first: {first:#?}\n{}: {found:#?}", way.name),
        }
    }
    first.context("there are ways")
}
