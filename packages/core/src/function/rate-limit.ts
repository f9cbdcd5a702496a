/** How often a function may be called: a token bucket of `burst` tokens that fills by `perSecond`. */
export interface RateLimit {
  /** Requests per second in the long run, above 0. */
  readonly perSecond: number;
  /** Requests that may come at once, at least 1. */
  readonly burst: number;
  /** Whether all clients share one bucket, or each client address has its own. */
  readonly per: "function" | "client";
}
