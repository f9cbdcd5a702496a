import { availableParallelism } from "node:os";
import type { FunctionConfig, InstanceInfo } from "@tidegate/core";
import type { Refusal } from "../activator/activator.ts";
import type { HostError } from "../errors.ts";
import type { HostEvent } from "../host-options.ts";
import { launch } from "../launcher/launch.ts";
import { CrashBackoff } from "./crash-backoff.ts";
import { Instance } from "./instance.ts";
import { type InstanceMetrics, meanMetrics } from "./instance-metrics.ts";
import { LoadOrder } from "./load-order.ts";
import { StartTimes } from "./start-times.ts";

/** Starting more processes at once than there are cores makes each of them later, the first one too. */
const mostStarting = Math.max(2, availableParallelism());

/** Last words of a failed instance that go into its problem's message. */
const quotedWords = 8;

const thawReason = "a request came";

/** How many instances there should be. */
export interface Scale {
  /** Starting, ready and frozen ones together. */
  readonly desired: number;
  /** So many of them frozen, as far as they are idle. */
  readonly frozen: number;
}

export interface PoolOptions {
  readonly function: FunctionConfig;
  readonly revision: string;
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  readonly onEvent: (event: HostEvent) => void;
}

/** Told when the pool's instances change. */
export interface PoolListener {
  /** An instance has room that had none: it became ready. */
  onReady(): void;
  /** An instance did not get ready in time: requests that have waited for all of its start need not wait for another. */
  onStartTimeout(startedAt: number, refusal: Refusal): void;
  /** An instance is gone, or failed to start. */
  onGone(): void;
}

