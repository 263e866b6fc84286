//! What variables and `wasi:config` have in common: names with values.

use crate::Error;
use crate::policy::Pairs;
use anyhow::anyhow;

/// Lets these of the host's through. Where all are, from now on it is only these.
pub(super) fn allow(pairs: &mut Pairs, names: impl IntoIterator<Item = impl AsRef<str>>) {
    pairs.visible.get_or_insert_default();
    names.into_iter().for_each(|name| pairs.show(name.as_ref()));
}

/// Refuses names that nothing can have.
pub(super) fn check(pairs: &Pairs, noun: &str) -> Result<(), Error> {
    let set = pairs.set.iter().map(|(name, _)| name);
    let mut names = set.chain(pairs.visible.iter().flatten()).chain(&pairs.hidden);
    match names.find(|name| name.is_empty() || name.contains(['=', '\0'])) {
        Some(name) => {
            let name = name.escape_debug();
            Err(Error::policy(anyhow!("`{name}` is no name of a {noun}: it is text without `=`, such as `A`")))
        }
        None => Ok(()),
    }
}
