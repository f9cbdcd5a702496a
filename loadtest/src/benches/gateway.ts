import { http2Part } from "../gateway/http2.ts";
import { idleConnectionsPart } from "../gateway/idle-connections.ts";
import { steadyPart, stepPart } from "../gateway/open-loop-parts.ts";
import type { GatewayPart } from "../gateway/part.ts";
import { slowLorisPart } from "../gateway/slow-loris.ts";
import { throughputPart } from "../gateway/throughput.ts";
import type { Bench, Measured } from "./bench.ts";

const parts: readonly GatewayPart[] = [
  throughputPart,
  idleConnectionsPart,
  steadyPart,
  stepPart,
  slowLorisPart,
  http2Part,
];

/** The gateway beside other proxies and the app alone: throughput, latency, processor time, memory, and under attack. */
export const gatewayBench: Bench = {
  name: "gateway",
  summary: "Throughput, latency, CPU and memory of the gateway, other proxies, and the app alone.",
  async run(options) {
    const chosen = parts.filter(({ name }) => options.row === null || name === options.row);
    if (chosen.length === 0) {
      const known = parts.map(({ name }) => name).join(", ");
      throw new Error(`Cannot run row "${options.row}": known are ${known}`);
    }
    let measured: Measured = { rows: [], tables: [], ratios: {}, problems: [] };
    for (const part of chosen) {
      options.log(`${part.name}: ${part.title}`);
      const { rows, ratios = {}, problems = [] } = await part.run(options);
      measured = {
        // The comparison of the contestants is the bench's own table, the others follow.
        rows: part === throughputPart ? rows : measured.rows,
        tables: [...(measured.tables ?? []), ...(part === throughputPart ? [] : [{ title: part.title, rows }])],
        ratios: { ...measured.ratios, ...ratios },
        problems: [...measured.problems, ...problems],
      };
    }
    return measured;
  },
};
