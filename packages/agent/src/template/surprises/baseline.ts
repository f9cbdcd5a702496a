import { openDescriptors } from "./descriptors.ts";
import { runningThreads } from "./threads.ts";

/** What the process had open and ran before the app was loaded. */
export interface Baseline {
  /** Open descriptors, each with what `/proc/self/fd` says it is. */
  readonly descriptors: ReadonlyMap<number, string>;
  /** Its threads by their kernel ids, each with its name. */
  readonly threads: ReadonlyMap<number, string>;
}

/** Looks at the process before any code of the app runs, after everything of ours that stays open is open. */
export function takeBaseline(): Baseline {
  return { descriptors: openDescriptors(), threads: runningThreads() };
}
