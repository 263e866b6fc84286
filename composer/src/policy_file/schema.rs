//! What a policy file may have, as JSON Schema, which editors read. It follows from the types that read the file.

/// The schema, as it is committed: a test compares it with the types, so that the tool itself carries nothing that makes schemas.
pub const SCHEMA: &str = include_str!("../../../graphs/policy.schema.json");

#[cfg(test)]
mod tests;

#[cfg(test)]
pub use tests::{all_subsystems, stderr, stdin, stdout, subsystems};
