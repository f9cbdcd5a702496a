import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import {
  type AutoscalerConfig,
  autoscalerDefaults,
  type FunctionConfig,
  FunctionMeter,
  type Histogram,
  type InstanceInfo,
  type InstanceMeter,
  type InstanceStart,
  type TemplateInfo,
} from "@tidegate/core";
import { Activator } from "./activator/activator.ts";
import { AutoscalerLoop } from "./autoscaler/autoscaler-loop.ts";
import { functionConfig } from "./function-config.ts";
import { FunctionRevisions, type Revision, type RevisionServices } from "./function-revisions.ts";
import type { FunctionOptions } from "./host-options.ts";
import type { InstancePool, PoolListener } from "./instance/pool.ts";
import { type MemoryGate, openGate } from "./memory/memory-gate.ts";
import type { WatchedFunction } from "./memory/memory-guard.ts";
import { differenceOf } from "./reload/change.ts";
import { startInstances } from "./reload/start-instances.ts";

export interface ServedFunctionOptions extends RevisionServices {
  /** What memory allows. Default: everything. */
  readonly memory?: MemoryGate;
}

/** Instances taken over warm are kept at least this long, until the load can speak for them, in milliseconds. */
const keepWarmMs = 10_000;

/** While requests of a removed function wait, they are looked at this often, in milliseconds. */
const lookMs = 50;

/** A change of a function that is ready to serve, and does not yet. */
export interface PreparedChange {
  readonly action: "adjusted" | "revision";
  /** The change serves from now on; older instances drain. */
  commit(): void;
  /** Ends what was started for it. Resolves when that is gone. */
  abort(): Promise<void>;
}

/** A function while a host serves it: its activator, the instances of its revisions, and what scales them. */
export class ServedFunction {
  readonly activator: Activator;
  /** Numbers of its invocations. */
  readonly meter: FunctionMeter = new FunctionMeter();
  /** What its instances, those of all revisions, have used. */
  readonly instanceMeter: InstanceMeter;
  /** How long its instances took to get ready, by how they were started. */
  readonly startTimes: Readonly<Record<InstanceStart, Histogram>>;
  /** As described last: a later reload keeps what earlier ones changed. */
  #given: FunctionOptions;
  readonly #options: ServedFunctionOptions;
  readonly #loop: AutoscalerLoop;
  readonly #revisions: FunctionRevisions;
  #config: FunctionConfig;
  /** That which serves. */
  #revision: Revision;
  /** Instances that are kept whatever the load says, because the host before had them. */
  #warm = 0;
  #warmTimer: NodeJS.Timeout | null = null;
  #isServing = false;
  #isStopped = false;

