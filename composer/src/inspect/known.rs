//! The interfaces of WASI 0.2 and their functions, from its own text: what a pattern may mean.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::Resolve;

macro_rules! wit {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../../wit/deps/", $name, ".wit")))),*]
    };
}

/// Each after those that it uses.
const TEXTS: &[(&str, &str)] = wit!("io", "clocks", "random", "filesystem", "sockets", "cli", "http", "config");

/// The functions of each interface, without its version.
pub fn wasi() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut resolve = Resolve::default();
    for (name, text) in TEXTS {
        resolve.push_source(name, text)?;
    }
    let mut known = BTreeMap::new();
    for (id, interface) in resolve.interfaces.iter() {
        if let Some(name) = resolve.id_of(id) {
            let path = name.split('@').next().unwrap_or_default().to_owned();
            known.insert(path, interface.functions.keys().cloned().collect());
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SUBSYSTEMS;

    #[test]
    fn all_that_the_catalog_names_is_known() {
        let known = wasi().unwrap();
        for name in SUBSYSTEMS.iter().flat_map(|row| row.interfaces).filter(|name| name.starts_with("wasi:")) {
            assert!(known.keys().any(|path| path == name || (name.ends_with('/') && path.starts_with(name))), "{name}");
        }
        assert!(known["wasi:sockets/tcp"].contains("[method]tcp-socket.start-connect"));
    }
}
