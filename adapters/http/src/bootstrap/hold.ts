/** Longest that requests wait to learn from an earlier one what a function is, in milliseconds. */
const HOLD_MS = 250;

/**
 * Holds requests back while the first call of a function shows what it is: an app, or a factory that has to run once.
 *
 * Never for long, as an app may take its time for the first request, or answer it only when the next one has come.
 */
export class Hold {
  /** Resolves when it is known, or should no longer be waited for; rejects when the call failed. */
  readonly over: Promise<void>;
  /** Ends it. */
  readonly release: () => void;
  /** Ends it for a call that failed; those that were held back fail with it. */
  readonly fail: (error: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, HOLD_MS);
    const clear = (): void => clearTimeout(timer);
    promise.then(clear, clear);
    this.over = promise;
    this.release = resolve;
    this.fail = reject;
  }
}