/** The instances of one revision. */
export class InstancePool {
  readonly revision: string;
  readonly #options: PoolOptions;
  readonly #backoff: CrashBackoff = new CrashBackoff();
  readonly #instances: Set<Instance> = new Set();
  readonly #named: Map<string, Instance> = new Map();
  readonly #ready: LoadOrder<Instance> = new LoadOrder();
  /** The one frozen last is the last: it has the most of its memory in place. */
  readonly #frozen: Set<Instance> = new Set();
  readonly #startTimes: StartTimes = new StartTimes();
  #listener: PoolListener | null = null;
  #made = 0;
  /** Why the last start failed; null when none did since an instance was ready. */
  #startError: HostError | null = null;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.revision = options.revision;
  }

  /** Instances that take invocations at once; frozen ones are not among them. */
  get ready(): number {
    return this.#ready.size;
  }

  get frozen(): number {
    return this.#frozen.size;
  }

  /** Expected time from start to ready of an instance, in milliseconds. */
  get startMs(): number {
    return this.#startTimes.expectedMs;
  }

  get starting(): number {
    let count = 0;
    for (const { state } of this.#instances) if (state === "starting") count++;
    return count;
  }

  /** When a start may be tried again after failures; 0 without any. */
  get retryAt(): number {
    return this.#backoff.retryAt;
  }

  get isLooping(): boolean {
    return this.#backoff.isLooping;
  }

  listen(listener: PoolListener): void {
    this.#listener = listener;
  }

  infos(): InstanceInfo[] {
    return [...this.#instances].map((instance) => instance.info());
  }

  /** Means over the ready instances. */
  metrics(): InstanceMetrics {
    return meanMetrics([...this.#ready.coldestFirst()].map((instance) => instance.metrics));
  }

  /**
   * Chooses the instance for an invocation: the preferred one if it has room; else the ready one with the fewest
   * invocations in flight, the most recently used among equals. Only when none has room a frozen one is thawed.
   *
   * Filling one instance up before the next is touched would keep still fewer hot, but one Node process computes one thing
   * at a time: invocations packed on it would wait for each other while other instances idle. Ties going to the freshest
   * is enough to let instances go: what load there is at a time settles on as many instances as there are
   * invocations in flight, and the others see none, grow cold in order, and are frozen or stopped coldest first.
   *
   * @param preferred name of an instance; null for none
   */
  pick(preferred: string | null = null): Instance | null {
    const { concurrency } = this.#options.function;
    if (preferred !== null) {
      const instance = this.#named.get(preferred);
      if (instance?.state === "frozen") instance.thaw(thawReason);
      if (instance?.state === "ready" && instance.inFlight < concurrency) return instance;
    }
    const first = this.#ready.first;
    if (first !== null && first.load < concurrency) return first.item;
    const frozen = this.#freshestFrozen();
    frozen?.thaw(thawReason);
    return frozen?.state === "ready" ? frozen : null;
  }

  /** Why requests cannot even wait: instances fail in a loop, and the next start is not due. */
  refusal(now: number): Refusal | null {
    if (!this.#backoff.isLooping || this.#serving > 0 || now >= this.#backoff.retryAt) return null;
    return this.loopRefusal(now);
  }

  /** What requests are told while instances fail in a loop. */
  loopRefusal(now: number): Refusal {
    const { failures } = this.#backoff;
    const message = `Cannot serve the request: instances of function "${this.#options.function.name}" failed ${failures} times in a row`;
    return { code: "TIDEGATE_CRASH_LOOP", message, retryAfterSeconds: this.#secondsToRetry(now) };
  }

  /** What requests are told that waited in vain, when starts fail and no instance is ready. */
  startRefusal(now: number): Refusal | null {
    const error = this.#startError;
    if (error === null || this.#serving > 0) return null;
    return { code: error.code, message: error.message, retryAfterSeconds: this.#secondsToRetry(now) };
  }

  /**
   * Starts, drains, freezes and thaws instances, so that there are `desired`, starting, ready and frozen ones together, and
   * `frozen` of them are frozen, as far as so many are idle. The coldest go first.
   */
  scaleTo({ desired, frozen }: Scale, reason: string): void {
    const missing = desired - this.#serving - this.starting;
    if (missing < 0) this.#drain(Math.min(-missing, this.#serving - desired), reason);
    else if (missing > 0 && !this.#isClosed && performance.now() >= this.#backoff.retryAt) {
      for (let count = Math.min(missing, mostStarting - this.starting); count > 0; count--) void this.start();
    }
    this.#freeze(frozen, reason);
  }

  /** Frozen ones first, then the idle, then those with the fewest invocations. */
  #drain(count: number, reason: string): void {
    if (count <= 0) return;
    const coldest = [...this.#frozen, ...this.#ready.coldestFirst()].slice(0, count);
    for (const instance of coldest) void instance.drain(reason);
  }

  #freeze(wanted: number, reason: string): void {
    let surplus = this.#frozen.size - wanted;
    for (; surplus > 0; surplus--) this.#freshestFrozen()?.thaw(reason);
    if (surplus === 0) return;
    const coldest = [...this.#ready.coldestFirst()].slice(0, -surplus);
    for (const instance of coldest) instance.freeze(reason);
  }

  #freshestFrozen(): Instance | null {
    let freshest: Instance | null = null;
    for (const instance of this.#frozen) freshest = instance;
    return freshest;
  }

  /** Instances that can answer. */
  get #serving(): number {
    return this.#ready.size + this.#frozen.size;
  }

  /** Starts one instance; null when it is ready, else why it is not. */
  async start(): Promise<HostError | null> {
    const { function: fn, runtimeDir, publicPort, onEvent } = this.#options;
    const name = `${fn.name}-${this.revision}-${++this.#made}`;
    const instance = new Instance({
      function: fn,
      instance: name,
      revision: this.revision,
      runtimeDir: runtimeDir(),
      publicPort: publicPort(),
      launch,
      onOutput: (stream, line) => onEvent({ type: "output", function: fn.name, instance: name, stream, line }),
      onState: (changed, why) => this.#onState(changed, why),
    });
    this.#instances.add(instance);
    this.#named.set(name, instance);
    const error = await instance.start();
    // One that was drained while it started did not fail.
    if (error !== null && instance.state === "failed") {
      this.#startError = error;
      this.#onFailure(instance, error.code, error.message);
    }
    return error;
  }

  /**
   * Starts no instance any more, and ends all there are: after what is in flight in them ("drain"), by SIGTERM and 5 s
   * later by SIGKILL ("terminate"), or at once ("kill"). Resolves when they are gone.
   */
  async close(how: "drain" | "terminate" | "kill", reason: string): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#instances].map((instance) => instance[how](reason)));
  }

  /** An invocation has been finished: instances of this revision work. */
  onFinished(): void {
    if (this.#backoff.failures > 0) this.#backoff.succeed();
  }

  #onState(instance: Instance, reason: string | null): void {
    const { state, name, revision, pid, startMs } = instance;
    const fn = this.#options.function.name;
    const wasReady = instance.place !== null || this.#frozen.has(instance);
    this.#arrange(instance);
    this.#options.onEvent({
      type: "instance",
      function: fn,
      revision,
      instance: name,
      state,
      pid,
      startMs: state === "ready" && !wasReady ? startMs : null,
      reason,
    });
    if (state === "ready" && !wasReady) {
      this.#startError = null;
      if (startMs !== null) this.#startTimes.add(startMs);
      this.#listener?.onReady();
    }
    if (state !== "stopped" && state !== "failed") return;
    this.#instances.delete(instance);
    this.#named.delete(name);
    if (state === "failed" && !wasReady) return; // `start` goes on with it
    if (state === "failed") {
      const message = `Instance "${name}" of function "${fn}" failed: ${reason}`;
      if (instance.finished > 0) this.#report("TIDEGATE_INSTANCE_LOST", message, instance);
      else return this.#onFailure(instance, "TIDEGATE_INSTANCE_LOST", message);
    }
    this.#listener?.onGone();
  }

  #arrange(instance: Instance): void {
    if (instance.state === "ready") instance.place ??= this.#ready.add(instance, instance.inFlight);
    else if (instance.place !== null) {
      this.#ready.remove(instance.place);
      instance.place = null;
    }
    if (instance.state === "frozen") this.#frozen.add(instance);
    else this.#frozen.delete(instance);
  }

  #onFailure(instance: Instance, code: HostError["code"], message: string): void {
    if (this.#isClosed) return;
    const pauseMs = this.#backoff.fail(performance.now());
    this.#report(code, message, instance);
    if (this.#backoff.isLooping) {
      const loop = `Instances of function "${this.#options.function.name}" failed ${this.#backoff.failures} times in a row: the next start is in ${pauseMs} ms`;
      this.#options.onEvent({
        type: "problem",
        code: "TIDEGATE_CRASH_LOOP",
        function: this.#options.function.name,
        message: loop,
      });
    }
    const refusal = code === "TIDEGATE_INSTANCE_START_TIMEOUT" ? this.startRefusal(performance.now()) : null;
    if (refusal !== null) this.#listener?.onStartTimeout(instance.startedAt, refusal);
    this.#listener?.onGone();
  }

  #secondsToRetry(now: number): number {
    return Math.max(1, Math.ceil((this.#backoff.retryAt - now) / 1000));
  }

  #report(code: string, message: string, instance: Instance): void {
    const words = instance.lastWords().slice(-quotedWords);
    const quoted = words.length === 0 ? "it wrote nothing" : `its last words:\n${words.join("\n")}`;
    this.#options.onEvent({
      type: "problem",
      code,
      function: this.#options.function.name,
      message: `${message}; ${quoted}`,
    });
  }
}
