//! Profiles: policies that have a name, for others to start from.

use super::{Clocks, Mount, Output, Policy, Random, Source, Writing};
use clap::ValueEnum;
use jiff::Timestamp;
use serde::Deserialize;

/// A policy that has a name, for others to start from.
///
/// ```
/// use virt_compose::policy::{Policy, Profile};
///
/// assert_eq!(Profile::Sealed.policy(), Policy::default());
/// assert_eq!(Profile::Open.policy(), Policy::open());
/// let mut policy = Profile::Test.policy();
/// policy.env.variables.set("GREETING", "hello");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(description = "A policy that has a name"))]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Everything is denied
    #[default]
    Sealed,
    /// What a test wants, the same in every run: a time, a seed, room in `/tmp`, no input; outputs and exit code are the host's
    Test,
    /// Everything is the host's
    Open,
}

/// The time of tests, 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// How far each reading moves the time of tests, in nanoseconds: what takes some time has taken some.
const STEP: u64 = 1_000_000;

impl Profile {
    /// The policy.
    pub fn policy(self) -> Policy {
        match self {
            Self::Sealed => Policy::default(),
            Self::Test => test(),
            Self::Open => Policy::open(),
        }
    }

    /// As options and policy files have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Test => "test",
            Self::Open => "open",
        }
    }
}

/// Whatever could differ from run to run is fixed or missing. Outputs and exit code are what a test looks at, and whoever runs the
/// result already has them: were outputs captured, only a composition around the result could tell what they are.
fn test() -> Policy {
    let mut policy = Policy { profile: Profile::Test, ..Policy::default() };
    policy.clocks = Clocks::Virtual { start: START, step: STEP };
    policy.random = Random::Seeded(1);
    (policy.stdio.stdout, policy.stdio.stderr) = (Output::Allow, Output::Allow);
    policy.fs.mounts.push(Mount {
        guest: "/tmp".to_owned(),
        source: Source::Empty { limit: None },
        access: Writing::InMemory,
        origin: None,
    });
    policy.allow("exit");
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SUBSYSTEMS;

    #[test]
    fn names_are_those_of_the_command_line() {
        for profile in Profile::value_variants() {
            assert_eq!(profile.to_possible_value().unwrap().get_name(), profile.name());
            assert_eq!(profile.policy().profile, *profile);
        }
    }

    #[test]
    fn a_test_reads_like_its_options() {
        let policy = Profile::Test.policy();
        assert_eq!(policy.clocks, "2026-01-01T00:00:00Z+1ms".parse().unwrap());
        let args = [
            "--time=2026-01-01T00:00:00Z+1ms",
            "--seed=1",
            "--stdout=allow",
            "--stderr=allow",
            "--tmpfs=/tmp",
            "--allow-exit",
        ];
        let told = crate::cli::Cli::policy_of(&args).unwrap();
        assert_eq!(Policy { profile: Profile::Test, ..told }, policy);
    }

    #[test]
    fn all_of_a_profile_can_be_denied() {
        for profile in Profile::value_variants() {
            let mut policy = profile.policy();
            SUBSYSTEMS.iter().for_each(|row| policy.deny(row.name));
            assert_eq!(policy, Policy { profile: *profile, ..Policy::default() });
        }
    }
}
