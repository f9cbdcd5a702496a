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

const standardStreams = ["standard input", "standard output", "standard error"] as const;

/** So many things are named. */
const namedLimit = 4;

/**
 * Compares the process with what it was before the app was loaded: finds what the table of effects does not know, such as
 * what an addon opened.
 */
export function findSurprises(baseline: Baseline): Surprises {
  const named: string[] = [];
  const unnamed: string[] = [];
  const reopen: number[] = [];
  const open = openDescriptors();
  // Children are given theirs by these numbers, which the kernel would hand out for others.
  for (const [descriptor, name] of standardStreams.entries())
    if (baseline.descriptors.has(descriptor) && !open.has(descriptor)) unnamed.push(`${name} is closed`);
  for (const [descriptor, link] of open) {
    if (baseline.descriptors.get(descriptor) === link) continue;
    const judged = judgeDescriptor(descriptor, link);
    if (judged.kind === "reopen") reopen.push(descriptor);
    else if (judged.kind === "unfit") (isNamed(link) ? named : unnamed).push(judged.words);
  }
  const threads = lostThreads(baseline.threads).map((name) => `a thread runs: "${name}"`);
  // What has a name tells more than what is the kernel's own.
  const words = [...new Set([...named, ...threads, ...unnamed])];
  return { unfit: words.length === 0 ? null : `${listed(words)}${activeWords()}`, reopen };
}

function isNamed(link: string): boolean {
  return link.startsWith("/") || link.startsWith("socket:");
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
