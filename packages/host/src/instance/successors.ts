import type { Instance } from "./instance.ts";

/** Which instance another one stands in for, and why. */
export interface Succession {
  readonly of: Instance;
  readonly reason: string;
}

/** Instances that start to stand in for one that serves until then. They do not count: together they are one. */
export class Successors {
  readonly #all: Map<Instance, Succession> = new Map();

  get size(): number {
    return this.#all.size;
  }

  has(instance: Instance): boolean {
    return this.#all.has(instance);
  }

  add(instance: Instance, succession: Succession): void {
    this.#all.set(instance, succession);
  }

  /**
   * An instance changed its state. One whose predecessor goes before it is ready becomes an instance as any other.
   * @returns what the instance stands in for, if it has just become ready
   */
  onState(instance: Instance): Succession | null {
    const { state } = instance;
    if (state === "starting") return null;
    const succession = this.#all.get(instance) ?? null;
    this.#all.delete(instance);
    if (state === "ready" || state === "frozen") return succession;
    for (const [each, { of }] of this.#all) if (of === instance) this.#all.delete(each);
    return null;
  }
}
