// A server and proxy on `fetch`, as `rust-wstd-server` is one: the same paths, but for `/file` and `/later`.
import { getEnvironment } from "wasi:cli/environment@0.2.10";

const PAUSE = 20;
const PART = 65_536;

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname, search } = new URL(request.url);
  const query = search.slice(1);
  console.log(`asked for ${pathname}`);
  switch (pathname) {
    case "/hello": {
      const { GREETING = "" } = Object.fromEntries(getEnvironment());
      return new Response("hello", { headers: { "x-greeting": GREETING } });
    }
    case "/echo":
      return new Response(request.body);
    case "/count": {
      let count = 0;
      for (const reader = request.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        count += value.length;
      }
      return new Response(String(count));
    }
    case "/data":
      return new Response(parts(Number(query)));
    case "/slow":
      await sleep();
      return new Response(slowly());
    case "/fetch":
      return fetched(query, request);
    default:
      return new Response(null, { status: 404 });
  }
}

const sleep = () => new Promise((resolve) => setTimeout(resolve, PAUSE));

// Bytes that say where they are.
function parts(length) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= length) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(PART, length - at)).fill(at / PART));
      at += PART;
    },
  });
}

function slowly() {
  let part = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep();
      if (part === 3) return controller.close();
      controller.enqueue(new TextEncoder().encode(`part ${part++}\n`));
    },
  });
}

async function fetched(url, request) {
  const { method, body } = request;
  let answer;
  try {
    answer = await fetch(url, { method, body, duplex: "half" });
  } catch (error) {
    return new Response(String(error), { status: 502 });
  }
  const headers = new Headers(answer.headers);
  for (const name of ["connection", "transfer-encoding", "content-length"]) headers.delete(name);
  return new Response(answer.body, { status: answer.status, headers });
}
