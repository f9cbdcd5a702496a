import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { fixedLoad } from "../generator/fixed-load.ts";
import { processorMsOf } from "../program/process-usage.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { type ForkedApp, type Served, type ServedName, servedNames, withServed } from "./contestants.ts";

const defaults = { seconds: 3, rounds: 9 } as const;
/** What V8 makes of the same code differs between processes: both are started anew, so often in a run. */
const starts = 3;
const warmUpSeconds = 3;
/** More than keep an app busy make only its queue longer. */
const connections: Readonly<Record<ForkedApp, number>> = { light: 32, heavy: 4 };

interface Run {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the app for each response, in microseconds. */
  readonly cpuUs: number;
}

type Runs = Readonly<Record<ServedName, Run[]>>;

/** Requests per second of a forked instance and of plain Node, asked on their sockets in turns. */
export const throughputParts: readonly BenchPart[] = (["light", "heavy"] as const).map((app) => ({
  name: app,
  title: "A forked instance and plain Node, asked directly over Unix sockets",
  run: (options) => compare(app, options),
}));

async function compare(app: ForkedApp, options: RunOptions): Promise<PartResult> {
  const rounds = options.rounds ?? defaults.rounds;
  const runs: Runs = { forked: [], process: [], plain: [] };
  const problems = new Set<string>();
  const parts = Math.min(starts, rounds);
  for (let part = 0; part < parts; part += 1) {
    const own = Math.floor(((part + 1) * rounds) / parts) - Math.floor((part * rounds) / parts);
    await withServed(app, async (all, found) => {
      for (const problem of found) problems.add(problem);
      await measure(app, all, own, options, runs);
    });
  }
  const of = (name: ServedName, key: keyof Run): number[] => runs[name].map((run) => run[key]);
  return {
    rows: servedNames.map((name) => ({
      app,
      name,
      "req/s": median(of(name, "perSecond")),
      "p50 ms": median(of(name, "p50Ms")),
      "p99 ms": median(of(name, "p99Ms")),
      "cpu us/req": median(of(name, "cpuUs")),
    })),
    ratios: {
      [`forked_throughput_vs_plain_${app}`]: medianRatio(of("forked", "perSecond"), of("plain", "perSecond")),
      [`forked_throughput_vs_process_${app}`]: medianRatio(of("forked", "perSecond"), of("process", "perSecond")),
      [`forked_p99_vs_plain_${app}`]: medianRatio(of("forked", "p99Ms"), of("plain", "p99Ms")),
      [`forked_cpu_vs_plain_${app}`]: medianRatio(of("forked", "cpuUs"), of("plain", "cpuUs")),
    },
    problems: [...problems],
  };
}

async function measure(
  app: ForkedApp,
  all: readonly Served[],
  rounds: number,
  { seconds, connections: asked, log }: RunOptions,
  runs: Runs,
): Promise<void> {
  const load = { connections: asked ?? connections[app], seconds: seconds ?? defaults.seconds };
  for (const { path } of all) await fixedLoad({ path, ...load, seconds: Math.min(warmUpSeconds, load.seconds) });
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, path, pid } of rotated(all, round)) {
      const before = processorMsOf(pid);
      const { responses, perSecond, latenciesMs } = await fixedLoad({ path, ...load });
      const run = {
        perSecond,
        p50Ms: quantile(latenciesMs, 0.5),
        p99Ms: quantile(latenciesMs, 0.99),
        cpuUs: ((processorMsOf(pid) - before) * 1000) / responses,
      };
      runs[name].push(run);
      log(`${app} ${name}: ${Math.round(perSecond)} req/s, ${run.cpuUs.toFixed(1)} us of processor a request`);
    }
  }
}
