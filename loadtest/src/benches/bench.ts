import type { Cell } from "tidegate";
import type { Runnable, RunOptions } from "../command.ts";

/** Rows of a table, all with the same keys. */
export type Rows = readonly Readonly<Record<string, Cell>>[];

/** What a bench measured. */
export interface Measured {
  /** One a contestant. */
  readonly rows: Rows;
  /** What else was measured, each with columns of its own. Default: nothing. */
  readonly tables?: readonly { readonly title: string; readonly rows: Rows }[];
  /** Medians over rounds of what `ratioHeading` says; the key says of what and with whom. */
  readonly ratios: Readonly<Record<string, number>>;
  /** What makes the numbers void, one sentence each. */
  readonly problems: readonly string[];
}

/** A comparison of Tidegate with others, side by side in one run. */
export interface Bench extends Runnable {
  /** What the ratios divide. Default: ours by theirs. */
  readonly ratioHeading?: string;
  /** Where its result is written. Default: `NAME.json`. */
  readonly resultFile?: string;
  run(options: RunOptions): Promise<Measured>;
}

/** Things to stop at the end, the last started first. */
export class Stops {
  readonly #stops: (() => Promise<void>)[] = [];

  /** Remembers to stop it and hands it back. */
  add<T extends { stop(): Promise<void> }>(started: T): T {
    this.#stops.push(() => started.stop());
    return started;
  }

  async all(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }
}
