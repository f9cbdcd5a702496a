import type { AutoscalerConfig } from "../config.ts";
import type { Observations } from "../observations.ts";
import type { Reason } from "../reason.ts";
import { clearStarts, headroomDeviations, utilizationShare } from "./constants.ts";
import type { TideHistory } from "./tide-history.ts";

/** Instances that a load needs. */
export interface Need {
  readonly instances: number;
  readonly reason: Reason;
  /** As long as no more than this run or wait, it needs no more instances. */
  readonly enoughFor: number;
}

/**
 * Instances for the load there is: those that the forecast needs, or those that serve who waits sooner than waiting on.
 *
 * @param now milliseconds
 */
export function busyNeed(
  config: AutoscalerConfig,
  observations: Observations,
  history: TideHistory,
  now: number,
): Need {
  const { concurrency } = config;
  const load = observations.inFlight + observations.queued;
  const expected = forecast(config, load, observations.startMs, history, now);
  const instances = Math.max(1, Math.ceil(expected / concurrency - 1e-9));
  const more = instancesForWaiting(config, observations, history, now);
  if (more !== null && more.instances > instances) return { ...more, enoughFor: load };
  const room = Math.max(0, instances * concurrency - Math.max(expected, load));
  return {
    instances,
    reason: { code: "forecast", expected, concurrency },
    // The forecast grows by less than two for each invocation more.
    enoughFor: observations.queued > 0 ? load : load + Math.floor(room / 2),
  };
}

/**
 * Invocations at once to have room for when an instance that is started now is ready. Each of those that run is still
 * there by then with probability p = e^(-start / service); of those that arrive meanwhile (1 - p) times the offered load,
 * rate times service, are there. The first are binomially, the second Poisson distributed, which gives mean and deviation.
 *
 * @example
 * // 20 run, 300 ms each, 100 a second arrive, a start takes 200 ms: p = 0.51, offered 30
 * // mean 20 * 0.51 + 30 * 0.49 = 24.9, deviation sqrt(20 * 0.51 * 0.49 + 30 * 0.49) = 4.4; 24.9 + 2 * 4.4 = 34
 */
export function forecast(
  config: AutoscalerConfig,
  load: number,
  startMs: number,
  history: TideHistory,
  now: number,
): number {
  const serviceMs = history.service.meanMs;
  const offered = history.arrivals.expected(now, startMs) * serviceMs;
  const stays = Math.exp(-startMs / serviceMs);
  const arrived = offered * (1 - stays);
  const mean = load * stays + arrived;
  const deviation = Math.sqrt(load * stays * (1 - stays) + arrived);
  const most = Math.max(offered, mean) / (config.targetUtilization * utilizationShare);
  return Math.min(mean + headroomDeviations * deviation, most);
}

/**
 * Instances that serve who waits sooner: so many that those who would still wait when a new one is ready begin within a
 * quarter of a start after that. null when none would: by then the instances there are have served all of them.
 *
 * @example
 * // concurrency 10, 1 instance full, 50 ms each, a start takes 200 ms. By then it serves 10 * 200 / 50 = 40.
 * // 35 wait: nobody would be left. 100 wait: 60 would be, 6 instances more
 */
function instancesForWaiting(
  { concurrency }: AutoscalerConfig,
  { inFlight, queued, ready, frozen, startMs }: Observations,
  history: TideHistory,
  now: number,
): Omit<Need, "enoughFor"> | null {
  if (queued === 0) return null;
  const serviceMs = history.service.meanMs;
  const arriving = history.arrivals.expectedInBurst(now, startMs) * startMs;
  const left = queued + arriving - (inFlight * startMs) / serviceMs;
  if (left <= 0) return null;
  const rounds = history.service.isKnown ? Math.max(1, (clearStarts * startMs) / serviceMs) : 1;
  const waitMs = inFlight === 0 ? Infinity : (queued * serviceMs) / inFlight;
  return {
    instances: ready + frozen + Math.ceil(left / (concurrency * rounds)),
    reason: { code: "arrivals", queued, waitMs, startMs },
  };
}
