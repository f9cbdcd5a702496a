import { availableParallelism } from "node:os";
import { isDeepStrictEqual } from "node:util";
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

/** Checks that all contestants give the same answer, then times them in turns, only one of them busy at a time. */
export async function measureRow(row: Row, { seconds, rounds, log }: RowOptions): Promise<RowTimes> {
  const processes: ContestantProcess[] = [];
  try {
    for (const name of ["tidegate", ...row.peers, ...row.bare]) processes.push(await startContestant(name, row.name));
    await checkAnswers(row, processes);
    await warmUp(processes);
    const times = new Map<string, number[]>(processes.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const contestant of rotated(processes, round)) {
        times.get(contestant.name)?.push(await contestant.time(seconds));
      }
    }
    const parts = [...times].map(([name, values]) => `${name} ${(values.at(-1) ?? 0).toFixed(1)} us`);
    log(`${row.name}: ${parts.join(", ")}`);
    return times;
  } finally {
    await Promise.all(processes.map((contestant) => contestant.stop()));
  }
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
