import type { Decision } from "./policy/policy.ts";
import type { ReasonCode } from "./reason.ts";

export interface SimulationOptions {
  /**
   * Time from the start of an instance until it is ready, in milliseconds: a number; measured ones, of which each start
   * draws one at random; or a function that draws one. Default 200.
   */
  readonly startMs?: number | readonly number[] | (() => number);
  /** Time until a frozen instance goes on, in milliseconds. Default 1. */
  readonly thawMs?: number;
  /** Most instances that start at the same time, as the host's processor cores limit it; more wait. Default `Infinity`. */
  readonly startsAtOnce?: number;
  /** Memory of one instance, in bytes, for `gbSeconds`. Default 64 MiB, a small Node app. */
  readonly memoryBytes?: number;
  /** Most invocations that may wait; more are refused. Default `Infinity`. */
  readonly queueLimit?: number;
  /** Longest wait of an invocation, in milliseconds, then it is refused. Default `Infinity`. */
  readonly queueTimeoutMs?: number;
  /** Goes on at least until then, in milliseconds, so that policies are compared over the same time. Default 0. */
  readonly untilMs?: number;
  /** Time between two samples of the series, in milliseconds. Default 1000. */
  readonly sampleMs?: number;
  /** Draws start times. Default: the same in each run. */
  readonly random?: () => number;
  /** Told each decision, for tests of what holds in all of them. */
  readonly onDecision?: (decision: Decision, at: number) => void;
}

/** What a function looks like at one time of a simulation. */
export interface SimulationSample {
  /** Milliseconds. */
  readonly at: number;
  readonly desired: number;
  readonly ready: number;
  readonly starting: number;
  readonly frozen: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly reason: ReasonCode;
}

export interface SimulationTotals {
  /** Invocations that were served. */
  readonly invocations: number;
  /** Invocations that found the queue full, or waited too long in it. */
  readonly refused: number;
  /** Median time from arrival until service begins, in milliseconds, of those served. */
  readonly waitP50Ms: number;
  /** Time from arrival until service begins that 99 % do not exceed, in milliseconds. */
  readonly waitP99Ms: number;
  readonly waitMaxMs: number;
  /** Invocations that waited for an instance to start. */
  readonly coldStarts: number;
  /** Instances started. */
  readonly starts: number;
  /** Time from start to end of all instances, added up, in seconds: starting, idle, frozen and draining ones too. */
  readonly instanceSeconds: number;
  /** The part of `instanceSeconds` that instances were frozen: they use memory, but no processor. */
  readonly frozenSeconds: number;
  /** `instanceSeconds` times memory, in units of 2^30 bytes. */
  readonly gbSeconds: number;
  /** Most instances at once, draining ones included. */
  readonly maxInstances: number;
  readonly maxQueued: number;
  /** When nothing changed any more, in milliseconds. */
  readonly endedAt: number;
}

export interface Simulation {
  readonly series: readonly SimulationSample[];
  readonly totals: SimulationTotals;
  /** Each served invocation's time from arrival until service began, in milliseconds, sorted. */
  readonly waits: Float64Array;
}

export const simulationDefaults: Required<Omit<SimulationOptions, "onDecision" | "random">> = {
  startMs: 200,
  thawMs: 1,
  startsAtOnce: Number.POSITIVE_INFINITY,
  memoryBytes: 64 * 2 ** 20,
  queueLimit: Number.POSITIVE_INFINITY,
  queueTimeoutMs: Number.POSITIVE_INFINITY,
  untilMs: 0,
  sampleMs: 1000,
};
