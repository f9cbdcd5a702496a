/**
 * When a function is not asked for a while, because its instances fail. Failures are answers that the gateway had to give
 * for the app: 502 and 504; a status that the app chose is none.
 */
export interface BreakerConfig {
  /** Part of the requests in the window that must fail, above 0 and up to 1. */
  readonly failureRate: number;
  /** With fewer requests in the window nothing is concluded. 0: there is no breaker. */
  readonly minRequests: number;
  /** Length of the window, in milliseconds. */
  readonly windowMs: number;
  /** How long requests are refused, in milliseconds; then one is let through, and closes the breaker if it succeeds. */
  readonly openMs: number;
}

/** What a function gets when it says nothing. */
export const breakerDefaults: BreakerConfig = { failureRate: 0.5, minRequests: 20, windowMs: 10_000, openMs: 5_000 };
