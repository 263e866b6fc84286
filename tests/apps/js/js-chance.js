// Prints what differs from run to run, and what should not: clocks, random numbers and bytes, and the order of a set and of an
// object's keys, which JavaScript fixes.
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { now } from "wasi:clocks/wall-clock@0.2.12";
import { getRandomBytes } from "wasi:random/random@0.2.12";

export const run = {
  run() {
    const { seconds, nanoseconds } = now();
    say(`wall ${seconds}.${String(nanoseconds).padStart(9, "0")}`);
    say(`date ${Date.now()}`);
    say(`performance ${typeof performance === "undefined" ? "none" : performance.now()}`);
    for (let i = 0; i < 4; i++) say(`random ${Math.random()}`);
    say(`bytes ${Array.from(getRandomBytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("")}`);
    const keys = Array.from({ length: 20 }, (_, number) => `k${(number * 7) % 20}`);
    say(`set ${[...new Set(keys)].join(" ")}`);
    say(`object ${Object.keys(Object.fromEntries(keys.map((key) => [key, 0]))).join(" ")}`);
  },
};

function say(line) {
  try {
    const bytes = Uint8Array.from(line + "\n", (character) => character.charCodeAt(0));
    getStdout().blockingWriteAndFlush(bytes);
  } catch (error) {
    // A closed standard output is an error to live with.
  }
}
