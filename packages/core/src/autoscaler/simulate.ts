import { type AutoscalerConfig, autoscalerDefaults } from "./config.ts";
import { EventQueue } from "./event-queue.ts";
import { lookAgainMs } from "./look-again.ts";
import type { Decision } from "./policy/policy.ts";
import { Scaler } from "./policy/scaler.ts";
import { type SimulatedInstance, SimulatedPool } from "./simulated-pool.ts";
import { SimulatedQueue } from "./simulated-queue.ts";
import { createStartTimes, type StartTimes } from "./simulated-start-times.ts";
import { type Simulation, type SimulationOptions, type SimulationSample, simulationDefaults } from "./simulation.ts";
import type { SimulatedInvocation } from "./traffic.ts";
import { Waits } from "./waits.ts";

/**
 * Runs traffic through the policy that `config.policy` names and instances that exist only here, event by event: hours
 * take seconds. The same `Scaler` decides as on a host, and instances are chosen as its pool chooses. Goes on after the
 * last invocation until nothing changes any more.
 *
 * @param traffic invocations in the order they arrive, such as from `createTraffic`
 *
 * @example
 * const config = { ...autoscalerDefaults, concurrency: 1 };
 * const burst = [1, 2, 3].map(() => ({ at: 0, serviceMs: 50 }));
 * simulate(config, burst, { startMs: 100 }).totals;
 * // three instances start and each answers one: { starts: 3, coldStarts: 3, waitP50Ms: 100, ... }
 */
export function simulate(
  config: AutoscalerConfig,
  traffic: Iterable<SimulatedInvocation>,
  options: SimulationOptions = {},
): Simulation {
  return new Simulator(config, traffic[Symbol.iterator](), { ...simulationDefaults, ...options }).run();
}

type Event =
  | { readonly kind: "finish"; readonly instance: SimulatedInstance }
  | { readonly kind: "ready"; readonly instance: SimulatedInstance; readonly startMs: number };

class Simulator {
  readonly #traffic: Iterator<SimulatedInvocation>;
  readonly #options: SimulationOptions & typeof simulationDefaults;
  readonly #scaler: Scaler;
  readonly #pool: SimulatedPool;
  readonly #events: EventQueue<Event> = new EventQueue();
  readonly #queue: SimulatedQueue;
  readonly #startTimes: StartTimes;
  readonly #waits: Waits = new Waits();
  readonly #series: SimulationSample[] = [];
  #next: SimulatedInvocation | null;
  #now = 0;
  #inFlight = 0;
  #coldStarts = 0;
  #maxQueued = 0;
  #decision: Decision | null = null;
  #nextAt = 0;
  #sampledAt = -Infinity;

  constructor(
    config: AutoscalerConfig,
    traffic: Iterator<SimulatedInvocation>,
    options: SimulationOptions & typeof simulationDefaults,
  ) {
    this.#traffic = traffic;
    this.#options = options;
    // Nothing is measured here, and a scaler that waits for measures asks to be asked again as long as an instance is there.
    this.#scaler = new Scaler({ ...config, metrics: autoscalerDefaults.metrics });
    this.#pool = new SimulatedPool(config.concurrency);
    this.#queue = new SimulatedQueue(options.queueLimit, options.queueTimeoutMs);
    this.#startTimes = createStartTimes(options.startMs, options.random);
    this.#next = this.#take();
  }

