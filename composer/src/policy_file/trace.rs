//! `[trace]`.

use super::pairs::{AllOr, Names};
use crate::policy::Trace;
use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Calls that are written down, in the manner of strace
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[trace]` with `calls`, `file`, `size` or `prefix`")]
pub struct TraceTable {
    /// Which: all, none, or those of subsystems (`fs`) and imports (`a:b/c`)
    calls: Option<AllOr<Names>>,
    /// The absolute path of a file of the guest's, to whose end they are written; without it, they go to the host's standard error
    file: Option<String>,
    /// How many elements of a list are written, and how many bytes
    #[cfg_attr(test, schemars(extend("default" = Trace::SIZE)))]
    size: Option<u32>,
    /// What stands ahead of each line
    prefix: Option<String>,
}

impl TraceTable {
    /// Changes what is written down.
    pub fn apply(&self, trace: &mut Trace) -> Result<()> {
        match &self.calls {
            Some(AllOr::Host(true)) => trace.of = vec![Trace::ALL.to_owned()],
            Some(AllOr::Host(false)) => trace.of.clear(),
            Some(AllOr::Set(names)) => {
                trace.of = Trace::patterns(names.iter().map(String::as_str)).context("in `[trace]`, `calls`")?;
            }
            None => {}
        }
        if let Some(file) = &self.file {
            trace.file = Some(Trace::path(file).context("in `[trace]`, `file`")?);
        }
        trace.size = self.size.unwrap_or(trace.size);
        trace.prefix = self.prefix.clone().unwrap_or_else(|| trace.prefix.clone());
        // The command line may still say which.
        if self.calls.is_none() && self.file.is_none() && self.size.is_none() && self.prefix.is_none() {
            bail!("`[trace]` is empty; write `calls = true`, or leave it out");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{policy, refused};
    use super::*;

    #[test]
    fn calls_are_all_or_those_that_are_named() {
        assert_eq!(policy("[trace]\ncalls = true").trace.of, ["*"]);
        assert_eq!(policy("[trace]\ncalls = false").trace, Trace::default());
        let told = policy("trace = { calls = [\"fs\", \"a:b\"], file = \"/t\", size = 8, prefix = \"> \" }").trace;
        let of = ["fs", "a:b"].map(str::to_owned).to_vec();
        assert_eq!(told, Trace { of, file: Some("/t".to_owned()), size: 8, prefix: "> ".to_owned() });
    }

    #[test]
    fn errors_name_the_key() {
        refused("[trace]", &["`[trace]`", "`calls = true`"]);
        refused("[trace]\ncalls = [\"wasi:*\"]", &["`[trace]`", "`calls`", "`wasi:*`"]);
        refused("[trace]\nfile = \"t\"", &["`[trace]`", "`file`", "`/t`"]);
        refused("[trace]\ncall = true", &["did you mean `calls`?"]);
    }
}
