import { type PolicyName, simulate } from "@tidegate/core";
import { quantile } from "../statistics/quantile.ts";
import type { Workload } from "./workload.ts";

/** What a policy made of a workload, all seeds and functions together. */
export interface SimulatedOutcome {
  readonly invocations: number;
  readonly waitMeanMs: number;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly waitMaxMs: number;
  readonly coldStarts: number;
  readonly starts: number;
  readonly instanceSeconds: number;
  readonly frozenSeconds: number;
}

export interface SimulateConditions {
  readonly startMs: number;
  readonly startsAtOnce: number;
  readonly seeds: number;
}

/** Both policies get the same invocations, instances start as fast, and as many at once. */
export function simulateWorkload(
  workload: Workload,
  policy: PolicyName,
  { startMs, startsAtOnce, seeds }: SimulateConditions,
): SimulatedOutcome {
  const all: number[] = [];
  const sums = { coldStarts: 0, starts: 0, instanceSeconds: 0, frozenSeconds: 0 };
  for (let seed = 1; seed <= (workload.isFixed ? 1 : seeds); seed += 1) {
    for (const invocations of workload.functions(seed)) {
      const { totals, waits } = simulate(workload.configOf(policy), invocations, { startMs, startsAtOnce });
      for (const wait of waits) all.push(wait);
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += totals[key];
    }
  }
  const waits = Float64Array.from(all);
  return {
    invocations: waits.length,
    waitMeanMs: waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
    waitP50Ms: quantile(waits, 0.5),
    waitP99Ms: quantile(waits, 0.99),
    waitMaxMs: quantile(waits, 1),
    ...sums,
  };
}

/**
 * Ratio of two waits. One below a millisecond counts as a millisecond, as nobody can tell it from none: so none against none
 * is 1, and a ratio is never a division by nothing.
 */
export function waitRatio(oursMs: number, theirsMs: number): number {
  return Math.max(1, oursMs) / Math.max(1, theirsMs);
}
