import { setTimeout as pause } from "node:timers/promises";
import { reapGroup } from "./adopt-orphans.ts";

/** How long the end of a killed group is waited for, in milliseconds: each look, and then no longer. */
const looksMs = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const;

/**
 * Signals all processes of a group.
 * @returns whether there was one
 */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false; // ESRCH: the whole group is gone already.
  }
}

/** Signals one process, if there still is one. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it is gone.
  }
}

/**
 * Kills what is left of a group and resolves when nothing is. What takes more than a second to die, such as a process that
 * waits for a broken disk, is no longer waited for.
 */
export async function endGroup(group: number): Promise<void> {
  signalGroup(group, "SIGKILL");
  for (const lookMs of looksMs) {
    if (!reapGroup(group)) return;
    await pause(lookMs);
  }
}
