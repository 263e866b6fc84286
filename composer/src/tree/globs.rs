//! Which entries of a directory are embedded.

use anyhow::{Context, Result, bail};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::BTreeSet;

/// Patterns for paths below the root of a mount: `*` is any name, `**` any directories. A pattern that matches a directory
/// takes in all below it. The default takes in everything.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    include: Patterns,
    exclude: Patterns,
}

impl Globs {
    /// What any of `include` matches, or everything if there is none, but for what any of `exclude` matches.
    pub fn of(include: &[String], exclude: &[String]) -> Result<Self> {
        Ok(Self { include: Patterns::of("include", include)?, exclude: Patterns::of("exclude", exclude)? })
    }

    /// Whether the root is taken in with all below it.
    pub(super) fn includes_root(&self) -> bool {
        self.include.texts.is_empty()
    }

    /// Whether something below a directory is taken in, given whether the directory is.
    pub(super) fn includes(&mut self, path: &str, folder: bool) -> bool {
        self.include.matches(path) || folder
    }

    /// Whether something is left out.
    pub(super) fn excludes(&mut self, path: &str) -> bool {
        self.exclude.matches(path)
    }

    /// Patterns that matched nothing, in words.
    pub(super) fn unused(&self) -> Vec<String> {
        let both = [("include", &self.include), ("exclude", &self.exclude)];
        let unused = both.into_iter().flat_map(|(key, patterns)| patterns.unused().map(move |text| (key, text)));
        let words = |(key, text): (_, &str)| match text.contains('/') {
            true => format!("`{key}` has `{text}`, which matches nothing"),
            // It may be meant for all directories.
            false => format!("`{key}` has `{text}`, which matches nothing at the top (`**/{text}` is anywhere)"),
        };
        unused.map(words).collect()
    }

    /// Refuses what was to be left out and is not there: it may be there under another pattern.
    pub(super) fn check_exclude(&self) -> Result<()> {
        match self.exclude.unused().next() {
            Some(text) if !text.contains('/') => {
                bail!(
                    "`exclude` has `{text}`, which matches nothing at the top; write `**/{text}` for anywhere, or leave it out"
                )
            }
            Some(text) => bail!("`exclude` has `{text}`, which matches nothing; leave it out, or mend it"),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Patterns {
    texts: Vec<String>,
    set: GlobSet,
    /// Those that matched something, by position.
    used: BTreeSet<usize>,
}

impl Patterns {
    fn of(key: &str, texts: &[String]) -> Result<Self> {
        let mut set = GlobSetBuilder::new();
        for text in texts {
            let pattern = text.trim_end_matches('/');
            if pattern.is_empty() || pattern.split('/').any(|name| ["", ".", ".."].contains(&name)) {
                bail!("`{key}` has `{text}`, and patterns start at what is mounted; write it like `src/**/*.txt`");
            }
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            set.add(glob.with_context(|| format!("`{key}` has `{text}`, which is no pattern"))?);
        }
        Ok(Self { texts: texts.to_vec(), set: set.build()?, used: BTreeSet::new() })
    }

    /// Whether one matches; notes which.
    fn matches(&mut self, path: &str) -> bool {
        let matches = self.set.matches(path);
        self.used.extend(&matches);
        !matches.is_empty()
    }

    fn unused(&self) -> impl Iterator<Item = &str> {
        let unused = self.texts.iter().enumerate().filter(|(at, _)| !self.used.contains(at));
        unused.map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_starts_at_the_mount() {
        for (pattern, words) in [
            ("/etc", "start at what is mounted"),
            ("./etc", "start at what is mounted"),
            ("../etc", "start at what is mounted"),
            ("", "start at what is mounted"),
            ("a[", "no pattern"),
        ] {
            let error = format!("{:#}", Globs::of(&[], &[pattern.to_owned()]).unwrap_err());
            assert!(error.contains("`exclude`") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_star_is_one_name() {
        let mut globs = Globs::of(&[], &["*.txt".to_owned(), "**/*.o".to_owned(), "target/".to_owned()]).unwrap();
        for (path, excluded) in [
            ("a.txt", true),
            ("a/a.txt", false),
            ("a.o", true),
            ("a/b/c.o", true),
            ("target", true),
            ("a/target", false),
        ] {
            assert_eq!(globs.excludes(path), excluded, "{path}");
        }
        assert_eq!(globs.unused(), Vec::<String>::new());
    }
}
