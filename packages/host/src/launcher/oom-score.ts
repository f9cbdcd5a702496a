import { readFileSync, writeFileSync } from "node:fs";

/** How much likelier than the host an instance is to be killed when memory runs out, in thousandths of all memory. */
const instanceMore = 500;

/**
 * The same of a template: most of its memory is that of its instances, too, so that its end would free little, and they would
 * start slowly from then on.
 */
const templateMore = 250;
const highest = 1000;

let hostScore: number | null = null;

/**
 * Makes Linux kill this process of an instance before the host when memory runs out: without the host nothing is served, and an
 * instance is started again. Processes it starts from here on inherit that.
 */
export function killBeforeHost(pid: number): void {
  raise(pid, instanceMore);
}

/** Makes Linux kill this template after the instances, and before the host. What it forks from here on inherits that. */
export function killBetween(pid: number): void {
  raise(pid, templateMore);
}

function raise(pid: number, more: number): void {
  if (process.platform !== "linux") return;
  try {
    hostScore ??= Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.min(highest, hostScore + more)));
  } catch {
    // The process is gone already, or /proc may not be written here.
  }
}
