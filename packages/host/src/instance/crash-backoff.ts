/** So many failures in a row, none of them with a finished invocation between, make a crash loop. */
const loopAfter = 3;
const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** Paces the starts of instances that fail. */
export class CrashBackoff {
  #failures = 0;
  #retryAt = 0;

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** When the next start may be tried, on the clock of `performance.now()`. */
  get retryAt(): number {
    return this.#retryAt;
  }

  get isLooping(): boolean {
    return this.#failures >= loopAfter;
  }

  /**
   * An instance failed. The pause before the next start doubles each time: 250 ms, 500 ms, ... up to 30 s.
   * @returns the pause in milliseconds
   */
  fail(now: number): number {
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures);
    this.#failures++;
    this.#retryAt = now + pauseMs;
    return pauseMs;
  }

  /** An instance worked: what failed before does not count any more. */
  succeed(): void {
    this.#failures = 0;
    this.#retryAt = 0;
  }
}
