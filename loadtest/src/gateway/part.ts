import type { Rows } from "../benches/bench.ts";
import type { RunOptions } from "../command.ts";

/** What one part of the bench measured. */
export interface PartResult {
  readonly rows: Rows;
  readonly ratios?: Readonly<Record<string, number>>;
  /** What makes the numbers void, or is not as it must be, one sentence each. */
  readonly problems?: readonly string[];
}

/** A part of the bench; `--row` chooses it by its name. */
export interface GatewayPart {
  readonly name: string;
  /** Heading of its table. */
  readonly title: string;
  run(options: RunOptions): Promise<PartResult>;
}
