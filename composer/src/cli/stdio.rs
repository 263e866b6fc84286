//! The options that say what stands behind the standard streams.

use crate::policy::{Input, Output, Policy, Stdio};
use crate::tree::{Content, Node, local};
use crate::words::{parse_size, unknown};
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use std::path::Path;

/// The options that say what stands behind the standard streams.
#[derive(Args)]
pub(super) struct StdioArgs {
    /// What stands behind the standard streams
    #[arg(long, value_name = "HOW")]
    stdio: Option<How>,

    /// What stands behind standard input: `allow`, `ignore`, `deny`, `text:TEXT`, or `file:LOCAL`, which is embedded
    ///
    /// TEXT is taken as it stands; there are no escapes.
    #[arg(long, value_name = "HOW")]
    stdin: Option<String>,

    /// What stands behind standard output: `allow`, `ignore`, `deny`, `stderr`, `file:GUEST`, `prefix:TEXT`, `cap:SIZE`,
    /// `capture`
    ///
    /// `stderr` is the host's. `file:` appends to a file of the guest's (`--tmpfs`, `--preopen`). `prefix:` puts something ahead
    /// of each line on its way to the host. After `cap:` bytes, which are the program's, the stream is closed: it fails, and most
    /// programs end. `capture` keeps all in memory and exports it: see `--export-captured`.
    #[arg(long, value_name = "HOW")]
    stdout: Option<String>,

    /// What stands behind standard error: as for standard output, with `stdout` for `stderr`
    #[arg(long, value_name = "HOW")]
    stderr: Option<String>,

    /// Capture standard output and error, but for those that are said to be something else
    ///
    /// What was written is exported as `virt:stdio/captured@0.1.0` (`wit/settings.wit`), for a composition that contains the
    /// result.
    #[arg(long)]
    export_captured: bool,
}

/// `--stdio=…`.
#[derive(Clone, Copy, ValueEnum)]
enum How {
    /// The host's
    Allow,
    /// An input at its end, outputs that drop what they take
    Ignore,
    /// An input at its end, outputs that are closed
    Deny,
}

impl StdioArgs {
    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        self.stdio.is_some()
            || self.stdin.is_some()
            || self.stdout.is_some()
            || self.stderr.is_some()
            || self.export_captured
    }

    /// Changes what stands behind the streams. `said` is whether a policy file says what stands behind each output.
    pub fn apply(&self, policy: &mut Policy, said: [bool; 2]) -> Result<()> {
        let stdio = &mut policy.stdio;
        match self.stdio {
            None => {}
            Some(How::Allow) => *stdio = Stdio::open(),
            Some(How::Ignore) => *stdio = Stdio::ignored(),
            Some(How::Deny) => *stdio = Stdio::default(),
        }
        if let Some(how) = &self.stdin {
            stdio.stdin = input(how).with_context(|| format!("cannot take `--stdin={}`", how.escape_debug()))?;
        }
        let outputs = [("stdout", &mut stdio.stdout, &self.stdout), ("stderr", &mut stdio.stderr, &self.stderr)];
        for ((name, to, how), said) in outputs.into_iter().zip(said) {
            match how {
                Some(how) => {
                    *to =
                        output(how, name).with_context(|| format!("cannot take `--{name}={}`", how.escape_debug()))?;
                }
                None if self.export_captured && self.stdio.is_none() && !said => *to = Output::Captured,
                None => {}
            }
        }
        ensure!(
            !self.export_captured || stdio.captured().next().is_some(),
            "`--export-captured` exports nothing: neither output is captured; write `--stdout=capture`"
        );
        Ok(())
    }
}

/// The words that stand for an input.
const INPUTS: [&str; 5] = ["allow", "ignore", "deny", "text:TEXT", "file:LOCAL"];

fn input(how: &str) -> Result<Input> {
    Ok(match how.split_once(':') {
        None if Input::named(how).is_ok() => Input::named(how)?,
        Some(("text", text)) => Input::Embedded(Node::File(Content::Inline(text.as_bytes().to_vec()))),
        Some(("file", path)) => Input::Embedded(local::file(Path::new(path))?),
        _ if Path::new(how).is_file() => bail!("to embed a file, write `--stdin=file:{how}`"),
        _ => bail!(unknown("form", how, &INPUTS)),
    })
}

