import type { FunctionConfig, InstanceInfo, InstanceStart, InstanceState } from "@tidegate/core";
import { HostError } from "../errors.ts";
import { createUpstreamClient, type UpstreamClient } from "../gateway/upstream.ts";
import { launchError } from "../launcher/launch-error.ts";
import type { Exit, Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";
import { Draining } from "./draining.ts";
import { InstanceCare, type Verdict } from "./instance-care.ts";
import { type InstanceMetrics, unknownMetrics } from "./instance-metrics.ts";
import { InstanceProcess } from "./instance-process.ts";
import type { Place } from "./load-order.ts";
import { describeExit, firstOf, startFailure } from "./start-failure.ts";
import type { ReleasePermit, StartPermits } from "./start-permits.ts";

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
  readonly #process: InstanceProcess = new InstanceProcess();
  #exited: Promise<Exit | null> = Promise.resolve(null);
  #ended: Promise<Exit | null> = Promise.resolve(null);
  #upstream: UpstreamClient | null = null;
  #care: InstanceCare | null = null;
  readonly #draining: Draining = new Draining();
  #drained: Promise<void> | null = null;

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
    return this.#process.launched?.start ?? "process";
  }

  get pid(): number | null {
    return this.#process.launched?.pid ?? null;
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
   * TIDEGATE_INSTANCE_LAUNCH_FAILED, TIDEGATE_FORK_UNAVAILABLE
   */
  async start(): Promise<HostError | null> {
    const { function: fn, permits } = this.#options;
    const release = await permits.acquire(fn.name, this.#process.canceled);
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
      launched = await this.#process.launch(this.#options.launch, this.#options);
    } catch (error) {
      this.#become(this.#state === "starting" ? "failed" : "stopped", (error as Error).message);
      return error instanceof HostError ? error : launchError(this.name, this.function.name, error as Error);
    }
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
    this.#process.launched?.freeze();
    this.#become("frozen", reason);
    return true;
  }

  /** Lets a frozen instance go on: it takes invocations at once. */
  thaw(reason: string): void {
    if (this.#state !== "frozen") return;
    this.#process.launched?.thaw();
    this.#care?.start();
    this.#become("ready", reason);
  }

  /**
   * Tells when the instance begins to drain, or at once when it does already: event streams and WebSockets have no end of
   * their own, and can be ended in order now, before its process is asked to end.
   * @returns the listener's release
   */
  onDraining(listener: () => void): () => void {
    if (this.#state === "ready") return this.#draining.listen(listener);
    listener();
    return () => {};
  }

  /**
   * An invocation ended: the activator tells after it has counted it.
   * @param isFailure the gateway had to answer for the app, with 502 or 504
   */
  onOutcome(isFailure: boolean): void {
    if (this.#state !== "ready") return;
    // Its connections break before its end is told, and what was lost with them must not be sent to it again.
    if (isFailure && this.#process.launched?.isEnding()) this.#onEnded("its process is ending");
    else this.#care?.onOutcome(isFailure);
  }

  /** The activator calls this when `inFlight` came to zero. */
  onIdle(): void {
    this.#draining.onIdle();
  }

  /** Ends the instance once nothing is in flight in it, or after the function's timeout. Resolves when it is gone. */
  drain(reason: string): Promise<void> {
    this.#drained ??= this.#drain(reason);
    return this.#drained;
  }

  async #drain(reason: string): Promise<void> {
    const wasReady = this.#state === "ready";
    this.#leave(reason);
    if (wasReady && this.#inFlight > 0) await this.#draining.untilIdle(this.function.timeoutMs);
    await this.terminate(reason);
  }

  /** Asks the process to end, invocations in flight or not, and kills it 5 s later. Resolves when it is gone. */
  terminate(reason: string): Promise<void> {
    this.#leave(reason);
    return this.#process.terminate();
  }

  /** Kills the process. Resolves when it is gone. */
  kill(reason: string): Promise<void> {
    this.#leave(reason);
    return this.#process.kill();
  }

  /** Kills the process because it does not work. Resolves when it is gone. */
  fail(reason: string): Promise<void> {
    this.#end();
    this.#become("failed", reason);
    return this.#process.kill();
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
    return this.#process.launched?.lastWords() ?? [];
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
    this.#process.cancel();
    // A stopped process would not handle SIGTERM before it goes on.
    if (this.#state === "frozen") this.#process.launched?.thaw();
    this.#end();
    if (this.#state === "ready" || this.#state === "starting" || this.#state === "frozen") {
      this.#become("draining", reason);
      this.#draining.begin();
    }
  }

  /** It takes no new invocation any more. */
  #end(): void {
    this.#care?.stop();
    this.#upstream?.close();
  }

  #onEnded(reason: string): void {
    if (this.#state !== "ready" && this.#state !== "frozen") return;
    this.#end();
    this.#become("failed", reason);
  }

  #onExit(exit: Exit): Exit {
    this.#process.launched?.release();
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
