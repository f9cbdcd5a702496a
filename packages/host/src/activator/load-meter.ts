import { ServiceTimes } from "./service-times.ts";

/** The load of a function at one moment. Times are in milliseconds. */
export interface Load {
  readonly inFlight: number;
  readonly queued: number;
  /** How long the request that waits longest has waited; 0 when none waits. */
  readonly oldestQueuedMs: number;
  /** How long an invocation holds its slot: mean, median and 95th percentile of recent ones; 0 before the first. */
  readonly serviceMs: number;
  readonly serviceP50Ms: number;
  readonly serviceP95Ms: number;
  /** Mean age of the invocations in flight; 0 without any. */
  readonly ageMs: number;
  /** When the next of their slots is expected to be free, from now; 0 when nothing is known, or none is in use. */
  readonly nextFreeMs: number;
}

/** Counts the invocations of a function, and measures how long they take. Times are of one clock, in milliseconds. */
export class LoadMeter {
  readonly serviceTimes: ServiceTimes = new ServiceTimes();
  inFlight = 0;
  /** Sum of the times at which those in flight began: their mean age without a list of them. */
  #beginnings = 0;

  enter(now: number): void {
    this.inFlight++;
    this.#beginnings += now;
  }

  /** @param isTypical whether how long it took tells about others */
  leave(now: number, beganAt: number, isTypical: boolean): void {
    this.inFlight--;
    // Set anew at every lull, so that what rounding loses cannot add up.
    this.#beginnings = this.inFlight === 0 ? 0 : this.#beginnings - beganAt;
    if (isTypical) this.serviceTimes.add(now - beganAt);
  }

  /** How long so many invocations take in so many slots. */
  drainMs(invocations: number, slots: number): number {
    return (invocations * this.serviceTimes.mean) / slots;
  }

  /** @param oldestAt since when the one waits that waits longest; null when none does */
  observe(now: number, queued: number, oldestAt: number | null): Load {
    const { inFlight, serviceTimes } = this;
    const ageMs = inFlight === 0 ? 0 : Math.max(0, now - this.#beginnings / inFlight);
    // Invocations that already take longer than usual are expected to go on as long.
    const expectedMs = Math.max(serviceTimes.mean, ageMs);
    return {
      inFlight,
      queued,
      oldestQueuedMs: oldestAt === null ? 0 : now - oldestAt,
      serviceMs: serviceTimes.mean,
      serviceP50Ms: serviceTimes.quantile(0.5),
      serviceP95Ms: serviceTimes.quantile(0.95),
      ageMs,
      // The first of n that end at random within a time t ends after t / (n + 1).
      nextFreeMs: inFlight === 0 ? 0 : expectedMs / (inFlight + 1),
    };
  }
}
