import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FunctionOptions } from "@tidegate/host";
import type { BenchPart, PartResult } from "../benches/part.ts";
import { addressOf } from "../generator/http-connection.ts";
import { type OpenLoopResult, openLoop } from "../generator/open-loop.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { quantile } from "../statistics/quantile.ts";
import { createRandom } from "../statistics/random.ts";

const waitingFile: string = fileURLToPath(new URL("../apps/waiting.js", import.meta.url));

/** What the handler takes, and what steady load may make of it, in milliseconds. */
const handlerMs = 100;
const steadyP95Ms = 110;
const steady = { perSecond: 100, seconds: 10, warmUpSeconds: 5 } as const;

/** From nothing at once to this, and the longest that any request may take, in milliseconds. */
const step = { perSecond: 300, seconds: 5, rounds: 3, mostMs: 2_000 } as const;

/** A generator that is later than this says nothing about the host, in milliseconds. */
const mostLateMs = 50;

/** A function that answers after 100 ms. All else is as it is without a word. */
const waiting: FunctionOptions = {
  name: "waiting",
  entry: { kind: "node", file: waitingFile },
  env: { WAIT_MS: String(handlerMs) },
};

/** Steady load on a handler of 100 ms: what the way there and back adds. */
export const steadyPart: BenchPart = {
  name: "steady",
  title: `Steady ${steady.perSecond} requests per second of a handler that takes ${handlerMs} ms, open loop`,
  async run({ seconds, log }) {
    const host = await startHostProcess([waiting]);
    try {
      await load(host, steady.perSecond, steady.warmUpSeconds, 1);
      const result = await load(host, steady.perSecond, seconds ?? steady.seconds, 2);
      const p95 = quantile(result.latenciesMs, 0.95);
      log(`steady: p95 ${p95.toFixed(1)} ms`);
      return {
        rows: [rowOf("steady", result)],
        ratios: { steady_p95_vs_handler: p95 / handlerMs },
        problems: [
          ...troublesOf("steady", result),
          ...(p95 > steadyP95Ms ? [`steady: p95 is ${p95.toFixed(1)} ms, more than ${steadyP95Ms} ms`] : []),
        ],
      };
    } finally {
      await host.stop();
    }
  },
};

/** From zero instances to 300 requests per second at once. */
export const stepPart: BenchPart = {
  name: "step",
  title: `From zero instances to ${step.perSecond} requests per second at once, handler of ${handlerMs} ms, open loop`,
  async run({ seconds, rounds, log }) {
    const host = await startHostProcess([{ ...waiting, scaling: { idleTimeoutMs: 1_000 } }]);
    const results: OpenLoopResult[] = [];
    try {
      // The very first start of an app compiles it; that belongs to its deployment.
      await load(host, 1, 1, 3);
      for (let round = 0; round < (rounds ?? step.rounds); round += 1) {
        await untilZero(host);
        const result = await load(host, step.perSecond, seconds ?? step.seconds, 4 + round);
        log(`step ${round + 1}: max ${quantile(result.latenciesMs, 1).toFixed(0)} ms, ${result.failed} failed`);
        results.push(result);
      }
    } finally {
      await host.stop();
    }
    return stepResult(results);
  },
};

function stepResult(results: readonly OpenLoopResult[]): PartResult {
  const most = Math.max(...results.map(({ latenciesMs }) => quantile(latenciesMs, 1)));
  return {
    rows: results.map((result, round) => rowOf(`step ${round + 1}`, result)),
    ratios: { step_max_vs_2s: most / step.mostMs },
    problems: [
      ...results.flatMap((result, round) => troublesOf(`step ${round + 1}`, result)),
      ...(most > step.mostMs ? [`step: a request took ${most.toFixed(0)} ms, more than ${step.mostMs} ms`] : []),
    ],
  };
}

function load(host: HostProcess, perSecond: number, seconds: number, seed: number): Promise<OpenLoopResult> {
  return openLoop({ address: addressOf(host.url), path: "/", perSecond, seconds, random: createRandom(seed) });
}

async function untilZero(host: HostProcess): Promise<void> {
  const until = performance.now() + 60_000;
  while ((await host.snapshot()).instances.length > 0) {
    if (performance.now() > until) throw new Error("Cannot measure a step from zero: instances stay without load");
    await pause(50);
  }
}

function rowOf(name: string, { sent, failed, latenciesMs, lateMs }: OpenLoopResult): Record<string, string | number> {
  return {
    name,
    requests: sent,
    failed,
    "p50 ms": quantile(latenciesMs, 0.5),
    "p95 ms": quantile(latenciesMs, 0.95),
    "p99 ms": quantile(latenciesMs, 0.99),
    "max ms": quantile(latenciesMs, 1),
    "generator late ms": lateMs,
  };
}

function troublesOf(name: string, { failed, lateMs }: OpenLoopResult): string[] {
  return [
    ...(failed > 0 ? [`${name}: ${failed} requests failed`] : []),
    ...(lateMs > mostLateMs ? [`${name}: the generator was up to ${lateMs.toFixed(0)} ms late`] : []),
  ];
}
