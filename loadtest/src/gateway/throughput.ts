import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { generate } from "../generator/generate.ts";
import { processorMsOf } from "../program/process-usage.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { type Contestant, withContestants } from "./contestants.ts";

const defaults = { seconds: 4, connections: 64, rounds: 5 } as const;
const warmUpSeconds = 2;

interface Run {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** Processor time of the contestant for each request, in microseconds; NaN where it has no process. */
  readonly cpuUs: number;
}

type Runs = ReadonlyMap<string, readonly Run[]>;

/** Requests per second, latency and processor time of all contestants, in turns. */
export const throughputPart: BenchPart = {
  name: "throughput",
  title: "Requests over kept connections, as many as there is time for",
  run: (options) => withContestants(options.log, (contestants) => compare(contestants, options)),
};

async function compare(contestants: readonly Contestant[], options: RunOptions): Promise<PartResult> {
  const seconds = options.seconds ?? defaults.seconds;
  const connections = options.connections ?? defaults.connections;
  const rounds = options.rounds ?? defaults.rounds;
  const runs = new Map<string, Run[]>(contestants.map(({ name }) => [name, []]));

  for (const { name, url } of contestants) {
    options.log(`warm-up: ${name}`);
    await generate({ url, connections, seconds: Math.min(warmUpSeconds, seconds) });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of rotated(contestants, round)) {
      const run = await measure(contestant, connections, seconds);
      runs.get(contestant.name)?.push(run);
      const { perSecond, p99Ms, cpuUs } = run;
      const cpu = Number.isNaN(cpuUs) ? "" : `, ${cpuUs.toFixed(1)} us of processor a request`;
      const rest = `p99 ${p99Ms.toFixed(2)} ms${cpu}`;
      options.log(`round ${round + 1}/${rounds}: ${contestant.name} ${Math.round(perSecond)} req/s, ${rest}`);
    }
  }
  return resultOf(contestants, runs);
}

async function measure({ url, pid }: Contestant, connections: number, seconds: number): Promise<Run> {
  const before = pid === null ? Number.NaN : processorMsOf(pid);
  const { perSecond, latenciesMs, responses, failed } = await generate({ url, connections, seconds });
  const used = pid === null ? Number.NaN : processorMsOf(pid) - before;
  return {
    perSecond,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    failed,
    cpuUs: (used * 1000) / responses,
  };
}

function resultOf(contestants: readonly Contestant[], runs: Runs): PartResult {
  const of = (name: string, key: keyof Run): number[] => (runs.get(name) ?? []).map((run) => run[key]);
  const rows = contestants.map(({ name, app }) => ({
    name,
    app,
    "req/s": median(of(name, "perSecond")),
    "p50 ms": median(of(name, "p50Ms")),
    "p99 ms": median(of(name, "p99Ms")),
    "cpu us/req": median(of(name, "cpuUs")),
    failed: of(name, "failed").reduce((sum, count) => sum + count, 0),
  }));
  const ratios: Record<string, number> = {};
  const compareWith = (label: string, key: keyof Run, names: readonly string[]): void => {
    for (const name of names) {
      if (runs.has(name)) ratios[`${label}_vs_${name}`] = medianRatio(of("tidegate", key), of(name, key));
    }
  };
  compareWith("throughput", "perSecond", ["http_proxy", "httpxy", "undici", "undici_unix", "direct", "nginx"]);
  compareWith("p99", "p99Ms", ["undici", "nginx"]);
  compareWith("cpu_per_request", "cpuUs", ["http_proxy", "httpxy", "undici", "undici_unix", "nginx"]);
  return {
    rows,
    ratios,
    problems: rows.filter(({ failed }) => failed > 0).map(({ name, failed }) => `${name} failed ${failed} requests`),
  };
}
