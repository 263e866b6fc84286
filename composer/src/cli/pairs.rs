//! The options that say what the app sees of names with values: variables, and `wasi:config`.

use super::say;
use crate::policy::{Arguments, Config, Directory, Env, Pairs};
use anyhow::{Result, bail};
use clap::Args;
use std::collections::BTreeSet;

/// The options about variables, arguments and working directory.
#[derive(Args)]
pub(super) struct EnvArgs {
    /// Set a variable; a bare name passes on the variable of the host that runs the result
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,

    /// Pass the host's variables, arguments and working directory on; with names, just these variables
    #[arg(long, value_name = "NAME,...", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_env: Option<String>,

    /// Keep these of the host's variables back, whatever else lets them through
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    deny_env: Vec<String>,

    /// Pass the host's arguments on
    #[arg(long)]
    allow_args: bool,

    /// Pass the host's working directory on
    #[arg(long)]
    allow_cwd: bool,

    /// An argument of the program; its name, which comes first, is that of the app's file
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub arg: Vec<String>,

    /// The initial working directory
    #[arg(long, value_name = "PATH")]
    cwd: Option<String>,
}

/// The options about `wasi:config`.
#[derive(Args)]
pub(super) struct ConfigArgs {
    /// Set a value of `wasi:config`; a bare key passes on the value of the host that runs the result
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    config: Vec<String>,

    /// Pass the host's values of `wasi:config` on; with keys, just these
    #[arg(long, value_name = "KEY,...", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_config: Option<String>,

    /// Keep these of the host's values back, whatever else lets them through
    #[arg(long, value_name = "KEY,...", value_delimiter = ',')]
    deny_config: Vec<String>,
}

impl EnvArgs {
    /// Changes what the app sees. `program` is the program's name, which comes first among its arguments.
    pub fn apply(&self, env: &mut Env, program: String) -> Result<()> {
        match self.allow_env.as_deref() {
            Some("true") => *env = Env::open(),
            Some("false") => *env = Env::default(),
            _ => {}
        }
        Names { set: "-e", stem: "env", what: "a variable", example: "NAME" }.apply(
            &mut env.variables,
            &self.env,
            self.allow_env.as_deref(),
            &self.deny_env,
        )?;
        if self.allow_args {
            env.arguments = Arguments::Host;
        }
        if !self.arg.is_empty() {
            if self.allow_args {
                bail!("`--allow-args` passes the host's arguments on and `--arg` sets others; leave one out");
            }
            env.arguments = Arguments::Set([program].into_iter().chain(self.arg.iter().cloned()).collect());
        }
        if self.allow_cwd {
            env.cwd = Directory::Host;
        }
        if let Some(path) = &self.cwd {
            if self.allow_cwd {
                bail!("`--allow-cwd` passes the host's working directory on and `--cwd` sets another; leave one out");
            }
            env.cwd = Directory::Path(path.clone());
        }
        Ok(())
    }
}

impl ConfigArgs {
    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        self.allow_config.is_some() || !self.config.is_empty() || !self.deny_config.is_empty()
    }

    /// Changes what the app sees.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        match self.allow_config.as_deref() {
            Some("true") => *config = Config::open(),
            Some("false") => *config = Config::default(),
            _ => {}
        }
        Names { set: "-c", stem: "config", what: "a value", example: "KEY" }.apply(
            &mut config.values,
            &self.config,
            self.allow_config.as_deref(),
            &self.deny_config,
        )
    }
}

/// What the options are called.
struct Names {
    set: &'static str,
    stem: &'static str,
    what: &'static str,
    example: &'static str,
}

