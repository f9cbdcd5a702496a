import { flatnessPart } from "../forked/flatness.ts";
import { throughputParts } from "../forked/throughput.ts";
import type { Bench } from "./bench.ts";
import { runParts } from "./part.ts";

/** A forked instance that works, beside a plain process: throughput, and memory and latency over minutes. */
export const forkedBench: Bench = {
  name: "forked",
  summary: "Throughput of a forked instance beside plain Node, and whether it stays as it is for ten minutes.",
  ratioHeading: "ratio (forked / plain, last / first)",
  run: (options) => runParts([...throughputParts, flatnessPart], options),
};
