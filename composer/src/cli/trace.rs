//! The options that have calls written down.

use crate::policy::{Policy, Trace};
use anyhow::{Context, Result, bail};
use clap::Args;

/// The options that have calls written down.
#[derive(Args)]
pub(super) struct TraceArgs {
    /// Write down what the app calls, a line for each call, as strace does: all, or of these subsystems and imports (`fs,a:b/c`)
    ///
    /// It opens nothing: `--allow-all --trace` shows what a program does as it is. What goes through streams is `io`. It goes to the host's
    /// standard error, also if the app has none: the result imports that. Values are WAVE text, bytes are as in `b"..."`, and handles have
    /// a number until they are dropped or given away; those of what the app exports, such as a server's requests, have none. A line
    /// begins before its call, and ends after it: a call that does not come back has no result. What stands below is traced as the app
    /// sees it, host or virtual.
    #[arg(
        long,
        value_name = "WHAT,...",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = Trace::ALL,
        help_heading = "Trace"
    )]
    trace: Option<Vec<String>>,

    /// Write the trace to the end of this file of the guest's (`--tmpfs`, `--preopen`), not to standard error
    #[arg(long, value_name = "GUEST", help_heading = "Trace")]
    trace_file: Option<String>,

    /// How many elements of a list the trace has, and how many bytes: 32, if nothing is said
    #[arg(long, value_name = "NUMBER", help_heading = "Trace")]
    trace_size: Option<u32>,
}

impl TraceArgs {
    /// What took words that may have been the app.
    pub fn lists(&self) -> impl Iterator<Item = &String> {
        self.trace_file.iter()
    }

    /// Changes what is written down.
    pub fn apply(&self, policy: &mut Policy) -> Result<()> {
        let trace = &mut policy.trace;
        if let Some(of) = &self.trace {
            trace.of = Trace::patterns(of.iter().map(String::as_str)).context("cannot take `--trace`")?;
        }
        if let Some(path) = &self.trace_file {
            trace.file = Some(Trace::path(path).with_context(|| format!("cannot take `--trace-file={path}`"))?);
        }
        trace.size = self.trace_size.unwrap_or(trace.size);
        let said = [("--trace-file", self.trace_file.is_some()), ("--trace-size", self.trace_size.is_some())];
        if let Some((option, _)) = said.into_iter().find(|(_, is_said)| *is_said && !trace.is_on()) {
            bail!("`{option}` says how calls are traced, and none are: add `--trace` for all, or `--trace=fs,http`");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn trace(args: &[&str]) -> Result<Trace> {
        Ok(Cli::policy_of(args)?.trace)
    }

    #[test]
    fn all_is_traced_or_what_is_named() {
        let of = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(trace(&["app.wasm"]).unwrap(), Trace::default());
        assert_eq!(trace(&["--trace", "app.wasm"]).unwrap().of, of(&["*"]));
        assert_eq!(trace(&["--trace=fs,env,fs", "app.wasm"]).unwrap().of, of(&["fs", "env"]));
        assert_eq!(trace(&["--trace=fs,a:b/c,f", "app.wasm"]).unwrap().of, of(&["fs", "a:b/c", "f"]));
        let told = trace(&["--trace", "--trace-file=/log/t", "--trace-size=4"]).unwrap();
        assert_eq!((told.file.as_deref(), told.size), (Some("/log/t"), 4));
    }

    #[test]
    fn errors_name_the_option_and_a_right_form() {
        for (args, words) in [
            (&["--trace=wasi:cli/exit@0.2.0"][..], &["`--trace`", "versions"][..]),
            (&["--trace="], &["`--trace`", "nothing is named"]),
            (&["--trace=wasi:cli/exit#exit"], &["`exit`", "`wasi:cli/exit`"]),
            (&["--trace-file=/log/t"], &["`--trace-file`", "none are", "`--trace`"]),
            (&["--trace-size=4"], &["`--trace`"]),
            (&["--trace", "--trace-file=log"], &["`--trace-file=log`", "`/log`"]),
            (&["--trace", "--trace-file=/"], &["`/`", "no file"]),
        ] {
            let error = format!("{:#}", trace(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: `{word}` is not in: {error}");
            }
        }
    }
}
