import type { FunctionConfig } from "@tidegate/core";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { InstancePool } from "../instance/pool.ts";

/** Why a request is not served, and when to ask again. */
export interface Refusal {
  readonly code: HostErrorCode;
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** A request that waits for room. Exactly one of the two is called, unless it is cancelled. */
export interface Waiter {
  /** One slot of the instance is the waiter's, until it is released. */
  granted(instance: Instance): void;
  refused(refusal: Refusal): void;
}

export type Admission = Instance | "queued" | Refusal;

/** Told when the load changes; see `AutoscalerLoop`. */
export interface LoadListener {
  onLoad(): void;
  onQueued(): void;
}

/**
 * Admits requests of one function: hands out slots of instances, at most `concurrency` of each, and holds requests, first
 * come first served, while there is none. The one place that counts invocations in flight.
 */
export class Activator {
  #config: FunctionConfig;
  /** Insertion order is queue order, and a client that goes away leaves in one step. */
  readonly #queue: Map<Waiter, number> = new Map();
  #pool: InstancePool;
  #listener: LoadListener | null = null;
  #inFlight = 0;
  lastActiveAt: number | null = null;

  constructor(config: FunctionConfig, pool: InstancePool) {
    this.#config = config;
    this.#pool = pool;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  listen(listener: LoadListener): void {
    this.#listener = listener;
  }

  /** From now on slots come from this pool: that of a new revision, with its configuration. */
  use(pool: InstancePool, config: FunctionConfig): void {
    this.#pool = pool;
    this.#config = config;
    this.onRoom();
  }

  /** Gives the request a slot now, lets it wait, or refuses it. */
  admit(waiter: Waiter): Admission {
    const now = performance.now();
    this.lastActiveAt = now;
    const instance = this.#queue.size === 0 ? this.#pool.pick() : null;
    if (instance !== null) {
      this.#take(instance);
      this.#listener?.onLoad();
      return instance;
    }
    const refusal = this.#pool.refusal(now) ?? this.#fullQueue();
    if (refusal !== null) return refusal;
    this.#queue.set(waiter, now);
    this.#listener?.onQueued();
    return "queued";
  }

  /**
   * The request needs its slot no more.
   * @param isAnswered whether the instance answered it in full: then it is known to work.
   */
  release(instance: Instance, isAnswered: boolean): void {
    instance.inFlight--;
    this.#inFlight--;
    if (isAnswered) {
      instance.finished++;
      // One of an older revision says nothing about the instances of this one.
      if (instance.revision === this.#pool.revision) this.#pool.onFinished();
    }
    this.lastActiveAt = performance.now();
    if (instance.inFlight === 0) instance.onIdle();
    if (this.#queue.size > 0) this.onRoom();
    this.#listener?.onLoad();
  }

  /** The waiting request is not wanted any more: its client went away. */
  cancel(waiter: Waiter): void {
    if (this.#queue.delete(waiter)) this.#listener?.onLoad();
  }

  /** An instance may have room: serves who waits. */
  onRoom(): void {
    while (this.#queue.size > 0) {
      const instance = this.#pool.pick();
      if (instance === null) return;
      const [waiter] = this.#queue.keys();
      if (waiter === undefined) return;
      this.#queue.delete(waiter);
      this.#take(instance);
      waiter.granted(instance);
    }
  }

  /** Refuses all who wait, or only those who have waited since `sinceAt`, on the clock of `performance.now()`. */
  refuseAll(refusal: Refusal, sinceAt: number = Number.POSITIVE_INFINITY): void {
    const waiters = [...this.#queue].filter(([, since]) => since <= sinceAt).map(([waiter]) => waiter);
    for (const waiter of waiters) this.#queue.delete(waiter);
    for (const waiter of waiters) waiter.refused(refusal);
    if (waiters.length > 0) this.#listener?.onLoad();
  }

  /** Refuses who waited too long. Called about once a second. */
  sweep(now: number): void {
    const { name, queueTimeoutMs } = this.#config;
    for (const [waiter, since] of this.#queue) {
      if (now - since < queueTimeoutMs) return;
      this.#queue.delete(waiter);
      const message = `Cannot serve the request: no instance of function "${name}" had room for ${queueTimeoutMs} ms`;
      const refusal = { code: "TIDEGATE_QUEUE_TIMEOUT", message, retryAfterSeconds: 1 } as const;
      // Where starts fail, why they do says more than how long that went on.
      waiter.refused(this.#pool.startRefusal(now) ?? refusal);
      this.#listener?.onLoad();
    }
  }

  #take(instance: Instance): void {
    instance.inFlight++;
    this.#inFlight++;
  }

  #fullQueue(): Refusal | null {
    const { name, queueLimit } = this.#config;
    if (this.#queue.size < queueLimit) return null;
    const message = `Cannot serve the request: ${queueLimit} others wait for an instance of function "${name}"`;
    return { code: "TIDEGATE_QUEUE_FULL", message, retryAfterSeconds: 1 };
  }
}
