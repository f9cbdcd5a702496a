import type { FunctionConfig } from "@tidegate/core";
import type { Instance } from "../instance/instance.ts";
import type { InstancePool } from "../instance/pool.ts";
import { type ActivatorServices, noServices } from "./activator-services.ts";
import { AffinityCookies } from "./affinity-cookies.ts";
import { type DeadlineWatch, watchFor } from "./deadline-watch.ts";
import { FunctionBreaker } from "./function-breaker.ts";
import { FunctionLimits } from "./function-limits.ts";
import { type Load, LoadMeter } from "./load-meter.ts";
import { refusals } from "./refusals.ts";
import { ReplayBudget } from "./replay-budget.ts";
import type { ServiceTimes } from "./service-times.ts";
import { WaitQueue } from "./wait-queue.ts";
import type { Admission, Refusal, SlotOutcome, Waiter } from "./waiter.ts";

/** Told when the load changes; see `AutoscalerLoop`. */
export interface LoadListener {
  onLoad(): void;
  onQueued(): void;
}

/** Only of invocations that last longer it is asked whether they are streams, in milliseconds. */
const longMs = 1_000;

/** While the first instance starts, requests that have waited for long enough are looked at this often, in milliseconds. */
const coldLookMs = 100;

/**
 * Admits requests of one function: hands out slots of instances, at most `concurrency` of each, and holds requests, first
 * come first served, while there is none. The one place that counts invocations in flight.
 */
export class Activator {
  readonly #services: ActivatorServices;
  readonly #breaker: FunctionBreaker;
  readonly #load: LoadMeter = new LoadMeter();
  readonly #cookies: AffinityCookies = new AffinityCookies();
  readonly #replays: ReplayBudget = new ReplayBudget();
  readonly #queue: WaitQueue = new WaitQueue();
  #config: FunctionConfig;
  #limits: FunctionLimits;
  #watch: DeadlineWatch | null;
  #pool: InstancePool;
  #listener: LoadListener | null = null;
  #queueTimer: NodeJS.Timeout | null = null;
  lastActiveAt: number | null = null;
  /** Requests so far. */
  requests = 0;

  constructor(config: FunctionConfig, pool: InstancePool, services: ActivatorServices = noServices) {
    this.#config = config;
    this.#pool = pool;
    this.#services = services;
    this.#limits = new FunctionLimits(config, null);
    this.#breaker = new FunctionBreaker(config, services.onProblem);
    this.#watch = watchFor(config.timeoutMs, config.streamIdleTimeoutMs);
  }

