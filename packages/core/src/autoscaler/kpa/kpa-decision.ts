import type { AutoscalerConfig } from "../config.ts";
import type { Reason } from "../reason.ts";

/** What the windows say of a function when Knative's autoscaler looks at it. */
export interface KpaMeasured {
  /** Mean concurrency over the stable window. */
  readonly stable: number;
  /** Mean concurrency over the panic window. */
  readonly panic: number;
  /** Instances that are ready. */
  readonly ready: number;
}

/** A burst is on, since the panic window was last over its threshold: nothing stops for a stable window. */
export interface KpaPanic {
  /** Milliseconds. */
  readonly at: number;
  /** Most instances wanted since it began. */
  readonly held: number;
}

export interface KpaWanted {
  readonly instances: number;
  readonly panic: KpaPanic | null;
  readonly reason: Reason;
}

/**
 * The number of instances that Knative's autoscaler wants, before bounds and before scaling to zero.
 *
 * Each window asks for its mean divided by the target, but no more than `maxScaleUpRate` times and no fewer than one part
 * in `maxScaleDownRate` of the ready instances. When the panic window alone asks for `panicThreshold` times the ready ones,
 * panic begins: from then on the most wanted is held, until a stable window has passed since it was last so.
 *
 * @param panic what the previous call returned
 * @param now milliseconds
 *
 * @example
 * // target 7, 2 ready, 15 on average over a minute and 40 over 6 s:
 * // stable wants ceil(15 / 7) = 3, panic ceil(40 / 7) = 6, and 6 / 2 >= 2
 * wantedByKpa(config, { stable: 15, panic: 40, ready: 2 }, null, now); // { instances: 6, panic: { at: now, held: 6 }, ... }
 */
export function wantedByKpa(
  config: AutoscalerConfig,
  measured: KpaMeasured,
  before: KpaPanic | null,
  now: number,
): KpaWanted {
  const { maxScaleUpRate, maxScaleDownRate, stableWindowMs } = config;
  const target = config.concurrency * config.targetUtilization;
  // None ready counts as one, else there would be no way up from zero.
  const ready = Math.max(1, measured.ready);
  const most = Math.ceil(maxScaleUpRate * ready);
  const least = Math.floor(ready / maxScaleDownRate);
  const stable = Math.ceil(measured.stable / target);
  const burst = Math.ceil(measured.panic / target);
  const isBurst = burst / ready >= config.panicThreshold;
  const isOver = !isBurst && (before === null || before.at + stableWindowMs < now);

  const limitedStable = Math.min(Math.max(stable, least), most);
  if (isOver) return { instances: limitedStable, panic: null, reason: stableReason(config, measured, limitedStable) };
  const limitedBurst = Math.min(Math.max(burst, least), most);
  const held = Math.max(before?.held ?? 0, limitedStable, limitedBurst);
  const at = isBurst ? now : (before?.at ?? now);
  return { instances: held, panic: { at, held }, reason: { code: "panic", average: measured.panic, target, held } };
}

function stableReason(config: AutoscalerConfig, { stable, ready }: KpaMeasured, limited: number): Reason {
  const target = config.concurrency * config.targetUtilization;
  const wanted = Math.ceil(stable / target);
  if (limited < wanted) return { code: "scale-up-rate", wanted, ready, rate: config.maxScaleUpRate };
  if (limited > wanted) return { code: "scale-down-rate", from: ready, rate: config.maxScaleDownRate };
  return { code: "stable", average: stable, target };
}
