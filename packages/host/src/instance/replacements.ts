import type { HostError } from "../errors.ts";
import type { Instance } from "./instance.ts";

export interface ReplacementOptions {
  /**
   * Starts the successor of an instance, which drains for this reason the moment the successor is ready: neither ever counts
   * beside the other.
   */
  readonly startSuccessor: (of: Instance, reason: string) => Promise<HostError | null>;
  /** Starts an instance for one that drains already. */
  readonly start: () => Promise<HostError | null>;
  /** Whether instances may be started now. */
  readonly canStart: () => boolean;
  /** Whether others than this one take invocations. */
  readonly hasOthers: (instance: Instance) => boolean;
}

interface Job {
  readonly reason: string;
  readonly isUnhealthy: boolean;
}

/**
 * Replaces instances that are worn or unhealthy, one after another: the successor is started first, and the next one has its
 * turn when the old one is gone. So no request finds fewer instances, and there is never more than one too many.
 */
export class Replacements {
  readonly #options: ReplacementOptions;
  readonly #jobs: Map<Instance, Job> = new Map();
  #isRunning = false;
  #isClosed = false;

  constructor(options: ReplacementOptions) {
    this.#options = options;
  }

  /** Replaces the instance when it has its turn. To be asked again while it is due: a start may fail, or not be possible yet. */
  ask(instance: Instance, reason: string, isUnhealthy: boolean): void {
    if (this.#isClosed || this.#jobs.get(instance)?.isUnhealthy === true) return;
    if (this.#jobs.has(instance) && !isUnhealthy) return;
    this.#jobs.set(instance, { reason, isUnhealthy });
    void this.#run();
  }

  /** Replaces nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#jobs.clear();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#next(); next !== null; next = this.#next()) await this.#replace(...next);
    this.#isRunning = false;
  }

  /** Unhealthy ones come first: requests suffer from them now. */
  #next(): [Instance, Job] | null {
    const jobs = [...this.#jobs];
    const job = jobs.find(([, { isUnhealthy }]) => isUnhealthy) ?? jobs[0] ?? null;
    return job;
  }

  async #replace(instance: Instance, { reason, isUnhealthy }: Job): Promise<void> {
    const isWanted = !this.#isClosed && instance.state === "ready" && this.#options.canStart();
    if (isWanted) {
      if (isUnhealthy && this.#options.hasOthers(instance)) {
        // The others can do its work: better fewer instances for a moment than requests on one that fails them.
        const gone = instance.drain(reason);
        await this.#options.start();
        await gone;
      } else if ((await this.#options.startSuccessor(instance, reason)) === null) await instance.drain(reason);
    }
    this.#jobs.delete(instance);
  }
}
