import type { InstanceState } from "@tidegate/core";
import type { Instance } from "./instance.ts";
import { LoadOrder } from "./load-order.ts";

const thawReason = "a request came";

/** The instances of a pool by what they can do, and the choice of one for an invocation. */
export class Roster {
  readonly #all: Map<string, Instance> = new Map();
  readonly #starting: Set<Instance> = new Set();
  readonly #ready: LoadOrder<Instance> = new LoadOrder();
  /** The one frozen last is the freshest: it has the most of its memory in place. */
  readonly #frozen: LoadOrder<Instance> = new LoadOrder();

  get starting(): number {
    return this.#starting.size;
  }

  get ready(): number {
    return this.#ready.size;
  }

  get frozen(): number {
    return this.#frozen.size;
  }

  find(name: string): Instance | null {
    return this.#all.get(name) ?? null;
  }

  all(): Instance[] {
    return [...this.#all.values()];
  }

  /** From the one with the fewest invocations, and used the longest ago among equals. */
  readyColdestFirst(): Iterable<Instance> {
    return this.#ready.coldestFirst();
  }

  /** So many at most, frozen ones first. Nothing else is looked at: there may be thousands. */
  coldest(count: number): Instance[] {
    return take(take([], this.#frozen.coldestFirst(), count), this.#ready.coldestFirst(), count);
  }

  /** So many at most of those that are ready. */
  coldestReady(count: number): Instance[] {
    return take([], this.#ready.coldestFirst(), count);
  }

  /** Those that do nothing now, frozen ones first. */
  idle(): Instance[] {
    const idle = [...this.#frozen.coldestFirst()];
    for (const instance of this.#ready.coldestFirst()) {
      if (instance.inFlight > 0) break;
      idle.push(instance);
    }
    return idle;
  }

  startingLatestFirst(): Instance[] {
    return [...this.#starting].reverse();
  }

  freshestFrozen(avoided: Instance | null = null): Instance | null {
    const { first } = this.#frozen;
    return (first !== null && first.item === avoided ? this.#frozen.after(first) : first)?.item ?? null;
  }

  /** Puts an instance where its state belongs. Returns whether it took invocations before, at once or after a thaw. */
  arrange(instance: Instance): boolean {
    const { state, name } = instance;
    const order = this.#orderFor(state);
    const couldServe = instance.place !== null;
    if (instance.place !== null && instance.place.order !== order) {
      instance.place.order.remove(instance.place);
      instance.place = null;
    }
    if (order !== null) instance.place ??= order.add(instance, instance.inFlight);
    if (state === "starting") this.#starting.add(instance);
    else this.#starting.delete(instance);
    if (state === "stopped" || state === "failed") this.#all.delete(name);
    else this.#all.set(name, instance);
    return couldServe;
  }

  /**
   * Chooses the instance for an invocation: the preferred one if it has room; else the ready one with the fewest
   * invocations in flight, the most recently used among equals. Only when none has room a frozen one is thawed.
   *
   * Filling one instance up before the next is touched would keep still fewer hot, but a Node process computes one thing
   * at a time: invocations packed on it would wait for each other while other instances idle. Ties going to the freshest
   * is enough to let instances go: the load settles on as many instances as there are invocations at a time, and the
   * others see none, grow cold in order, and are frozen or stopped coldest first.
   *
   * @param concurrency most invocations in one instance
   * @param preferred name of an instance; null for none
   * @param avoided an instance that is not chosen, because it has just failed the request; null for none
   */
  pick(concurrency: number, preferred: string | null, avoided: Instance | null): Instance | null {
    if (preferred !== null) {
      const instance = this.#all.get(preferred);
      if (instance?.state === "frozen" && instance !== avoided) instance.thaw(thawReason);
      if (instance?.state === "ready" && instance !== avoided && instance.inFlight < concurrency) return instance;
    }
    let first = this.#ready.first;
    if (avoided !== null && first?.item === avoided) first = this.#ready.after(first);
    if (first !== null && first.load < concurrency) return first.item;
    const frozen = this.#frozen.size === 0 ? null : this.freshestFrozen(avoided);
    frozen?.thaw(thawReason);
    return frozen?.state === "ready" ? frozen : null;
  }

  #orderFor(state: InstanceState): LoadOrder<Instance> | null {
    if (state === "ready") return this.#ready;
    return state === "frozen" ? this.#frozen : null;
  }
}

/** Adds items until there are so many. */
function take<Item>(taken: Item[], items: Iterable<Item>, count: number): Item[] {
  if (taken.length >= count) return taken;
  for (const item of items) if (taken.push(item) >= count) break;
  return taken;
}
