// What a JavaScript program meets: variables, arguments, chance, the clock, and standard output, which is WASI's own.
import { getEnvironment, getArguments } from "wasi:cli/environment@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";

export const run = {
  run() {
    const map = new Map([["a", 1], ["b", 2]]);
    say(`map ${JSON.stringify([...map])}`);
    say(`variables ${JSON.stringify(getEnvironment())}`);
    say(`arguments ${getArguments().length}`);
    say(`chance ${Math.random() < 1}`);
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
