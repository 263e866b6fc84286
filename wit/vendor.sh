#!/usr/bin/env bash
# Rewrites wit/deps from the `wasip2` crate, which ships WASI's own text. Two copies of what we need:
#   deps/<package>.wit        the last 0.2, under its own name: what adapters export
#   deps/<package>-0.2.0.wit  the oldest 0.2: what adapters ask of the host. Packages with resources are renamed
#                             from `wasi:` to `host:`, because an adapter has both sides of them (ARCHITECTURE.md).
# And `wasi:config`, which is no part of WASI 0.2, from the crate in which wasmtime has it, under both of its versions.
set -euo pipefail
cd "$(dirname "$0")"
wasip2=2.0.1 # carries WASI 0.2.12
version=0.2.12
config=48.0.8 # of wasmtime-wasi-config; carries 0.2.0-rc.1

fetch=$(mktemp -d)
trap 'rm -rf "$fetch"' EXIT
mkdir "$fetch/src" && touch "$fetch/src/lib.rs"
printf '[package]\nname = "fetch"\nedition = "2024"\n[dependencies]\nwasip2 = "=%s"\nwasmtime-wasi-config = "=%s"\n[workspace]\n' "$wasip2" "$config" > "$fetch/Cargo.toml"
cargo fetch --quiet --manifest-path "$fetch/Cargo.toml"
source_of() {
  dirname "$(cargo metadata --format-version 1 --manifest-path "$fetch/Cargo.toml" |
    python3 -c 'import json,sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == sys.argv[1]))' "$1")"
}
source=$(source_of wasip2)/wit/deps

rm -rf deps && mkdir deps
cp "$source"/*.wit deps/

# The text of 0.2.0: what came later (an item after `@since(version = 0.2.x)`, x > 0, or `@unstable`) goes, up to its
# semicolon, and so do worlds, which would pull in the other packages.
oldest() {
  awk '
    /^world / { skipping_world = 1 }
    skipping_world { if (/^}/) skipping_world = 0; next }
    /@since\(version = 0\.2\.[1-9]/ || /@unstable/ { skipping = 1; next }
    skipping { if (/;/) skipping = 0; next }
    /@since|@deprecated/ { next }
    { print }' "$1" | sed "s/@$version/@0.2.0/g"
}
oldest deps/io.wit | sed 's/wasi:/host:/g' > deps/host-io-0.2.0.wit
oldest deps/cli.wit | awk '/^package/ { print } /^interface environment/ { on = 1 } on { print } on && /^}/ { on = 0 }' > deps/cli-0.2.0.wit
oldest deps/filesystem.wit | sed "s/wasi:filesystem/host:filesystem/g; s/\(wasi:[a-z]*\/[a-z-]*\)@0.2.0/\1@$version/" > deps/host-filesystem-0.2.0.wit
# Of the host's streams, those that are written to; of its clocks, what needs no pollable.
oldest deps/cli.wit | awk '/^package/ { print } /^interface std(out|err)/ { on = 1 } on { print } on && /^}/ { on = 0 }' |
  sed "s/wasi:cli/host:cli/; s/\(wasi:io\/[a-z-]*\)@0.2.0/\1@$version/" > deps/host-cli-0.2.0.wit
oldest deps/clocks.wit | awk '
  /^package/ { print } /^interface (wall|monotonic)-clock/ { on = 1 }
  on && /wasi:io/ { next }
  /^  \/\/\// { comment = comment $0 "\n"; next }
  /-> pollable;/ { comment = ""; next }
  on { printf "%s%s\n", comment, $0; comment = "" } on && /^}/ { on = 0 }' > deps/clocks-0.2.0.wit

# Of HTTP, what clients need. Streams are those of the inside.
oldest deps/http.wit | sed '/^  type field-name/d; s/: field-name/: field-key/g; s/<field-name/<field-key/g' |
  sed "s/\(wasi:io\/[a-z-]*\)@0.2.0/\1@$version/" |
  awk '/^interface incoming-handler/ { skipping = 1 } !skipping { print } skipping && /^}/ { skipping = 0 }' > deps/http-0.2.0.wit

# Streams and pollables are those of the inside here, too. A duration is a number in every version.
oldest deps/sockets.wit | sed "s/\(wasi:\(io\|clocks\)\/[a-z-]*\)@0.2.0/\1@$version/" > deps/sockets-0.2.0.wit

cat "$(source_of wasmtime-wasi-config)"/wit/deps/config/store.wit | sed '1i package wasi:config@0.2.0-rc.1;\n' > deps/config.wit
sed 's/-rc.1;/-draft;/' deps/config.wit > deps/config-draft.wit
