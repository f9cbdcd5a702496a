/** How it is told that an instance works. */
export interface HealthConfig {
  /** Path that must answer with 2xx or 3xx before an instance is ready; null: any HTTP answer to its first request will do. */
  readonly startupPath: string | null;
  /** Path that is asked while an instance is ready; null: none is. */
  readonly livenessPath: string | null;
  /** Time between two liveness checks, in milliseconds. */
  readonly intervalMs: number;
  /** Longest wait for the answer of one check, in milliseconds. */
  readonly timeoutMs: number;
  /** So many failed checks in a row make an instance unhealthy: it is replaced. */
  readonly failureThreshold: number;
  /**
   * An instance whose event loop stands still for this long is unhealthy, in milliseconds; 0: that is not looked at. Only
   * Node instances tell.
   */
  readonly maxEventLoopDelayMs: number;
}

/** What a function gets when it says nothing. */
export const healthDefaults: HealthConfig = {
  startupPath: null,
  livenessPath: null,
  intervalMs: 10_000,
  timeoutMs: 1_000,
  failureThreshold: 3,
  maxEventLoopDelayMs: 0,
};
