//! Which of the names that set and host have the app sees, as plain Rust.

use alloc::{string::String, vec::Vec};

extern crate alloc;

/// The pairs that are `set`, then those of the host whose names are not. Of these only the ones in `names` are let through
/// if `listed`, and only the others if not.
pub fn merge(
    mut set: Vec<(String, String)>,
    host: Vec<(String, String)>,
    names: &[String],
    listed: bool,
) -> Vec<(String, String)> {
    let ours = set.len();
    for variable in host {
        let is_set = set[..ours].iter().any(|(name, _)| *name == variable.0);
        if !is_set && names.contains(&variable.0) == listed {
            set.push(variable);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn what_is_set_comes_first_and_replaces_the_hosts() {
        let set = variables(&[("B", "ours"), ("NEW", "1")]);
        let host = variables(&[("A", "host"), ("B", "host"), ("C", "host")]);
        let merged = merge(set, host, &[], false);
        assert_eq!(merged, variables(&[("B", "ours"), ("NEW", "1"), ("A", "host"), ("C", "host")]));
    }

    #[test]
    fn an_allow_list_and_a_deny_list_of_the_rest_give_the_same() {
        let host = variables(&[("A", "1"), ("B", "2"), ("C", "3")]);
        let allowed = merge(Vec::new(), host.clone(), &names(&["A", "C"]), true);
        let denied = merge(Vec::new(), host, &names(&["B"]), false);
        assert_eq!(allowed, denied);
        assert_eq!(allowed, variables(&[("A", "1"), ("C", "3")]));
    }

    #[test]
    fn an_empty_allow_list_leaves_only_what_is_set() {
        let merged = merge(variables(&[("A", "1")]), variables(&[("B", "2")]), &[], true);
        assert_eq!(merged, variables(&[("A", "1")]));
    }

    #[test]
    fn a_host_that_repeats_a_name_is_passed_on_as_it_is() {
        let host = variables(&[("A", "1"), ("A", "2")]);
        assert_eq!(merge(Vec::new(), host.clone(), &[], false), host);
    }
}
