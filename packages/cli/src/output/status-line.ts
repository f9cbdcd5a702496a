import type { InstanceInfo } from "@tidegate/core";
import type { HostCounters } from "@tidegate/host";
import type { TrafficNumbers } from "./traffic.ts";

/**
 * Puts the numbers of a host on one line.
 *
 * @param counters the host's counters
 * @param instances its instances
 * @param traffic its last seconds
 * @returns such as `240 req/s  3 in flight  0 queued  2 instances (1 starting)  4 cold starts  p50/p99 3.1/12 ms`
 */
export function formatStatus(
  counters: HostCounters,
  instances: readonly InstanceInfo[],
  traffic: TrafficNumbers,
): string {
  const parts = [
    `${rate(traffic.requestsPerSecond)} req/s`,
    `${counters.inFlight} in flight`,
    `${counters.queued} queued`,
    instancesText(instances),
    plural(counters.coldStarts, "cold start"),
    latencyText(traffic),
  ];
  return parts.join("  ");
}

/** Cuts a line without escape sequences to the columns of a terminal. */
export function fitColumns(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** A number and its noun: "1 instance", "2 instances". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A duration in the three digits that matter. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return "-";
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${threeDigits(ms)} ms`;
}

/** Both in milliseconds, so that the line of a quiet host fits a terminal of 80 columns. */
function latencyText({ p50Ms, p99Ms }: TrafficNumbers): string {
  return p50Ms === null || p99Ms === null ? "p50/p99 -" : `p50/p99 ${threeDigits(p50Ms)}/${threeDigits(p99Ms)} ms`;
}

function threeDigits(ms: number): string {
  return ms >= 10 ? String(Math.round(ms)) : ms.toFixed(1);
}

function instancesText(instances: readonly InstanceInfo[]): string {
  const living = instances.filter(({ state }) => state !== "stopped" && state !== "failed");
  const other = (["starting", "frozen", "draining"] as const)
    .map((state) => ({ state, count: living.filter((instance) => instance.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  return plural(living.length, "instance") + (other.length === 0 ? "" : ` (${other.join(", ")})`);
}

function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}
