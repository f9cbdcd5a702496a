import { type FunctionConfig, Histogram, type InstanceInfo, InstanceMeter, type InstanceStart } from "@tidegate/core";
import type { InstanceGroups } from "./cgroup/instance-groups.ts";
import type { HostEvent } from "./host-options.ts";
import type { Instance } from "./instance/instance.ts";
import { InstancePool, type PoolListener } from "./instance/pool.ts";
import { RevisionLauncher } from "./template/revision-launcher.ts";
import { TemplateStore } from "./template/template-store.ts";

/** One revision: what starts its instances, and those there are. */
export interface Revision {
  readonly pool: InstancePool;
  readonly launcher: RevisionLauncher;
}

/** What the instances of all revisions need of their host. */
export interface RevisionServices {
  /** Folder for the instances' sockets, known once the host started. */
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  readonly onEvent: (event: HostEvent) => void;
  /** The templates of the host. Default: a store of its own. */
  readonly templates?: TemplateStore;
  /** Where instances get control groups, known once the host started. Default: they get none. */
  readonly groups?: () => InstanceGroups | null;
}

/** What the function that is served says of them. */
export interface RevisionsOwner {
  /** Whether requests wait for an instance of this pool. */
  readonly isAwaited: (pool: InstancePool) => boolean;
  /** Whether memory allows to start one. */
  readonly mayStart: () => boolean;
  readonly listenerOf: (pool: InstancePool) => PoolListener;
}

/** The revisions of a function: that which serves, older ones whose instances still drain, and one that a reload starts. */
export class FunctionRevisions {
  /** What their instances have used. */
  readonly meter: InstanceMeter = new InstanceMeter();
  /** How long their instances took to get ready, by how they were started. */
  readonly startTimes: Readonly<Record<InstanceStart, Histogram>> = { fork: new Histogram(), process: new Histogram() };
  readonly #services: RevisionServices;
  readonly #templates: TemplateStore;
  readonly #owner: RevisionsOwner;
  readonly #pools: Set<InstancePool> = new Set();
  #made = 0;

  constructor(services: RevisionServices, owner: RevisionsOwner) {
    this.#services = services;
    this.#templates = services.templates ?? new TemplateStore();
    this.#owner = owner;
  }

  /** The next one, without instances yet. */
  create(config: FunctionConfig): Revision {
    const { runtimeDir, publicPort, groups, onEvent } = this.#services;
    const revision = `r${++this.#made}`;
    const launcher = new RevisionLauncher({
      function: config,
      revision,
      runtimeDir,
      publicPort,
      ...(groups && { groups }),
      store: this.#templates,
      onProblem: (code, message) => onEvent({ type: "problem", code, function: config.name, message }),
      isAwaited: () => this.#owner.isAwaited(pool),
    });
    const pool = new InstancePool({
      function: config,
      revision,
      runtimeDir,
      publicPort,
      launcher,
      onEvent: (event) => this.#onEvent(event),
      mayStart: this.#owner.mayStart,
    });
    pool.listen(this.#owner.listenerOf(pool));
    this.#pools.add(pool);
    return { pool, launcher };
  }

  /** Ends one. Resolves when its instances are gone. */
  async end({ pool }: Revision, how: "drain" | "terminate", reason: string): Promise<void> {
    await pool.close(how, reason);
    this.#pools.delete(pool);
  }

  /** Ends the instances of all of them. Resolves when they are gone. */
  async close(how: "drain" | "terminate" | "kill", reason: string): Promise<void> {
    await Promise.all([...this.#pools].map((pool) => pool.close(how, reason)));
  }

  infos(): InstanceInfo[] {
    return [...this.#pools].flatMap((pool) => pool.infos());
  }

  /** All instances, in whatever state. */
  instances(): Instance[] {
    return [...this.#pools].flatMap((pool) => pool.instances());
  }

  /** Instances that do nothing now. */
  idle(): Instance[] {
    return [...this.#pools].flatMap((pool) => pool.idle());
  }

  #onEvent(event: HostEvent): void {
    if (event.type === "instance") {
      const now = performance.now();
      // One that lives for seconds may be gone before metrics look at it.
      const memoryBytes = event.state === "draining" ? this.#memoryOf(event.instance) : null;
      if (memoryBytes !== null) this.meter.memory(event.instance, memoryBytes, now);
      if (event.startMs !== null) this.startTimes[event.start].record(event.startMs);
      this.meter.change(event.instance, event.state, now);
    }
    this.#services.onEvent(event);
  }

  #memoryOf(instance: string): number | null {
    for (const pool of this.#pools) {
      const found = pool.find(instance);
      if (found !== null) return found.memoryBytes;
    }
    return null;
  }
}
