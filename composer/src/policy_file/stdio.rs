//! `[stdio]`.

use super::Size;
use crate::policy::{Input, Output, Policy};
use crate::tree::{Content, Node, local};
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "`[stdio]` with `stdin`, `stdout` or `stderr`")]
pub struct StdioTable {
    stdin: Option<InputHow>,
    stdout: Option<OutputHow>,
    stderr: Option<OutputHow>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"allow\", \"ignore\", \"deny\", { text = \"...\" } or { file = \"./path\" }")]
enum InputHow {
    Word(String),
    From(InputTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputTable {
    text: Option<String>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputTable {
    file: Option<String>,
    prefix: Option<String>,
    cap: Option<Size>,
}

impl InputHow {
    fn read(&self, folder: &Path) -> Result<Input> {
        match self {
            Self::Word(word) => Input::named(word).map_err(|error| {
                anyhow!("{error}; or write a table, `{{ text = \"...\" }}` or `{{ file = \"./path\" }}`")
            }),
            Self::From(InputTable { text: Some(text), file: None }) => {
                Ok(Input::Embedded(Node::File(Content::Inline(text.as_bytes().to_vec()))))
            }
            Self::From(InputTable { text: None, file: Some(file) }) => {
                Ok(Input::Embedded(local::file(&folder.join(file))?))
            }
            Self::From(_) => bail!("write either `text` or `file`"),
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
