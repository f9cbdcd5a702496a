import { readFileSync } from "node:fs";

/** Memory of one process, in bytes. */
export interface ProcessMemory {
  /** Resident pages, each divided by the number of processes that share it: the sum over all processes is what is used. */
  readonly proportional: number;
  /** Resident pages that it alone has. */
  readonly own: number;
  readonly resident: number;
}

/** Looks a process's memory up in `/proc/PID/smaps_rollup`; null when it is gone. Linux only. */
export function memoryOf(pid: number): ProcessMemory | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  } catch {
    return null;
  }
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { proportional: bytes("Pss"), own: bytes("Private_Clean") + bytes("Private_Dirty"), resident: bytes("Rss") };
}

/** Memory of the kernel for a process's page tables, in bytes, which no proportional size has; 0 when it is gone. */
export function pageTableBytesOf(pid: number): number {
  try {
    return Number(/^VmPTE:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Memory that programs may still use without swapping, in bytes: `MemAvailable`, which counts the kernel's own as used. */
export function availableBytes(): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"))?.[1] ?? 0) * 1024;
}

/** Bytes as megabytes, of a million each. */
export function megabytes(bytes: number): number {
  return bytes / 1e6;
}
