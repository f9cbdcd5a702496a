import type { AutoscalerConfig, MetricTargets } from "./config.ts";
import type { MetricReadings, Observations } from "./observations.ts";
import type { Reason } from "./reason.ts";
import { remember, type Wanted } from "./wanted.ts";

/** A mean this close to its target, as a part of it, changes nothing: it would only make instances come and go. */
const tolerance = 0.1;
/** A smaller number must have been enough for this long: what a process uses follows its load with delay. */
const stabilizationMs = 300_000;
/** While metrics want more than the minimum they are looked at again this often, as nothing tells of their changes. */
const lookAgainMs = 15_000;

/** What metrics wanted lately: for the next call. */
export type MetricTargetState = readonly Wanted[];

/** Instances that metrics ask for. */
export interface MetricBid {
  readonly instances: number;
  readonly reason: Reason;
  readonly nextAt: number;
  readonly state: MetricTargetState;
}

/**
 * Instances that bring the means of the metrics to their targets, as the horizontal autoscaler of Kubernetes and SAE do:
 * `ceil(ready * mean / target)`, the most of all metrics; no change within 10 % of a target; and fewer only when fewer
 * have been enough for five minutes.
 *
 * @param state what the previous call returned; null for the first
 * @param now milliseconds
 * @returns null when no metric has a target
 *
 * @example
 * // 4 ready instances use 0.9 processors each, 0.6 are aimed at: ceil(4 * 0.9 / 0.6) = 6
 */
export function wantedByMetrics(
  config: AutoscalerConfig,
  observations: Observations,
  state: MetricTargetState | null,
  now: number,
): MetricBid | null {
  if (!hasTarget(config.metrics)) return null;
  const { ready, metrics } = observations;
  let wanted = 0;
  let cause: Reason = { code: "idle", idleMs: null, minInstances: config.minInstances };
  for (const metric of metricNames) {
    const target = config.metrics[metric];
    const mean = metrics?.[metric] ?? null;
    if (target === null || mean === null || ready === 0) continue;
    const ratio = mean / target;
    const instances = Math.abs(ratio - 1) <= tolerance ? ready : Math.ceil(ready * ratio - 1e-9);
    if (instances <= wanted) continue;
    wanted = instances;
    cause = { code: "metric", metric, mean, target, ready };
  }
  const instances = Math.min(wanted, config.maxInstances);
  const lasting = remember(state ?? [], { instances, at: now }, stabilizationMs);
  const [most] = lasting;
  if (most.instances > instances) {
    return bid(
      most.instances,
      { code: "scale-down-delay", held: most.instances, wantedMsAgo: now - most.at },
      lasting,
      now,
    );
  }
  return bid(instances, cause, lasting, now);
}

const metricNames = ["cpu", "memoryBytes", "eventLoopDelayMs"] as const satisfies readonly (keyof MetricReadings)[];

function hasTarget(targets: MetricTargets): boolean {
  return targets.cpu !== null || targets.memoryBytes !== null || targets.eventLoopDelayMs !== null;
}

function bid(instances: number, reason: Reason, state: MetricTargetState, now: number): MetricBid {
  return { instances, reason, nextAt: now + lookAgainMs, state };
}
