import type { AutoscalerConfig } from "../config.ts";
import { type MetricTargetState, wantedByMetrics } from "../metric-target.ts";
import type { Observations } from "../observations.ts";
import { type BoundPolicy, createBoundPolicy } from "./policies.ts";
import type { Decision } from "./policy.ts";

/**
 * The autoscaler of one function, without a clock: a policy, what it remembers, and scaling on metrics. The host runs it on
 * its clock and `simulate` on a virtual one, so what is simulated is what runs.
 *
 * @example
 * const scaler = new Scaler({ ...autoscalerDefaults, concurrency: 10 });
 * if (scaler.record(now, inFlight, queued)) pool.scaleTo(scaler.decide(observations, now));
 */
export class Scaler {
  #config: AutoscalerConfig;
  #policy: BoundPolicy;
  #metrics: MetricTargetState | null = null;
  #decideAbove = 0;

  /** @param config checked with `autoscalerProblems` */
  constructor(config: AutoscalerConfig) {
    this.#config = config;
    this.#policy = createBoundPolicy(config);
  }

  get config(): AutoscalerConfig {
    return this.#config;
  }

  /** From now on this configuration holds, such as other bounds. What was learned of the load stays, unless the policy changes. */
  use(config: AutoscalerConfig): void {
    if (config.policy === this.#config.policy) this.#policy.use(config);
    else this.#policy = createBoundPolicy(config);
    this.#config = config;
    this.#decideAbove = 0;
  }

  /**
   * Tells of a change of the load: from `now` on so many invocations run and wait. On the path of every request.
   * @returns whether `decide` should be called at once
   */
  record(now: number, inFlight: number, queued: number): boolean {
    this.#policy.record(now, inFlight, queued);
    return inFlight + queued > this.#decideAbove;
  }

  /** Decides; call `record` with the present load before. */
  decide(observations: Observations, now: number): Decision {
    const decision = this.#withMetrics(this.#policy.decide(observations, now), observations, now);
    this.#decideAbove = decision.decideAbove;
    return decision;
  }

  /** Metrics may ask for more than the load does. What nobody calls they do not keep. */
  #withMetrics(decision: Decision, observations: Observations, now: number): Decision {
    const bid = decision.desired === 0 ? null : wantedByMetrics(this.#config, observations, this.#metrics, now);
    this.#metrics = bid?.state ?? null;
    if (bid === null) return decision;
    const next = { ...decision, nextAt: Math.min(decision.nextAt ?? Infinity, bid.nextAt) };
    if (bid.instances <= decision.desired) return next;
    return { ...next, desired: bid.instances, reason: bid.reason };
  }
}
