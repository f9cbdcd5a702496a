import { stageBuiltPackages } from "../adapters/built-package.ts";
import { measureImports } from "../adapters/import-time.ts";
import { measureMemory } from "../adapters/memory.ts";
import { type Row, rows } from "../adapters/row.ts";
import { measureRow, type RowTimes } from "../adapters/row-times.ts";
import type { RunOptions } from "../command.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { fastestRatio } from "../statistics/ratio.ts";
import type { Bench, Measured } from "./bench.ts";

const defaults = { seconds: 0.15, rounds: 9 } as const;
/** Parts that are no rows of calls; `--row` chooses them by these names. */
const importPart = "import";
const memoryPart = "memory";

type Ratios = Record<string, number>;
type Cells = Measured["rows"][number];

/** Calls per second of apps through our adapters and others, each in a process of its own. */
export const adapterBench: Bench = {
  name: "adapter",
  summary: "Calls per second of Express, Fastify and fetch apps through our adapters and others.",
  ratioHeading: "ratio (theirs / ours)",
  async run(options) {
    const chosen = rows.filter(({ name }) => isChosen(name, options));
    const parts = [importPart, memoryPart].filter((name) => isChosen(name, options));
    if (chosen.length + parts.length === 0) {
      const known = [...rows.map(({ name }) => name), importPart, memoryPart].join(", ");
      throw new Error(`Cannot run row "${options.row}": known are ${known}`);
    }
    const problems = stageBuiltPackages();
    const cells: Cells[] = [];
    const ratios: Ratios = {};
    const worst: number[] = [];
    for (const row of chosen) {
      const times = await measureRow(row, {
        seconds: options.seconds ?? defaults.seconds,
        rounds: options.rounds ?? defaults.rounds,
        log: options.log,
      });
      cells.push(...callCells(row, times));
      worst.push(addRatios(row, times, ratios));
    }
    if (worst.length > 0) ratios.worst_vs_best_peer = Math.min(...worst);
    if (parts.includes(importPart)) {
      const times = await measureImports(options.log);
      cells.push(...[...times].map(([name, values]) => cellsOf("import", name, "ms", values)));
      addImportRatios(times, ratios);
    }
    if (parts.includes(memoryPart)) {
      const { early, late } = await measureMemory(options.log);
      const mebibytes = (bytes: number) => bytes / 1024 / 1024;
      cells.push(cellsOf("memory", "tidegate, heap", "MiB", [early.heapUsed, late.heapUsed].map(mebibytes)));
      cells.push(cellsOf("memory", "tidegate, resident", "MiB", [early.rss, late.rss].map(mebibytes)));
      ratios.memory_heap_growth = late.heapUsed / early.heapUsed;
      ratios.memory_resident_growth = late.rss / early.rss;
    }
    return { rows: cells, ratios, problems };
  },
};

function isChosen(name: string, { row }: RunOptions): boolean {
  return row === null || name === row;
}

/** Adds their time divided by ours, and returns the ratio to the fastest peer. */
function addRatios({ name, peers }: Row, times: RowTimes, ratios: Ratios): number {
  const ours = times.get("tidegate") ?? [];
  const against = (other: string) => fastestRatio(times.get(other) ?? [], ours);
  for (const other of times.keys()) {
    if (other !== "tidegate") ratios[`${name}_vs_${other}`] = against(other);
  }
  return Math.min(...peers.map(against));
}

function addImportRatios(times: RowTimes, ratios: Ratios): void {
  const pairs = [
    ["express", "serverless_http"],
    ["express", "vendia"],
    ["express", "codegenie"],
    ["fastify", "fastify_aws_lambda"],
    ["fetch", "hono_aws_lambda"],
  ] as const;
  for (const [framework, peer] of pairs) {
    const ours = times.get(`tidegate_${framework}`) ?? [];
    ratios[`import_${framework}_vs_${peer}`] = fastestRatio(times.get(peer) ?? [], ours);
  }
}

function callCells({ name }: Row, times: RowTimes): Cells[] {
  return [...times].map(([contestant, values]) => cellsOf(name, contestant, "us", values));
}

function cellsOf(row: string, contestant: string, unit: string, values: readonly number[]): Cells {
  const middle = median(values);
  return {
    row,
    contestant,
    unit,
    median: middle,
    min: quantile(values, 0),
    max: quantile(values, 1),
    "calls/s": unit === "us" ? Math.round(1_000_000 / middle) : "",
  };
}
