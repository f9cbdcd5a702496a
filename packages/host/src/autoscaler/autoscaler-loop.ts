import {
  type AutoscalerConfig,
  createWindow,
  type Decision,
  decide,
  describeReason,
  type LevelWindow,
} from "@tidegate/core";
import type { Activator, LoadListener } from "../activator/activator.ts";
import type { InstancePool } from "../instance/pool.ts";

/** While load changes but all of it finds room, the averages are looked at this often, in milliseconds. */
const lookAgainMs = 500;

/** Told each decision that changes something. */
export type ScaleListener = (from: number, desired: number, reason: string) => void;

/**
 * Runs the autoscaler of one function: feeds its windows, asks for a decision when something happens that may change it,
 * and lets the pool carry it out. Holds the only timer of scaling; without load and instances there is none.
 */
export class AutoscalerLoop implements LoadListener {
  #config: AutoscalerConfig;
  readonly #activator: Activator;
  readonly #onScale: ScaleListener;
  #stable: LevelWindow;
  #panic: LevelWindow;
  #pool: InstancePool;
  #last: Decision | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(config: AutoscalerConfig, activator: Activator, pool: InstancePool, onScale: ScaleListener) {
    this.#config = config;
    this.#activator = activator;
    this.#pool = pool;
    this.#onScale = onScale;
    this.#stable = createWindow(config.stableWindowMs);
    this.#panic = createWindow(config.panicWindowMs);
  }

  /** From now on this pool is scaled: that of a new revision. */
  use(pool: InstancePool, config: AutoscalerConfig): void {
    const { stableWindowMs, panicWindowMs } = this.#config;
    // A window of another length cannot take over what was measured: it begins with the present load.
    if (config.stableWindowMs !== stableWindowMs) this.#stable = createWindow(config.stableWindowMs);
    if (config.panicWindowMs !== panicWindowMs) this.#panic = createWindow(config.panicWindowMs);
    this.#pool = pool;
    this.#config = config;
    this.decide();
  }

  /** An invocation arrived and found room, or finished. On the path of every request: two additions. */
  onLoad(): void {
    this.#record(performance.now());
    if (this.#timer === null) this.#arm(lookAgainMs);
  }

  /** An invocation waits: it must not wait for a timer as well. */
  onQueued(): void {
    this.decide();
  }

  /** Looks at the present, and scales. */
  decide(): void {
    if (this.#isStopped) return;
    const now = performance.now();
    this.#record(now);
    const { inFlight, queued, lastActiveAt } = this.#activator;
    const { ready, starting } = this.#pool;
    const decision = decide(
      this.#config,
      {
        inFlight,
        queued,
        ready,
        starting,
        stableAverage: this.#stable.average(now),
        panicAverage: this.#panic.average(now),
        lastActiveAt: inFlight + queued > 0 ? now : lastActiveAt,
        panic: this.#last?.panic ?? null,
        scaleDown: this.#last?.scaleDown ?? null,
      },
      now,
    );
    if (decision.desired !== this.#last?.desired || decision.desired !== ready + starting) {
      const reason = describeReason(decision.reason);
      if (decision.desired !== (this.#last?.desired ?? 0))
        this.#onScale(this.#last?.desired ?? 0, decision.desired, reason);
      this.#pool.scaleTo({ desired: decision.desired, frozen: 0 }, reason);
    }
    this.#last = decision;
    this.#arm(this.#pauseMs(decision, now));
  }

  /** Scales no more. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
  }

  #record(now: number): void {
    const load = this.#activator.inFlight + this.#activator.queued;
    this.#stable.record(now, load);
    this.#panic.record(now, load);
  }

  /** Until the next decision without an event; null when none is needed. */
  #pauseMs(decision: Decision, now: number): number | null {
    const { ready, starting, retryAt } = this.#pool;
    // Wanted instances that could not be started because others failed: they are due when the pause is over.
    const isShort = ready + starting < decision.desired && retryAt > now;
    const at = Math.min(decision.nextAt ?? Number.POSITIVE_INFINITY, isShort ? retryAt : Number.POSITIVE_INFINITY);
    return at === Number.POSITIVE_INFINITY ? null : Math.max(1, at - now);
  }

  #arm(pauseMs: number | null): void {
    this.#disarm();
    if (pauseMs === null || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.decide();
    }, Math.ceil(pauseMs)).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
