//! The real names of what adapters have from the host.

use crate::catalog::subsystem_of;
use crate::check::imports;
use crate::names::{InterfaceName, of_adapter};
use anyhow::{Context, Result, bail};

/// Gives root imports of `host:`, which stands for `wasi:` in adapters and nowhere else, the names that hosts know. All of the
/// component stays where it is, because both names are as long.
///
/// It is done last, because up to then wac keeps both sides apart by name.
pub fn rename(bytes: &mut [u8]) -> Result<Vec<String>> {
    let start = bytes.as_ptr() as usize;
    let names = imports(bytes).context(INVALID)?;
    let mut renamed = Vec::new();
    for name in names.iter().filter(|name| name.starts_with("host:")) {
        let real = of_adapter(name);
        if subsystem_of(&InterfaceName::parse(&real).track()).is_none() {
            bail!("`{name}` is left, and no host has that: wire it in the graph");
        }
        if names.contains(&real.as_str()) {
            bail!(
                "both `{name}` of an adapter and `{real}` of something above it are left to the host, which are one to it, and two \
                 to who shares streams: wire the second to what the adapter exports, or take both from `virt:bundle`"
            );
        }
        renamed.push((name.as_ptr() as usize - start, real));
    }
    for (at, real) in &renamed {
        bytes[*at..*at + real.len()].copy_from_slice(real.as_bytes());
    }
    Ok(renamed.into_iter().map(|(_, real)| real).collect())
}

/// Why a graph that wac can read makes no component.
pub const INVALID: &str = "the graph makes no valid component: what is wired together does not share its types, or a component \
                           in it uses what runtimes leave off; interfaces that have types of each other must come from one part";
