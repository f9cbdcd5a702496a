import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

/** What a process group uses. */
export interface GroupUsage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** `USER_HZ`: the kernel tells processor time in hundredths of a second on every architecture Node runs on. */
const msPerTick = 10;
/** A look at all processes serves everybody who asks within this time, in milliseconds. */
const sharedForMs = 250;
/** Processes looked at in one go: reading one takes some 10 µs, and requests must not wait for hundreds. */
const atOnce = 50;

let last: { readonly at: number; readonly groups: Promise<ReadonlyMap<number, GroupUsage>> } | null = null;

/**
 * What a process group uses, from Linux's `/proc`; null where that is not known. Memory that processes share counts for
 * each of them.
 */
export async function groupUsage(group: number): Promise<GroupUsage | null> {
  if (process.platform !== "linux") return null;
  const now = performance.now();
  if (last === null || now - last.at > sharedForMs) last = { at: now, groups: readGroups() };
  return (await last.groups).get(group) ?? null;
}

async function readGroups(): Promise<ReadonlyMap<number, GroupUsage>> {
  const groups = new Map<number, { cpuMs: number; memoryBytes: number }>();
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const pageBytes = pageSize();
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === atOnce - 1) await setImmediate();
    const stat = readStat(pid);
    if (stat === null) continue;
    const usage = groups.get(stat.group) ?? { cpuMs: 0, memoryBytes: 0 };
    usage.cpuMs += stat.ticks * msPerTick;
    usage.memoryBytes += stat.pages * pageBytes;
    groups.set(stat.group, usage);
  }
  return groups;
}

interface Stat {
  readonly group: number;
  /** Processor time of the process, and of children it had and waited for. */
  readonly ticks: number;
  readonly pages: number;
}

/** Reads `/proc/PID/stat` (proc_pid_stat(5)). The name in parentheses may contain anything, so fields count from its end. */
function readStat(pid: string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    // From field 3, the state: 5 is the group, 14 to 17 the times, 24 the resident pages.
    const at = (field: number): number => fields[field - 3] ?? 0;
    return { group: at(5), ticks: at(14) + at(15) + at(16) + at(17), pages: at(24) };
  } catch {
    return null; // it is gone
  }
}

/** Resident memory of a process, in bytes; 0 when it is gone. */
export function residentBytes(pid: string): number {
  return (readStat(pid)?.pages ?? 0) * pageSize();
}

/** Node does not tell the size of a page, but our own resident memory in bytes, and the kernel in pages. */
function pageSize(): number {
  const pages = readStat("self")?.pages ?? 0;
  const estimate = pages === 0 ? 4096 : process.memoryUsage.rss() / pages;
  return 2 ** Math.round(Math.log2(estimate));
}