impl Names {
    fn apply(&self, pairs: &mut Pairs, set: &[String], allow: Option<&str>, deny: &[String]) -> Result<()> {
        if let Some(names) = allow.filter(|names| !["true", "false"].contains(names)) {
            pairs.visible = Some(Vec::new());
            for name in names.split(',') {
                pairs.show(self.name("allow", name.trim())?);
            }
        }
        let mut said = BTreeSet::new();
        for pair in set {
            match pair.split_once('=') {
                None => pairs.show(self.name("", pair)?),
                Some((name, value)) => {
                    let name = self.name("", name)?;
                    pairs.set(name, value);
                    if !said.insert(name) {
                        say(format_args!("warning: `{} {name}` is given twice; the last one wins\n", self.set));
                    }
                }
            }
        }
        for name in deny {
            pairs.hide(self.name("deny", name.trim())?);
            let passes = pairs.visible.as_ref().is_none_or(|names| names.iter().any(|known| known == name.trim()));
            if !passes {
                let stem = self.stem;
                say(format_args!("warning: `--deny-{stem}={name}` changes nothing: `--allow-{stem}` is not given\n"));
            }
        }
        Ok(())
    }

    /// A name that is not empty. The option that has it is the one that sets, or the one with that verb.
    fn name<'a>(&self, verb: &str, name: &'a str) -> Result<&'a str> {
        let Self { set, stem, what, example } = self;
        if name.is_empty() || name.contains('=') {
            let option = if verb.is_empty() { (*set).to_owned() } else { format!("--{verb}-{stem}") };
            bail!(
                "`{option}` lacks the name of {what}; write `{set} {example}=VALUE` to set one, `{set} {example}` or \
                 `--allow-{stem}={example}` to pass the host's on, `--allow-{stem}` for all"
            );
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use crate::policy::{Arguments, Env, Pairs, Policy};

    fn policy(args: &[&str]) -> Policy {
        Cli::policy_of(args).unwrap()
    }

    fn names(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_comma_in_a_value_is_a_comma() {
        for (args, pairs) in [
            (["-e", "A=1,B=2"], policy(&["-e", "A=1,B=2"]).env.variables),
            (["-c", "A=1,B=2"], policy(&["-c", "A=1,B=2"]).config.values),
        ] {
            assert_eq!(pairs.set, [("A".to_owned(), "1,B=2".to_owned())], "{args:?}");
        }
    }

    #[test]
    fn a_bare_name_passes_the_hosts_on() {
        assert_eq!(policy(&["-e", "A"]).env.variables.visible, names(&["A"]));
        assert_eq!(policy(&["--allow-env=A,B"]).env.variables.visible, names(&["A", "B"]));
        assert_eq!(policy(&["-c", "a.b"]).config.values.visible, names(&["a.b"]));
        assert_eq!(policy(&["--allow-config=a,b"]).config.values.visible, names(&["a", "b"]));
    }

    #[test]
    fn some_of_the_hosts_are_kept_back() {
        let hidden = |hidden: &[&str]| Pairs { hidden: names(hidden).unwrap(), ..Pairs::open() };
        assert_eq!(
            policy(&["--allow-env", "--deny-env=A,B"]).env,
            Env { variables: hidden(&["A", "B"]), ..Env::open() }
        );
        assert_eq!(policy(&["--allow-all", "--deny-env", "A"]).env.variables, hidden(&["A"]));
        assert_eq!(policy(&["--allow-config", "--deny-config=a"]).config.values, hidden(&["a"]));
        assert!(!policy(&["--allow-env=A", "--deny-env=A"]).env.variables.has_host());
    }

    #[test]
    fn what_is_given_twice_has_the_last_value() {
        assert_eq!(policy(&["-e", "A=1", "-e", "A=2"]).env.variables.set, [("A".to_owned(), "2".to_owned())]);
        assert_eq!(policy(&["-c", "A=1", "-c", "A=2"]).config.values.set, [("A".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn the_programs_name_comes_first_among_arguments() {
        let policy = policy(&["dir/app.wasm", "--arg", "-x", "--arg", "a b"]);
        assert_eq!(policy.env.arguments, Arguments::Set(names(&["app.wasm", "-x", "a b"]).unwrap()));
    }
}
