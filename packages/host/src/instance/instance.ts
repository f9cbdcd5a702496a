import type { FunctionConfig, InstanceInfo, InstanceStart, InstanceState } from "@tidegate/core";
import { HostError } from "../errors.ts";
import { createUpstreamClient, type UpstreamClient } from "../gateway/upstream.ts";
import type { Exit, Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";
import { InstanceCare, type Verdict } from "./instance-care.ts";
import { type InstanceMetrics, unknownMetrics } from "./instance-metrics.ts";
import type { Place } from "./load-order.ts";
import { describeExit, firstOf, startFailure } from "./start-failure.ts";
import type { ReleasePermit, StartPermits } from "./start-permits.ts";

/** After SIGTERM, an instance that does not end gets SIGKILL this much later, in milliseconds. */
const killAfterMs = 5_000;

export interface InstanceOptions extends LaunchOptions {
  readonly revision: string;
  readonly launch: Launch;
  /** Its start waits for one of these. */
  readonly permits: StartPermits;
  /** Told every change of state, with the reason where there is one. */
  readonly onState: (instance: Instance, reason: string | null) => void;
  /** Told that the instance, ready, should be replaced. */
  readonly onVerdict: (instance: Instance, verdict: Verdict) => void;
}

/** One process serving one revision: starting -> ready -> draining -> stopped, frozen beside ready, and failed from any. */
export class Instance {
  readonly name: string;
  readonly revision: string;
  readonly function: FunctionConfig;
  /** Where it stands among the ready or the frozen instances of its pool; null while it is none of them. Changed by the pool alone. */
  place: Place<Instance> | null = null;
  /** When an invocation began or ended in it last, or it became ready, on the clock of `performance.now()`. */
  lastUsedAt: number = performance.now();
  /** Invocations it has finished. */
  finished = 0;
  /** When its process was started, on the clock of `performance.now()`; before, when it was made. */
  startedAt: number = performance.now();
  /** Milliseconds from start to ready; null before. */
  startMs: number | null = null;
  readonly #options: InstanceOptions;
  #state: InstanceState = "starting";
  #inFlight = 0;
  readonly #canceled: AbortController = new AbortController();
  #launching: Promise<Launched> | null = null;
  #launched: Launched | null = null;
  #exited: Promise<Exit | null> = Promise.resolve(null);
  #ended: Promise<Exit | null> = Promise.resolve(null);
  #upstream: UpstreamClient | null = null;
  #care: InstanceCare | null = null;
  #idle: (() => void) | null = null;
  #drained: Promise<void> | null = null;
  #terminated: Promise<void> | null = null;
  readonly #drainListeners: Set<() => void> = new Set();

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.name = options.instance;
    this.revision = options.revision;
    this.function = options.function;
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** Invocations in flight. Changed by the activator alone. */
  get inFlight(): number {
    return this.#inFlight;
  }

  set inFlight(count: number) {
    this.#inFlight = count;
    this.lastUsedAt = performance.now();
    if (this.place !== null) this.place.order.move(this.place, count);
  }

  /** What it uses, as far as that is known. */
  get metrics(): InstanceMetrics {
    return this.#care?.metrics ?? unknownMetrics;
  }

  /** Resident memory of its processes, in bytes; null when not known (yet). */
  get memoryBytes(): number | null {
    return this.metrics.memoryBytes;
  }

  /** Part of it that is its own: what a forked one shares with its template would not be free without it. */
  get ownBytes(): number | null {
    return this.#care?.ownBytes ?? null;
  }

  /** How it was started; "process" before that is known. */
  get kind(): InstanceStart {
    return this.#launched?.start ?? "process";
  }

  get pid(): number | null {
    return this.#launched?.pid ?? null;
  }

  /** Connections to the instance; only while it is ready or draining. */
  get upstream(): UpstreamClient {
    if (this.#upstream === null) throw new Error(`Cannot connect to instance "${this.name}": it is ${this.#state}`);
    return this.#upstream;
  }

  /** When it became ready, on the clock of `performance.now()`; NaN before. */
  get readyAt(): number {
    return this.startMs === null ? Number.NaN : this.startedAt + this.startMs;
  }

  info(): InstanceInfo {
    const { name, revision, state, pid, inFlight, finished: requests } = this;
    const { memoryBytes, cpu } = this.metrics;
    const ageMs = Math.round(performance.now() - this.startedAt);
    const work = { inFlight, requests, ageMs, memoryBytes, ownBytes: this.ownBytes, cpu };
    return { function: this.function.name, revision, instance: name, state, pid, start: this.kind, ...work };
  }

  /**
   * Starts the process.
   * @returns null once it is ready, or why it could not be: TIDEGATE_INSTANCE_EXITED, TIDEGATE_INSTANCE_START_TIMEOUT,
   * TIDEGATE_INSTANCE_LAUNCH_FAILED
   */
  async start(): Promise<HostError | null> {
    const { function: fn, permits } = this.#options;
    const release = await permits.acquire(fn.name, this.#canceled.signal);
    try {
      return await this.#start(release);
    } finally {
      release?.();
    }
  }

  async #start(permit: ReleasePermit | null): Promise<HostError | null> {
    if (permit === null || this.#state !== "starting") {
      if (this.#state === "draining") this.#become("stopped", null);
      return startFailure(this.name, this.function, null, "");
    }
    this.startedAt = performance.now();
    let launched: Launched;
    try {
      this.#launching = this.#options.launch({ ...this.#options, signal: this.#canceled.signal });
      launched = await this.#launching;
    } catch (error) {
      this.#become(this.#state === "starting" ? "failed" : "stopped", (error as Error).message);
      if (error instanceof HostError) return error;
      return startFailure(this.name, this.function, { code: null, signal: null, cause: error as Error }, "");
    }
    this.#launched = launched;
    this.#options.onState(this, null);
    this.#ended = launched.ended.then((exit) => {
      this.#onEnded(describeExit(exit));
      return exit;
    });
    this.#exited = launched.exited.then((exit) => this.#onExit(exit));
    const failure = await firstOf(launched, this.function.startTimeoutMs);
    if (failure === null && this.#state === "starting") {
      this.#onReady(launched);
      return null;
    }
    const error = startFailure(this.name, this.function, failure, launched.lacks());
    if (failure === "timeout" && this.#state === "starting") await this.fail(error.message);
    return error;
  }

  /**
   * Stops its processes where they are: they use no processor time and keep their memory, and connections to them stay.
   * Only when nothing is in flight in it; an event stream or WebSocket is.
   * @returns whether it is frozen now
   */
  freeze(reason: string): boolean {
    if (this.#state !== "ready" || this.#inFlight > 0) return false;
    this.#care?.stop();
    this.#launched?.freeze();
    this.#become("frozen", reason);
    return true;
  }

  /** Lets a frozen instance go on: it takes invocations at once. */
  thaw(reason: string): void {
    if (this.#state !== "frozen") return;
    this.#launched?.thaw();
    this.#care?.start();
    this.#become("ready", reason);
  }

  /**
   * Tells when the instance begins to drain, or at once when it does already: event streams and WebSockets have no end of
   * their own, and can be ended in order now, before its process is asked to end.
   * @returns the listener's release
   */
  onDraining(listener: () => void): () => void {
    if (this.#state === "ready") this.#drainListeners.add(listener);
    else listener();
    return () => this.#drainListeners.delete(listener);
  }

  /**
   * An invocation ended: the activator tells after it has counted it.
   * @param isFailure the gateway had to answer for the app, with 502 or 504
   */
  onOutcome(isFailure: boolean): void {
    if (this.#state !== "ready") return;
    // Its connections break before its end is told, and what was lost with them must not be sent to it again.
    if (isFailure && this.#launched?.isEnding()) this.#onEnded("its process is ending");
    else this.#care?.onOutcome(isFailure);
  }

  /** The activator calls this when `inFlight` came to zero. */
  onIdle(): void {
    this.#idle?.();
  }

  /** Ends the instance once nothing is in flight in it, or after the function's timeout. Resolves when it is gone. */
  drain(reason: string): Promise<void> {
    this.#drained ??= this.#drain(reason);
    return this.#drained;
  }

  async #drain(reason: string): Promise<void> {
    const wasReady = this.#state === "ready";
    this.#leave(reason);
    if (wasReady && this.#inFlight > 0) await this.#untilIdle();
    await this.terminate(reason);
  }

  /** Asks the process to end, invocations in flight or not, and kills it 5 s later. Resolves when it is gone. */
  terminate(reason: string): Promise<void> {
    // Asked once only: an app may take a second SIGTERM for "at once".
    this.#terminated ??= this.#terminate(reason);
    return this.#terminated;
  }

  async #terminate(reason: string): Promise<void> {
    this.#leave(reason);
    const launched = await this.#process();
    if (launched === null) return;
    launched.signal("SIGTERM");
    const timer = setTimeout(() => launched.signal("SIGKILL"), killAfterMs);
    await launched.exited;
    clearTimeout(timer);
  }

  /** Kills the process. Resolves when it is gone. */
  async kill(reason: string): Promise<void> {
    this.#leave(reason);
    const launched = await this.#process();
    launched?.signal("SIGKILL");
    await launched?.exited;
  }

  /** Kills the process because it does not work. Resolves when it is gone. */
  async fail(reason: string): Promise<void> {
    this.#end();
    this.#become("failed", reason);
    this.#launched?.signal("SIGKILL");
    await this.#launched?.exited;
  }

  /** Resolves with how its process ended, when nothing of it is left; with null when it has none. */
  get exited(): Promise<Exit | null> {
    return this.#exited;
  }

  /** Resolves with how its process ended, as soon as that is known; with null when it has none. */
  get ended(): Promise<Exit | null> {
    return this.#ended;
  }

  /** Last lines the process wrote. */
  lastWords(): readonly string[] {
    return this.#launched?.lastWords() ?? [];
  }

  #onReady(launched: Launched): void {
    this.#upstream = createUpstreamClient(launched.endpoint, launched.protocol());
    this.lastUsedAt = performance.now();
    this.startMs = this.lastUsedAt - this.startedAt;
    this.#care = new InstanceCare(this, launched, (verdict) => this.#options.onVerdict(this, verdict));
    this.#care.start();
    this.#become("ready", null);
  }

  #leave(reason: string): void {
    // With a reason of our own: the error that is made without one keeps, by its stack, whoever called. That is the instance
    // that stands in for this one, which keeps the next one, and so on: none of a long row would ever be let go.
    this.#canceled.abort("it is not wanted any more");
    // A stopped process would not handle SIGTERM before it goes on.
    if (this.#state === "frozen") this.#launched?.thaw();
    this.#end();
    if (this.#state === "ready" || this.#state === "starting" || this.#state === "frozen") {
      this.#become("draining", reason);
      for (const listener of this.#drainListeners) listener();
      this.#drainListeners.clear();
    }
  }

  /** It takes no new invocation any more. */
  #end(): void {
    this.#care?.stop();
    this.#upstream?.close();
  }

  /** Its process, also when that is only being launched; null when there is none. */
  async #process(): Promise<Launched | null> {
    return this.#launched ?? this.#launching?.catch(() => null) ?? null;
  }

  #untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.function.timeoutMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onEnded(reason: string): void {
    if (this.#state !== "ready" && this.#state !== "frozen") return;
    this.#end();
    this.#become("failed", reason);
  }

  #onExit(exit: Exit): Exit {
    this.#launched?.release();
    this.#end();
    if (this.#state === "draining") this.#become("stopped", null);
    else if (this.#state !== "failed") this.#become("failed", describeExit(exit));
    return exit;
  }

  #become(state: InstanceState, reason: string | null): void {
    this.#state = state;
    this.#options.onState(this, reason);
  }
}
