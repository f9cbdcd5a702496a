import {
  type AutoscalerConfig,
  autoscalerDefaults,
  type FunctionConfig,
  functionDefaults,
  type InstanceInfo,
} from "@tidegate/core";
import { Activator } from "./activator/activator.ts";
import { AutoscalerLoop } from "./autoscaler/autoscaler-loop.ts";
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
  /** As described last: a later reload keeps what earlier ones changed. */
  #given: FunctionOptions;
  readonly #options: ServedFunctionOptions;
  readonly #loop: AutoscalerLoop;
  /** Pools of older revisions whose instances still drain. */
  readonly #leaving: Set<InstancePool> = new Set();
  #config: FunctionConfig;
  #pool: InstancePool;
  #revisions = 0;
  #reloads: Promise<void> = Promise.resolve();

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

  /** Ends all instances, after what is in flight. */
  async stop(): Promise<void> {
    this.#loop.stop();
    await this.#reloads.catch(() => {});
    await Promise.all([this.#pool, ...this.#leaving].map((pool) => pool.close("the host stops")));
  }

  infos(): InstanceInfo[] {
    return [...this.#leaving, this.#pool].flatMap((pool) => pool.infos());
  }

  /** See `Host.reload`. Reloads of one function follow one another. */
  reload(change: Partial<FunctionOptions>): Promise<void> {
    this.#reloads = this.#reloads.catch(() => {}).then(() => this.#reload(change));
    return this.#reloads;
  }

  async #reload(change: Partial<FunctionOptions>): Promise<void> {
    const old = this.#pool;
    const given = { ...this.#given, ...change };
    const config = functionConfig(given);
    const next = this.#createPool(config);
    // Without instances there is nothing to hand over: the next request starts the new revision.
    if (old.ready + old.starting > 0) {
      const error = await next.start();
      if (error !== null) {
        await next.close("it could not start");
        throw error;
      }
    }
    this.#given = given;
    this.#config = config;
    this.#pool = next;
    this.activator.use(next, config);
    this.#loop.use(next, scalingConfig(given, config));
    this.#leaving.add(old);
    void old.close("a new revision serves").then(() => this.#leaving.delete(old));
  }

  #createPool(config: FunctionConfig): InstancePool {
    const pool = new InstancePool({ ...this.#options, function: config, revision: `r${++this.#revisions}` });
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
