//! The guests, by name. `tests/guests/build.sh` builds them.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use wit_component::ComponentEncoder;

/// The releases of wasmtime whose preview 1 adapters are tried, and the versions of WASI that these import.
pub const ADAPTERS: &[(u32, &str)] =
    &[(24, "0.2.0"), (25, "0.2.1"), (27, "0.2.2"), (30, "0.2.3"), (36, "0.2.6"), (48, "0.2.12")];

/// CPython, as a command.
const PYTHON: &str = "python-tour";

/// The guests that are not committed, with CPython and StarlingMonkey: they are too large.
const NOT_COMMITTED: &[&str] = &[PYTHON, "python-server", "js-server"];

/// Whether a guest must be there. What is committed always is, so a test without it fails; the others only where they were built.
pub fn is_at_hand(name: &str) -> bool {
    !NOT_COMMITTED.contains(&name) || path(name).exists()
}

/// The standard library of that CPython, where it was built: a folder, for `python-tour library`.
pub fn python_library() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/guest-tools/python-library");
    (is_at_hand(PYTHON) && folder.is_dir()).then_some(folder)
}

/// All commands: what imports WASI and exports `wasi:cli/run`.
pub fn commands() -> Vec<String> {
    let mut names: Vec<String> =
        ["rust-hello", "rust-exit", "rust-clock", "rust-random", "rust-world", "js-tour", "solver@48"]
            .map(String::from)
            .to_vec();
    names.extend(ADAPTERS.iter().map(|(release, _)| format!("c-tour@{release}")));
    names.push(PYTHON.to_owned());
    names.retain(|name| is_at_hand(name));
    names
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guests").join(format!("{name}.wasm"))
}

/// A guest as a component. `c-tour@36` is the core module with the adapter of wasmtime 36; without `@` a guest is as it is.
pub fn load(name: &str) -> Result<Vec<u8>> {
    let (file, release) = match name.split_once('@') {
        Some((file, release)) => (file, Some(release.parse::<u32>()?)),
        None => (name, None),
    };
    let bytes = std::fs::read(path(file)).with_context(|| format!("no guest `{file}`; run tests/guests/build.sh"))?;
    let Some(release) = release else { return Ok(bytes) };
    let adapter = match release {
        24 => adapter_24::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        25 => adapter_25::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        27 => adapter_27::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        30 => adapter_30::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        36 => adapter_36::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        48 => adapter_48::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        _ => bail!("no adapter of wasmtime {release}"),
    };
    ComponentEncoder::default().module(&bytes)?.adapter("wasi_snapshot_preview1", adapter)?.encode()
}
