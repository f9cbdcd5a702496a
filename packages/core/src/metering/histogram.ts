/**
 * Upper bounds of the buckets in milliseconds, from a tenth of a millisecond to 300 seconds, six a decade: a quantile read
 * from them is at most a third too large. Round numbers, as they are read by people.
 */
export const durationBoundsMs: readonly number[] = [0.1, 1, 10, 100, 1_000, 10_000, 100_000]
  .flatMap((decade) => [1, 1.5, 2, 3, 5, 7.5].map((step) => Math.round(decade * step * 100) / 100))
  .filter((bound) => bound <= 300_000);

/** Times longer than what fits 31 bits of microseconds (35 minutes) are beyond all bounds anyway. */
const mostMs = 2_000_000;

/** What a histogram holds. */
export interface HistogramValues {
  /** Upper bounds of the buckets, inclusive, in milliseconds; one more bucket holds what exceeds the last. */
  readonly boundsMs: readonly number[];
  /** Values in each bucket, not cumulative; one more than bounds. */
  readonly counts: Readonly<Float64Array>;
  /** All values together, in milliseconds. */
  readonly sumMs: number;
  readonly count: number;
}

/**
 * Counts times in buckets of fixed bounds. Recording costs a few additions and comparisons and allocates nothing: the
 * highest bit of the time in microseconds tells where to begin looking, and no factor of two holds more than three bounds.
 *
 * @example
 * const waits = new Histogram();
 * waits.record(12.5);
 * waits.quantile(0.99); // 15: the bound of the bucket that holds it
 */
export class Histogram implements HistogramValues {
  readonly boundsMs: readonly number[];
  readonly counts: Float64Array;
  sumMs = 0;
  readonly #bounds: Float64Array;
  /** By highest bit of a time in microseconds: the first bucket that may hold it. */
  readonly #first: Uint8Array;

  /** @param boundsMs rising, at most 255. Default `durationBoundsMs` */
  constructor(boundsMs: readonly number[] = durationBoundsMs) {
    this.boundsMs = boundsMs;
    this.#bounds = Float64Array.from([...boundsMs, Infinity]);
    this.counts = new Float64Array(this.#bounds.length);
    this.#first = Uint8Array.from({ length: 33 }, (_, bit) => {
      const leastMs = bit === 0 ? 0 : 2 ** (bit - 1) / 1000;
      return this.#bounds.findIndex((bound) => bound >= leastMs);
    });
  }

  /** Counts one time. Negative ones, as a clock may give, count as 0. */
  record(ms: number): void {
    let value = 0;
    if (ms > 0) value = ms;
    let bucket = this.#first[32 - Math.clz32(Math.min(value, mostMs) * 1000)] ?? 0;
    while (value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += value;
  }

  get count(): number {
    let count = 0;
    for (const each of this.counts) count += each;
    return count;
  }

  /** Bound of the bucket that holds the quantile, in milliseconds: what `part` of the values do not exceed; 0 without any. */
  quantile(part: number): number {
    const rank = Math.max(1, Math.ceil(this.count * part));
    let below = 0;
    for (const [bucket, count] of this.counts.entries()) {
      below += count;
      if (below >= rank) return this.#bounds[bucket] ?? Infinity;
    }
    return 0;
  }
}
