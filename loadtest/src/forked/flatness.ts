import { dirname } from "node:path";
import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { addressOf } from "../generator/http-connection.ts";
import { openLoop } from "../generator/open-loop.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { megabytes, memoryOf } from "../program/process-memory.ts";
import { settledTemplates } from "../program/templates.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { createRandom } from "../statistics/random.ts";
import { forkedApps } from "./contestants.ts";

/** Ten minutes, of which the first and the last are compared. */
const defaultSeconds = 600;
const longestSpanSeconds = 60;
/** Shorter runs are compared in as many spans. */
const leastSpans = 5;
const warmUpSeconds = 20;
/** No idle connection of the generator is closed under a request, in milliseconds. */
const keepAliveTimeoutMs = 600_000;
/** To each function: what keeps two processors about a third busy. */
const perSecond = 60;
const sampleMs = 1_000;

const ways = ["forked", "plain"] as const;
type Way = (typeof ways)[number];

interface Span {
  readonly pssBytes: number;
  readonly residentBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Memory and latency of an instance that works for long: at the beginning and at the end, forked and plain. */
export const flatnessPart: BenchPart = {
  name: "flat",
  title: "Under the same load for long: the first and the last span of time",
  async run(options) {
    const file = forkedApps.heavy;
    const host = await startHostProcess(
      ways.map((way) => ({
        name: way,
        entry: { kind: "node", file },
        cwd: dirname(file),
        routes: [{ path: `/${way}` }],
        start: way === "plain" ? "process" : "auto",
        scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
      })),
      { keepAliveTimeoutMs },
    );
    try {
      const problems = await settledTemplates(host, ["forked"]);
      const spans = await watch(host, options);
      const failed = ways.map((way) => spans[way].reduce((sum, span) => sum + span.failed, 0));
      problems.push(...ways.flatMap((way, at) => (failed[at] ? [`${way} failed ${failed[at]} requests`] : [])));
      return { ...resultOf(spans), problems };
    } finally {
      await host.stop();
    }
  },
};

async function watch(host: HostProcess, { seconds, log }: RunOptions): Promise<Record<Way, Span[]>> {
  const total = seconds ?? defaultSeconds;
  const spanSeconds = Math.min(longestSpanSeconds, total / leastSpans);
  const spans: Record<Way, Span[]> = { forked: [], plain: [] };
  await Promise.all(ways.map((way) => load(host, way, Math.min(warmUpSeconds, spanSeconds), -1)));
  for (let span = 0; span < Math.floor(total / spanSeconds); span += 1) {
    const pids = await pidsOf(host);
    await Promise.all(
      ways.map(async (way) => {
        const samples = sampleMemory(pids[way]);
        const { latenciesMs, failed } = await load(host, way, spanSeconds, span).finally(samples.stop);
        const one = {
          pssBytes: median(samples.pss),
          residentBytes: median(samples.resident),
          p50Ms: quantile(latenciesMs, 0.5),
          p99Ms: quantile(latenciesMs, 0.99),
          failed,
        };
        spans[way].push(one);
        const latency = `p50 ${one.p50Ms.toFixed(2)} ms, p99 ${one.p99Ms.toFixed(2)} ms`;
        log(`span ${span + 1} of ${spanSeconds} s, ${way}: ${megabytes(one.pssBytes).toFixed(1)} MB, ${latency}`);
      }),
    );
  }
  return spans;
}

function load(host: HostProcess, way: Way, seconds: number, span: number) {
  const random = createRandom(span + 2, way);
  return openLoop({ address: addressOf(host.url), path: `/${way}`, perSecond, seconds, random });
}

async function pidsOf(host: HostProcess): Promise<Record<Way, number>> {
  const { instances } = await host.snapshot();
  const pid = (way: Way): number => instances.find((each) => each.function === way)?.pid ?? 0;
  return { forked: pid("forked"), plain: pid("plain") };
}

function sampleMemory(pid: number) {
  const pss: number[] = [];
  const resident: number[] = [];
  const timer = setInterval(() => {
    const memory = memoryOf(pid);
    if (memory === null) return;
    pss.push(memory.proportional);
    resident.push(memory.resident);
  }, sampleMs);
  return { pss, resident, stop: () => clearInterval(timer) };
}

function resultOf(spans: Record<Way, readonly Span[]>): PartResult {
  const ratios: Record<string, number> = {};
  const rows = ways.flatMap((way) => {
    const [first, last] = [spans[way][0], spans[way].at(-1)];
    if (first === undefined || last === undefined) throw new Error("Cannot compare spans: there are none");
    const suffix = way === "forked" ? "" : "_plain";
    ratios[`flat_memory_growth${suffix}`] = last.pssBytes / first.pssBytes;
    ratios[`flat_p50_growth${suffix}`] = last.p50Ms / first.p50Ms;
    ratios[`flat_p99_growth${suffix}`] = last.p99Ms / first.p99Ms;
    return [rowOf(way, "first", first), rowOf(way, "last", last)];
  });
  return { rows, ratios };
}

function rowOf(way: Way, span: string, { pssBytes, residentBytes, p50Ms, p99Ms }: Span) {
  return {
    instance: way,
    span,
    "MB pss": megabytes(pssBytes),
    "MB resident": megabytes(residentBytes),
    "p50 ms": p50Ms,
    "p99 ms": p99Ms,
  };
}
