import type { AutoscalerConfig } from "./config.ts";
import { type Decision, decide } from "./decision.ts";
import { EventQueue } from "./event-queue.ts";
import type { ReasonCode } from "./reason.ts";
import { type SimulatedInstance, SimulatedPool } from "./simulated-pool.ts";
import type { SimulatedInvocation } from "./traffic.ts";
import { createWindow, type LevelWindow } from "./window.ts";

export interface SimulationOptions {
  /** Time from the start of an instance until it is ready, in milliseconds. Default 100. */
  readonly startMs?: number;
  /** Time between two samples of the series, in milliseconds. Default 1000. */
  readonly sampleMs?: number;
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
  readonly inFlight: number;
  readonly queued: number;
  readonly reason: ReasonCode;
}

export interface SimulationTotals {
  readonly invocations: number;
  /** When the last instance (above the minimum) had stopped, in milliseconds. */
  readonly endedAt: number;
  /** Time that all instances ran, added up, in seconds: what running them costs. */
  readonly instanceSeconds: number;
  /** Instances started. */
  readonly starts: number;
  /** Invocations that waited for an instance to start. */
  readonly coldStarts: number;
  /** Median time in the queue, in milliseconds. */
  readonly queueWaitP50Ms: number;
  /** Time in the queue that 99 % of invocations do not exceed, in milliseconds. */
  readonly queueWaitP99Ms: number;
  readonly maxQueued: number;
  /** Most instances at once, draining ones included. */
  readonly maxInstances: number;
}

export interface Simulation {
  readonly series: readonly SimulationSample[];
  readonly totals: SimulationTotals;
}

export const simulationDefaults: Required<Omit<SimulationOptions, "onDecision">> = { startMs: 100, sampleMs: 1000 };

/**
 * Runs traffic through the autoscaler and instances that exist only here, event by event: hours take milliseconds.
 * Goes on after the last invocation until nothing changes any more.
 *
 * @param traffic invocations in the order they arrive, such as from `createTraffic`
 *
 * @example
 * const config = { ...autoscalerDefaults, concurrency: 1 };
 * const burst = [1, 2, 3].map(() => ({ at: 0, serviceMs: 50 }));
 * simulate(config, burst, { startMs: 100 }).totals;
 * // three instances start and each answers one: { starts: 3, coldStarts: 3, queueWaitP50Ms: 100, ... }
 */
export function simulate(
  config: AutoscalerConfig,
  traffic: Iterable<SimulatedInvocation>,
  options: SimulationOptions = {},
): Simulation {
  return new Simulator(config, traffic[Symbol.iterator](), { ...simulationDefaults, ...options }).run();
}

class Simulator {
  readonly #config: AutoscalerConfig;
  readonly #traffic: Iterator<SimulatedInvocation>;
  readonly #options: SimulationOptions & typeof simulationDefaults;
  readonly #pool: SimulatedPool;
  readonly #events: EventQueue<() => void> = new EventQueue();
  readonly #queue: SimulatedInvocation[] = [];
  readonly #stable: LevelWindow;
  readonly #panic: LevelWindow;
  readonly #waits: number[] = [];
  readonly #series: SimulationSample[] = [];
  #now = 0;
  #inFlight = 0;
  #coldStarts = 0;
  #maxQueued = 0;
  #lastActiveAt: number | null = null;
  #last: Decision | null = null;
  #sampledAt = -Infinity;

  constructor(
    config: AutoscalerConfig,
    traffic: Iterator<SimulatedInvocation>,
    options: SimulationOptions & typeof simulationDefaults,
  ) {
    this.#config = config;
    this.#traffic = traffic;
    this.#options = options;
    this.#pool = new SimulatedPool(config.concurrency);
    this.#stable = createWindow(config.stableWindowMs);
    this.#panic = createWindow(config.panicWindowMs);
  }