  get inFlight(): number {
    return this.#load.inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** How long invocations hold their slots. */
  get serviceTimes(): ServiceTimes {
    return this.#load.serviceTimes;
  }

  /** Looks after requests with short timeouts; null when there are none. */
  get watch(): DeadlineWatch | null {
    return this.#watch;
  }

  listen(listener: LoadListener): void {
    this.#listener = listener;
  }

  /** From now on slots come from this pool: that of a new revision, with its configuration. */
  use(pool: InstancePool, config: FunctionConfig): void {
    const isNew = pool !== this.#pool;
    this.#pool = pool;
    this.#config = config;
    this.#limits = new FunctionLimits(config, this.#limits);
    this.#breaker.use(config, isNew);
    this.#watch = watchFor(config.timeoutMs, config.streamIdleTimeoutMs);
    this.onRoom();
  }

  /** The load at this moment, and what is to be expected of it. */
  observe(now: number): Load {
    return this.#load.observe(now, this.#queue.size, this.#queue.oldestSince);
  }

  /** How long a request that comes now is expected to wait for a slot, in milliseconds. */
  expectedWaitMs(): number {
    const { ready, frozen, starting, startMs } = this.#pool;
    const instances = ready + frozen + starting;
    const untilReadyMs = ready + frozen > 0 ? 0 : startMs;
    return untilReadyMs + this.#load.drainMs(this.#queue.size + 1, Math.max(1, instances) * this.#config.concurrency);
  }

  /** Gives the request a slot now, lets it wait, or refuses it. */
  admit(waiter: Waiter): Admission {
    const now = performance.now();
    this.lastActiveAt = now;
    if (!waiter.isReplay) {
      this.requests++;
      this.#replays.countRequest(now);
    }
    const refusal = this.#check(waiter, now);
    if (refusal !== null) return refusal;
    // Who waits for another instance than the one with room keeps nobody from that.
    const instance = this.#queue.hasUndemanding ? null : this.#pick(waiter);
    if (instance !== null) {
      this.#take(waiter, instance, now);
      this.#listener?.onLoad();
      return instance;
    }
    const refused = this.#pool.refusal(now) ?? this.#noRoom(waiter);
    if (refused !== null) {
      this.#breaker.forget(waiter);
      return refused;
    }
    this.#queue.add(waiter, now);
    // Before anyone is told: a frozen instance may be thawed, and the request granted, right there.
    waiter.queued();
    this.#queueTimer ??= this.#armQueueTimer(this.#config.queueTimeoutMs);
    this.#listener?.onQueued();
    return "queued";
  }

  /** The request needs its slot no more. */
  release(waiter: Waiter, instance: Instance, outcome: SlotOutcome): void {
    const now = performance.now();
    instance.inFlight--;
    this.lastActiveAt = now;
    this.#load.leave(
      now,
      waiter.dispatchedAt,
      outcome === "answered" && !(now - waiter.dispatchedAt > longMs && waiter.isEndless),
    );
    // One of an older revision says nothing about the instances of this one.
    const isOfPool = instance.revision === this.#pool.revision;
    if (outcome === "answered") {
      instance.finished++;
      if (isOfPool) this.#pool.onFinished(instance);
    }
    if (outcome !== "cancelled") instance.onOutcome(outcome !== "answered");
    if (isOfPool) this.#breaker.onOutcome(waiter, instance, outcome, now);
    if (instance.inFlight === 0) instance.onIdle();
    if (!this.#breaker.isClosed && outcome === "failed") this.#refuseIfOpen(now);
    if (this.#queue.size > 0) this.onRoom();
    this.#listener?.onLoad();
  }

  /** The waiting request is not wanted any more: its client went away. */
  cancel(waiter: Waiter): void {
    if (!this.#queue.delete(waiter)) return;
    this.#breaker.forget(waiter);
    this.#listener?.onLoad();
  }

  /** A request was lost before its response. Returns whether the budget has room to send it again; then it is counted. */
  takeReplay(): boolean {
    return this.#replays.take(performance.now(), this.#config.concurrency);
  }

  /** An instance may have room: serves who waits. */
  onRoom(): void {
    for (const { waiter } of this.#queue.places()) {
      const instance = this.#pick(waiter);
      if (instance === null) {
        // Only one that must not have the instance with room lets others pass.
        if (waiter.avoided === null) return;
        continue;
      }
      this.#queue.delete(waiter);
      this.#take(waiter, instance, performance.now());
      waiter.granted(instance);
    }
  }

  /** Refuses all who wait, or only those who have waited since `sinceAt`, on the clock of `performance.now()`. */
  refuseAll(refusal: Refusal, sinceAt: number = Number.POSITIVE_INFINITY): void {
    const waiters = [...this.#queue.places()].filter(({ since }) => since <= sinceAt).map(({ waiter }) => waiter);
    for (const waiter of waiters) this.#queue.delete(waiter);
    for (const waiter of waiters) this.#refuse(waiter, refusal);
    if (waiters.length > 0) this.#listener?.onLoad();
  }

  /** Refuses who waited too long, or for memory that there is not. Called about once a second. */
  sweep(now: number): void {
    if (this.#queue.size === 0) return;
    const { queueTimeoutMs } = this.#config;
    for (const { waiter, since } of this.#queue.places()) {
      if (now - since < queueTimeoutMs) break;
      this.#queue.delete(waiter);
      // Where starts fail, why they do says more than how long that went on.
      const refusal = this.#pool.startRefusal(now) ?? refusals.queueTimeout(this.#config, this.expectedWaitMs());
      this.#refuse(waiter, refusal);
      this.#listener?.onLoad();
    }
    if (this.#lacksMemory()) this.refuseAll(refusals.memoryPressure(this.#config, this.expectedWaitMs()));
  }

  /**
   * The response of a request has begun.
   * @returns header lines to add to it: the cookie that leads the client's next requests to the same instance
   */
  onFirstByte(waiter: Waiter, instance: Instance, isSecure: boolean): string {
    if (!this.#breaker.isClosed) this.#breaker.onFirstByte(waiter, performance.now());
    const { affinity } = this.#config;
    return affinity === null ? "" : this.#cookies.line(affinity, waiter.request, instance, isSecure);
  }

  #check(waiter: Waiter, now: number): Refusal | null {
    if (!this.#services.memory.canServe) return refusals.hostFull(1000);
    const refusal = this.#limits.isLimited ? this.#limits.check(waiter, now) : null;
    if (refusal !== null || this.#breaker.isClosed) return refusal;
    return this.#breaker.admit(waiter, now);
  }

  #pick(waiter: Waiter): Instance | null {
    const { affinity } = this.#config;
    const { avoided } = waiter;
    if (affinity === null && avoided === null) return this.#pool.pick();
    const preferred = affinity === null ? null : this.#cookies.preferred(affinity, waiter.request);
    const instance = this.#pool.pick(preferred, avoided);
    if (instance !== null || avoided === null || waiter.avoidsStrictly || this.#hasOthers(avoided)) return instance;
    return this.#pool.pick();
  }

  /** Whether there is, or will be, an instance beside this one. */
  #hasOthers(instance: Instance): boolean {
    const { ready, frozen, starting } = this.#pool;
    return ready + frozen + starting > (instance.state === "ready" ? 1 : 0);
  }

  #take(waiter: Waiter, instance: Instance, now: number): void {
    instance.inFlight++;
    waiter.dispatchedAt = now;
    this.#load.enter(now);
  }

  #refuse(waiter: Waiter, refusal: Refusal): void {
    this.#breaker.forget(waiter);
    waiter.refused(refusal);
  }

  /** The breaker has just opened: who waits would wait for an app that fails. */
  #refuseIfOpen(now: number): void {
    const waitMs = this.#breaker.opensAgainIn(now);
    if (waitMs > 0 && this.#queue.size > 0) this.refuseAll(refusals.circuitOpen(this.#config, waitMs));
  }

  /** Why the request cannot wait. */
  #noRoom(waiter: Waiter): Refusal | null {
    const { avoided } = waiter;
    if (avoided?.state === "ready" && waiter.avoidsStrictly && !this.#hasOthers(avoided)) {
      return refusals.noOther(this.#config, avoided.name);
    }
    const { queueLimit, concurrency } = this.#config;
    if (this.#lacksMemory()) return refusals.memoryPressure(this.#config, Math.max(1000, this.expectedWaitMs()));
    const waiting = this.#queue.size;
    if (waiting < queueLimit) return null;
    if (queueLimit > 0) return refusals.queueFull(this.#config, this.expectedWaitMs());
    const { ready, frozen } = this.#pool;
    // Nobody may wait for room, but a function without an instance is started by who waits for that.
    if (ready + frozen === 0 && waiting < concurrency) return null;
    const slots = this.#services.maxInstances() * concurrency;
    return this.inFlight + waiting >= slots
      ? refusals.limitReached(this.#config, slots, this.expectedWaitMs())
      : refusals.queueFull(this.#config, this.expectedWaitMs());
  }

  /** Whether the function has no instance, and there is no memory to start one, nor soon will be. */
  #lacksMemory(): boolean {
    const { memory } = this.#services;
    if (memory.canStart) return false;
    const { ready, frozen, starting } = this.#pool;
    return ready + frozen + starting === 0 && !memory.makeRoom();
  }

  /** Only who waits longest is waited for: the others came later, and have as long. */
  #armQueueTimer(afterMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = performance.now();
      const { ready, frozen, starting } = this.#pool;
      // Nobody is sent away in the very moment before the first instance is ready: the gateway's sweep does it, if need be.
      const isCold = ready + frozen === 0 && starting > 0;
      if (!isCold) this.sweep(now);
      const { oldestSince } = this.#queue;
      const leftMs = oldestSince === null ? null : oldestSince + this.#config.queueTimeoutMs - now;
      this.#queueTimer = leftMs === null ? null : this.#armQueueTimer(Math.max(isCold ? coldLookMs : 1, leftMs));
    }, afterMs).unref();
  }
}
