//! The picture as JSON: what `picture` documents, field by field.

use super::Picture;
use anyhow::Result;

/// Draws it.
pub fn draw(picture: &Picture) -> Result<String> {
    Ok(serde_json::to_string_pretty(picture)? + "\n")
}
