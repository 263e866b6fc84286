//! `[env]` and `[config]`.

use super::table::{Table, strings};
use crate::policy::{Arguments, Config, Directory, Env, Pairs};
use toml::Value;

/// More than so many that are set have a table of their own.
const IN_ONE_LINE: usize = 3;

pub fn env(env: &Env, start: &Env) -> Vec<Table> {
    let [mut table, set] = pairs(&env.variables, &start.variables, ["[env]", "[env.set]"]);
    if env.arguments != start.arguments {
        match &env.arguments {
            Arguments::Host => table.add("args", true),
            Arguments::Set(args) if args.is_empty() => table.add("args", false),
            Arguments::Set(args) => {
                table = table.about("The program's name comes ahead of `args`.");
                table.add("args", strings(&args[1..]));
            }
        }
    }
    if env.cwd != start.cwd {
        table.add(
            "cwd",
            match &env.cwd {
                Directory::Host => Value::Boolean(true),
                Directory::Absent => Value::Boolean(false),
                Directory::Path(path) => Value::String(path.clone()),
            },
        );
    }
    [table, set].into_iter().filter(|table| !table.is_empty()).collect()
}

pub fn config(config: &Config, start: &Config) -> Vec<Table> {
    let tables = pairs(&config.values, &start.values, ["[config]", "[config.set]"]);
    tables.into_iter().filter(|table| !table.is_empty()).collect()
}

/// The table, and that of what is set, if that is much.
fn pairs(pairs: &Pairs, start: &Pairs, [header, header_of_set]: [&'static str; 2]) -> [Table; 2] {
    let (mut table, mut set) = (Table::of(header), Table::of(header_of_set));
    pairs.set.iter().for_each(|(name, value)| set.add(name, value.as_str()));
    if (1..=IN_ONE_LINE).contains(&pairs.set.len()) {
        table.add("set", std::mem::replace(&mut set, Table::of(header_of_set)).inline());
    }
    if pairs.visible != start.visible {
        table.add(
            "allow",
            match pairs.visible.as_deref() {
                None => Value::Boolean(true),
                Some([]) => Value::Boolean(false),
                Some(names) => strings(names),
            },
        );
    }
    if !pairs.hidden.is_empty() {
        table.add("deny", strings(&pairs.hidden));
    }
    [table, set]
}