  run(): Simulation {
    for (;;) {
      const arrivesAt = this.#next?.at ?? Infinity;
      const at = Math.min(arrivesAt, this.#events.nextAt, this.#nextAt);
      if (at === Infinity) break;
      this.#now = Math.max(this.#now, at);
      if (this.#events.nextAt <= at) this.#happen();
      else if (arrivesAt <= at) this.#arrive();
      else this.#scale();
    }
    this.#now = Math.max(this.#now, this.#options.untilMs);
    this.#pool.close(this.#now);
    if (this.#sampledAt === this.#now) this.#series.pop();
    if (this.#decision !== null) this.#sample(this.#decision);
    return { series: this.#series, totals: this.#totals(), waits: this.#waits.sorted() };
  }

  #take(): SimulatedInvocation | null {
    const { done, value } = this.#traffic.next();
    return done === true ? null : value;
  }

  #arrive(): void {
    const invocation = this.#next;
    if (invocation === null) return;
    this.#next = this.#take();
    const instance = this.#queue.size === 0 ? this.#pool.withRoom() : null;
    if (instance !== null) {
      this.#serve(instance, invocation, 0);
      this.#onLoad();
    } else if (this.#queue.add(invocation)) {
      this.#dispatch(false);
      this.#maxQueued = Math.max(this.#maxQueued, this.#queue.size);
      this.#onLoad();
    }
  }

  #happen(): void {
    const event = this.#events.take();
    if (event === undefined) return;
    const { instance } = event;
    if (event.kind === "finish") {
      instance.inFlight -= 1;
      this.#inFlight -= 1;
      this.#pool.releaseIfDrained(instance, this.#now);
      this.#dispatch(false);
      this.#onLoad();
    } else {
      this.#startTimes.add(event.startMs);
      this.#pool.becomeReady(instance, this.#now);
      this.#dispatch(true);
      this.#scale();
    }
  }

  /** Gives waiting invocations to instances with room, thawing some if need be; `isStart` when one just became ready. */
  #dispatch(isStart: boolean): void {
    while (this.#queue.size > 0) {
      const ready = this.#pool.withRoom();
      const instance = ready ?? this.#pool.thaw(this.#now);
      if (instance === null) return;
      const invocation = this.#queue.take(this.#now);
      if (invocation === null) return;
      if (isStart) this.#coldStarts += 1;
      this.#serve(instance, invocation, ready === null ? this.#options.thawMs : 0);
    }
  }

  #serve(instance: SimulatedInstance, { at, serviceMs }: SimulatedInvocation, delayMs: number): void {
    this.#waits.add(this.#now + delayMs - at);
    instance.inFlight += 1;
    instance.usedAt = this.#now;
    this.#inFlight += 1;
    this.#events.add(this.#now + delayMs + serviceMs, { kind: "finish", instance });
  }

  #onLoad(): void {
    if (this.#scaler.record(this.#now, this.#inFlight, this.#queue.size)) this.#scale();
    else this.#nextAt = Math.min(this.#nextAt, this.#now + lookAgainMs);
  }

  #scale(): void {
    const [inFlight, queued] = [this.#inFlight, this.#queue.size];
    this.#scaler.record(this.#now, inFlight, queued);
    const { ready, starting, frozen } = this.#pool;
    const startMs = this.#startTimes.expectedMs;
    const decision = this.#scaler.decide(
      { inFlight, queued, ready, starting, frozen, startMs, metrics: null },
      this.#now,
    );
    this.#decision = decision;
    this.#options.onDecision?.(decision, this.#now);
    this.#apply(decision);
    // A decision that is due now would be asked for again and again at the same time.
    this.#nextAt = decision.nextAt === null ? Infinity : Math.max(decision.nextAt, this.#now + 1);
    if (this.#now - this.#sampledAt >= this.#options.sampleMs) this.#sample(decision);
  }

  /** As the pool's `scaleTo`: starts are limited at once, and what starts is never stopped before it is ready. */
  #apply({ desired, frozen }: Decision): void {
    const pool = this.#pool;
    const missing = desired - pool.serving - pool.starting;
    for (let count = Math.min(missing, this.#options.startsAtOnce - pool.starting); count > 0; count -= 1) {
      const instance = pool.start(this.#now);
      const startMs = this.#startTimes.draw();
      this.#events.add(this.#now + startMs, { kind: "ready", instance, startMs });
    }
    for (let count = Math.min(-missing, pool.serving - desired); count > 0; count -= 1) pool.drainOne(this.#now);
    pool.freezeTo(frozen, this.#now);
  }

  #sample({ desired, reason }: Decision): void {
    this.#sampledAt = this.#now;
    const { ready, starting, frozen } = this.#pool;
    const [inFlight, queued] = [this.#inFlight, this.#queue.size];
    this.#series.push({ at: this.#now, desired, ready, starting, frozen, inFlight, queued, reason: reason.code });
  }

  #totals(): Simulation["totals"] {
    const { instanceMs, frozenMs, starts, peak } = this.#pool;
    const waits = this.#waits;
    return {
      invocations: waits.count,
      refused: this.#queue.refused,
      waitP50Ms: waits.quantile(0.5),
      waitP99Ms: waits.quantile(0.99),
      waitMaxMs: waits.quantile(1),
      coldStarts: this.#coldStarts,
      starts,
      instanceSeconds: instanceMs / 1000,
      frozenSeconds: frozenMs / 1000,
      gbSeconds: ((instanceMs / 1000) * this.#options.memoryBytes) / 2 ** 30,
      maxInstances: peak,
      maxQueued: this.#maxQueued,
      endedAt: this.#now,
    };
  }
}
