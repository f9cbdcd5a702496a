import {
  type AutoscalerConfig,
  autoscalerDefaults,
  type FunctionConfig,
  FunctionMeter,
  functionDefaults,
  type InstanceInfo,
  InstanceMeter,
} from "@tidegate/core";
import { Activator } from "./activator/activator.ts";
import { AutoscalerLoop } from "./autoscaler/autoscaler-loop.ts";
import { HostError } from "./errors.ts";
import type { FunctionOptions, HostEvent } from "./host-options.ts";
import { InstancePool } from "./instance/pool.ts";

export interface ServedFunctionOptions {
  /** Folder for the instances' sockets, known once the host started. */
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  readonly onEvent: (event: HostEvent) => void;
}

/** A function while a host serves it: its activator, the instances of its revisions, and what scales them. */
export class ServedFunction {
  readonly activator: Activator;
  /** Numbers of its invocations. */
  readonly meter: FunctionMeter = new FunctionMeter();
  /** What its instances, those of all revisions, have used. */
  readonly instanceMeter: InstanceMeter = new InstanceMeter();
  /** As described last: a later reload keeps what earlier ones changed. */
  #given: FunctionOptions;
  readonly #options: ServedFunctionOptions;
  readonly #loop: AutoscalerLoop;
  /** That which serves, those of older revisions whose instances still drain, and one that a reload starts. */
  readonly #pools: Set<InstancePool> = new Set();
  #config: FunctionConfig;
  #pool: InstancePool;
  #revisions = 0;
  #reloads: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(given: FunctionOptions, options: ServedFunctionOptions) {
    this.#given = given;
    this.#options = options;
    this.#config = functionConfig(given);
    this.#pool = this.#createPool(this.#config);
    this.activator = new Activator(this.#config, this.#pool);
    this.#loop = new AutoscalerLoop(
      scalingConfig(given, this.#config),
      this.activator,
      this.#pool,
      (from, desired, reason) => options.onEvent({ type: "scale", function: this.config.name, from, desired, reason }),
    );
    this.activator.listen(this.#loop);
  }

  /** That of the revision that serves. */
  get config(): FunctionConfig {
    return this.#config;
  }

  get revision(): string {
    return this.#pool.revision;
  }

  /** Starts what must run without any request. */
  start(): void {
    this.#loop.decide();
  }

  /** Ends all instances: asks them to end and kills them later, or kills them at once. Resolves when they are gone. */
  async stop(how: "terminate" | "kill"): Promise<void> {
    this.#isStopped = true;
    this.#loop.stop();
    await Promise.all([...this.#pools].map((pool) => pool.close(how, "the host stops")));
    await this.#reloads.catch(() => {});
  }

  infos(): InstanceInfo[] {
    return [...this.#pools].flatMap((pool) => pool.infos());
  }

  /** See `Host.reload`. Reloads of one function follow one another. */
  reload(change: Partial<FunctionOptions>): Promise<void> {
    this.#reloads = this.#reloads.catch(() => {}).then(() => this.#reload(change));
    return this.#reloads;
  }

  async #reload(change: Partial<FunctionOptions>): Promise<void> {
    if (this.#isStopped) throw this.#stoppedError();
    const old = this.#pool;
    const given = { ...this.#given, ...change };
    const config = functionConfig(given);
    const next = this.#createPool(config);
    // Without instances there is nothing to hand over: the next request starts the new revision.
    if (old.ready + old.starting > 0) {
      const error = (await next.start()) ?? (this.#isStopped ? this.#stoppedError() : null);
      if (error !== null) {
        await next.close("drain", "it could not start");
        this.#pools.delete(next);
        throw error;
      }
    }
    this.#given = given;
    this.#config = config;
    this.#pool = next;
    this.activator.use(next, config);
    this.#loop.use(next, scalingConfig(given, config));
    void old.close("drain", "a new revision serves").then(() => this.#pools.delete(old));
  }

  #onEvent(event: HostEvent): void {
    if (event.type === "instance") this.instanceMeter.change(event.instance, event.state, performance.now());
    this.#options.onEvent(event);
  }

  #stoppedError(): HostError {
    return new HostError(
      "TIDEGATE_HOST_STOPPING",
      `Cannot reload function "${this.#config.name}": the host is stopping`,
    );
  }

  #createPool(config: FunctionConfig): InstancePool {
    const pool = new InstancePool({
      ...this.#options,
      function: config,
      revision: `r${++this.#revisions}`,
      onEvent: (event) => this.#onEvent(event),
    });
    pool.listen({
      onReady: () => {
        if (pool !== this.#pool) return;
        this.activator.onRoom();
        this.#loop.decide();
      },
      onStartTimeout: (startedAt, refusal) => {
        if (pool === this.#pool && pool.ready === 0) this.activator.refuseAll(refusal, startedAt);
      },
      onGone: () => {
        if (pool !== this.#pool) return;
        if (pool.isLooping && pool.ready === 0) this.activator.refuseAll(pool.loopRefusal(performance.now()));
        this.#loop.decide();
      },
    });
    this.#pools.add(pool);
    return pool;
  }
}

function functionConfig({ scaling: _, ...given }: FunctionOptions): FunctionConfig {
  const { startTimeoutMs = functionDefaults.startTimeoutMs } = given;
  // Who waits for an instance must not be sent away while its start, which would tell why, still runs.
  const queueTimeoutMs = Math.max(functionDefaults.queueTimeoutMs, 2 * startTimeoutMs);
  return { cwd: process.cwd(), env: {}, routes: [{ path: "/" }], ...functionDefaults, queueTimeoutMs, ...given };
}

function scalingConfig(given: FunctionOptions, config: FunctionConfig): AutoscalerConfig {
  return { ...autoscalerDefaults, ...given.scaling, concurrency: config.concurrency };
}
