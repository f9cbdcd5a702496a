import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import {
  type AutoscalerConfig,
  autoscalerDefaults,
  type FunctionConfig,
  FunctionMeter,
  Histogram,
  type InstanceInfo,
  InstanceMeter,
  type InstanceStart,
  type TemplateInfo,
} from "@tidegate/core";
import { Activator } from "./activator/activator.ts";
import { AutoscalerLoop } from "./autoscaler/autoscaler-loop.ts";
import type { InstanceGroups } from "./cgroup/instance-groups.ts";
import { functionConfig } from "./function-config.ts";
import type { FunctionOptions, HostEvent } from "./host-options.ts";
import { InstancePool } from "./instance/pool.ts";
import { type MemoryGate, openGate } from "./memory/memory-gate.ts";
import type { WatchedFunction } from "./memory/memory-guard.ts";
import { differenceOf } from "./reload/change.ts";
import { startInstances } from "./reload/start-instances.ts";
import { RevisionLauncher } from "./template/revision-launcher.ts";
import { TemplateStore } from "./template/template-store.ts";

export interface ServedFunctionOptions {
  /** Folder for the instances' sockets, known once the host started. */
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  readonly onEvent: (event: HostEvent) => void;
  /** What memory allows. Default: everything. */
  readonly memory?: MemoryGate;
  /** The templates of the host. Default: a store of its own. */
  readonly templates?: TemplateStore;
  /** Where instances get control groups, known once the host started. Default: they get none. */
  readonly groups?: () => InstanceGroups | null;
}

/** A revision, as it is served. */
interface Served {
  readonly pool: InstancePool;
  readonly launcher: RevisionLauncher;
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
  readonly instanceMeter: InstanceMeter = new InstanceMeter();
  /** How long its instances took to get ready, by how they were started. */
  readonly startTimes: Readonly<Record<InstanceStart, Histogram>> = { fork: new Histogram(), process: new Histogram() };
  /** As described last: a later reload keeps what earlier ones changed. */
  #given: FunctionOptions;
  readonly #options: ServedFunctionOptions;
  readonly #templates: TemplateStore;
  readonly #loop: AutoscalerLoop;
  /** That which serves, those of older revisions whose instances still drain, and one that a reload starts. */
  readonly #pools: Set<InstancePool> = new Set();
  #config: FunctionConfig;
  #pool: InstancePool;
  /** That of the pool that serves. */
  #launcher: RevisionLauncher;
  #revisions = 0;
  /** Instances that are kept whatever the load says, because the host before had them. */
  #warm = 0;
  #warmTimer: NodeJS.Timeout | null = null;
  #isServing = false;
  #isStopped = false;

  constructor(given: FunctionOptions, options: ServedFunctionOptions) {
    this.#given = given;
    this.#options = options;
    this.#templates = options.templates ?? new TemplateStore();
    this.#config = functionConfig(given);
    ({ pool: this.#pool, launcher: this.#launcher } = this.#createRevision(this.#config));
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
      instances: () => [...this.#pools].flatMap((pool) => pool.instances()),
      idle: () => [...this.#pools].flatMap((pool) => pool.idle()),
      onRoom: () => this.#loop.decide(),
    };
  }

  /** Starts what must run without any request. */
  start(): void {
    this.#isServing = true;
    // What it starts at once comes first: that begins its template by itself.
    this.#startWarm();
    this.#launcher.prepare();
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
    await Promise.all([...this.#pools].map((pool) => pool.close(how, "the host stops")));
  }

  /** Serves what is admitted already to its end, and ends. Nothing may be admitted any more. */
  async retire(): Promise<void> {
    while (this.activator.queued > 0 && !this.#isStopped) {
      await setTimeoutAsync(lookMs);
      this.activator.sweep(performance.now());
    }
    if (this.#isStopped) return;
    this.#loop.stop();
    await Promise.all([...this.#pools].map((pool) => pool.close("drain", "its function was removed")));
  }

  /** The template of the revision that serves. */
  template(): TemplateInfo {
    return this.#launcher.info();
  }

  infos(): InstanceInfo[] {
    return [...this.#pools].flatMap((pool) => pool.infos());
  }

  /**
   * Makes a change ready to serve: starts a new revision where one is needed, as many instances of it as the old one has.
   * Without instances there is nothing to hand over: the next request starts the new revision.
   *
   * @param isForced whether there is a new revision although nothing differs: the files of the app may
   * @throws why the new revision does not start; all is as it was then
   */
  async prepare(given: FunctionOptions, isForced: boolean): Promise<PreparedChange> {
    const old = this.#pool;
    const action = isForced || differenceOf(this.#given, given) === "revision" ? "revision" : "adjusted";
    const config = functionConfig(given);
    if (action === "adjusted") {
      return {
        action,
        commit: () => this.#use(given, config, { pool: old, launcher: this.#launcher }),
        abort: () => Promise.resolve(),
      };
    }
    const next = this.#createRevision(config);
    const abort = async (): Promise<void> => {
      await next.pool.close("terminate", "it is not wanted any more");
      this.#pools.delete(next.pool);
    };
    if (this.answering + old.starting > 0) {
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

  #use(given: FunctionOptions, config: FunctionConfig, { pool, launcher }: Served): void {
    const old = this.#pool;
    this.#given = given;
    this.#config = config;
    this.#pool = pool;
    this.#launcher = launcher;
    this.activator.use(pool, config);
    this.#loop.use(pool, this.#scaling());
    if (this.#isServing) launcher.prepare();
    if (pool !== old) void old.close("drain", "a new revision serves").then(() => this.#pools.delete(old));
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

  #onEvent(event: HostEvent): void {
    if (event.type === "instance") {
      const now = performance.now();
      // One that lives for seconds may be gone before metrics look at it.
      const memoryBytes = event.state === "draining" ? this.#memoryOf(event.instance) : null;
      if (memoryBytes !== null) this.instanceMeter.memory(event.instance, memoryBytes, now);
      if (event.startMs !== null) this.startTimes[event.start].record(event.startMs);
      this.instanceMeter.change(event.instance, event.state, now);
    }
    this.#options.onEvent(event);
  }

  #memoryOf(instance: string): number | null {
    for (const pool of this.#pools) {
      const found = pool.find(instance);
      if (found !== null) return found.memoryBytes;
    }
    return null;
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

  #createRevision(config: FunctionConfig): Served {
    const { runtimeDir, publicPort, groups, onEvent } = this.#options;
    const revision = `r${++this.#revisions}`;
    const launcher = new RevisionLauncher({
      function: config,
      revision,
      runtimeDir,
      publicPort,
      ...(groups && { groups }),
      store: this.#templates,
      onProblem: (code, message) => onEvent({ type: "problem", code, function: config.name, message }),
      isAwaited: () => this.#isServedBy(pool) && this.activator.queued > 0,
    });
    const pool = new InstancePool({
      ...this.#options,
      function: config,
      revision,
      launcher,
      onEvent: (event) => this.#onEvent(event),
      mayStart: () => this.#mayStart(),
    });
    pool.listen({
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
    });
    this.#pools.add(pool);
    return { pool, launcher };
  }
}

function scalingConfig(given: FunctionOptions, config: FunctionConfig): AutoscalerConfig {
  return { ...autoscalerDefaults, ...given.scaling, concurrency: config.concurrency };
}
