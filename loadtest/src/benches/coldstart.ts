import { firstResponseParts } from "../coldstart/first-response.ts";
import { instanceMemoryPart } from "../coldstart/instance-memory.ts";
import { tracePart } from "../coldstart/trace.ts";
import type { Bench } from "./bench.ts";
import { runParts } from "./part.ts";

/** Time to the first response from nothing, and memory of an instance: through the host, and of `node server.js`. */
export const coldstartBench: Bench = {
  name: "coldstart",
  summary: "First response from zero instances, and memory of an instance, beside a freshly spawned node.",
  run: (options) => runParts([...firstResponseParts, instanceMemoryPart, tracePart], options),
};
