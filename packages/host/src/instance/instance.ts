import type { FunctionConfig, InstanceInfo, InstanceState } from "@tidegate/core";
import { HostError } from "../errors.ts";
import { createUpstreamClient, type UpstreamClient } from "../gateway/upstream.ts";
import type { Exit, Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";
import { type InstanceMetrics, unknownMetrics } from "./instance-metrics.ts";
import type { Place } from "./load-order.ts";

/** After SIGTERM, an instance that does not end gets SIGKILL this much later, in milliseconds. */
const killAfterMs = 5_000;

export interface InstanceOptions extends LaunchOptions {
  readonly revision: string;
  readonly launch: Launch;
  /** Told every change of state, with the reason where there is one. */
  readonly onState: (instance: Instance, reason: string | null) => void;
}

/** One process serving one revision: starting -> ready -> draining -> stopped, frozen beside ready, and failed from any. */
export class Instance {
  readonly name: string;
  readonly revision: string;
  readonly function: FunctionConfig;
  /** Where it stands among the ready instances of its pool; null while it is none of them. Changed by the pool alone. */
  place: Place<Instance> | null = null;
  metrics: InstanceMetrics = unknownMetrics;
  /** When an invocation began or ended in it last, or it became ready, on the clock of `performance.now()`. */
  lastUsedAt: number = performance.now();
  /** Invocations it has finished. */
  finished = 0;
  readonly startedAt: number = performance.now();
  /** Invocations that failed since one did not. */
  failuresInRow = 0;
  /** Milliseconds from start to ready; null before. */
  startMs: number | null = null;
  readonly #options: InstanceOptions;
  #state: InstanceState = "starting";
  #launching: Promise<Launched> | null = null;
  #launched: Launched | null = null;
  #upstream: UpstreamClient | null = null;
  #idle: (() => void) | null = null;
  #drained: Promise<void> | null = null;
  #inFlight = 0;
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

  /** Resident memory of its processes, in bytes; null when not known (yet). */
  get memoryBytes(): number | null {
    return this.metrics.memoryBytes;
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
    const { name, revision, state, pid, inFlight } = this;
    const { memoryBytes, cpu } = this.metrics;
    return { function: this.function.name, revision, instance: name, state, pid, inFlight, memoryBytes, cpu };
  }

  /**
   * Starts the process.
   * @returns null once it is ready, or why it could not be: INSTANCE_EXITED, INSTANCE_START_TIMEOUT.
   */
  async start(): Promise<HostError | null> {
    let launched: Launched;
    try {
      this.#launching = this.#options.launch(this.#options);
      launched = await this.#launching;
    } catch (cause) {
      this.#become("failed", "it could not be launched");
      return this.#explain({ code: null, signal: null, cause: cause as Error });
    }
    this.#launched = launched;
    this.#options.onState(this, null);
    void launched.exited.then((exit) => this.#onExit(exit));
    const failure = await firstOf(launched, this.function.startTimeoutMs);
    if (failure === null && this.#state === "starting") {
      this.#upstream = createUpstreamClient(launched.endpoint);
      this.lastUsedAt = performance.now();
      this.startMs = this.lastUsedAt - this.startedAt;
      this.#become("ready", null);
      return null;
    }
    const error = this.#explain(failure);
    if (failure === "timeout") await this.#giveUp(error.message);
    return error;
  }

  /**
   * Stops its processes where they are: they use no processor time and keep their memory, and connections to them stay.
   * Only when nothing is in flight in it; an event stream or WebSocket is.
   * @returns whether it is frozen now
   */
  freeze(reason: string): boolean {
    if (this.#state !== "ready" || this.#inFlight > 0) return false;
    this.#launched?.signal("SIGSTOP");
    this.#become("frozen", reason);
    return true;
  }

  /** Lets a frozen instance go on: it takes invocations at once. */
  thaw(reason: string): void {
    if (this.#state !== "frozen") return;
    this.#launched?.signal("SIGCONT");
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

  /** An invocation ended; a failure is one that the gateway had to answer for the app with 502 or 504. */
  onOutcome(isFailure: boolean): void {
    this.failuresInRow = isFailure ? this.failuresInRow + 1 : 0;
  }

  /** Ends the instance once nothing is in flight in it, or after the function's timeout. Resolves when it is gone. */
  drain(reason: string): Promise<void> {
    this.#drained ??= this.#drain(reason);
    return this.#drained;
  }

  async #drain(reason: string): Promise<void> {
    const wasReady = this.#state === "ready";
    this.#leave(reason);
    if (wasReady && this.inFlight > 0) await this.#untilIdle();
    await this.terminate(reason);
  }

  /** Asks the process to end, invocations in flight or not, and kills it 5 s later. Resolves when it is gone. */
  async terminate(reason: string): Promise<void> {
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

  /** The activator calls this when `inFlight` came to zero. */
  onIdle(): void {
    this.#idle?.();
  }

  /** Last lines the process wrote. */
  lastWords(): readonly string[] {
    return this.#launched?.lastWords() ?? [];
  }

  #leave(reason: string): void {
    // A stopped process would not handle SIGTERM before it goes on.
    if (this.#state === "frozen") this.#launched?.signal("SIGCONT");
    if (this.#state === "ready" || this.#state === "starting" || this.#state === "frozen") {
      this.#become("draining", reason);
      for (const listener of this.#drainListeners) listener();
      this.#drainListeners.clear();
    }
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

  async #giveUp(reason: string): Promise<void> {
    this.#become("failed", reason);
    this.#launched?.signal("SIGKILL");
    await this.#launched?.exited;
  }

  #onExit(exit: Exit): void {
    this.#launched?.release();
    // What the process left behind in its group must not outlive it.
    this.#launched?.signal("SIGKILL");
    this.#upstream?.close();
    if (this.#state === "draining") this.#become("stopped", null);
    else if (this.#state !== "failed") this.#become("failed", describeExit(exit));
  }

  #explain(failure: Exit | "timeout" | null): HostError {
    const where = `instance "${this.name}" of function "${this.function.name}"`;
    if (failure === "timeout") {
      return new HostError(
        "TIDEGATE_INSTANCE_START_TIMEOUT",
        `Cannot start ${where}: it does not listen after ${this.function.startTimeoutMs} ms`,
      );
    }
    const why = failure === null ? "it was stopped" : `${describeExit(failure)} before it listened`;
    return new HostError(
      "TIDEGATE_INSTANCE_EXITED",
      `Cannot start ${where}: ${why}`,
      failure?.cause ? { cause: failure.cause } : {},
    );
  }

  #become(state: InstanceState, reason: string | null): void {
    this.#state = state;
    this.#options.onState(this, reason);
  }
}

/** What comes first: ready (null), the end of the process, or the timeout. */
async function firstOf(launched: Launched, timeoutMs: number): Promise<Exit | "timeout" | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), timeoutMs);
  });
  const first = await Promise.race([launched.ready.then(() => null), launched.exited, timeout]);
  clearTimeout(timer);
  return first;
}

function describeExit({ code, signal, cause }: Exit): string {
  if (cause !== null) return `the process did not start (${cause.message})`;
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}
