import type { Waiter } from "./waiter.ts";

/** A waiter's place in a queue. */
export interface QueuePlace {
  readonly waiter: Waiter;
  /** Since when it waits, on the clock of `performance.now()`. */
  readonly since: number;
  /** Whether there is an instance that it must not have. */
  readonly isChoosy: boolean;
  before: QueuePlace | null;
  /** Stays when the place is left, so that who goes along the queue at that moment finds on. */
  behind: QueuePlace | null;
}

/**
 * First come, first served; leaving costs the same wherever one stands. A `Map` in insertion order would do, too, but
 * what was deleted at its front is walked over again and again until it is made anew.
 */
export class WaitQueue {
  #first: QueuePlace | null = null;
  #last: QueuePlace | null = null;
  #size = 0;
  #choosy = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether anyone waits who would take any instance. */
  get hasUndemanding(): boolean {
    return this.#size > this.#choosy;
  }

  /** Since when the one waits that waits longest; null when none does. */
  get oldestSince(): number | null {
    return this.#first?.since ?? null;
  }

  add(waiter: Waiter, since: number): void {
    const isChoosy = waiter.avoided !== null;
    const place: QueuePlace = { waiter, since, isChoosy, before: this.#last, behind: null };
    if (isChoosy) this.#choosy++;
    if (this.#last === null) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
    waiter.place = place;
    this.#size++;
  }

  /** Returns whether the waiter was in the queue. */
  delete(waiter: Waiter): boolean {
    const { place } = waiter;
    if (place === null) return false;
    waiter.place = null;
    if (place.before === null) this.#first = place.behind;
    else place.before.behind = place.behind;
    if (place.behind === null) this.#last = place.before;
    else place.behind.before = place.before;
    this.#size--;
    if (place.isChoosy) this.#choosy--;
    return true;
  }

  /** Those who wait, in order; they may leave meanwhile, and others come. */
  *places(): Generator<QueuePlace> {
    for (let place = this.#first; place !== null; place = place.behind) {
      if (place.waiter.place === place) yield place;
    }
  }
}
