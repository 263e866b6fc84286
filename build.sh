#!/usr/bin/env bash
# Builds an adapter for every world of wit/worlds.wit into adapters/dist/<world>.wasm, which is committed and embedded in the
# tool, and prints each size. What stands behind a hyphen is a feature: `io-buffers` is the crate `io` with `buffers`. With
# --check, builds elsewhere and compares with what is committed: the same toolchain gives the same bytes, wherever the
# checkout is.
set -euo pipefail
cd "$(dirname "$0")"
dist=adapters/dist
if [ "${1:-}" = --check ]; then
  dist=target/dist
  mkdir -p "$dist"
fi
rustc --version > "$dist/TOOLCHAIN"
cmp "$dist/TOOLCHAIN" adapters/dist/TOOLCHAIN || echo "the committed adapters are of another toolchain, so bytes may differ" >&2

# Without rustup, the target is for the distribution to give.
if command -v rustup > /dev/null; then rustup --quiet target add wasm32-unknown-unknown; fi

# Paths of this checkout and of cargo's home would end up in the bytes. A server pays for memory at every request, so an
# adapter has a stack of little more than a quarter of a page.
sources=$(rustc --print sysroot)/lib/rustlib/src/rust
commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
flags="--remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
flags+=" --remap-path-prefix=$sources=/rustc/$commit -Clink-arg=-zstack-size=18432"

# What most requests to a server do not call sleeps until it is called (adapters/dist/src/sleep.rs). Waking takes longer than
# being awake, so what a program calls anyway does not. The catalog says the same, and a test that both do.
sleepers=" http sockets "

for name in $(sed -n 's/^world \([a-z-]*\) {$/\1/p' wit/worlds.wit); do
  package=${name%%-*}
  feature=${name#"$package"}
  # One at a time: in one build cargo would unify features and turn std on in the guests.
  RUSTFLAGS=$flags cargo build --quiet --locked --profile wasm --target wasm32-unknown-unknown --package "$package" --features "${feature#-}"
  cargo run --quiet --locked --package dist -- "target/wasm32-unknown-unknown/wasm/$package.wasm" "$dist/$name.wasm" $(case "$sleepers" in *" $package "*) echo sleep ;; esac)
  if ! cmp "$dist/$name.wasm" "adapters/dist/$name.wasm"; then
    echo "adapters/dist/$name.wasm is not what the sources give; run ./build.sh and commit" >&2
    exit 1
  fi
done
