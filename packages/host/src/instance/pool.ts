import { availableParallelism } from "node:os";
import type { FunctionConfig, InstanceInfo } from "@tidegate/core";
import type { Refusal } from "../activator/activator.ts";
import type { HostError } from "../errors.ts";
import type { HostEvent } from "../host-options.ts";
import { launch } from "../launcher/launch.ts";
import { CrashBackoff } from "./crash-backoff.ts";
import { Instance } from "./instance.ts";

/** Starting more processes at once than there are cores makes each of them later, the first one too. */
const mostStarting = Math.max(2, availableParallelism());

/** Last words of a failed instance that go into its problem's message. */
const quotedWords = 8;

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
  #ready: Instance[] = [];
  #listener: PoolListener | null = null;
  #made = 0;
  /** Why the last start failed; null when none did since an instance was ready. */
  #startError: HostError | null = null;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.revision = options.revision;
  }

  get ready(): number {
    return this.#ready.length;
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

  /** The ready instance with the fewest invocations in flight, where one has room. */
  pick(): Instance | null {
    const { concurrency } = this.#options.function;
    let best: Instance | null = null;
    let least = concurrency;
    for (const instance of this.#ready) {
      if (instance.inFlight < least) {
        best = instance;
        least = instance.inFlight;
        if (least === 0) break;
      }
    }
    return best;
  }

  /** Why requests cannot even wait: instances fail in a loop, and the next start is not due. */
  refusal(now: number): Refusal | null {
    if (!this.#backoff.isLooping || this.#ready.length > 0 || now >= this.#backoff.retryAt) return null;
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
    if (error === null || this.#ready.length > 0) return null;
    return { code: error.code, message: error.message, retryAfterSeconds: this.#secondsToRetry(now) };
  }

  /** Starts or drains instances, so that ready and starting ones are `desired`. */
  scaleTo(desired: number, reason: string): void {
    const { starting } = this;
    const surplus = this.#ready.length + starting - desired;
    if (surplus > 0) {
      const idlest = [...this.#ready]
        .sort((a, b) => a.inFlight - b.inFlight)
        .slice(0, Math.max(0, Math.min(surplus, this.#ready.length - desired)));
      for (const instance of idlest) void instance.drain(reason);
    } else if (!this.#isClosed && performance.now() >= this.#backoff.retryAt) {
      for (let count = Math.min(-surplus, mostStarting - starting); count > 0; count--) void this.start();
    }
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
    const wasReady = this.#ready.includes(instance);
    this.#ready = [...this.#instances].filter((each) => each.state === "ready");
    this.#options.onEvent({
      type: "instance",
      function: fn,
      revision,
      instance: name,
      state,
      pid,
      startMs: state === "ready" ? startMs : null,
      reason,
    });
    if (state === "ready") {
      this.#startError = null;
      this.#listener?.onReady();
    }
    if (state !== "stopped" && state !== "failed") return;
    this.#instances.delete(instance);
    if (state === "failed" && !wasReady) return; // `start` goes on with it
    if (state === "failed") {
      const message = `Instance "${name}" of function "${fn}" failed: ${reason}`;
      if (instance.finished > 0) this.#report("TIDEGATE_INSTANCE_LOST", message, instance);
      else return this.#onFailure(instance, "TIDEGATE_INSTANCE_LOST", message);
    }
    this.#listener?.onGone();
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
