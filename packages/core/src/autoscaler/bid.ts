import { instancesFor, intervalOf, scaleUpCeiling, targetOf } from "./capacity.ts";
import type { AutoscalerConfig } from "./config.ts";
import type { Observations } from "./observations.ts";
import type { PanicState } from "./panic.ts";
import type { Reason } from "./reason.ts";
import type { ScaleDownState } from "./scale-down.ts";

/** A number of instances, and why. */
export interface Bid {
  readonly instances: number;
  readonly reason: Reason;
  /** When the bid lapses if nothing happens, in milliseconds; null: it follows load or averages. */
  readonly until: number | null;
}

/** The higher bid; among equals the first. */
export function higher(first: Bid, second: Bid): Bid {
  return second.instances > first.instances ? second : first;
}

/** What runs and waits now: 25 invocations at concurrency 10 need 3. */
export function bidOfLoad(config: AutoscalerConfig, load: number, idleMs: number | null): Bid {
  const { concurrency, minInstances } = config;
  if (load === 0) return { instances: 0, reason: { code: "idle", idleMs, minInstances }, until: null };
  return { instances: Math.ceil(load / concurrency), reason: { code: "arrivals", load, concurrency }, until: null };
}

/** The mean of the stable window at target utilization: 30 at target 7 wants 5. */
export function bidOfStable(config: AutoscalerConfig, { stableAverage: average, ready }: Observations): Bid {
  const target = targetOf(config);
  const wanted = instancesFor(average, target);
  const ceiling = scaleUpCeiling(config, ready);
  if (wanted <= ceiling) return { instances: wanted, reason: { code: "stable", average, target }, until: null };
  const reason: Reason = { code: "scale-up-rate", wanted, ready, rate: config.maxScaleUpRate };
  return { instances: ceiling, reason, until: null };
}

/** The most wanted since panic began. */
export function bidOfPanic(config: AutoscalerConfig, { panicAverage: average }: Observations, panic: PanicState): Bid {
  const reason: Reason = { code: "panic", average, target: targetOf(config), held: panic.held };
  return { instances: panic.held, reason, until: panic.at + config.stableWindowMs };
}

/** The most wanted within the delay. */
export function bidOfDelay({ wanted }: ScaleDownState, delayMs: number, now: number): Bid {
  const { instances: held, at } = wanted[0];
  return { instances: held, reason: { code: "scale-down-delay", held, wantedMsAgo: now - at }, until: at + delayMs };
}

/** Never more than there are: the rate slows stopping, it does not replace instances that died. */
export function bidOfRate(config: AutoscalerConfig, { base }: ScaleDownState, current: number): Bid {
  const rate = config.maxScaleDownRate;
  const instances = Math.min(Math.floor(base.instances / rate), current);
  return {
    instances,
    reason: { code: "scale-down-rate", from: base.instances, rate },
    until: base.at + intervalOf(config),
  };
}

/** Without load the last instance stays until the idle timeout. */
export function bidOfLast({ idleTimeoutMs }: AutoscalerConfig, load: number, current: number, idleMs: number): Bid {
  const instances = load === 0 ? Math.min(1, current) : 0;
  return { instances, reason: { code: "last", idleMs, idleTimeoutMs }, until: null };
}

/** The configured minimum. */
export function bidOfMin({ minInstances }: AutoscalerConfig): Bid {
  return { instances: minInstances, reason: { code: "min", minInstances }, until: null };
}

/** The bid, but no more than the configured maximum. */
export function capped({ maxInstances }: AutoscalerConfig, bid: Bid): Bid {
  if (bid.instances <= maxInstances) return bid;
  return { instances: maxInstances, reason: { code: "max", wanted: bid.instances, maxInstances }, until: null };
}
