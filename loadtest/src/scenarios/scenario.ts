import type { AutoscalerConfig } from "@tidegate/core";
import type { Runnable, RunOptions } from "../command.ts";
import type { Second } from "../generator/timeline.ts";
import type { Sample } from "./sample.ts";

/** Load that stays the same for a while. */
export interface Phase {
  readonly seconds: number;
  /** Keep-alive connections, each with one request in flight all the time; 0 is a pause. */
  readonly connections: number;
}

/** A scenario, made concrete by the options of the command. */
export interface Plan {
  readonly phases: readonly Phase[];
  /** Most invocations in flight in one instance. */
  readonly concurrency: number;
  readonly scaling: Partial<Omit<AutoscalerConfig, "concurrency">>;
  /** What went wrong, one sentence each. */
  verify(outcome: Outcome): string[];
}

export interface Scenario extends Runnable {
  plan(options: Pick<RunOptions, "seconds" | "connections">): Plan;
}

/** What a run of a scenario was like. */
export interface Outcome {
  readonly seconds: readonly Second[];
  readonly samples: readonly Sample[];
  readonly totals: Totals;
}

export interface Totals {
  readonly requests: number;
  /** Requests without a response or with one outside 2xx. */
  readonly failed: number;
  /** Requests per second while there was load. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Most instances at once. */
  readonly maxInstances: number;
  /** Instances when the run ended. */
  readonly instancesAtEnd: number;
  /** Time that all instances ran, added up, from the samples. */
  readonly instanceSeconds: number;
  /** Requests that waited for an instance to start, as the host counts them. */
  readonly coldStarts: number;
}

/**
 * Scaling with windows shortened so that a run of minutes shows what takes a host an hour: the stable window lasts a
 * tenth of the run (6 s of 60 s), panic window and idle timeout keep their proportion to it (a tenth, a half).
 */
export function shortenedScaling(runSeconds: number, maxInstances: number): Plan["scaling"] {
  const stableWindowMs = runSeconds * 100;
  return {
    stableWindowMs,
    panicWindowMs: stableWindowMs / 10,
    idleTimeoutMs: stableWindowMs / 2,
    maxInstances,
  };
}

/** What any scenario must hold. */
export function commonProblems({ totals }: Outcome): string[] {
  const problems: string[] = [];
  if (totals.failed > 0) problems.push(`${totals.failed} of ${totals.requests} requests failed`);
  if (totals.instancesAtEnd > 0)
    problems.push(`${totals.instancesAtEnd} instances still ran at the end, none expected`);
  return problems;
}