fn output(how: &str, name: &str) -> Result<Output> {
    Ok(match how.split_once(':') {
        Some(("file", path)) => Output::file(path)?,
        Some(("prefix", prefix)) => Output::filtered(prefix, None)?,
        Some(("cap", size)) => Output::filtered("", Some(parse_size(size)?))?,
        None if Output::named(how, name).is_ok() || how == name => Output::named(how, name)?,
        _ if how.contains(['/', '.']) && !how.contains(':') => {
            bail!("to write to a file of the guest's, write `--{name}=file:/{}`", how.trim_start_matches(['.', '/']))
        }
        _ => {
            let other = Output::other(name);
            let forms = ["allow", "ignore", "deny", other, "file:GUEST", "prefix:TEXT", "cap:SIZE", "capture"];
            bail!(unknown("form", how, &forms))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn stdio(args: &[&str]) -> Result<Stdio> {
        Ok(Cli::policy_of(args)?.stdio)
    }

    #[test]
    fn all_is_overridden_by_each_stream() {
        let expected = Stdio { stdout: Output::Allow, ..Stdio::ignored() };
        assert_eq!(stdio(&["--stdio=ignore", "--stdout=allow"]).unwrap(), expected);
        assert_eq!(stdio(&["--stdio=deny"]).unwrap(), Stdio::default());
    }

    #[test]
    fn each_form_says_what_stands_behind_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in:put.txt");
        std::fs::write(&path, "1234").unwrap();
        let inline = |text: &str| Input::Embedded(Node::File(Content::Inline(text.as_bytes().to_vec())));
        for (how, input) in [
            ("allow", Input::Allow),
            ("ignore", Input::Ignore),
            ("deny", Input::Deny),
            ("text:", inline("")),
            ("text:a:b\n", inline("a:b\n")),
            (
                &format!("file:{}", path.display()),
                Input::Embedded(Node::File(Content::Local { path: path.clone(), len: 4 })),
            ),
        ] {
            assert_eq!(stdio(&[&format!("--stdin={how}")]).unwrap().stdin, input, "{how}");
        }
        for (how, output) in [
            ("allow", Output::Allow),
            ("stderr", Output::Other),
            ("capture", Output::Captured),
            ("file:/log/out.txt", Output::File("/log/out.txt".to_owned())),
            ("prefix:[a:b] ", Output::Filtered { prefix: "[a:b] ".to_owned(), limit: None }),
            ("cap:1MB", Output::Filtered { prefix: String::new(), limit: Some(1 << 20) }),
        ] {
            assert_eq!(stdio(&[&format!("--stdout={how}")]).unwrap().stdout, output, "{how}");
        }
        assert_eq!(stdio(&["--stderr=stdout"]).unwrap().stderr, Output::Other);
    }

    #[test]
    fn captured_is_what_is_not_said_to_be_something_else() {
        let captured = |args: &[&str]| {
            let stdio = stdio(args).unwrap();
            [stdio.stdout == Output::Captured, stdio.stderr == Output::Captured]
        };
        assert_eq!(captured(&["--export-captured"]), [true, true]);
        assert_eq!(captured(&["--export-captured", "--stderr=allow"]), [true, false]);
        assert_eq!(captured(&["--stderr=capture"]), [false, true]);
        assert_eq!(captured(&["--stdio=ignore", "--stdout=capture", "--export-captured"]), [true, false]);
    }

    #[test]
    fn errors_name_the_option_and_a_right_form() {
        let folder = tempfile::tempdir().unwrap();
        let local = folder.path().to_str().unwrap();
        for (args, words) in [
            (&["--stdin=ignored"][..], &["`--stdin=ignored`", "did you mean `ignore`?"][..]),
            (&["--stdin=file:./gone"], &["`--stdin=file:./gone`", "there is no `./gone`", "`./input.txt`"]),
            (&["--stdin=out.txt"], &["text:TEXT"]),
            (&["--stdout=out.txt"], &["`--stdout=file:/out.txt`"]),
            (&["--stdout=file:"], &["missing", "`/log/out.txt`"]),
            (&["--stdin=file:/dev/null"], &["`/dev/null` is a device", "`ignore`"]),
            (&["--stdin=file:"], &["missing", "`./input.txt`"]),
            (&[&format!("--stdin=file:{local}")], &["is a directory"]),
            (&["--stdin=stdout"], &["text:TEXT"]),
            (&["--stdout=stdout"], &["already", "`allow`"]),
            (&["--stdout=sterr"], &["did you mean `stderr`?"]),
            (&["--stdout=/log/x"], &["`--stdout=file:/log/x`"]),
            (&["--stdout=file:log"], &["`log` is not absolute", "`/log`"]),
            (&["--stdout=file:/"], &["`/`", "no file"]),
            (&["--stdout=file:/a/../b"], &["`..`"]),
            (&["--stdout=prefix:"], &["prefix", "is empty"]),
            (&["--stdout=cap:lots"], &["`lots` is no size"]),
            (&["--stdout=cap:0"], &["size of 0"]),
            (&["--stdout=text:a"], &["cap:SIZE"]),
            (&["--stdio=allow", "--export-captured"], &["neither output", "`--stdout=capture`"]),
            (&["--stdio=stderr"], &["stderr", "ignore"]),
        ] {
            let error = format!("{:#}", stdio(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: `{word}` is not in: {error}");
            }
        }
    }
}
