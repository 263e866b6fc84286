//! `policy`: what options say, as a policy file.

use super::Failure;
use super::compose::program;
use super::options::Options;
use super::output::{print, write_text};
use crate::policy::Policy;
use crate::policy_file::SCHEMA;
use anyhow::{Error, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// Print what options say as a policy file
///
/// Virtualizing with `--policy` and that file is the same as with the options. Local files stay where they are: their paths are
/// written as seen from the folder of the file, or from the current directory where there is none.
#[derive(Args)]
pub(super) struct PolicyCommand {
    /// Where the file goes; `-`, the default, is standard output
    #[arg(short, long, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print the JSON Schema of policy files instead, for editors
    #[arg(long, exclusive = true)]
    schema: bool,

    #[command(flatten)]
    options: Options,
}

impl PolicyCommand {
    /// Prints it.
    pub fn run(self) -> Result<(), Failure> {
        if self.schema {
            return print(SCHEMA.as_bytes()).map_err(Failure::Run);
        }
        let (text, output) = self.text().map_err(Failure::Usage)?;
        write_text(text, output).map_err(Failure::Run)
    }

    /// The file, and where it goes, if that is not standard output.
    fn text(&self) -> Result<(String, Option<&Path>), Error> {
        let policy = self.policy()?;
        let output = self.output.as_deref().filter(|path| *path != Path::new("-"));
        if let Some((output, guest)) = output.and_then(|path| Some((path, self.options.embeds(&policy, path)?))) {
            bail!(
                "the policy file, `{}`, is below what is embedded at `{guest}`, and would change it: write it elsewhere",
                output.display()
            );
        }
        let folder = output.and_then(Path::parent).unwrap_or(Path::new(""));
        Ok((policy.to_toml(folder)?, output))
    }

    /// What is wanted, of no app yet.
    pub fn policy(&self) -> Result<Policy> {
        self.options.policy(&program(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use serde_json::Value;

    /// The options, with the keys of a policy file that say the same, or why there is none.
    const KEYS: &[(&str, Result<&str, &str>)] = &[
        ("policy", Err("it names the file")),
        ("output", Err("where results go is no policy")),
        ("wat", Err("how results are written is no policy")),
        ("schema", Err("it prints something else")),
        ("emit-wac", Err("where results go is no policy")),
        ("for", Ok("for")),
        ("quiet", Err("what is said is no policy")),
        ("verbose", Err("what is said is no policy")),
        ("profile", Ok("profile")),
        ("allow-all", Ok("profile")),
        ("with", Ok("with")),
        ("seal", Ok("seal")),
        ("deny", Ok("trap")),
        ("env", Ok("env.set")),
        ("allow-env", Ok("env.allow")),
        ("deny-env", Ok("env.deny")),
        ("arg", Ok("env.args")),
        ("allow-args", Ok("env.args")),
        ("cwd", Ok("env.cwd")),
        ("allow-cwd", Ok("env.cwd")),
        ("config", Ok("config.set")),
        ("allow-config", Ok("config.allow")),
        ("deny-config", Ok("config.deny")),
        ("time", Ok("clocks.time")),
        ("seed", Ok("random.seed")),
        ("stdio", Ok("stdio.stdin")),
        ("stdin", Ok("stdio.stdin")),
        ("stdout", Ok("stdio.stdout")),
        ("stderr", Ok("stdio.stderr")),
        ("export-captured", Ok("stdio.stdout")),
        ("allow-http", Ok("http.allow")),
        ("deny-http", Ok("http.deny")),
        ("http-mock", Ok("http.mock")),
        ("allow-sockets", Ok("sockets.allow")),
        ("deny-sockets", Ok("sockets.deny")),
        ("host", Ok("sockets.hosts")),
        ("sockets", Ok("sockets.loopback")),
        ("mount", Ok("fs.mount")),
        ("tmpfs", Ok("fs.tmpfs")),
        ("preopen", Ok("fs.preopen")),
        ("trace", Ok("trace.calls")),
        ("trace-file", Ok("trace.file")),
        ("trace-size", Ok("trace.size")),
        ("allow-exit", Ok("allow")),
        ("allow-random", Ok("allow")),
        ("allow-stdio", Ok("allow")),
        ("allow-fs", Ok("fs.host")),
        ("allow-clocks", Ok("allow")),
    ];

    /// Whether the schema has a key, given as a path.
    fn has_key(schema: &Value, path: &str) -> bool {
        let resolve = |at: &Value| {
            let all = at["anyOf"].as_array().cloned().unwrap_or_default();
            let reference = [at].into_iter().chain(&all).find_map(|at| at["$ref"].as_str().map(str::to_owned));
            reference.map_or(at.clone(), |name| schema.pointer(name.trim_start_matches('#')).unwrap().clone())
        };
        let mut at = resolve(schema);
        path.split('.').all(|name| {
            at = resolve(&at["properties"][name]);
            at != Value::Null
        })
    }

    #[test]
    fn every_option_has_its_key() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(!has_key(&schema, "env.gone") && !has_key(&schema, "gone"));
        let mut command = Cli::clap();
        command.build();
        let policy = command.find_subcommand("policy").unwrap();
        let longs = |command: &clap::Command| {
            let longs = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned));
            longs.filter(|long| !["help", "version"].contains(&long.as_str())).collect::<Vec<_>>()
        };
        let all = [longs(&command), longs(policy)].concat();
        for long in &all {
            let (_, key) = KEYS.iter().find(|(known, _)| known == long).unwrap_or_else(|| {
                panic!("`--{long}` is new: give it a key in policy files, and name it here, or say why there is none")
            });
            if let Ok(key) = key {
                assert!(has_key(&schema, key), "`--{long}` has no key `{key}`");
            }
        }
        for (long, _) in KEYS {
            assert!(all.iter().any(|known| known == long), "there is no `--{long}`");
        }
    }
}
