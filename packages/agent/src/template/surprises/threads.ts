import { readdirSync, readFileSync } from "node:fs";

// Kept before effects are looked for: what is asked here is no effect of the app.
const listFolder = readdirSync;
const readText = readFileSync;

const folder = "/proc/self/task";

/** libuv's pool is drained before a fork and begins anew in a child; kernel threads of its io_uring are no threads of the process. */
const renewed = /^(libuv-worker|iou-(sqp|wrk)-\d+)$/;

/** Threads that Node starts before the app for loaders given on its command line. */
const started = /^(WorkerThread|HooksWorker)/;

/** All threads of this process by their kernel ids, each with its name. */
export function runningThreads(): Map<number, string> {
  return new Map(listFolder(folder).map((id) => [Number(id), nameOf(id)]));
}

function nameOf(id: string): string {
  try {
    return readText(`${folder}/${id}/comm`, "utf8").trim();
  } catch {
    return ""; // It has just ended.
  }
}

/**
 * Names of threads that a child would lack.
 *
 * @param before threads that ran before the app was loaded
 */
export function lostThreads(before: ReadonlyMap<number, string>): string[] {
  const ofLoaders = [...before.values()].filter((name) => started.test(name));
  const ofApp = [...runningThreads()].filter(([id, name]) => !before.has(id) && name !== "" && !renewed.test(name));
  return [...ofLoaders, ...ofApp.map(([, name]) => name)];
}
