import type { AutoscalerConfig } from "../config.ts";
import type { Observations } from "../observations.ts";
import type { Decision, Policy } from "../policy/policy.ts";
import type { Reason } from "../reason.ts";
import { remember, type Wanted } from "../wanted.ts";
import { burstCapacity, scaleToZeroGraceMs, tickMs } from "./constants.ts";
import { type KpaPanic, wantedByKpa } from "./kpa-decision.ts";
import { KpaHistory } from "./kpa-history.ts";

export interface KpaState {
  /** Instances wanted at the last tick, before bounds. */
  readonly wanted: number;
  readonly panic: KpaPanic | null;
  /** What was wanted within the scale-down delay. */
  readonly delayed: readonly Wanted[];
  /** When the last tick was due, in milliseconds. */
  readonly tickAt: number;
  readonly zero: ZeroState;
  readonly reason: Reason;
}

/** How far a function is on its way to zero. All times in milliseconds, null where it does not hold. */
interface ZeroState {
  /** Since when it has an instance that is ready. */
  readonly activeSince: number | null;
  /** Since when nothing is wanted and it counts as inactive. */
  readonly inactiveSince: number | null;
  /** Since when the activator is in the path of requests. */
  readonly proxiedSince: number | null;
}

const nothingYet: KpaState = {
  wanted: 0,
  panic: null,
  delayed: [],
  tickAt: Number.NaN,
  zero: { activeSince: null, inactiveSince: null, proxiedSince: null },
  reason: { code: "idle", idleMs: null, minInstances: 0 },
};

/**
 * Knative's autoscaler (KPA) with its constants, as the reference other policies are measured against: it decides every
 * 2 s on means over 60 s and 6 s, and at once only when the first request comes to a function scaled to zero. Reports and
 * decisions take no time here, and ticks fall in the middle between full seconds of even number, so that what begins on
 * the second waits for one as long as the average.
 *
 * It knows nothing of `idleTimeoutMs` (a function is scaled to zero when its stable window is empty), but `Infinity` keeps
 * the last instance, as `enable-scale-to-zero: false` does. It freezes nothing.
 */
export const kpa: Policy<KpaHistory, KpaState> = {
  createHistory({ stableWindowMs }, before) {
    // A window of another length begins anew, as after a restart of Knative's autoscaler.
    return before?.windowMs === Math.ceil(stableWindowMs / 1000) * 1000 ? before : new KpaHistory(stableWindowMs);
  },

  decide(config, observations, history, state, now) {
    const before = state ?? { ...nothingYet, tickAt: now - tickMs / 2 };
    const isDue = now >= before.tickAt + tickMs;
    const isPoked = before.wanted === 0 && observations.inFlight + observations.queued > 0;
    const evaluated = isDue || isPoked ? evaluate(config, observations, history, before, now) : before;
    const tickAt = before.tickAt + (isDue ? Math.floor((now - before.tickAt) / tickMs) * tickMs : 0);
    return bounded(config, observations, { ...evaluated, tickAt }, now);
  },
};

function evaluate(
  config: AutoscalerConfig,
  observations: Observations,
  history: KpaHistory,
  before: KpaState,
  now: number,
): KpaState {
  const stable = history.average(now, config.stableWindowMs);
  if (stable === null) return before;
  const panicAverage = history.average(now, config.panicWindowMs) ?? 0;
  const ready = observations.ready + observations.frozen;
  const wanted = wantedByKpa(config, { stable, panic: panicAverage, ready }, before.panic, now);
  const delayed = remember(before.delayed, { instances: wanted.instances, at: now }, config.scaleDownDelayMs);
  const [most] = delayed;
  const isDelayed = most.instances > wanted.instances;
  const isProxied = Math.floor(ready * config.concurrency - burstCapacity - panicAverage) < 0;
  return {
    wanted: most.instances,
    panic: wanted.panic,
    delayed,
    tickAt: before.tickAt,
    zero: nextZero(config, before.zero, { isIdle: most.instances === 0, isReady: ready > 0, isProxied }, now),
    reason: isDelayed ? { code: "scale-down-delay", held: most.instances, wantedMsAgo: now - most.at } : wanted.reason,
  };
}

function nextZero(
  config: AutoscalerConfig,
  before: ZeroState,
  seen: { readonly isIdle: boolean; readonly isReady: boolean; readonly isProxied: boolean },
  now: number,
): ZeroState {
  const activeSince = seen.isReady ? (before.activeSince ?? now) : null;
  const mayRest = activeSince === null || now - activeSince >= config.stableWindowMs;
  const inactiveSince = seen.isIdle && mayRest ? (before.inactiveSince ?? now) : null;
  const isProxied = seen.isProxied || inactiveSince !== null;
  return { activeSince, inactiveSince, proxiedSince: isProxied ? (before.proxiedSince ?? now) : null };
}

/** Applies bounds, and keeps what is not yet allowed to go to zero. */
function bounded(
  config: AutoscalerConfig,
  observations: Observations,
  state: KpaState,
  now: number,
): Decision<KpaState> {
  const { maxInstances, idleTimeoutMs } = config;
  const minInstances = Math.max(config.minInstances, config.provisioned);
  const current = observations.ready + observations.starting + observations.frozen;
  const load = observations.inFlight + observations.queued;
  let instances = state.wanted;
  let reason = state.reason;
  if (instances === 0 && current > 0) {
    const keepsLast = idleTimeoutMs === Infinity;
    if (keepsLast || state.zero.inactiveSince === null) instances = 1;
    else if (!isGraceOver(state.zero, now)) instances = current;
    if (instances > 0) reason = lastReason(state.zero, keepsLast, now);
  }
  if (instances < minInstances) [instances, reason] = [minInstances, { code: "min", minInstances }];
  if (instances > maxInstances) {
    [instances, reason] = [maxInstances, { code: "max", wanted: instances, maxInstances }];
  }
  // At rest nothing changes before the next request, which the activator tells of at once: without load only fewer will be
  // wanted, and fewer there must not be.
  const least = Math.max(minInstances, idleTimeoutMs === Infinity ? 1 : 0);
  const isAtRest = load === 0 && state.wanted <= least && current <= least;
  return {
    desired: instances,
    frozen: 0,
    reason,
    nextAt: isAtRest ? null : state.tickAt + tickMs,
    decideAbove: state.wanted === 0 ? 0 : Infinity,
    state,
  };
}

function lastReason({ inactiveSince }: ZeroState, keepsLast: boolean, now: number): Reason {
  const idleMs = inactiveSince === null ? 0 : now - inactiveSince;
  return { code: "last", idleMs, keepMs: keepsLast ? Infinity : scaleToZeroGraceMs };
}

function isGraceOver({ inactiveSince, proxiedSince }: ZeroState, now: number): boolean {
  return [inactiveSince, proxiedSince].some((since) => since !== null && now - since >= scaleToZeroGraceMs);
}
