import type { LoadHistory } from "../policy/policy.ts";
import { ArrivalRate } from "./arrival-rate.ts";
import { IdleHistogram } from "./idle-histogram.ts";
import { Rhythm } from "./rhythm.ts";
import { ServiceTime } from "./service-time.ts";

/** Silence this short between two invocations is not a pause, in milliseconds: no instance would be stopped in it. */
const shortestPauseMs = 100;

/** What the policy `tide` remembers of a function: how often invocations come, how long they take, and its pauses. */
export class TideHistory implements LoadHistory {
  readonly arrivals: ArrivalRate = new ArrivalRate();
  readonly service: ServiceTime = new ServiceTime();
  readonly pauses: IdleHistogram = new IdleHistogram();
  readonly rhythm: Rhythm = new Rhythm();
  /** When the last invocation was there, in milliseconds; null before the first. */
  lastActiveAt: number | null = null;
  #load = 0;

  record(now: number, inFlight: number, queued: number): void {
    const load = inFlight + queued;
    const change = load - this.#load;
    if (change > 0) {
      if (this.#load === 0) this.#wake(now);
      this.arrivals.add(now, change);
    }
    this.service.record(now, inFlight, change < 0 ? -change : 0);
    if (load > 0 || this.#load > 0) this.lastActiveAt = now;
    this.#load = load;
    this.rhythm.record(load);
  }

  #wake(now: number): void {
    const pauseMs = this.lastActiveAt === null ? null : now - this.lastActiveAt;
    if (pauseMs !== null && pauseMs < shortestPauseMs) return;
    if (pauseMs !== null) this.pauses.add(pauseMs);
    this.rhythm.wake(now, pauseMs);
  }
}
