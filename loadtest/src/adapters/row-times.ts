import { availableParallelism } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { median } from "../statistics/quantile.ts";
import { rotated } from "../statistics/ratio.ts";
import { type ContestantProcess, startContestant } from "./contestant-process.ts";
import type { Row } from "./row.ts";

/** Microseconds of one call, one value a round, by contestant. */
export type RowTimes = ReadonlyMap<string, readonly number[]>;

/** How a row is measured. */
export interface RowOptions {
  /** Length of one batch of calls. */
  readonly seconds: number;
  readonly rounds: number;
  readonly log: (line: string) => void;
}

/** How long each contestant runs before it is timed, in seconds: V8 has optimised what it will by then. */
const warmUpSeconds = 2;

/**
 * How often all contestants start anew: what V8 makes of the same code differs from process to process by more than
 * between rounds of one process.
 */
const generations = 3;

/** Checks that all contestants give the same answer, then times them in turns, only one of them busy at a time. */
export async function measureRow(row: Row, { seconds, rounds, log }: RowOptions): Promise<RowTimes> {
  const times = new Map<string, number[]>(["tidegate", ...row.peers, ...row.bare].map((name) => [name, []]));
  for (let generation = 0; generation < generations; generation += 1) {
    const [from, to] = [generation, generation + 1].map((part) => Math.round((rounds * part) / generations));
    if (from === to) continue;
    const processes = await startAll([...times.keys()], row.name);
    try {
      await checkAnswers(row, processes);
      await warmUp(processes);
      for (let round = from ?? 0; round < (to ?? 0); round += 1) {
        for (const contestant of rotated(processes, round)) {
          times.get(contestant.name)?.push(await contestant.time(seconds));
        }
      }
    } finally {
      await Promise.all(processes.map((contestant) => contestant.stop()));
    }
  }
  const parts = [...times].map(([name, values]) => `${name} ${median(values).toFixed(1)} us`);
  log(`${row.name}: ${parts.join(", ")}`);
  return times;
}

/** All or none: those that did start end when one does not. */
async function startAll(names: readonly string[], row: string): Promise<ContestantProcess[]> {
  const starts = await Promise.allSettled(names.map((name) => startContestant(name, row)));
  const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find((start) => start.status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map((contestant) => contestant.stop()));
  throw failed.reason;
}

/** All must give the same answer, else their times say nothing; twice, as some keep what they should not. */
async function checkAnswers(row: Row, processes: readonly ContestantProcess[]): Promise<void> {
  const [first, ...others] = processes;
  if (first === undefined) return;
  const expected = await first.answer();
  for (const contestant of [first, ...others, ...processes]) {
    const answer = await contestant.answer();
    if (isDeepStrictEqual(answer, expected)) continue;
    throw new Error(
      `Cannot compare "${contestant.name}" in ${row.name}: ` +
        `it answered ${JSON.stringify(answer)}, "${first.name}" ${JSON.stringify(expected)}`,
    );
  }
}

/** As many at once as there are processors: nobody is timed yet. */
async function warmUp(processes: readonly ContestantProcess[]): Promise<void> {
  const waiting = [...processes];
  const lanes = Array.from({ length: availableParallelism() }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next.time(warmUpSeconds);
  });
  await Promise.all(lanes);
}
