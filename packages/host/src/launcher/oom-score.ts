import { readFileSync, writeFileSync } from "node:fs";

/** How much likelier than the host an instance is to be killed when memory runs out, in thousandths of all memory. */
const moreThanHost = 500;
const highest = 1000;

let hostScore: number | null = null;

/**
 * Makes Linux kill this process before the host when memory runs out: without the host nothing is served, and an instance
 * is started again. Processes it starts from here on inherit that.
 */
export function killBeforeHost(pid: number): void {
  if (process.platform !== "linux") return;
  try {
    hostScore ??= Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.min(highest, hostScore + moreThanHost)));
  } catch {
    // The process is gone already, or /proc may not be written here.
  }
}
