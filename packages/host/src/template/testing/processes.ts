import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Fields of `/proc/PID/stat` behind the name: state, parent, group. */
export function statOf(pid: number | null): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

export function parentOf(pid: number | null): number {
  return Number(statOf(pid)[1]);
}

/** Whether there is such a process; one that has ended and was not waited for is none. */
export function isThere(pid: number): boolean {
  const state = stateOf(pid);
  return state !== null && state !== "Z";
}

export function isZombie(pid: number): boolean {
  return stateOf(pid) === "Z";
}

/** Children of this process but one, and but the shell that watches it; ended ones, too. */
export function childrenBut(one: number | null): number[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").split(" ").map(Number);
  return pids.filter((pid) => pid > 0 && pid !== one && !nameOf(pid).includes("sh"));
}

/** How many files this process has open. */
export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** For what nothing tells of: states in the kernel. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}

function stateOf(pid: number): string | null {
  try {
    return statOf(pid)[0] ?? null;
  } catch {
    return null;
  }
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "latin1");
}
