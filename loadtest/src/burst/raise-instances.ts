import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StartMode } from "@tidegate/core";
import type { FunctionOptions } from "@tidegate/host";
import { addressOf } from "../generator/http-connection.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { availableBytes, memoryOf, pageTableBytesOf } from "../program/process-memory.ts";
import { descendantsOf, exists } from "../program/process-tree.ts";
import { processorMsOf } from "../program/process-usage.ts";
import { settledTemplates } from "../program/templates.ts";
import { median } from "../statistics/quantile.ts";
import { HeldRequests } from "./held-requests.ts";

const file = fileURLToPath(new URL("../apps/express-held.js", import.meta.url));
/** Longer than any of it takes, in milliseconds. */
const longMs = 600_000;
/** Thousands of processes have to end. */
const stopTimeoutMs = 60_000;
/** After the host's end, its processes are gone in this time, in milliseconds. */
const endMs = 3_000;
/** Until memory has come to rest, in milliseconds. */
const settleMs = 2_000;

/** Instances at a time of which the first and the last are compared. */
const groupSize = 100;

/** What an instance of a group cost, in milliseconds. */
interface GroupCost {
  /** Median time from its start to ready. */
  readonly startMs: number;
  /** Processor time of host and template: which of them grows. */
  readonly hostMs: number;
  readonly templateMs: number;
}

/** What it took to have so many instances, each with a request that it has answered and that is still open. */
export interface Raised {
  readonly count: number;
  /** From the first request sent until the last one was answered. */
  readonly seconds: number;
  /** Time of the last hundred answers divided by that of the first hundred; NaN with fewer than two hundred. */
  readonly growth: number;
  /** Of the first and of the last hundred. */
  readonly first: GroupCost;
  readonly last: GroupCost;
  /** By how much the system's available memory became less, in bytes: all there is of it, the kernel's part too. */
  readonly usedBytes: number;
  /** Sums of proportional memory, in bytes. */
  readonly instancesBytes: number;
  /** What the kernel keeps for the instances' page tables, in bytes: in none of these sums. */
  readonly pageTableBytes: number;
  readonly othersBytes: number;
  readonly hostBytes: number;
  /** How long the host took to end all of it. */
  readonly stopSeconds: number;
  readonly problems: readonly string[];
}

interface Measured extends Omit<Raised, "stopSeconds"> {
  /** All processes of the host. */
  readonly pids: readonly number[];
}

/** Starts a host, and lets a burst of requests that stay open raise so many instances of it; ends all. */
export async function raiseInstances(count: number, start: StartMode): Promise<Raised> {
  const before = availableBytes();
  const host = await startHeldHost(count, start);
  let measured: Measured;
  try {
    measured = await raise(host, count, start, before);
  } catch (error) {
    await host.stop();
    throw error;
  }
  const stopsAt = performance.now();
  await host.stop();
  const stopSeconds = (performance.now() - stopsAt) / 1000;
  const { pids, ...raised } = measured;
  const left = await leftOf(pids);
  const problems = left.length > 0 ? [`${left.length} processes were left behind by the stopped host`] : [];
  return { ...raised, stopSeconds, problems: [...raised.problems, ...problems] };
}

/** Those that do not end: the shell that watches over a host does a moment after it. */
async function leftOf(pids: readonly number[]): Promise<readonly number[]> {
  const until = performance.now() + endMs;
  for (;;) {
    const left = pids.filter(exists);
    if (left.length === 0 || performance.now() > until) return left;
    await pause(50);
  }
}

function startHeldHost(count: number, start: StartMode): Promise<HostProcess> {
  const held: FunctionOptions = {
    name: "held",
    entry: { kind: "node", file },
    cwd: dirname(file),
    start,
    concurrency: 1,
    timeoutMs: longMs,
    startTimeoutMs: longMs,
    queueTimeoutMs: longMs,
    queueLimit: count,
    scaling: { maxInstances: count, idleTimeoutMs: longMs },
  };
  const options = { keepAliveTimeoutMs: longMs, headersTimeoutMs: longMs, bodyTimeoutMs: longMs, stopTimeoutMs };
  return startHostProcess([held], options);
}

async function raise(host: HostProcess, count: number, start: StartMode, before: number): Promise<Measured> {
  const problems = start === "process" ? [] : await settledTemplates(host, ["held"]);
  const requests = await HeldRequests.open(addressOf(host.url), count);
  try {
    const template = (await host.snapshot()).functions[0]?.template.pid ?? null;
    const used: Used[] = [];
    const look = (): void => void used.push(usedBy(host.pid, template));
    look();
    const sentAt = performance.now();
    const answers = await requests.send((answered) => {
      if (answered === groupSize || answered === count - groupSize || answered === count) look();
    });
    const times = answers.map(({ at }) => at - sentAt);
    await pause(settleMs);
    const usedBytes = before - availableBytes();
    const { instances, startsMs } = await host.snapshot();
    const own = new Set(answers.map(({ pid }) => pid));
    if (own.size < count) problems.push(`${count} requests were answered by ${own.size} instances`);
    const unforked = instances.filter((each) => each.start !== start && each.start !== "fork").length;
    if (unforked > 0) problems.push(`${unforked} of ${count} instances were started as processes`);
    const pids = descendantsOf(host.pid);
    const result = {
      count,
      seconds: (times.at(-1) ?? 0) / 1000,
      growth: growthOf(times),
      first: costOf(startsMs.slice(0, groupSize), used.slice(0, 2)),
      last: costOf(startsMs.slice(-groupSize), used.slice(-2)),
      usedBytes,
      instancesBytes: proportionalBytes([...own]),
      pageTableBytes: [...own].reduce((sum, pid) => sum + pageTableBytesOf(pid), 0),
      othersBytes: proportionalBytes(pids.filter((pid) => !own.has(pid))),
      hostBytes: proportionalBytes([host.pid]),
    };
    await requests.release();
    return { ...result, pids, problems };
  } finally {
    requests.close();
  }
}

/** Processor time used so far, in milliseconds. */
interface Used {
  readonly hostMs: number;
  readonly templateMs: number;
}

function usedBy(host: number, template: number | null): Used {
  return { hostMs: processorMsOf(host), templateMs: template === null ? 0 : processorMsOf(template) };
}

/** @param used before and after the group */
function costOf(startsMs: readonly number[], [before, after]: readonly Used[]): GroupCost {
  const each = (key: keyof Used): number => ((after?.[key] ?? 0) - (before?.[key] ?? 0)) / startsMs.length;
  return { startMs: median(startsMs), hostMs: each("hostMs"), templateMs: each("templateMs") };
}

/** @param times of the answers, in their order */
function growthOf(times: readonly number[]): number {
  if (times.length < 2 * groupSize) return Number.NaN;
  const first = times[groupSize - 1] ?? 0;
  const last = (times.at(-1) ?? 0) - (times.at(-1 - groupSize) ?? 0);
  return last / first;
}

function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (memoryOf(pid)?.proportional ?? 0), 0);
}
