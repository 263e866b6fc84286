#!/usr/bin/env bash
# Builds every adapter (a folder in adapters/ with src/lib.rs) into adapters/dist/<name>.wasm, which is committed and
# embedded in the tool, and prints each size. With --check, builds elsewhere and compares with what is committed.
set -euo pipefail
cd "$(dirname "$0")"
dist=adapters/dist
[ "${1:-}" = --check ] && dist=target/dist && mkdir -p "$dist"
rustup target add wasm32-unknown-unknown 2> /dev/null || true # without rustup, the target is the distribution's to give

# Paths of this checkout and of cargo's home would end up in the bytes. A server pays for memory at every request: one
# page, of which a quarter is stack.
export RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo -Clink-arg=-zstack-size=16384"

for source in adapters/*/src/lib.rs; do
  name=$(basename "$(dirname "$(dirname "$source")")")
  # One at a time: in one build cargo would unify features and turn std on in the guests.
  cargo build --quiet --locked --profile wasm --target wasm32-unknown-unknown --package "$name"
  RUSTFLAGS='' cargo run --quiet --locked --package dist -- "target/wasm32-unknown-unknown/wasm/$name.wasm" "$dist/$name.wasm"
  cmp "$dist/$name.wasm" "adapters/dist/$name.wasm" || { echo "adapters/dist/$name.wasm is not what the sources give; run ./build.sh and commit" >&2; exit 1; }
done
