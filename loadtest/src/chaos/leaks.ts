import { readdirSync, readlinkSync } from "node:fs";
import { residentBytesOf } from "../program/process-usage.ts";
import { isMarked } from "./marked-process.ts";

/** What a process holds. */
export interface Holdings {
  /** Open descriptors. */
  readonly descriptors: number;
  /** Those of them that are sockets. */
  readonly sockets: number;
  readonly residentBytes: number;
}

/** What a process holds now; null when it is gone. */
export function holdingsOf(pid: number): Holdings | null {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    return {
      descriptors: links.length,
      sockets: links.filter((link) => link.startsWith("socket:")).length,
      residentBytes: residentBytesOf(pid),
    };
  } catch {
    return null;
  }
}

/** Processes that have this assignment in their environment, this one excepted. */
export function processesOf(mark: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && isMarked(pid, mark));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** A shorter life says nothing: at first every process grows. */
const leastSamples = 240;

/** Resident memory over the run, a sample a second. */
export class MemoryWatch {
  readonly #samples: { readonly pid: number; readonly at: number; readonly bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param pid the process to look at, at each moment */
  constructor(pid: () => number) {
    this.#timer = setInterval(() => {
      const now = pid();
      const bytes = residentBytesOf(now);
      if (bytes > 0) this.#samples.push({ pid: now, at: Date.now(), bytes });
    }, 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get mostBytes(): number {
    return Math.max(0, ...this.#samples.map(({ bytes }) => bytes));
  }

  /**
   * How memory grew over the life of the process that was watched longest, in bytes a minute: by the medians of the
   * second and the last quarter of its samples. The first quarter is a warm-up.
   */
  get growthPerMinute(): number | null {
    const lives = Map.groupBy(this.#samples, ({ pid }) => pid);
    const longest = [...lives.values()].sort((a, b) => b.length - a.length)[0] ?? [];
    if (longest.length < leastSamples) return null;
    const quarter = longest.length >> 2;
    const early = longest.slice(quarter, 2 * quarter);
    const late = longest.slice(-quarter);
    const middle = (part: typeof longest, key: "at" | "bytes"): number =>
      part.map((sample) => sample[key]).sort((a, b) => a - b)[part.length >> 1] ?? 0;
    const minutes = (middle(late, "at") - middle(early, "at")) / 60_000;
    return (middle(late, "bytes") - middle(early, "bytes")) / minutes;
  }
}
