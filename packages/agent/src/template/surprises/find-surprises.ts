import type { Baseline } from "./baseline.ts";
import { judgeDescriptor, openDescriptors } from "./descriptors.ts";
import { lostThreads } from "./threads.ts";

export interface Surprises {
  /** Why the process must not be forked, in words; null when it may be. */
  readonly unfit: string | null;
  /** Read-only files and folders that each child must open again, since siblings would share their offset. */
  readonly reopen: number[];
}

/** What Node calls things that are there in every process, standard output among them, or that a child has as well. */
const usual = /^(Timeout|Immediate|TTYWrap|PipeWrap|TickObject|.*FSReq.*|FileHandle|CloseReq|MessagePort|SignalWrap)/;

/** So many things are named. */
const namedLimit = 4;

/**
 * Compares the process with what it was before the app was loaded: finds what the table of effects does not know, such as
 * what an addon opened.
 */
export function findSurprises(baseline: Baseline): Surprises {
  const words: string[] = [];
  const reopen: number[] = [];
  for (const [descriptor, link] of openDescriptors()) {
    if (baseline.descriptors.get(descriptor) === link) continue;
    const judged = judgeDescriptor(descriptor, link);
    if (judged.kind === "reopen") reopen.push(descriptor);
    else if (judged.kind === "unfit") words.push(judged.words);
  }
  words.push(...lostThreads(baseline.threads).map((name) => `a thread runs: "${name}"`));
  return { unfit: words.length === 0 ? null : `${listed([...new Set(words)])}${activeWords()}`, reopen };
}

function listed(words: readonly string[]): string {
  const others = words.length - namedLimit;
  return others <= 0 ? words.join(", ") : `${words.slice(0, namedLimit).join(", ")} and ${others} more`;
}

/** A hint at whose it is: what Node itself knows to be active. */
function activeWords(): string {
  const active = new Set(process.getActiveResourcesInfo().filter((name) => !usual.test(name)));
  return active.size === 0 ? "" : ` (active in Node: ${[...active].join(", ")})`;
}
