import type { HostSnapshot } from "../program/host-process.ts";

/** A host at one time of a run. */
export interface Sample {
  /** Seconds since the run began. */
  readonly at: number;
  readonly starting: number;
  readonly ready: number;
  readonly draining: number;
  readonly inFlight: number;
  readonly queued: number;
}

export function toSample(at: number, { instances, counters }: Pick<HostSnapshot, "instances" | "counters">): Sample {
  const count = (state: string) => instances.filter((instance) => instance.state === state).length;
  return {
    at,
    starting: count("starting"),
    ready: count("ready"),
    draining: count("draining"),
    inFlight: counters.inFlight,
    queued: counters.queued,
  };
}

/** Processes that run: starting, ready or draining. */
export function runningIn({ starting, ready, draining }: Sample): number {
  return starting + ready + draining;
}

/** Most instances that ran at once from `from` to `until`, in seconds. */
export function mostRunning(samples: readonly Sample[], from = 0, until: number = Infinity): number {
  return samples
    .filter(({ at }) => at >= from && at < until)
    .reduce((most, sample) => Math.max(most, runningIn(sample)), 0);
}

/** Fewest instances that ran at once from `from` to `until`, in seconds; `Infinity` without samples. */
export function fewestRunning(samples: readonly Sample[], from: number, until: number): number {
  return samples
    .filter(({ at }) => at >= from && at < until)
    .reduce((fewest, sample) => Math.min(fewest, runningIn(sample)), Infinity);
}
