import type { FunctionConfig, InstanceInfo } from "@tidegate/core";
import type { Refusal } from "../activator/waiter.ts";
import type { HostError } from "../errors.ts";
import { PoolFailures } from "../failure/pool-failures.ts";
import type { HostEvent } from "../host-options.ts";
import type { Instance } from "./instance.ts";
import type { Verdict } from "./instance-care.ts";
import { type InstanceMetrics, meanMetrics } from "./instance-metrics.ts";
import { type PoolLauncher, ProcessLauncher } from "./pool-launcher.ts";
import { PoolStarts } from "./pool-starts.ts";
import { Replacements } from "./replacements.ts";
import { Roster } from "./roster.ts";
import { hostPermits, type StartPermits } from "./start-permits.ts";
import { Successors } from "./successors.ts";

/** Instances are measured once a second; their mean is not computed anew for each of thousands that start, in milliseconds. */
const metricsHoldMs = 100;

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
  /** What starts wait for. Default: those of all pools of this process. */
  readonly permits?: StartPermits;
  /** Starts instances; ends with the pool. Default: each as a process, by the entry of the function. */
  readonly launcher?: PoolLauncher;
  /** Whether memory allows to start one. Default: it does. */
  readonly mayStart?: () => boolean;
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
  readonly #permits: StartPermits;
  readonly #launcher: PoolLauncher;
  readonly #failures: PoolFailures;
  readonly #starts: PoolStarts;
  readonly #roster: Roster = new Roster();
  readonly #replacements: Replacements;
  readonly #successors: Successors = new Successors();
  readonly #ending: Set<Instance> = new Set();
  #metrics: { readonly at: number; readonly mean: InstanceMetrics } | null = null;
  #listener: PoolListener | null = null;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.revision = options.revision;
    this.#permits = options.permits ?? hostPermits;
    this.#launcher = options.launcher ?? new ProcessLauncher();
    this.#failures = new PoolFailures({
      functionName: options.function.name,
      failures: this.#launcher.failures,
      onEvent: options.onEvent,
      isClosed: () => this.#isClosed,
      onJudged: (startedAt) => {
        const refusal = startedAt === null ? null : this.startRefusal(performance.now());
        if (refusal !== null && startedAt !== null) this.#listener?.onStartTimeout(startedAt, refusal);
        this.#listener?.onGone();
      },
    });
    this.#starts = new PoolStarts({
      ...options,
      launch: this.#launcher.launch,
      permits: this.#permits,
      failures: this.#failures,
      canStart: () => this.#canStart(performance.now()),
      onMade: (instance, succession) => {
        this.#roster.arrange(instance);
        if (succession !== null) this.#successors.add(instance, succession);
      },
      onState: (instance, reason) => this.#onState(instance, reason),
      onVerdict: (instance, verdict) => this.#onVerdict(instance, verdict),
    });
    this.#replacements = new Replacements({
      startSuccessor: (of, reason) => this.#starts.start({ of, reason }),
      start: () => this.start(),
      canStart: () => this.#canStart(performance.now()),
      hasOthers: (instance) => this.#serving > (instance.state === "ready" ? 1 : 0),
    });
  }

  /** Instances that take invocations at once; frozen ones are not among them. */
  get ready(): number {
    return this.#roster.ready;
  }

  get frozen(): number {
    return this.#roster.frozen;
  }

  /** Instances on their way to ready; without those that stand in for one that serves until then. */
  get starting(): number {
    return this.#roster.starting - this.#successors.size;
  }

  /** Expected time from start to ready of an instance, in milliseconds. */
  get startMs(): number {
    return this.#launcher.expectedMs;
  }

  /** When a start may be tried again after failures; 0 without any. */
  get retryAt(): number {
    return this.#launcher.failures.retryAt;
  }

  listen(listener: PoolListener): void {
    this.#listener = listener;
  }

  infos(): InstanceInfo[] {
    return this.#roster.all().map((instance) => instance.info());
  }

  /** The one of this name; null when it is gone, or of another pool. */
  find(name: string): Instance | null {
    return this.#roster.find(name);
  }

  /** All of them, in whatever state. */
  instances(): Instance[] {
    return this.#roster.all();
  }

  /** Means over the ready instances. */
  metrics(): InstanceMetrics {
    const now = performance.now();
    if (this.#metrics === null || now - this.#metrics.at > metricsHoldMs) {
      const all = Array.from(this.#roster.readyColdestFirst(), (instance) => instance.metrics);
      this.#metrics = { at: now, mean: meanMetrics(all) };
    }
    return this.#metrics.mean;
  }

  /** Instances that do nothing now, frozen ones first, then the coldest: `drain` ends one of them. */
  idle(): Instance[] {
    return this.#roster.idle();
  }

  /**
   * Chooses the instance for an invocation; see `Roster.pick`.
   *
   * @param preferred name of an instance; null for none
   * @param avoided instance that is not chosen, because it has just failed the request; null for none
   * @returns null when none has room
   */
  pick(preferred: string | null = null, avoided: Instance | null = null): Instance | null {
    return this.#roster.pick(this.#options.function.concurrency, preferred, avoided);
  }

  /** Why requests cannot even wait: instances fail in a loop, and the next start is not due. */
  refusal(now: number): Refusal | null {
    return this.#serving > 0 ? null : this.#failures.loopRefusal(now);
  }

  /** What requests are told that waited in vain, when starts fail and no instance is ready. */
  startRefusal(now: number): Refusal | null {
    return this.#serving > 0 ? null : this.#failures.startRefusal(now);
  }

  /**
   * Starts, drains, freezes and thaws instances, so that there are `desired`, starting, ready and frozen ones together, and
   * `frozen` of them are frozen, as far as so many are idle. The coldest go first. At most as many start at once as the
   * host has permits: the others are better decided on when those are ready.
   */
  scaleTo({ desired, frozen }: Scale, reason: string): void {
    const missing = desired - this.#serving - this.starting;
    if (missing < 0) this.#drain(-missing, desired, reason);
    else if (missing > 0 && this.#canStart(performance.now())) {
      for (let count = Math.min(missing, this.#permits.limit - this.starting); count > 0; count--) void this.start();
    }
    this.#freeze(frozen, reason);
  }

  /** Starts one instance; null when it is ready, else why it is not. */
  start(): Promise<HostError | null> {
    return this.#starts.start(null);
  }

  /**
   * Starts no instance any more, and ends all there are: after what is in flight in them ("drain"), by SIGTERM and 5 s
   * later by SIGKILL ("terminate"), or at once ("kill"). Resolves when they are gone.
   */
  async close(how: "drain" | "terminate" | "kill", reason: string): Promise<void> {
    this.#isClosed = true;
    this.#replacements.close();
    const ending = [...this.#ending].map((instance) => instance.exited);
    const gone = this.#roster.all().map((instance) => instance[how](reason));
    await Promise.all([...ending, ...gone, this.#launcher.close()]);
  }

  /** An invocation has been finished by one of them, which has counted it: instances of this revision work. */
  onFinished(instance: Instance): void {
    this.#launcher.failures.onFinished();
    if (instance.finished === 1 && instance.kind === "fork" && instance.pid !== null) {
      this.#launcher.onFirstAnswer(instance.pid);
    }
  }

  /** Those that have no process yet first; then frozen ones, the idle, and those with the fewest invocations. */
  #drain(surplus: number, desired: number, reason: string): void {
    const waiting = this.#roster
      .startingLatestFirst()
      .filter((instance) => instance.pid === null && !this.#successors.has(instance))
      .slice(0, surplus);
    // One whose process runs is let become ready: it may be wanted by then, and else it is the coldest.
    const left = Math.max(0, Math.min(surplus - waiting.length, this.#serving - desired));
    for (const instance of [...waiting, ...this.#roster.coldest(left)]) void instance.drain(reason);
  }

  #freeze(wanted: number, reason: string): void {
    let missing = wanted - this.#roster.frozen;
    for (; missing < 0; missing++) this.#roster.freshestFrozen()?.thaw(reason);
    if (missing === 0) return;
    for (const instance of this.#roster.coldestReady(missing)) instance.freeze(reason);
  }

  /** Instances that can answer. */
  get #serving(): number {
    return this.#roster.ready + this.#roster.frozen;
  }

  #canStart(now: number): boolean {
    return !this.#isClosed && now >= this.retryAt && this.#options.mayStart?.() !== false;
  }

  #onVerdict(instance: Instance, { kind, reason }: Verdict): void {
    if (instance.state !== "ready") return;
    const { name } = this.#options.function;
    if (kind !== "worn") {
      const message = `Instance "${instance.name}" of function "${name}" is unhealthy: ${reason}`;
      this.#failures.reportOnce(instance, "TIDEGATE_INSTANCE_UNHEALTHY", message);
    }
    if (kind === "stuck") void instance.fail(reason);
    else this.#replacements.ask(instance, reason, kind === "unhealthy");
  }

  #onState(instance: Instance, reason: string | null): void {
    const { state, name, revision, pid, startMs } = instance;
    const fn = this.#options.function.name;
    const couldServe = this.#roster.arrange(instance);
    const isNew = state === "ready" && !couldServe;
    this.#options.onEvent({
      type: "instance",
      function: fn,
      revision,
      instance: name,
      state,
      pid,
      start: instance.kind,
      startMs: isNew ? startMs : null,
      reason,
    });
    const succession = this.#successors.onState(instance);
    if (isNew) {
      this.#failures.onReady();
      if (startMs !== null) this.#launcher.onReady(instance.kind, startMs);
      // Before anyone counts: with both, there would be one too many.
      if (succession !== null) void succession.of.drain(succession.reason);
      this.#listener?.onReady();
    }
    if (state !== "stopped" && state !== "failed") return;
    // Failed is known before the process is gone.
    this.#ending.add(instance);
    void instance.exited.then(() => this.#ending.delete(instance));
    if (state === "failed" && !couldServe) return; // `PoolStarts` goes on with it
    if (state === "failed" && reason !== null) void this.#failures.onLost(instance, reason);
    else this.#listener?.onGone();
  }
}
