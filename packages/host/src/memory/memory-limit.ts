import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";

/** Part of what there is that host and instances use together when nothing else is said. */
const defaultPart = 0.85;

/** Memory of the machine, or of the container where that has less. */
export interface SystemMemory {
  readonly totalBytes: number;
  /** What can still be used without taking it from anyone; null when not known. */
  readonly availableBytes: number | null;
}

/** Reads a file; null when it is not there. Another one in tests. */
export type ReadFile = (path: string) => string | null;

/**
 * Reads what memory there is: of the control group (v2, or v1's memory controller) and all above it, and of the machine
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html, memory-interface-files).
 */
export function readSystemMemory(read: ReadFile = readText, machineBytes: number = totalmem()): SystemMemory {
  let totalBytes = machineBytes;
  let availableBytes = meminfoBytes(read("/proc/meminfo"), "MemAvailable");
  for (const { limitBytes, usedBytes } of groupMemory(read)) {
    totalBytes = Math.min(totalBytes, limitBytes);
    availableBytes = Math.min(availableBytes ?? Number.POSITIVE_INFINITY, Math.max(0, limitBytes - usedBytes));
  }
  return { totalBytes, availableBytes };
}

/** The limit for host and instances that an owner who says nothing gets. */
export function defaultMemoryLimit({ totalBytes }: SystemMemory): number {
  return Math.floor(defaultPart * totalBytes);
}

interface GroupMemory {
  readonly limitBytes: number;
  /** Without what the kernel would give up at once: files it keeps in memory and that are not in use. */
  readonly usedBytes: number;
}

/** The groups with a limit that this process is in, from its own to the root. */
function groupMemory(read: ReadFile): GroupMemory[] {
  const groups = read("/proc/self/cgroup") ?? "";
  const v2 = /^0::(\/.*)$/m.exec(groups)?.[1];
  const v1 = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(groups)?.[1];
  const found: GroupMemory[] = [];
  for (const path of ancestors(v2)) {
    const folder = join("/sys/fs/cgroup", path);
    const limit = bytesOf(read(join(folder, "memory.max")));
    if (limit !== null)
      found.push(
        usageOf(limit, read(join(folder, "memory.current")), read(join(folder, "memory.stat")), "inactive_file"),
      );
  }
  for (const path of ancestors(v1)) {
    const folder = join("/sys/fs/cgroup/memory", path);
    const limit = bytesOf(read(join(folder, "memory.limit_in_bytes")));
    if (limit !== null && limit < noLimitV1) {
      found.push(
        usageOf(
          limit,
          read(join(folder, "memory.usage_in_bytes")),
          read(join(folder, "memory.stat")),
          "total_inactive_file",
        ),
      );
    }
  }
  return found;
}

/** Version 1 writes the largest multiple of the page size below 2^63 where there is no limit. */
const noLimitV1 = 2 ** 62;

function usageOf(limitBytes: number, current: string | null, stat: string | null, spare: string): GroupMemory {
  const inactive = Number(new RegExp(`^${spare} (\\d+)$`, "m").exec(stat ?? "")?.[1] ?? 0);
  return { limitBytes, usedBytes: Math.max(0, (bytesOf(current) ?? 0) - inactive) };
}

/** A group's path and those above it; in a container the root is the container's own group. */
function ancestors(path: string | undefined): string[] {
  if (path === undefined) return [];
  const all = [path];
  for (let each = path; each !== "/"; each = dirname(each)) all.push(dirname(each));
  return all;
}

/** A number in a file; null for "max", and where there is no file. */
function bytesOf(text: string | null): number | null {
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
}

function meminfoBytes(text: string | null, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text ?? "");
  return match === null ? null : Number(match[1]) * 1024;
}

/** What is in a file; null when it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
