import { readFileSync } from "node:fs";
import { availableBytes, megabytes } from "../program/process-memory.ts";

/** Descriptors that a host needs for an instance: client, instance, control stream, stdout, stderr, its end; and a spare. */
const descriptorsEach = 7;
const descriptorsBeside = 200;
/** Threads of an instance, at most: its own, Node's pool. */
const threadsEach = 5;
/** More than a forked instance takes. */
const bytesEach = 8e6;

/** What the system allows. */
export interface Limits {
  /** `ulimit -n`, the hard one: Node raises its own to that. */
  readonly descriptors: number;
  /** Processes and threads: the least of what user, container and kernel allow. */
  readonly threads: number;
  /** Memory that may be used without swapping, in bytes. */
  readonly memoryBytes: number;
}

/**
 * What keeps this machine from running so many instances, one sentence each.
 *
 * @example
 * limitProblems(500, { descriptors: 1024, threads: 30_000, memoryBytes: 16e9 });
 * // ['Cannot start 500 instances: their host needs 3700 descriptors, "ulimit -n" allows 1024']
 */
export function limitProblems(count: number, { descriptors, threads, memoryBytes }: Limits = readLimits()): string[] {
  const problems: string[] = [];
  const refuse = (why: string): void => void problems.push(`Cannot start ${count} instances: ${why}`);
  const needed = descriptorsBeside + count * descriptorsEach;
  if (needed > descriptors) refuse(`their host needs ${needed} descriptors, "ulimit -n" allows ${descriptors}`);
  if (count * threadsEach > threads) refuse(`they have ${count * threadsEach} threads, the system allows ${threads}`);
  if (count * bytesEach > memoryBytes) {
    const free = Math.round(megabytes(memoryBytes));
    refuse(`they take up to ${Math.round(megabytes(count * bytesEach))} MB of memory, ${free} MB are free`);
  }
  return problems;
}

/** The limits of this process on this machine. Linux only. */
export function readLimits(): Limits {
  const own = readFileSync("/proc/self/limits", "latin1");
  const hard = (name: string): number => numberOf(new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, "m").exec(own)?.[1]);
  const threads = [
    // The user's own limit does not hold for root.
    process.getuid?.() === 0 ? Number.POSITIVE_INFINITY : hard("Max processes"),
    numberIn("/proc/sys/kernel/threads-max"),
    numberIn("/proc/sys/kernel/pid_max"),
    numberIn("/sys/fs/cgroup/pids.max"),
  ];
  return { descriptors: hard("Max open files"), threads: Math.min(...threads), memoryBytes: availableBytes() };
}

function numberIn(file: string): number {
  try {
    return numberOf(readFileSync(file, "latin1").trim());
  } catch {
    return Number.POSITIVE_INFINITY; // there is no such limit
  }
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}
