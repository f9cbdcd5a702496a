import type { AutoscalerConfig } from "../config.ts";
import type { Need } from "./busy-need.ts";
import { neededPauses, usualStartMs } from "./constants.ts";
import type { TideHistory } from "./tide-history.ts";

/** Instances that stay without load, and until when. */
export interface IdleBid extends Need {
  /** When the last one goes, in milliseconds; null: it stays, or there is none. */
  readonly nextAt: number | null;
}

/**
 * Without load the last instance stays for a while: up to `idleTimeoutMs`, and less if the pauses of the function say that
 * it is not worth it. `idleTimeoutMs` is also the price: what its owner would pay in idle time to spare a start. The
 * histogram of pauses tells the time that costs least by that (see `IdleHistogram.bestKeepMs`). Longer starts are worth
 * more; `Infinity` keeps the last one always.
 *
 * @param current instances there are
 * @param now milliseconds
 *
 * @example
 * // pauses of about 5 minutes, idleTimeoutMs 30 s: to keep 30 s each time would spare nothing, so: 0
 * // pauses of about 10 s: to keep 10 s spares a start each time, which is worth 30 s, so: twice 10 s
 */
export function idleBid(
  config: AutoscalerConfig,
  history: TideHistory,
  current: number,
  startMs: number,
  now: number,
): IdleBid {
  const { idleTimeoutMs, minInstances } = config;
  const { lastActiveAt, pauses } = history;
  const idleMs = lastActiveAt === null ? null : now - lastActiveAt;
  const keepMs = keepTime(idleTimeoutMs, pauses.count, () =>
    pauses.bestKeepMs(idleTimeoutMs * Math.max(1, startMs / usualStartMs), idleTimeoutMs),
  );
  // The same sum as the timer's: a difference could round to just below, and the timer would spin.
  const isOver = lastActiveAt === null || lastActiveAt + keepMs <= now;
  if (isOver || current === 0) {
    return { instances: 0, reason: { code: "idle", idleMs, minInstances }, enoughFor: 0, nextAt: null };
  }
  return {
    instances: 1,
    reason: { code: "last", idleMs: idleMs ?? 0, keepMs },
    enoughFor: 0,
    nextAt: keepMs === Infinity ? null : lastActiveAt + keepMs,
  };
}

function keepTime(idleTimeoutMs: number, pauses: number, best: () => number): number {
  if (idleTimeoutMs === Infinity || pauses < neededPauses) return idleTimeoutMs;
  return best();
}
