import { quantile } from "../statistics/quantile.ts";

/** What happened in one second of a run. */
export interface Second {
  /** Start of the second, in seconds since the run began. */
  readonly second: number;
  readonly requests: number;
  readonly failed: number;
  /** Median time to the whole response, in milliseconds; 0 without requests. */
  readonly p50Ms: number;
  /** Time to the whole response that 99 % do not exceed, in milliseconds; 0 without requests. */
  readonly p99Ms: number;
}

/** Sorts responses into seconds of a run, by the time they ended. */
export class Timeline {
  readonly #latencies: number[][] = [];
  readonly #failures: number[] = [];

  /** A response arrived whole `atMs` milliseconds into the run, and took `latencyMs`. */
  record(atMs: number, latencyMs: number): void {
    const second = Math.floor(atMs / 1000);
    const latencies = this.#latencies[second];
    if (latencies === undefined) this.#latencies[second] = [latencyMs];
    else latencies.push(latencyMs);
  }

  /** A request failed `atMs` milliseconds into the run. */
  fail(atMs: number, count = 1): void {
    const second = Math.floor(atMs / 1000);
    this.#failures[second] = (this.#failures[second] ?? 0) + count;
  }

  get requests(): number {
    return this.#latencies.reduce((sum, latencies) => sum + latencies.length, 0);
  }

  get failed(): number {
    return this.#failures.reduce((sum, count) => sum + count, 0);
  }

  /** Quantile of all latencies, in milliseconds. */
  latency(part: number): number {
    return quantile(this.#latencies.flat(), part);
  }

  /**
   * All seconds from the first on, also those in which nothing happened.
   *
   * @param untilMs end of the run, in milliseconds since it began. Default: the last response or failure
   */
  seconds(untilMs = 0): Second[] {
    const length = Math.max(this.#latencies.length, this.#failures.length, Math.ceil(untilMs / 1000));
    return Array.from({ length }, (_, second) => {
      const latencies = this.#latencies[second] ?? [];
      return {
        second,
        requests: latencies.length,
        failed: this.#failures[second] ?? 0,
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
      };
    });
  }
}
