import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { http2Load } from "../generator/http2-load.ts";
import { processorMsOf } from "../program/process-usage.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { type Contestant, withContestants } from "./contestants.ts";

const defaults = { seconds: 4, rounds: 5 } as const;
const load = { connections: 8, streams: 8 } as const;

interface Run {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly failed: number;
}

/** HTTP/2 without TLS in front of an app that speaks HTTP/1.1. */
export const http2Part: BenchPart = {
  name: "http2",
  title: `HTTP/2 without TLS: ${load.connections} connections with ${load.streams} requests each`,
  run: (options) => withContestants(options.log, (contestants) => compare(contestants, options)),
};

async function compare(all: readonly Contestant[], options: RunOptions): Promise<PartResult> {
  const seconds = options.seconds ?? defaults.seconds;
  const rounds = options.rounds ?? defaults.rounds;
  const contestants = all.filter(({ http2Url }) => http2Url !== null);
  const runs = new Map<string, Run[]>(contestants.map(({ name }) => [name, []]));
  for (const { http2Url } of contestants)
    await http2Load({ ...load, url: http2Url ?? "", seconds: Math.min(2, seconds) });
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, http2Url, pid } of rotated(contestants, round)) {
      const before = processorMsOf(pid ?? 0);
      const { perSecond, latenciesMs, responses, failed } = await http2Load({ ...load, url: http2Url ?? "", seconds });
      const cpuUs = ((processorMsOf(pid ?? 0) - before) * 1000) / responses;
      runs.get(name)?.push({ perSecond, p99Ms: quantile(latenciesMs, 0.99), cpuUs, failed });
      options.log(`round ${round + 1}/${rounds}: ${name} ${Math.round(perSecond)} req/s over HTTP/2`);
    }
  }
  return resultOf(runs);
}

function resultOf(runs: ReadonlyMap<string, readonly Run[]>): PartResult {
  const of = (name: string, key: keyof Run): number[] => (runs.get(name) ?? []).map((run) => run[key]);
  const rows = [...runs.keys()].map((name) => ({
    name,
    "req/s": median(of(name, "perSecond")),
    "p99 ms": median(of(name, "p99Ms")),
    "cpu us/req": median(of(name, "cpuUs")),
    failed: of(name, "failed").reduce((sum, count) => sum + count, 0),
  }));
  return {
    rows,
    ratios: runs.has("nginx")
      ? {
          http2_throughput_vs_nginx: medianRatio(of("tidegate", "perSecond"), of("nginx", "perSecond")),
          http2_p99_vs_nginx: medianRatio(of("tidegate", "p99Ms"), of("nginx", "p99Ms")),
        }
      : {},
    problems: rows
      .filter(({ failed }) => failed > 0)
      .map(({ name, failed }) => `${name} failed ${failed} requests over HTTP/2`),
  };
}
