import type { AutoscalerConfig } from "../config.ts";
import type { Observations } from "../observations.ts";
import type { Policy } from "../policy/policy.ts";
import type { Reason } from "../reason.ts";
import { remember, type Wanted } from "../wanted.ts";
import { busyNeed, type Need } from "./busy-need.ts";
import { freezeAfterMs, keepStarts, longestKeepMs, lookAgainMs, shortestKeepMs } from "./constants.ts";
import { type IdleBid, idleBid } from "./idle-bid.ts";
import { type Prewarm, prewarm } from "./prewarm.ts";
import { TideHistory } from "./tide-history.ts";

export interface TideState {
  /** What was wanted while instances are kept for it. */
  readonly wanted: readonly Wanted[];
  /** What was needed lately: the rest is idle, and may be frozen. */
  readonly needed: readonly Wanted[];
}

/**
 * Tidegate's own policy. It decides on events instead of ticks, by what a start costs, as measured:
 *
 * - Up: as many as the load expected at the end of a start needs, and for those who wait if a new instance serves them
 *   sooner (`busyNeed`); for what comes by rhythm, shortly before it is due (`prewarm`).
 * - Down: what is no longer needed is kept for ten starts, or one invocation if that takes longer, and then drained.
 *   The last one stays as long as pauses of the function make it worth it, up to `idleTimeoutMs` (`idleBid`).
 * - What was idle for 5 s is frozen meanwhile.
 *
 * Windows, panic threshold and `maxScaleDownRate` are Knative's and mean nothing here; `targetUtilization` bounds the headroom
 * of small loads, `scaleDownDelayMs` is the shortest time that instances are kept.
 */
export const tide: Policy<TideHistory, TideState> = {
  createHistory(_config, before) {
    return before ?? new TideHistory();
  },

  decide(config, observations, history, state, now) {
    const { ready, starting, frozen, startMs, inFlight, queued } = observations;
    const current = ready + starting + frozen;
    const load = inFlight + queued;
    const idle = load === 0 ? idleBid(config, history, current, startMs, now) : null;
    const need: Need = idle ?? busyNeed(config, observations, history, now);
    const due = load === 0 ? prewarm(config, history, startMs, now) : null;
    const keepMs = keepTime(config, history, startMs);
    const latest = Math.max(idle === null ? need.instances : 0, due?.instances ?? 0);
    // The idle timeout wins over all that is kept; the same sum as the timer's, so that rounding cannot make it spin.
    const restsAt = load === 0 ? (history.lastActiveAt ?? -Infinity) + config.idleTimeoutMs : Infinity;
    const before = restsAt <= now ? [] : (state?.wanted ?? []);
    const wanted = remember(before, { instances: latest, at: now }, keepMs);
    // What starts without load, as the minimum does, is not frozen before it has run for a while.
    const unknown: Wanted = { instances: Math.max(config.minInstances, config.provisioned), at: now };
    const needed = remember(state?.needed ?? [unknown], { instances: latest, at: now }, freezeAfterMs);
    const kept: Wanted = wanted[0];
    const chosen = choose(config, observations, need, due, kept, keepMs, now);
    return {
      ...chosen,
      frozen: config.freeze ? Math.max(0, chosen.desired - Math.max(config.provisioned, needed[0].instances)) : 0,
      nextAt: nextTime(config, chosen.desired, { load, idle, due, wanted, needed, latest, keepMs, restsAt }, now),
      decideAbove: chosen.desired >= config.maxInstances ? Infinity : need.enoughFor,
      state: { wanted, needed },
    };
  },
};

/** How long what is no longer needed is kept, in milliseconds. */
function keepTime({ scaleDownDelayMs }: AutoscalerConfig, { service }: TideHistory, startMs: number): number {
  const worthMs = Math.max(keepStarts * startMs, service.meanMs, shortestKeepMs);
  return Math.max(Math.min(worthMs, longestKeepMs), scaleDownDelayMs);
}

function choose(
  config: AutoscalerConfig,
  { ready, starting, frozen }: Observations,
  need: Need,
  due: Prewarm | null,
  kept: Wanted,
  keepMs: number,
  now: number,
): { readonly desired: number; readonly reason: Reason } {
  const { maxInstances, maxScaleUpRate } = config;
  let desired = need.instances;
  let reason = need.reason;
  if (due !== null && due.instances > desired) [desired, reason] = [due.instances, due.reason];
  if (kept.instances > desired) {
    desired = kept.instances;
    reason = { code: "keep", held: desired, wantedMsAgo: now - kept.at, keepMs };
  }
  const most = Math.max(ready + starting + frozen, Math.ceil(maxScaleUpRate * Math.max(1, ready + frozen)));
  if (desired > most) {
    reason = { code: "scale-up-rate", wanted: desired, ready: ready + frozen, rate: maxScaleUpRate };
    desired = most;
  }
  const minInstances = Math.max(config.minInstances, config.provisioned);
  if (desired < minInstances) [desired, reason] = [minInstances, { code: "min", minInstances }];
  if (desired > maxInstances) [desired, reason] = [maxInstances, { code: "max", wanted: desired, maxInstances }];
  return { desired, reason };
}

interface Times {
  readonly load: number;
  readonly idle: IdleBid | null;
  readonly due: Prewarm | null;
  readonly wanted: readonly [Wanted, ...Wanted[]];
  readonly needed: readonly [Wanted, ...Wanted[]];
  readonly latest: number;
  readonly keepMs: number;
  readonly restsAt: number;
}

/** When something changes without an event; null: never. */
function nextTime(config: AutoscalerConfig, desired: number, times: Times, now: number): number | null {
  const { idle, due, wanted, needed, latest, keepMs, load, restsAt } = times;
  const least = Math.max(config.minInstances, config.provisioned);
  let at = Math.min(idle?.nextAt ?? Infinity, due?.nextAt ?? Infinity);
  if (wanted[0].instances > Math.max(latest, least)) at = Math.min(at, wanted[0].at + keepMs, restsAt);
  if (config.freeze && desired > config.provisioned && needed[0].instances > latest) {
    at = Math.min(at, needed[0].at + freezeAfterMs);
  }
  // Load that goes on without events: by and by its rate is known to be less.
  if (load > 0 && desired > Math.max(1, least)) at = Math.min(at, now + lookAgainMs);
  return at === Infinity ? null : at;
}
