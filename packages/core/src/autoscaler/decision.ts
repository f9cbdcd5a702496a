import {
  type Bid,
  bidOfDelay,
  bidOfLast,
  bidOfLoad,
  bidOfMin,
  bidOfPanic,
  bidOfRate,
  bidOfStable,
  capped,
  higher,
} from "./bid.ts";
import { instancesFor, intervalOf, targetOf } from "./capacity.ts";
import type { AutoscalerConfig } from "./config.ts";
import type { Observations } from "./observations.ts";
import { nextPanic, type PanicState } from "./panic.ts";
import type { Reason } from "./reason.ts";
import { baseAt, remember, type ScaleDownState } from "./scale-down.ts";

export interface Decision {
  /** Instances there should be, starting and ready together. */
  readonly desired: number;
  /** Which rule asked for it; `describeReason` puts it into words. */
  readonly reason: Reason;
  /** For the next decision's observations. */
  readonly panic: PanicState | null;
  /** For the next decision's observations. */
  readonly scaleDown: ScaleDownState | null;
  /** When to decide again if nothing happens before, in milliseconds; null: not until something happens. */
  readonly nextAt: number | null;
}

/**
 * Decides how many instances a function should have. Follows Knative's autoscaler (stable and panic window, target
 * utilization, scale rates), but decides on events (arrival, finish, start, exit) and at `nextAt` instead of every 2 s.
 * So three things differ:
 *
 * - `desired` is never below what runs and waits now, `ceil((inFlight + queued) / concurrency)`: starting from zero
 *   waits for no tick, and averages add only the headroom.
 * - Such peaks are sharp, so what was wanted stays for a panic window (or `scaleDownDelayMs`, if longer); else instances
 *   would start and stop with every crest of a steady load.
 * - With no invocation for `idleTimeoutMs` all above `minInstances` stop, whatever windows, panic, delay and rate say;
 *   until then the last one stays.
 *
 * Each rule bids a number of instances; the highest bid wins and gives the reason. `maxInstances` caps it.
 *
 * @param config checked with `autoscalerProblems`
 * @param observations the present, with `panic` and `scaleDown` as the previous decision returned them
 * @param now milliseconds, on the clock of `lastActiveAt`
 *
 * @example
 * // concurrency 10, utilization 0.7: target 7; 25 in flight, 4 ready, averages 30 and 24
 * // load needs ceil(25 / 10) = 3, stable wants ceil(30 / 7) = 5, panic would begin at ceil(24 / 7) / 4 >= 2
 * decide(config, observations, now); // { desired: 5, reason: { code: "stable", average: 30, target: 7 }, panic: null, ... }
 */
export function decide(config: AutoscalerConfig, observations: Observations, now: number): Decision {
  const { lastActiveAt, ready, starting } = observations;
  const load = observations.inFlight + observations.queued;
  const idleMs = lastActiveAt === null ? null : now - lastActiveAt;
  // The same sum as in `idleTime`: a difference could round to just below the timeout, and the timer would spin.
  const isIdle = lastActiveAt === null || lastActiveAt + config.idleTimeoutMs <= now;
  if (load === 0 && isIdle) return rest(config, idleMs);

  let bid = higher(bidOfLoad(config, load, idleMs), bidOfStable(config, observations));
  const panic = nextPanic(config, observations.panic, observations, bid.instances, now);
  if (panic !== null) bid = higher(bid, bidOfPanic(config, observations, panic));

  const delayMs = Math.max(config.scaleDownDelayMs, config.panicWindowMs);
  const latest = { instances: Math.min(bid.instances, config.maxInstances), at: now };
  const scaleDown: ScaleDownState = {
    wanted: remember(observations.scaleDown?.wanted ?? [], latest, delayMs),
    base: baseAt(observations.scaleDown?.base ?? null, ready, intervalOf(config), now),
  };
  const current = ready + starting;
  bid = higher(bid, bidOfDelay(scaleDown, delayMs, now));
  bid = higher(bid, bidOfRate(config, scaleDown, current));
  bid = higher(bid, bidOfLast(config, load, current, idleMs ?? 0));
  bid = higher(bid, bidOfMin(config));
  bid = capped(config, bid);

  const nextAt = Math.min(lapseTime(config, bid, load, current, now), idleTime(config, bid, observations));
  return { desired: bid.instances, reason: bid.reason, panic, scaleDown, nextAt: nextAt === Infinity ? null : nextAt };
}

/** Idle long enough: the windows may still remember load, but nothing can change before the next invocation. */
function rest({ minInstances }: AutoscalerConfig, idleMs: number | null): Decision {
  const reason: Reason = { code: "idle", idleMs, minInstances };
  return { desired: minInstances, reason, panic: null, scaleDown: null, nextAt: null };
}

/** When the bid may change without an event; never, once it is what the present load wants in the long run. */
function lapseTime(config: AutoscalerConfig, bid: Bid, load: number, current: number, now: number): number {
  const lasting = load === 0 ? Math.min(1, current) : instancesFor(load, targetOf(config));
  const settled = Math.min(Math.max(lasting, config.minInstances), config.maxInstances);
  if (bid.instances === settled) return Infinity;
  return bid.instances > settled && bid.until !== null ? bid.until : now + intervalOf(config);
}

/** When the idle timeout ends, if there is something to stop then. */
function idleTime(config: AutoscalerConfig, bid: Bid, observations: Observations): number {
  const { inFlight, queued, ready, starting, lastActiveAt } = observations;
  if (inFlight + queued > 0 || lastActiveAt === null) return Infinity;
  if (Math.max(ready + starting, bid.instances) <= config.minInstances) return Infinity;
  return lastActiveAt + config.idleTimeoutMs;
}
