import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { megabytes } from "../program/process-memory.ts";
import { median } from "../statistics/quantile.ts";
import { limitProblems } from "./limits.ts";
import { type Raised, raiseInstances } from "./raise-instances.ts";

/** Plain processes that are started for comparison: each takes a whole program's memory. */
const plainCount = 20;
const title = "Instances raised by a burst of requests that stay open, each in an instance of its own";

/** Burst after burst, alternating with one of plain processes. */
export const manyPart: BenchPart = {
  name: "many",
  title,
  async run(options) {
    const count = options.connections ?? 500;
    const tooLow = limitProblems(count);
    if (tooLow.length > 0) return { rows: [], problems: tooLow };
    const forked: Raised[] = [];
    const plain: Raised[] = [];
    for (let round = 0; round < (options.rounds ?? 3); round += 1) {
      const turns = [
        async () => void forked.push(await raised(count, "forked", options)),
        async () => void plain.push(await raised(Math.min(plainCount, count), "plain", options)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
    const each = (all: readonly Raised[]): number[] => all.map(({ seconds, count: many }) => seconds / many);
    const perPlain = median(each(plain));
    return {
      rows: [...forked.map((one) => rowOf("forked", one)), ...plain.map((one) => rowOf("start: process", one))],
      ratios: {
        [`seconds_${count}`]: median(forked.map(({ seconds }) => seconds)),
        instance_vs_process: median(each(forked)) / perPlain,
      },
      problems: [...forked, ...plain].flatMap(({ problems }) => problems),
    };
  },
};

/** One burst of as many as a large machine has at once: time for each must not grow, and all have to find room. */
export const mostPart: BenchPart = {
  name: "most",
  title,
  async run(options): Promise<PartResult> {
    const count = options.connections ?? 2_000;
    const tooLow = limitProblems(count);
    if (tooLow.length > 0) return { rows: [], problems: tooLow };
    const one = await raised(count, "forked", options);
    const ratios = {
      [`seconds_${count}`]: one.seconds,
      [`gb_${count}`]: one.usedBytes / 1e9,
      [`pss_gb_${count}`]: (one.instancesBytes + one.othersBytes + one.hostBytes) / 1e9,
      ...(Number.isNaN(one.growth) ? {} : { fork_growth: one.growth }),
    };
    return { rows: [rowOf("forked", one)], ratios, problems: one.problems };
  },
};

async function raised(count: number, how: "forked" | "plain", { log }: RunOptions): Promise<Raised> {
  const result = await raiseInstances(count, how === "plain" ? "process" : "auto");
  const used = Math.round(megabytes(result.usedBytes));
  log(`${count} ${how}: ${result.seconds.toFixed(2)} s, ${used} MB, ended in ${result.stopSeconds.toFixed(1)} s`);
  return result;
}

function rowOf(start: string, one: Raised) {
  return {
    start,
    instances: one.count,
    seconds: one.seconds,
    "ms each": (one.seconds * 1000) / one.count,
    "last/first 100": Number.isNaN(one.growth) ? "" : one.growth,
    ...groupCells(one, (group) => group.startMs, "start ms"),
    ...groupCells(one, (group) => group.hostMs, "host cpu ms"),
    ...groupCells(one, (group) => group.templateMs, "template cpu ms"),
    "MB used": megabytes(one.usedBytes),
    "MB pss": megabytes(one.instancesBytes),
    "MB page tables": megabytes(one.pageTableBytes),
    "MB pss template": megabytes(one.othersBytes),
    "MB pss host": megabytes(one.hostBytes),
    "stop s": one.stopSeconds,
  };
}

/** Of an instance of the first and of the last hundred, in one cell. */
function groupCells({ first, last }: Raised, of: (group: Raised["first"]) => number, name: string) {
  return { [name]: `${of(first).toFixed(2)} - ${of(last).toFixed(2)}` };
}
