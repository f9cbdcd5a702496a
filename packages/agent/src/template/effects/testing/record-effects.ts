/** Loaded before a program of a test: tells the first effect that it reaches as a line of JSON, and ends it there. */
import { writeSync } from "node:fs";
import { installEffects } from "../install-effects.ts";
import { notes } from "../notes.ts";

const exit = (process as unknown as { reallyExit: (code: number) => never }).reallyExit.bind(process);
const write = writeSync;

const effects = installEffects({
  onEffect: (effect) =>
    effects.unwatched(() => {
      write(1, `${JSON.stringify({ ...effect, notes: notes() })}\n`);
      exit(0);
    }),
});
