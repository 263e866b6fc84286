#!/usr/bin/env bash
# Runs cases in Node, through jco, and compares with what they expect, which is what wasmtime gives. Arguments name cases; none
# means those that `run.mjs` lists. The tool is built, unless VIRT_COMPOSE has its absolute path. Exit code 1 is for what differs, 3
# for a machine without Node 20.11, npm, or the way to npm's registry.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=$root/target/jco
for tool in node npm; do
  command -v "$tool" > /dev/null || { echo "\`$tool\` is not there" >&2; exit 3; }
done
node --eval 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 11) ? 0 : 1)' ||
  { echo "Node $(node --version) is too old; 20.11 will do" >&2; exit 3; }

# Pinned, too, is what jco takes its bindings and its host from: it would take newer ones by itself. Node looks for packages from
# where a script is, so the script goes along.
mkdir -p "$out"
cp package.json run.mjs serve.mjs "$out/"
npm install --silent --no-fund --no-audit --prefix "$out" || { echo "jco could not be installed" >&2; exit 3; }
[ -n "${VIRT_COMPOSE:-}" ] || cargo build --quiet --locked -p virt-compose
exec node "$out/run.mjs" "$root" "$@"
