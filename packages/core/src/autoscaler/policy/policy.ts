import type { AutoscalerConfig } from "../config.ts";
import type { Observations } from "../observations.ts";
import type { Reason } from "../reason.ts";

/** How many instances a function should have, and why. */
export interface Decision<State = unknown> {
  /** Instances there should be: starting, ready and frozen together. */
  readonly desired: number;
  /** How many of them should be frozen, as far as so many are idle. */
  readonly frozen: number;
  /** Which rule asked for it; `describeReason` puts it into words. */
  readonly reason: Reason;
  /** When to decide again if nothing happens before, in milliseconds; null: not until something happens. */
  readonly nextAt: number | null;
  /** When more invocations than this run or wait, decide at once; `Infinity`: no number of them changes anything. */
  readonly decideAbove: number;
  /** For the policy's next decision. */
  readonly state: State;
}

/**
 * What a policy remembers of the load so far. Told of each change, so `record` costs a few additions; bounded in size. It
 * is the only thing that changes in place: decisions are pure in what they read of it.
 */
export interface LoadHistory {
  /**
   * From `now` on (milliseconds, never less than before) so many invocations run and wait. When the sum rises one
   * arrived; when it falls one is done.
   */
  record(now: number, inFlight: number, queued: number): void;
}

/** Decides how many instances a function should have. `createBoundPolicy` knows all of them, `Scaler` runs one. */
export interface Policy<History extends LoadHistory, State> {
  /** @param before what was remembered under another configuration; null: nothing */
  createHistory(config: AutoscalerConfig, before: History | null): History;
  /**
   * @param config checked with `autoscalerProblems`; its bounds are those in force now
   * @param state what the previous decision returned; null for the first
   * @param now milliseconds, as `history` was told
   */
  decide(
    config: AutoscalerConfig,
    observations: Observations,
    history: History,
    state: State | null,
    now: number,
  ): Decision<State>;
}
