import type { Instance } from "./instance.ts";
import { LoadOrder } from "./load-order.ts";

const thawReason = "a request came";

/** The instances of a pool by what they can do, and the choice of one for an invocation. */
export class Roster {
  readonly #all: Map<string, Instance> = new Map();
  readonly #starting: Set<Instance> = new Set();
  readonly #ready: LoadOrder<Instance> = new LoadOrder();
  /** The one frozen last is the last: it has the most of its memory in place. */
  readonly #frozen: Set<Instance> = new Set();

  get starting(): number {
    return this.#starting.size;
  }

  get ready(): number {
    return this.#ready.size;
  }

  get frozen(): number {
    return this.#frozen.size;
  }

  all(): Instance[] {
    return [...this.#all.values()];
  }

  /** From the one with the fewest invocations, and used the longest ago among equals. */
  readyColdestFirst(): Instance[] {
    return [...this.#ready.coldestFirst()];
  }

  frozenColdestFirst(): Instance[] {
    return [...this.#frozen];
  }

  startingLatestFirst(): Instance[] {
    return [...this.#starting].reverse();
  }

  freshestFrozen(avoided: Instance | null = null): Instance | null {
    let freshest: Instance | null = null;
    for (const instance of this.#frozen) if (instance !== avoided) freshest = instance;
    return freshest;
  }

  /** Puts an instance where its state belongs. Returns whether it took invocations before, at once or after a thaw. */
  arrange(instance: Instance): boolean {
    const { state, name } = instance;
    const couldServe = instance.place !== null || this.#frozen.has(instance);
    if (state === "ready") instance.place ??= this.#ready.add(instance, instance.inFlight);
    else if (instance.place !== null) {
      this.#ready.remove(instance.place);
      instance.place = null;
    }
    setMember(this.#frozen, instance, state === "frozen");
    setMember(this.#starting, instance, state === "starting");
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
}

function setMember<Item>(set: Set<Item>, item: Item, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}
