/** What has deadlines of its own. */
export interface Sweepable {
  sweep(now: number): void;
}

/** Timeouts below this, in milliseconds, need a closer look than the gateway's about once a second. */
const closeBelowMs = 8_000;

/** So many looks in the time of a timeout make it at most so much too late. */
const looks = 8;

/**
 * Looks after requests whose timeouts are short, in an interval that fits them, as long as there are any. Functions with
 * longer timeouts have none: the gateway's own sweep is close enough.
 */
export class DeadlineWatch {
  readonly #intervalMs: number;
  readonly #watched: Set<Sweepable> = new Set();
  #timer: NodeJS.Timeout | null = null;

  /** @param shortestMs the shortest of the timeouts */
  constructor(shortestMs: number) {
    this.#intervalMs = Math.max(5, shortestMs / looks);
  }

  add(sweepable: Sweepable): void {
    this.#watched.add(sweepable);
    this.#timer ??= setInterval(() => this.#sweep(), this.#intervalMs).unref();
  }

  delete(sweepable: Sweepable): void {
    this.#watched.delete(sweepable);
  }

  #sweep(): void {
    const now = performance.now();
    for (const each of this.#watched) each.sweep(now);
    // Not when the last one is deleted: under load the next one comes at once.
    if (this.#watched.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** The watch that timeouts need, 0 meaning none of them; null when they are long. */
export function watchFor(...timeoutsMs: readonly number[]): DeadlineWatch | null {
  const shortest = Math.min(...timeoutsMs.filter((timeoutMs) => timeoutMs > 0));
  return shortest < closeBelowMs ? new DeadlineWatch(shortest) : null;
}
