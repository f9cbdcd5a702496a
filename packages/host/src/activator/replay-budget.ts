/** Length of the window in milliseconds, in slots of a tenth of it. */
const windowMs = 10_000;
const slots = 10;
const slotMs = windowMs / slots;

/** Part of the requests in the window that may be sent again. */
const part = 0.2;

/**
 * Bounds how many requests of one function are sent again, so that replays do not hammer what is dying: in any 10 s a
 * fifth of its requests, and so many as one instance can have in flight, which may all be lost in one crash.
 *
 * At 100 requests per second and a concurrency of 100, 0.2 * 1000 + 100 = 300 replays in 10 s.
 */
export class ReplayBudget {
  readonly #requests: Int32Array = new Int32Array(slots);
  readonly #replays: Int32Array = new Int32Array(slots);
  #slot = 0;

  /** A request came. */
  countRequest(now: number): void {
    this.#forward(now);
    this.#add(this.#requests);
  }

  /** A request is to be sent again. Returns whether it may be; then it is counted. */
  take(now: number, concurrency: number): boolean {
    if (!this.hasRoom(now, concurrency)) return false;
    this.#add(this.#replays);
    return true;
  }

  hasRoom(now: number, concurrency: number): boolean {
    this.#forward(now);
    return sum(this.#replays) < part * sum(this.#requests) + concurrency;
  }

  #add(counts: Int32Array): void {
    const at = this.#slot % slots;
    counts[at] = (counts[at] ?? 0) + 1;
  }

  /** Empties the slots whose time has come again. */
  #forward(now: number): void {
    const slot = Math.floor(now / slotMs);
    if (slot === this.#slot) return;
    const from = Math.max(this.#slot + 1, slot - slots + 1);
    for (let each = from; each <= slot; each++) {
      this.#requests[each % slots] = 0;
      this.#replays[each % slots] = 0;
    }
    this.#slot = slot;
  }
}

function sum(counts: Int32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
