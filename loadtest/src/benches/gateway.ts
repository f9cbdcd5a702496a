import { http2Part } from "../gateway/http2.ts";
import { idleConnectionsPart } from "../gateway/idle-connections.ts";
import { steadyPart, stepPart } from "../gateway/open-loop-parts.ts";
import { slowLorisPart } from "../gateway/slow-loris.ts";
import { throughputPart } from "../gateway/throughput.ts";
import type { Bench } from "./bench.ts";
import { runParts } from "./part.ts";

/** The gateway beside other proxies and the app alone: throughput, latency, processor time, memory, and under attack. */
export const gatewayBench: Bench = {
  name: "gateway",
  summary: "Throughput, latency, CPU and memory of the gateway, other proxies, and the app alone.",
  run: (options) =>
    runParts([throughputPart, idleConnectionsPart, steadyPart, stepPart, slowLorisPart, http2Part], options),
};
