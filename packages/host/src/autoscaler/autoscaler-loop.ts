import { type AutoscalerConfig, type Decision, describeReason, lookAgainMs, Scaler } from "@tidegate/core";
import type { Activator, LoadListener } from "../activator/activator.ts";
import type { InstancePool } from "../instance/pool.ts";

/** Told each decision that changes the number of instances wanted. */
export type ScaleListener = (from: number, desired: number, reason: string) => void;

/**
 * Runs the autoscaler of one function: tells it of the load, asks for a decision when something happens that may change it,
 * and lets the pool carry it out. Holds the only timer of scaling; without load and instances there is none.
 */
export class AutoscalerLoop implements LoadListener {
  readonly #activator: Activator;
  readonly #onScale: ScaleListener;
  readonly #scaler: Scaler;
  #pool: InstancePool;
  #last: Decision | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer ends, on the clock of `performance.now()`; `Infinity` without one. */
  #timerAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(config: AutoscalerConfig, activator: Activator, pool: InstancePool, onScale: ScaleListener) {
    this.#activator = activator;
    this.#pool = pool;
    this.#onScale = onScale;
    this.#scaler = new Scaler(config);
  }

  /** From now on this pool is scaled: that of a new revision. */
  use(pool: InstancePool, config: AutoscalerConfig): void {
    this.#scaler.use(config);
    this.#pool = pool;
    this.decide();
  }

  /** The load changed. On the path of every request: a few additions. */
  onLoad(): void {
    const now = performance.now();
    const { inFlight, queued } = this.#activator;
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
    const { inFlight, queued } = this.#activator;
    this.#scaler.record(now, inFlight, queued);
    const { ready, starting, frozen, startMs } = this.#pool;
    const decision = this.#scaler.decide({ inFlight, queued, ready, starting, frozen, startMs, metrics: null }, now);
    const before = this.#last;
    this.#last = decision;
    const { desired } = decision;
    if (desired !== before?.desired || desired !== ready + starting + frozen || decision.frozen !== frozen) {
      const reason = describeReason(decision.reason);
      if (desired !== (before?.desired ?? 0)) this.#onScale(before?.desired ?? 0, desired, reason);
      this.#pool.scaleTo(decision, reason);
    }
    this.#arm(this.#nextAt(decision, now), now);
  }

  /** Scales no more. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
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
    const pauseMs = Math.max(1, Math.ceil(at - now));
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.decide();
      },
      Math.min(pauseMs, longestTimerMs),
    ).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}

/** Longer ones end at once in Node: 2^31 - 1 milliseconds. */
const longestTimerMs = 2_147_483_647;
