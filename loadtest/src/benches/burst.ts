import { manyPart, mostPart } from "../burst/bursts.ts";
import type { Bench } from "./bench.ts";
import { runParts } from "./part.ts";

/** Hundreds and thousands of instances at once: how long they take to come, and what they take of the memory. */
export const burstBench: Bench = {
  name: "burst",
  summary: "Time and memory of 500 and of 2,000 forked instances, each with a request, beside plain processes.",
  // The scenario of `pnpm load` has the name, and its result the file.
  resultFile: "bench-burst.json",
  ratioHeading: "figure",
  run: (options) => runParts([manyPart, mostPart], options),
};
