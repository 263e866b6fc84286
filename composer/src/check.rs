//! Whether a composition is what the plan meant: valid to a runtime, and importing what the plan says and nothing else.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// What runtimes leave off unless told otherwise. Core wasm is the app's own business.
const OFF_BY_DEFAULT: WasmFeatures = WasmFeatures::CM_VALUES
    .union(WasmFeatures::CM_NESTED_NAMES)
    .union(WasmFeatures::CM_ASYNC_STACKFUL)
    .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
    .union(WasmFeatures::CM_THREADING)
    .union(WasmFeatures::CM_ERROR_CONTEXT)
    .union(WasmFeatures::CM_FIXED_LENGTH_LISTS)
    .union(WasmFeatures::CM_GC)
    .union(WasmFeatures::CM_MAP)
    .union(WasmFeatures::CM64)
    .union(WasmFeatures::CM_IMPLEMENTS);

/// Validates a part that was generated, function bodies included.
pub fn check_whole(bytes: &[u8]) -> Result<()> {
    Validator::new_with_features(features()).validate_all(bytes)?;
    Ok(())
}

fn features() -> WasmFeatures {
    WasmFeatures::all().difference(OFF_BY_DEFAULT)
}

/// Validates, function bodies aside: they are the app's and the adapters', byte for byte. Fails if the root imports
/// anything that is not in `roots`, and says what it imports.
pub fn check(bytes: &[u8], roots: &BTreeSet<&str>) -> Result<Vec<String>> {
    let imports = imports(bytes).context(
        "the composition is not valid; this is a defect of virt-compose, or the app uses what runtimes leave off",
    )?;
    if let Some(name) = imports.iter().find(|name| !roots.contains(**name)) {
        bail!("the composition imports `{name}`, which is not planned; this is a defect of virt-compose");
    }
    Ok(imports.into_iter().map(str::to_owned).collect())
}

/// Validates, function bodies aside, and says what the root imports.
pub fn imports(bytes: &[u8]) -> Result<Vec<&str>> {
    let mut validator = Validator::new_with_features(features());
    let (mut depth, mut imports) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        validator.payload(&payload)?;
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok(imports)
}
