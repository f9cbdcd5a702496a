/** What the process had open and ran before the app was loaded. */
export interface Baseline {
  /** Open descriptors, each with what `/proc/self/fd` says it is. */
  readonly descriptors: ReadonlyMap<number, string>;
  /** Kernel ids of its threads. */
  readonly threads: ReadonlySet<number>;
}

/** Looks at the process before any code of the app runs, after everything of ours that stays open is open. */
export function takeBaseline(): Baseline {
  return { descriptors: new Map(), threads: new Set() };
}
