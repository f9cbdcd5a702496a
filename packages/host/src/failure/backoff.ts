const firstPauseMs = 250;
const defaultLongestMs = 30_000;

/** Paces what fails: the pause before the next try doubles each time. */
export class Backoff {
  readonly #longestMs: number;
  #failures = 0;
  #retryAt = 0;

  /** @param longestMs longest pause, in milliseconds. Default 30000 */
  constructor(longestMs: number = defaultLongestMs) {
    this.#longestMs = longestMs;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** When the next try is due, on the clock of `performance.now()`; 0 without failures. */
  get retryAt(): number {
    return this.#retryAt;
  }

  /**
   * It failed. The pause before the next try is 250 ms, then 500 ms, ... up to the longest.
   * @returns the pause in milliseconds
   */
  fail(now: number): number {
    const pauseMs = Math.min(this.#longestMs, firstPauseMs * 2 ** this.#failures);
    this.#failures++;
    this.#retryAt = now + pauseMs;
    return pauseMs;
  }

  /** It worked: what failed before does not count any more. */
  succeed(): void {
    this.#failures = 0;
    this.#retryAt = 0;
  }
}
