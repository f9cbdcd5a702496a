import type { RunOptions } from "../command.ts";
import type { Measured, Rows } from "./bench.ts";

/** What one part of a bench measured. */
export interface PartResult {
  readonly rows: Rows;
  readonly ratios?: Readonly<Record<string, number>>;
  /** What makes the numbers void, or is not as it must be, one sentence each. */
  readonly problems?: readonly string[];
}

/** A part of a bench; `--row` chooses it by its name. */
export interface BenchPart {
  readonly name: string;
  /** Heading of its table; parts of one title share a table. */
  readonly title: string;
  /** Whether it runs only when it is chosen by its name. Default false. */
  readonly isOnRequest?: boolean;
  run(options: RunOptions): Promise<PartResult>;
}

/** Measures the parts that are asked for, one after another; the first one's table is the bench's own. */
export async function runParts(parts: readonly BenchPart[], options: RunOptions): Promise<Measured> {
  const { row, log } = options;
  const chosen = parts.filter(({ name, isOnRequest = false }) => (row === null ? !isOnRequest : name === row));
  if (chosen.length === 0) {
    throw new Error(`Cannot run row "${row}": known are ${parts.map(({ name }) => name).join(", ")}`);
  }
  const tables = new Map<string, Rows>();
  const ratios: Record<string, number> = {};
  const problems: string[] = [];
  for (const part of chosen) {
    log(`${part.name}: ${part.title}`);
    const result = await part.run(options);
    tables.set(part.title, [...(tables.get(part.title) ?? []), ...result.rows]);
    Object.assign(ratios, result.ratios);
    problems.push(...(result.problems ?? []));
  }
  const own = parts[0]?.title ?? "";
  const others = [...tables].filter(([title]) => title !== own);
  return {
    rows: tables.get(own) ?? [],
    tables: others.map(([title, rows]) => ({ title, rows })),
    ratios,
    problems,
  };
}
