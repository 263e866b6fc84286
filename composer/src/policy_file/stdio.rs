//! `[stdio]`.

use super::Size;
use crate::policy::{Input, Output, Policy};
use crate::tree::{Content, Node, local};
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What stands behind the standard streams
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`[stdio]` with `stdin`, `stdout` or `stderr`")]
pub struct StdioTable {
    /// What is read: the host's, nothing, or what is embedded
    #[cfg_attr(test, schemars(schema_with = "super::schema::stdin"))]
    stdin: Option<InputHow>,
    /// Where standard output goes; `stderr` is the host's, a file is the guest's
    #[cfg_attr(test, schemars(schema_with = "super::schema::stdout"))]
    stdout: Option<OutputHow>,
    /// Where standard error goes; `stdout` is the host's, a file is the guest's
    #[cfg_attr(test, schemars(schema_with = "super::schema::stderr"))]
    stderr: Option<OutputHow>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"allow\", \"ignore\", \"deny\", { text = \"...\" } or { file = \"./path\" }")]
enum InputHow {
    Word(String),
    From(InputTable),
}

/// An input that is embedded: one of these
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("minProperties" = 1, "maxProperties" = 1)))]
#[serde(deny_unknown_fields)]
pub struct InputTable {
    /// This text
    text: Option<String>,
    /// These bytes, for what is no text
    bytes: Option<Vec<u8>>,
    /// What is in a local file, whose path starts at the policy file
    file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected \"allow\", \"ignore\", \"deny\", \"capture\", the other stream, { file = \"/path\" } or \
                 { prefix = \"...\", cap = \"1M\" }"
)]
enum OutputHow {
    Word(String),
    To(OutputTable),
}

/// An output that goes to a file of the guest's, or to the host behind a prefix, up to a number of bytes, or both
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("minProperties" = 1)))]
#[serde(deny_unknown_fields)]
pub struct OutputTable {
    /// The absolute path of a file of the guest's, to whose end it is written
    file: Option<String>,
    /// What stands ahead of each line
    prefix: Option<String>,
    /// After how many bytes it is closed
    cap: Option<Size>,
}

impl InputHow {
    fn read(&self, folder: &Path) -> Result<Input> {
        match self {
            Self::Word(word) => Input::named(word).map_err(|error| {
                anyhow!("{error}; or write a table, `{{ text = \"...\" }}` or `{{ file = \"./path\" }}`")
            }),
            Self::From(InputTable { text: Some(text), bytes: None, file: None }) => {
                Ok(Input::Embedded(Node::File(Content::Inline(text.as_bytes().to_vec()))))
            }
            Self::From(InputTable { text: None, bytes: Some(bytes), file: None }) => {
                Ok(Input::Embedded(Node::File(Content::Inline(bytes.clone()))))
            }
            Self::From(InputTable { text: None, bytes: None, file: Some(file) }) => {
                Ok(Input::Embedded(local::file(&folder.join(file))?))
            }
            Self::From(_) => bail!("write either `text` or `file` (or `bytes`, for what is no text)"),
        }
    }
}

impl OutputHow {
    fn output(&self, stream: &str) -> Result<Output> {
        match self {
            Self::Word(word) => Output::named(word, stream).map_err(|error| {
                anyhow!("{error}; or write a table, `{{ file = \"/path\" }}`, `{{ prefix = \"...\" }}` or `{{ cap = \"1M\" }}`")
            }),
            Self::To(OutputTable { file: Some(file), prefix: None, cap: None }) => Output::file(file),
            Self::To(OutputTable { file: None, prefix: None, cap: None }) => {
                bail!("the table is empty; write `file`, or `prefix`, `cap` or both")
            }
            Self::To(OutputTable { file: None, prefix, cap }) => {
                let limit = cap.as_ref().map(Size::bytes).transpose()?;
                Output::filtered(prefix.as_deref().unwrap_or_default(), limit)
            }
            Self::To(_) => bail!("what goes to a `file` has no `prefix` and no `cap`; leave them out"),
        }
    }
}

impl StdioTable {
    /// Whether it says what stands behind standard output, and standard error.
    pub fn outputs(&self) -> [bool; 2] {
        [self.stdout.is_some(), self.stderr.is_some()]
    }

    /// Changes what stands behind the streams. Local paths start at the folder.
    pub fn apply(&self, policy: &mut Policy, folder: &Path) -> Result<()> {
        if let Some(how) = &self.stdin {
            policy.stdio.stdin = how.read(folder).context("in `[stdio]`, `stdin`")?;
        }
        if let Some(how) = &self.stdout {
            policy.stdio.stdout = how.output("stdout").context("in `[stdio]`, `stdout`")?;
        }
        if let Some(how) = &self.stderr {
            policy.stdio.stderr = how.output("stderr").context("in `[stdio]`, `stderr`")?;
        }
        Ok(())
    }
}
