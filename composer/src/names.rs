//! Names of interfaces, and which versions of one are the same to a host. The only code that looks past `@`.

use semver::Version;
use std::fmt;

/// `wasi:cli/stdin@0.2.6` taken apart, or the plain name that a world gives to an interface of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceName {
    /// Everything before `@`: `wasi:cli/stdin`.
    pub path: String,
    /// What stands after `@`, if anything.
    pub version: Option<Version>,
}

impl InterfaceName {
    /// Takes a name of an import or export apart.
    pub fn parse(name: &str) -> Self {
        match name.split_once('@') {
            Some((path, version)) => Self { path: path.to_owned(), version: Version::parse(version).ok() },
            None => Self { path: name.to_owned(), version: None },
        }
    }

    /// Which interface this is to a host: versions of one track are the same interface with more or fewer functions.
    ///
    /// That is semver's rule as runtimes apply it to imports: one track for each major version, for each minor version
    /// of 0, and for each version of 0.0 and each pre-release.
    pub fn track(&self) -> Track {
        let path = &self.path;
        Track(match &self.version {
            None => path.clone(),
            Some(version) if !version.pre.is_empty() => format!("{path}@{version}"),
            Some(version) if version.major > 0 => format!("{path}@{}", version.major),
            Some(version) if version.minor > 0 => format!("{path}@0.{}", version.minor),
            Some(version) => format!("{path}@{version}"),
        })
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// The name under which an adapter that has both sides of an interface imports the host's: the package `host:` stands for
/// `wasi:` there (wit/worlds.wit), and nowhere else.
pub fn of_adapter(name: &str) -> String {
    match name.strip_prefix("host:") {
        Some(rest) => format!("wasi:{rest}"),
        None => name.to_owned(),
    }
}

/// An interface at any version that is the same one to a host, as in `wasi:cli/stdin@0.2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Track(String);

impl Track {
    /// A track that the catalog spells out, as in `wasi:io/poll@0.2`.
    pub fn known(track: &str) -> Self {
        Self(track.to_owned())
    }

    /// The functions and types that a world imports by themselves, which are in no interface.
    pub fn world() -> Self {
        Self("the world".to_owned())
    }

    /// The interface without its version: `wasi:cli/stdin`.
    pub fn path(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(path, _)| path)
    }

    /// The package that it is in: `wasi:cli`.
    pub fn package(&self) -> &str {
        self.path().split_once('/').map_or(self.path(), |(package, _)| package)
    }

    /// The interface at the first version of the track, which makes a valid name: `wasi:cli/stdin@0.2.0`.
    pub fn label(&self) -> String {
        match self.0.split_once('@') {
            Some((path, version)) => {
                let missing = 2usize.saturating_sub(version.split('-').next().unwrap_or("").matches('.').count());
                format!("{path}@{version}{}", ".0".repeat(missing))
            }
            None => self.0.clone(),
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(name: &str) -> String {
        InterfaceName::parse(name).track().to_string()
    }

    #[test]
    fn all_of_0_2_is_one_track() {
        assert_eq!(track("wasi:cli/stdin@0.2.0"), track("wasi:cli/stdin@0.2.12"));
        assert_ne!(track("wasi:cli/stdin@0.2.0"), track("wasi:cli/stdin@0.3.0"));
        assert_ne!(track("wasi:cli/stdin@0.2.0"), track("wasi:cli/stdout@0.2.0"));
    }

    #[test]
    fn pre_releases_and_0_0_match_only_themselves() {
        assert_ne!(track("wasi:config/store@0.2.0-rc.1"), track("wasi:config/store@0.2.0"));
        assert_ne!(track("a:b/c@0.0.1"), track("a:b/c@0.0.2"));
        assert_eq!(track("a:b/c@1.2.3"), track("a:b/c@1.9.0"));
    }

    #[test]
    fn a_label_is_a_valid_name() {
        for (name, label) in [
            ("wasi:cli/stdin@0.2.6", "wasi:cli/stdin@0.2.0"),
            ("a:b/c@1.2.3", "a:b/c@1.0.0"),
            ("a:b/c@0.0.1", "a:b/c@0.0.1"),
            ("a:b/c@0.2.0-rc.1", "a:b/c@0.2.0-rc.1"),
            ("a:b/c", "a:b/c"),
        ] {
            assert_eq!(InterfaceName::parse(name).track().label(), label);
        }
    }

    #[test]
    fn names_come_out_as_they_went_in() {
        for name in ["wasi:cli/stdin@0.2.6", "a:b/c", "plain", "wasi:config/store@0.2.0-rc.1"] {
            assert_eq!(InterfaceName::parse(name).to_string(), name);
        }
    }
}
