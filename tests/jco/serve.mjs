// `node serve.mjs APP.js PORT` serves a transpiled component with jco's own host, and says at which port; 0 takes any. `node
// serve.mjs APP.js` asks one that it starts, `rust-server` or `rust-raw-http` as it is composed, and ends with 1 where the answers
// are others than in wasmtime.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [app, port] = process.argv.slice(2);
if (port === undefined) {
  process.exit((await ask()) ? 0 : 1);
} else {
  const { HTTPServer } = await import("@bytecodealliance/preview2-shim/http");
  const server = new HTTPServer((await import(pathToFileURL(app))).incomingHandler);
  server.listen(Number(port), "127.0.0.1");
  console.log(server.address().port);
}

/** Asks for each of these. Whether all is as it should be. */
async function ask() {
  const upstream = createServer((request, response) => response.end("hello from afar")).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const far = `http://127.0.0.1:${upstream.address().port}/`;
  // Node hands its flags on only if they are given again.
  const node = spawn(process.execPath, [...process.execArgv, import.meta.filename, app, "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(node.stdout, "data");
  node.stdout.resume();
  const sent = "0123456789".repeat(10_000);
  const expected = process.env.SERVED === "rust-server"
    ? { "/hello": "hello", "/echo": sent, "/sleep": "slept", "/file/none": "entity not found" }
    : {
        "/read": "100000 bytes, then the end\n",
        [`/get?${far}`]: "status 200\n15 bytes, then the end\n",
        [`/both?${far}`]: "status 200\n15 bytes, then the end\n".repeat(2),
        "/get?http://127.0.0.1:1/": "error ErrorCode::ConnectionRefused\n",
      };
  let same = true;
  for (const [path, body] of Object.entries(expected)) {
    const asked = fetch(`http://127.0.0.1:${Number(port)}${path}`, {
      method: "POST",
      body: sent,
      signal: AbortSignal.timeout(30_000),
    });
    const found = await asked.then((answer) => answer.text()).catch((error) => `${error}: ${error.cause}`);
    if (found !== body) {
      console.error(`${path} is ${found.slice(0, 500)}`);
      same = false;
    }
  }
  node.kill();
  upstream.close();
  return same;
}
