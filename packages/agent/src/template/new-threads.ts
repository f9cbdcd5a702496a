import { readdirSync, readFileSync } from "node:fs";
import { steadyNow } from "./repairs/clock.ts";

/** A thread names itself within microseconds, when it gets a processor; so long is waited for it, in milliseconds. */
const longestWaitMs = 1_000;

// Node's own: by now both may stand for others.
const list = readdirSync;
const read = readFileSync;

/**
 * Waits until threads that were started a moment ago have their names: until then one of libuv's pool looks like any other,
 * since a new thread has the name of the one that started it.
 */
export function awaitThreadNames(known: ReadonlyMap<number, unknown>): void {
  const own = nameOf("self");
  const until = steadyNow() + longestWaitMs;
  const nap = new Int32Array(new SharedArrayBuffer(4));
  while (hasUnnamed(known, own) && steadyNow() < until) Atomics.wait(nap, 0, 0, 1);
}

function hasUnnamed(known: ReadonlyMap<number, unknown>, own: string | null): boolean {
  const added = list("/proc/self/task")
    .map(Number)
    .filter((id) => !known.has(id));
  return added.some((id) => nameOf(`self/task/${id}`) === own);
}

function nameOf(task: string): string | null {
  try {
    return read(`/proc/${task}/comm`, "utf8");
  } catch {
    return null; // it has ended
  }
}
