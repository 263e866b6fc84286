//! Makes the component of a built adapter: `dist <core module> <component>`. Called by build.sh.
//!
//! Names and producers go, from the module and from what wit-component adds: they are a tenth of an adapter's size and
//! say who built it, not what it does.

use anyhow::{Context, Result};
use std::{env, fs};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

fn main() -> Result<()> {
    let [from, to] = env::args().skip(1).collect::<Vec<_>>().try_into().ok().context("usage: dist FROM TO")?;
    let module = fs::read(&from).with_context(|| format!("failed to read `{from}`"))?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    let bytes = strip(&component)?;
    println!("{:>7}  {to}", bytes.len());
    fs::write(&to, bytes).with_context(|| format!("failed to write `{to}`"))
}

/// The same component or module without custom sections, inside and out.
fn strip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stripped = bytes[..8].to_vec();
    let mut skip_to = 8;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let range = range.start as usize..range.end as usize;
        if range.start < skip_to {
            continue;
        }
        skip_to = range.end;
        match payload {
            Payload::CustomSection(_) => {}
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                section(&mut stripped, id, &strip(&bytes[range])?);
            }
            _ => section(&mut stripped, id, &bytes[range]),
        }
    }
    Ok(stripped)
}

fn section(to: &mut Vec<u8>, id: u8, content: &[u8]) {
    use wasm_encoder::Encode;
    to.push(id);
    content.encode(to);
}