  run(): Simulation {
    this.#scale();
    this.#awaitArrival();
    for (;;) {
      const at = Math.min(this.#events.nextAt, this.#last?.nextAt ?? Infinity);
      if (at === Infinity) break;
      this.#now = Math.max(this.#now, at);
      if (this.#events.nextAt <= at) this.#events.take()?.();
      this.#scale();
    }
    this.#pool.close(this.#now);
    if (this.#last !== null && this.#sampledAt !== this.#now) this.#sample(this.#last);
    return { series: this.#series, totals: this.#totals() };
  }

  #awaitArrival(): void {
    const { done, value } = this.#traffic.next();
    if (done === true) return;
    this.#events.add(value.at, () => {
      this.#lastActiveAt = this.#now;
      this.#queue.push(value);
      this.#dispatch(false);
      this.#maxQueued = Math.max(this.#maxQueued, this.#queue.length);
      this.#awaitArrival();
    });
  }

  /** Gives waiting invocations to instances with room; `isStart` when one just became ready. */
  #dispatch(isStart: boolean): void {
    while (this.#queue.length > 0) {
      const instance = this.#pool.withRoom();
      if (instance === null) return;
      const invocation = this.#queue.shift();
      if (invocation === undefined) return;
      this.#waits.push(this.#now - invocation.at);
      if (isStart) this.#coldStarts += 1;
      this.#serve(instance, invocation.serviceMs);
    }
  }

  #serve(instance: SimulatedInstance, serviceMs: number): void {
    instance.inFlight += 1;
    this.#inFlight += 1;
    this.#events.add(this.#now + serviceMs, () => {
      instance.inFlight -= 1;
      this.#inFlight -= 1;
      this.#lastActiveAt = this.#now;
      this.#pool.releaseIfDrained(instance, this.#now);
      this.#dispatch(false);
    });
  }

  #scale(): void {
    const load = this.#inFlight + this.#queue.length;
    this.#stable.record(this.#now, load);
    this.#panic.record(this.#now, load);
    const decision = decide(
      this.#config,
      {
        inFlight: this.#inFlight,
        queued: this.#queue.length,
        ready: this.#pool.ready,
        starting: this.#pool.starting,
        stableAverage: this.#stable.average(this.#now),
        panicAverage: this.#panic.average(this.#now),
        lastActiveAt: load > 0 ? this.#now : this.#lastActiveAt,
        panic: this.#last?.panic ?? null,
        scaleDown: this.#last?.scaleDown ?? null,
      },
      this.#now,
    );
    this.#last = decision;
    this.#options.onDecision?.(decision, this.#now);
    for (let has = this.#pool.ready + this.#pool.starting; has < decision.desired; has += 1) this.#startOne();
    for (let has = this.#pool.ready + this.#pool.starting; has > decision.desired; has -= 1) {
      this.#pool.stopOne(this.#now);
    }
    if (this.#now - this.#sampledAt >= this.#options.sampleMs) this.#sample(decision);
  }

  #startOne(): void {
    const instance = this.#pool.start(this.#now);
    this.#events.add(this.#now + this.#options.startMs, () => {
      if (instance.state !== "starting") return;
      instance.state = "ready";
      this.#dispatch(true);
    });
  }

  #sample({ desired, reason }: Decision): void {
    this.#sampledAt = this.#now;
    const { ready, starting } = this.#pool;
    const [inFlight, queued] = [this.#inFlight, this.#queue.length];
    this.#series.push({ at: this.#now, desired, ready, starting, inFlight, queued, reason: reason.code });
  }

  #totals(): SimulationTotals {
    const waits = this.#waits.sort((a, b) => a - b);
    const quantile = (part: number) => waits[Math.max(0, Math.ceil(waits.length * part) - 1)] ?? 0;
    return {
      invocations: waits.length,
      endedAt: this.#now,
      instanceSeconds: this.#pool.instanceMs / 1000,
      starts: this.#pool.starts,
      coldStarts: this.#coldStarts,
      queueWaitP50Ms: quantile(0.5),
      queueWaitP99Ms: quantile(0.99),
      maxQueued: this.#maxQueued,
      maxInstances: this.#pool.peak,
    };
  }
}
