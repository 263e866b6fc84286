//! Which variables the app sees, as plain Rust.

use alloc::{string::String, vec::Vec};

extern crate alloc;

/// The variables that are `set`, then those of the host that are visible (all, if `visible` is `None`), not hidden and
/// not set.
pub fn merge(
    mut set: Vec<(String, String)>,
    host: Vec<(String, String)>,
    visible: Option<&[String]>,
    hidden: &[String],
) -> Vec<(String, String)> {
    let ours = set.len();
    for (name, value) in host {
        if visible.is_none_or(|visible| visible.contains(&name))
            && !hidden.contains(&name)
            && !set[..ours].iter().any(|(set, _)| *set == name)
        {
            set.push((name, value));
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
        let merged = merge(
            variables(&[("B", "ours"), ("NEW", "1")]),
            variables(&[("A", "host"), ("B", "host"), ("C", "host")]),
            None,
            &[],
        );
        assert_eq!(merged, variables(&[("B", "ours"), ("NEW", "1"), ("A", "host"), ("C", "host")]));
    }

    #[test]
    fn an_allow_list_and_a_deny_list_of_the_rest_give_the_same() {
        let host = variables(&[("A", "1"), ("B", "2"), ("C", "3")]);
        let allowed = merge(Vec::new(), host.clone(), Some(&names(&["A", "C"])), &[]);
        let denied = merge(Vec::new(), host, None, &names(&["B"]));
        assert_eq!(allowed, denied);
        assert_eq!(allowed, variables(&[("A", "1"), ("C", "3")]));
    }

    #[test]
    fn an_empty_allow_list_leaves_only_what_is_set() {
        let merged = merge(variables(&[("A", "1")]), variables(&[("B", "2")]), Some(&[]), &[]);
        assert_eq!(merged, variables(&[("A", "1")]));
    }

    #[test]
    fn hidden_wins_over_visible() {
        let merged = merge(Vec::new(), variables(&[("A", "1"), ("B", "2")]), Some(&names(&["A", "B"])), &names(&["A"]));
        assert_eq!(merged, variables(&[("B", "2")]));
    }

    #[test]
    fn a_host_that_repeats_a_name_is_passed_on_as_it_is() {
        let host = variables(&[("A", "1"), ("A", "2")]);
        assert_eq!(merge(Vec::new(), host.clone(), None, &[]), host);
    }
}
