import { autoscalerDefaults, type InstanceInfo } from "@tidegate/core";
import { checkEntry } from "../entry.ts";
import type { FunctionOptions } from "../host-options.ts";
import { type PreparedChange, ServedFunction, type ServedFunctionOptions } from "../served-function.ts";
import { type Change, differenceOf } from "./change.ts";

/** Other functions than now, ready to serve. */
export interface PreparedTable {
  /** They are served from now on; what is not any more drains. */
  commit(): Change[];
  /** Ends what was started for them. Resolves when that is gone. */
  abort(): Promise<void>;
}

interface Step {
  readonly fn: ServedFunction;
  readonly commit: () => Change | null;
  readonly abort: () => Promise<void>;
}

/** The functions of a host, and those that come and go. */
export class FunctionTable {
  readonly #services: ServedFunctionOptions;
  #current: readonly ServedFunction[];
  /** Not served yet, or not any more. */
  readonly #others: Set<ServedFunction> = new Set();

  constructor(given: readonly FunctionOptions[], services: ServedFunctionOptions) {
    this.#services = services;
    this.#current = given.map((options) => new ServedFunction(options, services));
  }

  /** Those that are served. */
  get current(): readonly ServedFunction[] {
    return this.#current;
  }

  find(name: string): ServedFunction | null {
    return this.#current.find(({ config }) => config.name === name) ?? null;
  }

  /** Those that are served, and those that come and go. */
  all(): ServedFunction[] {
    return [...this.#current, ...this.#others];
  }

  infos(): InstanceInfo[] {
    return this.all().flatMap((fn) => fn.infos());
  }

  start(): void {
    for (const fn of this.#current) fn.start();
  }

  /**
   * Starts as many instances of each function as the host before had.
   *
   * @param ready instances by function name; names that are none are left out
   * @returns how many are ready
   */
  async warm(ready: Readonly<Record<string, number>>): Promise<number> {
    const counts = await Promise.all(this.#current.map((fn) => fn.warm(ready[fn.config.name] ?? 0)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async stop(how: "drain" | "terminate" | "kill"): Promise<void> {
    await Promise.all(this.all().map((fn) => fn.stop(how)));
  }

  /**
   * Makes other functions ready to serve: starts the revisions that are new.
   *
   * @param redeployed names of those that get a new revision in any case
   * @throws why one of them cannot start; nothing has changed then, and nothing started is left
   */
  async prepare(next: readonly FunctionOptions[], redeployed: ReadonlySet<string>): Promise<PreparedTable> {
    const outcomes = await Promise.allSettled(next.map((given) => this.#step(given, redeployed.has(given.name))));
    const steps = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    const abort = async (): Promise<void> => {
      await Promise.all(steps.map((step) => step.abort()));
    };
    if (failed !== undefined) {
      await abort();
      throw failed.reason;
    }
    return { commit: () => this.#commit(steps), abort };
  }

  #commit(steps: readonly Step[]): Change[] {
    const names = new Set(steps.map(({ fn }) => fn.config.name));
    const leaving = this.#current.filter(({ config }) => !names.has(config.name));
    this.#current = steps.map(({ fn }) => fn);
    const changes = steps.map((step) => step.commit()).filter((change) => change !== null);
    for (const fn of leaving) {
      this.#others.add(fn);
      void fn.retire().then(() => this.#others.delete(fn));
    }
    return [
      ...changes,
      ...leaving.map(
        ({ config }): Change => ({ kind: "function", name: config.name, action: "removed", revision: null }),
      ),
    ];
  }

  async #step(given: FunctionOptions, isForced: boolean): Promise<Step> {
    const fn = this.find(given.name);
    if (fn === null) return this.#join(given);
    if (!isForced && differenceOf(fn.given, given) === "none") return unchanged(fn);
    await checkEntry(given);
    const prepared: PreparedChange = await fn.prepare(given, isForced);
    const commit = (): Change => {
      prepared.commit();
      return { kind: "function", name: given.name, action: prepared.action, revision: fn.revision };
    };
    return { fn, commit, abort: prepared.abort };
  }

  async #join(given: FunctionOptions): Promise<Step> {
    await checkEntry(given);
    const fn = new ServedFunction(given, this.#services);
    this.#others.add(fn);
    const abort = async (): Promise<void> => {
      await fn.stop("terminate");
      this.#others.delete(fn);
    };
    const { minInstances, provisioned } = { ...autoscalerDefaults, ...given.scaling };
    try {
      await fn.warm(Math.max(minInstances, provisioned));
    } catch (error) {
      await abort();
      throw error;
    }
    const commit = (): Change => {
      this.#others.delete(fn);
      fn.start();
      return { kind: "function", name: given.name, action: "added", revision: fn.revision };
    };
    return { fn, commit, abort };
  }
}

function unchanged(fn: ServedFunction): Step {
  return { fn, commit: () => null, abort: () => Promise.resolve() };
}
