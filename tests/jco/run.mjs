// `node run.mjs ROOT [CASE…]`: each case is composed as the command line does it, transpiled, and run twice;
// servers are asked.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "smol-toml";

// Most others would do, too. Left out, because jco's own host (`preview2-shim` 0.26.1) does otherwise than wasmtime:
//
// - `env-only-listed-variables-pass` and whatever asks: the host's standard streams are terminals, even if they are pipes.
// - `clocks-timers-beside-the-hosts-streams`: an input that is empty is ready before it is closed, for some reads.
// - `io-every-function-on-every-kind-of-stream`: `skip` reads nothing, and returns the bytes for their number.
// - `fs-the-hosts-preopens-are-there-beside-others` and whatever writes the host's files: opening with `mutate-directory` is
//   `unsupported`.
// - traces of whoever drops handles: jco 1.35 calls what a resource does when it is dropped without the task that a call of another
//   component has to come from, and throws "missing current caller task metadata".
// - `stdio-both-outputs-go-to-one-file-of-the-hosts`: what appends writes where the end was when its stream was made.
const CASES = [
  "deterministic-c",
  "deterministic-javascript",
  "deterministic-python",
  "deterministic-rust",
  "clocks-sleeping-ten-minutes-takes-no-time-in-a-sealed-program",
  "clocks-timers-end-in-their-order",
  "config-values-are-set",
  "http-denied-requests-are-built-and-not-sent",
  "http-mocks-answer-without-a-network",
  "random-denied-traps-by-name",
  "random-seeded-is-the-same-everywhere",
  "sockets-loopback-a-program-talks-to-itself",
  "stdio-lines-get-a-prefix",
  "stdio-stdin-can-be-a-text",
  "stdio-stdout-goes-to-stderr",
  "stdio-stdout-is-closed-after-its-cap",
  "trace-of-one-import-leaves-the-others-out",
];

// Servers, with streams of their own, or with rules for what they ask: `serve.mjs` asks them. Not `rust-wstd-server`, because
// `splice` of jco's host throws. Not both at once: a component that hands on what the host made, as a guarded `handle` does, and is
// lent it later, as the `subscribe` of what is carried along, is taken for its maker by jco 1.35.
const STREAMS = ["--with", "env,stdio", "--stdin=ignore", "--stdout=ignore", "--stderr=ignore"];
const RULES = ["--with", "http", "--allow-http=127.0.0.1:*"];
const SERVED = {
  "rust-server": ["rust-server", STREAMS],
  "rust-raw-http": ["rust-raw-http", STREAMS],
  "rust-raw-http-under-rules": ["rust-raw-http", RULES],
};

const [root, ...named] = process.argv.slice(2);
const out = import.meta.dirname;
const { VIRT_COMPOSE } = process.env;
const tool = VIRT_COMPOSE ? [VIRT_COMPOSE] : ["cargo", "run", "--quiet", "--locked", "-p", "virt-compose", "--"];
const jco = [process.execPath, join(out, "node_modules/@bytecodealliance/jco/dist/jco.js")];
// The guests in JavaScript and Python have constants that are sums: Node 20 asks for a flag, which later ones do not know.
const flags = process.versions.node.startsWith("20.") ? ["--experimental-wasm-extended-const"] : [];

/** Ends well, or throws what the program said. */
function command([program, ...args], options) {
  const { status, error, stderr } = spawnSync(program, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} failed:\n${stderr}`);
}

/** Composes a guest, and makes JavaScript of it: a file. */
function transpile(guest, args, scratch) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const component = join(scratch, "app.wasm");
  command([...tool, guest, "-o", component, ...args], { cwd: root });
  command([...jco, "transpile", "--quiet", "--no-typescript", component, "-o", scratch]);
  return join(scratch, "app.js");
}

/** Throws what differs. */
function serve(name) {
  const [guest, args] = SERVED[name];
  const app = transpile(join(root, "tests/guests", `${guest}.wasm`), args, join(out, "cases", name));
  command([process.execPath, ...flags, join(out, "serve.mjs"), app], { env: { SERVED: guest }, timeout: 120_000 });
  return true;
}

/** Throws what differs. Whether there was something to compare. */
function check(name) {
  if (name in SERVED) return serve(name);
  const folder = join(root, "tests/cases", name);
  const { app, args = [], host = {}, expect = {} } = parse(readFileSync(join(folder, "case.toml"), "utf8"));
  if (app.includes("@") || expect.error || existsSync(join(folder, "host"))) {
    throw new Error("what needs another adapter, an error or files of the host's is not for Node");
  }
  const guest = join(root, "tests/guests", `${app}.wasm`);
  // As in the tests: it alone is not committed.
  if (app === "python-tour" && !existsSync(guest)) return false;
  const placed = args.map((arg) => arg.replaceAll("{local}", join(folder, "local")));
  const file = transpile(guest, placed, join(out, "cases", name));

  const script = `(await import(${JSON.stringify(pathToFileURL(file))})).run.run()`;
  const node = [...flags, "--input-type=module", "--eval", script, "--", "program", ...(host.args ?? [])];
  for (const time of ["first", "second"]) {
    const ran = spawnSync(process.execPath, node, { env: host.env ?? {}, input: host.stdin ?? "", timeout: 60_000 });
    if (ran.error) throw ran.error;
    const differs = (what) => new Error(`${what} in the ${time} run:\n${ran.stdout}${ran.stderr}`);
    for (const [file, bytes] of [["stdout.txt", ran.stdout], ["stderr.txt", ran.stderr]]) {
      const path = join(folder, file);
      if (existsSync(path) && !readFileSync(path).equals(bytes)) throw differs(`other bytes than \`${file}\``);
    }
    const ended = expect.trap ? ran.stderr.includes(expect.trap) : ran.status === (expect.exit ?? 0);
    if (!ended) throw differs(`exit code ${ran.status}`);
  }
  return true;
}

let failed = false;
for (const name of named.length ? named : [...CASES, ...Object.keys(SERVED)]) {
  try {
    console.log(check(name) ? `same     ${name}` : `skipped  ${name}: its guest was not built`);
  } catch (error) {
    console.log(`FAILED   ${name}: ${error.message}`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