  constructor(given: FunctionOptions, options: ServedFunctionOptions) {
    this.#given = given;
    this.#options = options;
    this.#config = functionConfig(given);
    this.#revisions = new FunctionRevisions(options, {
      isAwaited: (pool) => this.#isServedBy(pool) && this.activator.queued > 0,
      mayStart: () => this.#mayStart(),
      listenerOf: (pool) => this.#listenerOf(pool),
    });
    this.instanceMeter = this.#revisions.meter;
    this.startTimes = this.#revisions.startTimes;
    this.#revision = this.#revisions.create(this.#config);
    this.activator = new Activator(this.#config, this.#pool, {
      onProblem: (code, message) => options.onEvent({ type: "problem", code, function: this.config.name, message }),
      memory: options.memory ?? openGate,
      maxInstances: () => this.#scaling().maxInstances,
    });
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

  /** As described last. */
  get given(): FunctionOptions {
    return this.#given;
  }

  /** How it is scaled, with all defaults. */
  get scaling(): AutoscalerConfig {
    return scalingConfig(this.#given, this.#config);
  }

  /** Instances that answer now, frozen ones too. */
  get answering(): number {
    return this.#pool.ready + this.#pool.frozen;
  }

  /** It, as far as its memory matters. */
  watched(): WatchedFunction {
    const { minInstances, provisioned } = this.#scaling();
    return {
      name: this.config.name,
      kept: Math.max(minInstances, provisioned),
      requests: this.activator.requests,
      queued: this.activator.queued,
      instances: () => this.#revisions.instances(),
      idle: () => this.#revisions.idle(),
      onRoom: () => this.#loop.decide(),
    };
  }

  /** Starts what must run without any request. */
  start(): void {
    this.#isServing = true;
    // What it starts at once comes first: that begins its template by itself.
    this.#startWarm();
    this.#revision.launcher.prepare();
  }

  #startWarm(): void {
    if (this.#warm === 0) return this.#loop.decide();
    this.activator.lastActiveAt = performance.now();
    this.#warmTimer = setTimeout(() => this.#cool(), keepWarmMs).unref();
    this.#loop.use(this.#pool, this.#scaling());
  }

  /**
   * Starts as many instances as the host before had, within this one's limits. Before `start`.
   *
   * @returns how many are ready
   * @throws TIDEGATE_INSTANCE_EXITED and what else keeps an instance from starting, when none is ready
   */
  async warm(count: number): Promise<number> {
    this.#warm = Math.min(count, this.#scaling().maxInstances);
    const error = await startInstances(this.#pool, this.#warm, () => this.#isStopped);
    if (error !== null) throw error;
    // Where this host serves by now, the one before being gone, its load speaks for the instances already.
    if (!this.#isServing) this.#warm = this.#pool.ready;
    return this.#pool.ready;
  }

  /**
   * Ends all instances: asks them to end, those in use first when they are no more or after the function's timeout
   * ("drain"), and kills them later; or kills them at once. Resolves when they are gone.
   */
  async stop(how: "drain" | "terminate" | "kill"): Promise<void> {
    this.#isStopped = true;
    this.#loop.stop();
    if (this.#warmTimer !== null) clearTimeout(this.#warmTimer);
    await this.#revisions.close(how, "the host stops");
  }

  /** Serves what is admitted already to its end, and ends. Nothing may be admitted any more. */
  async retire(): Promise<void> {
    while (this.activator.queued > 0 && !this.#isStopped) {
      await setTimeoutAsync(lookMs);
      this.activator.sweep(performance.now());
    }
    if (this.#isStopped) return;
    this.#loop.stop();
    await this.#revisions.close("drain", "its function was removed");
  }

  /** The template of the revision that serves. */
  template(): TemplateInfo {
    return this.#revision.launcher.info();
  }

  infos(): InstanceInfo[] {
    return this.#revisions.infos();
  }

  /**
   * Makes a change ready to serve: starts a new revision where one is needed, as many instances of it as the old one has.
   * Without instances there is nothing to hand over: the next request starts the new revision.
   *
   * @param isForced whether there is a new revision although nothing differs: the files of the app may
   * @throws why the new revision does not start; all is as it was then
   */
  async prepare(given: FunctionOptions, isForced: boolean): Promise<PreparedChange> {
    const old = this.#revision;
    const action = isForced || differenceOf(this.#given, given) === "revision" ? "revision" : "adjusted";
    const config = functionConfig(given);
    if (action === "adjusted") {
      return {
        action,
        commit: () => this.#use(given, config, old),
        abort: () => Promise.resolve(),
      };
    }
    const next = this.#revisions.create(config);
    const abort = (): Promise<void> => this.#revisions.end(next, "terminate", "it is not wanted any more");
    if (this.answering + old.pool.starting > 0) {
      const most = { ...autoscalerDefaults, ...given.scaling }.maxInstances;
      const count = Math.max(1, Math.min(this.answering, most));
      const error = await startInstances(next.pool, count, () => this.#isStopped);
      if (error !== null) {
        await abort();
        throw error;
      }
    }
    return { action, commit: () => this.#use(given, config, next), abort };
  }

  #use(given: FunctionOptions, config: FunctionConfig, next: Revision): void {
    const old = this.#revision;
    this.#given = given;
    this.#config = config;
    this.#revision = next;
    this.activator.use(next.pool, config);
    this.#loop.use(next.pool, this.#scaling());
    if (this.#isServing) next.launcher.prepare();
    if (next !== old) void this.#revisions.end(old, "drain", "a new revision serves");
  }

  /** From now on the load alone says how many instances there are. */
  #cool(): void {
    this.#warm = 0;
    this.#loop.use(this.#pool, this.#scaling());
  }

  #scaling(): AutoscalerConfig {
    const config = this.scaling;
    return this.#warm > config.minInstances ? { ...config, minInstances: this.#warm } : config;
  }

  get #pool(): InstancePool {
    return this.#revision.pool;
  }

  /** What happens in other pools, or before this function serves, is no reason to scale. */
  #isServedBy(pool: InstancePool): boolean {
    return this.#isServing && pool === this.#pool;
  }

  /** Whether there is memory for a further instance; where it is short, for load only. */
  #mayStart(): boolean {
    const { memory = openGate } = this.#options;
    return memory.canStart && (!memory.isTight || this.activator.inFlight + this.activator.queued > 0);
  }

  #listenerOf(pool: InstancePool): PoolListener {
    return {
      onReady: () => {
        if (!this.#isServedBy(pool)) return;
        this.activator.onRoom();
        this.#loop.decide();
      },
      onStartTimeout: (startedAt, refusal) => {
        if (this.#isServedBy(pool)) this.activator.refuseAll(refusal, startedAt);
      },
      onGone: () => {
        if (!this.#isServedBy(pool)) return;
        const refusal = pool.refusal(performance.now());
        if (refusal !== null) this.activator.refuseAll(refusal);
        this.#loop.decide();
      },
    };
  }
}

function scalingConfig(given: FunctionOptions, config: FunctionConfig): AutoscalerConfig {
  return { ...autoscalerDefaults, ...given.scaling, concurrency: config.concurrency };
}
