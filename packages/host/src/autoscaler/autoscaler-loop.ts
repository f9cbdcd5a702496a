import {
  type AutoscalerConfig,
  type Decision,
  describeReason,
  lookAgainMs,
  type MetricReadings,
  Scaler,
} from "@tidegate/core";
import type { LoadListener } from "../activator/activator.ts";
import { Schedule } from "./schedule.ts";

/** Longer timers end at once in Node: 2^31 - 1 milliseconds. */
const longestTimerMs = 2_147_483_647;
/** The clock on the wall may be set, so the schedule is looked at again after this time at the latest, in milliseconds. */
const longestScheduleMs = 3_600_000;

/** Told each decision that changes the number of instances wanted. */
export type ScaleListener = (from: number, desired: number, reason: string) => void;

/** What the loop needs to know of the load: an `Activator`. */
export interface ScaledLoad {
  readonly inFlight: number;
  readonly queued: number;
}

/** What the loop scales: an `InstancePool`. */
export interface ScaledPool {
  readonly ready: number;
  readonly starting: number;
  readonly frozen: number;
  /** Expected time from start to ready, in milliseconds. */
  readonly startMs: number;
  /** When a start may be tried again after failures, on the clock of `performance.now()`. */
  readonly retryAt: number;
  metrics(): MetricReadings;
  scaleTo(scale: { readonly desired: number; readonly frozen: number }, reason: string): void;
}

/**
 * Runs the autoscaler of one function: tells it of the load, asks for a decision when something happens that may change it,
 * and lets the pool carry it out. Holds the timers of scaling: one for the next decision, one for the schedule; without
 * load, instances and a schedule there is none.
 */
export class AutoscalerLoop implements LoadListener {
  readonly #load: ScaledLoad;
  readonly #onScale: ScaleListener;
  readonly #scaler: Scaler;
  #config: AutoscalerConfig;
  #schedule: Schedule;
  #pool: ScaledPool;
  #last: Decision | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer ends, on the clock of `performance.now()`; `Infinity` without one. */
  #timerAt = Number.POSITIVE_INFINITY;
  #scheduleTimer: NodeJS.Timeout | null = null;
  #isStopped = false;

  /** @param config checked with `autoscalerProblems`, its schedule with `scheduleProblem` */
  constructor(config: AutoscalerConfig, load: ScaledLoad, pool: ScaledPool, onScale: ScaleListener) {
    this.#load = load;
    this.#pool = pool;
    this.#onScale = onScale;
    this.#config = config;
    this.#schedule = new Schedule(config.schedule);
    this.#scaler = new Scaler(config);
    this.#applySchedule();
  }

  /** From now on this pool is scaled: that of a new revision. What was learned of the load stays. */
  use(pool: ScaledPool, config: AutoscalerConfig): void {
    this.#pool = pool;
    this.#config = config;
    this.#schedule = new Schedule(config.schedule);
    this.#applySchedule();
    this.decide();
  }

  /** The load changed. On the path of every request: a few additions. */
  onLoad(): void {
    const now = performance.now();
    const { inFlight, queued } = this.#load;
    if (this.#scaler.record(now, inFlight, queued)) this.decide();
    else if (this.#timerAt > now + lookAgainMs) this.#arm(now + lookAgainMs, now);
  }

  /** An invocation waits. */
  onQueued(): void {
    this.onLoad();
  }

  /** Looks at the present, and scales. */
  decide(): void {
    if (this.#isStopped) return;
    const now = performance.now();
    const { inFlight, queued } = this.#load;
    this.#scaler.record(now, inFlight, queued);
    const { ready, starting, frozen, startMs } = this.#pool;
    const metrics = this.#measuresMetrics ? this.#pool.metrics() : null;
    const decision = this.#scaler.decide({ inFlight, queued, ready, starting, frozen, startMs, metrics }, now);
    const before = this.#last?.desired ?? 0;
    this.#last = decision;
    const { desired } = decision;
    if (desired !== before || desired !== ready + starting + frozen || decision.frozen !== frozen) {
      const reason = describeReason(decision.reason);
      if (desired !== before) this.#onScale(before, desired, reason);
      this.#pool.scaleTo(decision, reason);
    }
    this.#arm(this.#nextAt(decision, now), now);
  }

  /** Scales no more. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
    if (this.#scheduleTimer !== null) clearTimeout(this.#scheduleTimer);
    this.#scheduleTimer = null;
  }

  get #measuresMetrics(): boolean {
    const { cpu, memoryBytes, eventLoopDelayMs } = this.#config.metrics;
    return cpu !== null || memoryBytes !== null || eventLoopDelayMs !== null;
  }

  /** Gives the scaler the bounds that hold now, and sets the timer for their next change. */
  #applySchedule(): void {
    if (this.#isStopped) return;
    if (this.#scheduleTimer !== null) clearTimeout(this.#scheduleTimer);
    this.#scheduleTimer = null;
    const now = Date.now();
    const { nextAt, ...bounds } = this.#schedule.boundsAt(this.#config, now);
    this.#scaler.use({ ...this.#config, ...bounds });
    if (nextAt === null) return;
    const pauseMs = Math.min(Math.max(1, nextAt - now), longestScheduleMs);
    this.#scheduleTimer = setTimeout(() => {
      this.#applySchedule();
      this.decide();
    }, pauseMs).unref();
  }

  /** When to decide again without an event; `Infinity`: then only. */
  #nextAt(decision: Decision, now: number): number {
    const { ready, starting, frozen, retryAt } = this.#pool;
    const nextAt = decision.nextAt ?? Number.POSITIVE_INFINITY;
    // Wanted instances that could not be started because others failed: they are due when the pause is over.
    const isShort = ready + starting + frozen < decision.desired && retryAt > now;
    return isShort ? Math.min(nextAt, retryAt) : nextAt;
  }

  #arm(at: number, now: number): void {
    this.#disarm();
    if (at === Number.POSITIVE_INFINITY || this.#isStopped) return;
    this.#timerAt = at;
    const pauseMs = Math.min(Math.max(1, Math.ceil(at - now)), longestTimerMs);
    this.#timer = setTimeout(() => this.decide(), pauseMs).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}
