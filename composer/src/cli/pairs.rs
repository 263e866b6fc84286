//! The options that say what the app sees of names with values: variables, and `wasi:config`.

use super::say;
use crate::policy::{Arguments, Config, Directory, Env, Pairs};
use anyhow::{Result, bail};
use clap::Args;
use std::collections::BTreeSet;
use std::path::Path;

/// The options about variables, arguments and working directory.
#[derive(Args)]
pub(super) struct EnvArgs {
    /// Set a variable; a bare name passes on the variable of the host that runs the result
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,

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
    arg: Vec<String>,

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
    /// What took words that may have been the app.
    pub fn lists(&self) -> impl Iterator<Item = &String> {
        self.env.iter().chain(&self.deny_env).chain(&self.arg)
    }

    /// Changes what the app sees. `program` is the program's name, which comes first among its arguments.
    pub fn apply(&self, env: &mut Env, program: String) -> Result<()> {
        match self.allow_env.as_deref() {
            Some("true") => {
                env.variables.visible = None;
                (env.arguments, env.cwd) = (Arguments::Host, Directory::Host);
            }
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
    /// What took words that may have been the app.
    pub fn lists(&self) -> impl Iterator<Item = &String> {
        self.config.iter().chain(&self.deny_config)
    }

    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        self.allow_config.is_some() || !self.config.is_empty() || !self.deny_config.is_empty()
    }

    /// Changes what the app sees.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        match self.allow_config.as_deref() {
            Some("true") => config.values.visible = None,
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
            let (name, value) = pair.split_once('=').map_or((pair.as_str(), None), |(name, value)| (name, Some(value)));
            let name = self.name("", name)?;
            match value {
                None => self.refuse_file(name).map(|()| pairs.pass(name))?,
                Some(value) => drop(pairs.set(name, value)),
            }
            if !said.insert(name) {
                say(format_args!("warning: `{} {name}` is given twice; the last one wins\n", self.set));
            }
        }
        for name in deny {
            let name = self.name("deny", name.trim())?;
            let is_listed = allow.is_some_and(|names| names.split(',').any(|listed| listed.trim() == name));
            if is_listed || set.iter().any(|pair| pair == name) {
                bail!("`--deny-{0}={name}` keeps back what another option passes on; leave one out", self.stem);
            }
            pairs.hide(name);
            let changes_nothing = match &pairs.visible {
                _ if said.contains(name) => Some("it is set"),
                Some(names) if !names.iter().any(|known| known == name) => Some("nothing lets it through"),
                _ => None,
            };
            if let Some(why) = changes_nothing {
                say(format_args!("warning: `--deny-{}={name}` changes nothing: {why}\n", self.stem));
            }
        }
        Ok(())
    }

    /// A name that is one. The option that has it is the one that sets, or the one with that verb.
    fn name<'a>(&self, verb: &str, name: &'a str) -> Result<&'a str> {
        let Self { set, stem, what, example } = self;
        let option = if verb.is_empty() { (*set).to_owned() } else { format!("--{verb}-{stem}") };
        if name.contains('=') {
            bail!("`{option}` has names alone, and `{name}` has a value; write `{set} {name}` to set it");
        }
        if name.contains('*') {
            bail!(
                "`{name}` is no pattern, but one name; `--allow-{stem}` passes all on, `--deny-{stem}={example},{example}` keeps \
                 some of them back"
            );
        }
        if name.is_empty() {
            bail!(
                "`{option}` lacks the name of {what}; write `{set} {example}=VALUE` to set one, `{set} {example}` or \
                 `--allow-{stem}={example}` to pass the host's on, `--allow-{stem}` for all"
            );
        }
        Ok(name)
    }

    /// `--config` is what other tools call the file that says everything.
    fn refuse_file(&self, name: &str) -> Result<()> {
        if self.stem == "config" && Path::new(name).is_file() {
            bail!("`-c {name}` would pass a value of that name on; for a policy file, write `--policy {name}`");
        }
        Ok(())
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
    }

    #[test]
    fn what_is_given_twice_has_the_last_value() {
        assert_eq!(policy(&["-e", "A=1", "-e", "A=2"]).env.variables.set, [("A".to_owned(), "2".to_owned())]);
        assert_eq!(policy(&["-c", "A=1", "-c", "A=2"]).config.values.set, [("A".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn a_bare_name_wins_over_what_is_set_before() {
        let told = policy(&["-e", "A=1", "-e", "A"]).env.variables;
        assert_eq!(told, Pairs { visible: names(&["A"]), ..Pairs::default() });
        assert_eq!(policy(&["-c", "A", "-c", "A=1"]).config.values.set, [("A".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn allowing_all_keeps_what_is_set() {
        let set = vec![("A".to_owned(), "1".to_owned())];
        assert_eq!(policy(&["-e", "A=1", "--allow-env"]).env.variables, Pairs { set: set.clone(), ..Pairs::open() });
        assert_eq!(policy(&["-c", "A=1", "--allow-config"]).config.values, Pairs { set, ..Pairs::open() });
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for (args, words) in [
            (&["--deny-env", "SEC*"][..], &["`SEC*`", "no pattern", "--allow-env"][..]),
            (&["--allow-config=*"], &["`*`", "no pattern"]),
            (&["--deny-env=A=1"], &["`--deny-env`", "names alone", "`-e A=1`"]),
            (&["-e", "A", "--deny-env=A"], &["`--deny-env=A`", "leave one out"]),
            (&["--allow-config=a,b", "--deny-config=b"], &["`--deny-config=b`", "leave one out"]),
            (&["-c", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")], &["`--policy "]),
        ] {
            let error = format!("{:#}", Cli::policy_of(args).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{args:?}: `{word}` is not in: {error}");
            }
        }
    }

    #[test]
    fn the_programs_name_comes_first_among_arguments() {
        let policy = policy(&["dir/app.wasm", "--arg", "-x", "--arg", "a b"]);
        assert_eq!(policy.env.arguments, Arguments::Set(names(&["app.wasm", "-x", "a b"]).unwrap()));
    }
}
