import type { AutoscalerConfig, PolicyName } from "../config.ts";
import { kpa } from "../kpa/kpa.ts";
import type { Observations } from "../observations.ts";
import { tide } from "../tide/tide.ts";
import type { Decision, LoadHistory, Policy } from "./policy.ts";

/** A policy with what it remembers of one function. */
export interface BoundPolicy {
  use(config: AutoscalerConfig): void;
  record(now: number, inFlight: number, queued: number): void;
  decide(observations: Observations, now: number): Decision;
}

/** All policies by name. */
const policies: Record<PolicyName, (config: AutoscalerConfig) => BoundPolicy> = {
  tide: (config) => bind(tide, config),
  kpa: (config) => bind(kpa, config),
};

/** The policy that `config.policy` names, which remembers nothing yet. */
export function createBoundPolicy(config: AutoscalerConfig): BoundPolicy {
  return policies[config.policy](config);
}

function bind<History extends LoadHistory, State>(
  policy: Policy<History, State>,
  given: AutoscalerConfig,
): BoundPolicy {
  let config = given;
  let history = policy.createHistory(config, null);
  let state: State | null = null;
  return {
    use(next) {
      config = next;
      history = policy.createHistory(next, history);
    },
    record(now, inFlight, queued) {
      history.record(now, inFlight, queued);
    },
    decide(observations, now) {
      const decision = policy.decide(config, observations, history, state, now);
      state = decision.state;
      return decision;
    },
  };
}
