/** So many of the last periods are looked at. */
const kept = 6;
/** From so many equal periods on there is a rhythm. */
const needed = 3;
/** Periods may differ by this part of their length. */
const tolerance = 0.02;
/** Shorter ones are load and no rhythm, in milliseconds. */
const shortestMs = 5_000;
/** What comes again after a shorter pause belongs to the same burst, in milliseconds. */
const shortestPauseMs = shortestMs / 2;

/** What is due next, by a function's rhythm. */
export interface Due {
  /** When, in milliseconds. */
  readonly at: number;
  /** By how much it may be earlier or later, in milliseconds. */
  readonly spreadMs: number;
  /** Invocations at once to expect. */
  readonly load: number;
}

/**
 * Finds that invocations come at equal intervals, as what a cron job sends: the times between the beginnings of the
 * function's bursts are the same, to two percent. A burst that does not come ends the rhythm until the next.
 */
export class Rhythm {
  readonly #periods: number[] = [];
  readonly #loads: number[] = [];
  #wokeAt: number | null = null;
  /** Most at once since then. */
  #load = 0;
  #due: Due | null = null;

  /** After a pause of so long invocations come again, both in milliseconds; null: these are the first. */
  wake(now: number, pauseMs: number | null): void {
    if (this.#wokeAt !== null) {
      if (pauseMs !== null && pauseMs < shortestPauseMs) return;
      push(this.#loads, this.#load);
      push(this.#periods, now - this.#wokeAt);
    }
    this.#wokeAt = now;
    this.#load = 0;
    this.#due = this.#find(now);
  }

  /** So many run and wait. */
  record(load: number): void {
    if (load > this.#load) this.#load = load;
  }

  /** What is due next; null when there is no rhythm, or the last burst did not come. */
  due(now: number): Due | null {
    return this.#due === null || now > this.#due.at + this.#due.spreadMs + shortestMs ? null : this.#due;
  }

  #find(now: number): Due | null {
    if (this.#periods.length < needed) return null;
    const sorted = this.#periods.toSorted((a, b) => a - b);
    const periodMs = middle(sorted);
    const spreadMs = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
    if (periodMs < shortestMs || spreadMs > periodMs * tolerance) return null;
    return { at: now + periodMs, spreadMs, load: middle(this.#loads.toSorted((a, b) => a - b)) };
  }
}

function middle(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? 0;
}

function push(list: number[], value: number): void {
  list.push(value);
  if (list.length > kept) list.shift();
}
