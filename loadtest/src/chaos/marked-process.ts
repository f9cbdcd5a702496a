import { readFileSync } from "node:fs";

/** Whether a process has this assignment in its environment. */
export function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    return false;
  }
}

/** Signals a process if it is one of this run: ids are given anew. Tells whether it was. */
export function signalMarked(pid: number | null, mark: string, signal: NodeJS.Signals): boolean {
  if (pid === null || !isMarked(pid, mark)) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
