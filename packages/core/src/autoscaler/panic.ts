import { instancesFor, scaleUpCeiling, targetOf } from "./capacity.ts";
import type { AutoscalerConfig } from "./config.ts";

/** A burst is on: nothing stops until a stable window has passed without a new trigger. */
export interface PanicState {
  /** When the panic window was last over its threshold, in milliseconds. */
  readonly at: number;
  /** Most instances wanted since panic began. */
  readonly held: number;
}

/**
 * Panic begins, is triggered again, goes on, or ends (null).
 *
 * @param before the state the previous decision returned
 * @param observed ready instances, and mean concurrency over the panic window
 * @param wanted instances that load and stable window ask for
 * @param now milliseconds
 *
 * @example
 * // target 7, 2 ready, 40 on average over the panic window: ceil(40 / 7) = 6, 6 / 2 >= 2
 * nextPanic(config, null, { ready: 2, panicAverage: 40 }, 3, 1_000); // { at: 1_000, held: 6 }
 */
export function nextPanic(
  config: AutoscalerConfig,
  before: PanicState | null,
  observed: { readonly ready: number; readonly panicAverage: number },
  wanted: number,
  now: number,
): PanicState | null {
  const burst = instancesFor(observed.panicAverage, targetOf(config));
  const limited = Math.min(burst, scaleUpCeiling(config, observed.ready));
  const held = Math.min(Math.max(before?.held ?? 0, wanted, limited), config.maxInstances);
  if (burst / Math.max(1, observed.ready) >= config.panicThreshold) return { at: now, held };
  if (before === null || before.at + config.stableWindowMs <= now) return null;
  return { at: before.at, held };
}
