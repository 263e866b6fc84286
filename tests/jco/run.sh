#!/usr/bin/env bash
# Runs cases in Node, through jco, and compares with what they expect, which is what wasmtime gives. Arguments name cases; none
# means those that `run.mjs` lists. Needs Node 20.11 or newer. The tool is built, unless VIRT_COMPOSE has its absolute path.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=$root/target/jco
for tool in node npm; do
  command -v "$tool" > /dev/null || { echo "\`$tool\` is not there" >&2; exit 1; }
done

# Pinned, too, is what jco takes its bindings and its host from: it would take newer ones by itself. Node looks for packages from
# where a script is, so the script goes along.
mkdir -p "$out"
cp package.json run.mjs "$out/"
npm install --silent --no-fund --no-audit --prefix "$out"
[ -n "${VIRT_COMPOSE:-}" ] || cargo build --quiet --locked -p virt-compose
exec node "$out/run.mjs" "$root" "$@"
