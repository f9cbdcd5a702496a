/** Time constants of the means, in milliseconds: noise goes down with their length, lag up. */
const burstMs = 1_000;
const fastMs = 5_000;
const slowMs = 20_000;
/** Arrivals are counted this long before they enter the means, so that one costs an addition and no exponential. */
const slotMs = 100;

/** Exponential mean of a rate, which knows how much of its time it has seen: zeros before the first arrival do not count. */
class RateMean {
  readonly #timeMs: number;
  /** The first arrivals are taken to have come in a certain time at least: some at once are no endless rate. */
  readonly #leastKnown: number;
  #mean = 0;
  #known = 0;

  constructor(timeMs: number, leastMs: number) {
    this.#timeMs = timeMs;
    this.#leastKnown = 1 - Math.exp(-leastMs / timeMs);
  }

  add(perMs: number, forMs: number): void {
    const left = Math.exp(-forMs / this.#timeMs);
    this.#mean = this.#mean * left + perMs * (1 - left);
    this.#known = 1 - (1 - this.#known) * left;
  }

  get value(): number {
    return this.#mean / Math.max(this.#known, this.#leastKnown);
  }
}

/**
 * Arrivals per millisecond, as three exponential means. While the rate changes steadily each lags behind by its time
 * constant, so the difference of two tells the slope.
 *
 * @example
 * // rising by 1 a second each second, now at 100 a second: fast says 95, slow 80, slope (95 - 80) / 15 s = 1;
 * // 2 s ahead: 95 + 1 * (5 + 2) = 102
 */
export class ArrivalRate {
  readonly #burst: RateMean = new RateMean(burstMs, burstMs);
  readonly #fast: RateMean = new RateMean(fastMs, fastMs);
  readonly #slow: RateMean = new RateMean(slowMs, fastMs);
  #slotStart = Number.NaN;
  #count = 0;

  add(now: number, count: number): void {
    this.#advance(now);
    this.#count += count;
  }

  /**
   * Arrivals per millisecond to be expected `aheadMs` from `now`: while the rate rises its slope goes on; while it falls
   * the present rate is taken, as a fall may end at any time.
   */
  expected(now: number, aheadMs: number): number {
    this.#advance(now);
    const fast = this.#fast.value;
    const slope = Math.max(0, (fast - this.#slow.value) / (slowMs - fastMs));
    return fast + slope * Math.min(fastMs + aheadMs, slowMs);
  }

  /** The same where invocations already wait: then a rate of the last second counts, if it is higher. */
  expectedInBurst(now: number, aheadMs: number): number {
    return Math.max(this.expected(now, aheadMs), this.#burst.value);
  }

  #advance(now: number): void {
    if (Number.isNaN(this.#slotStart)) this.#slotStart = now;
    const slots = Math.floor((now - this.#slotStart) / slotMs);
    if (slots < 1) return;
    for (const mean of [this.#burst, this.#fast, this.#slow]) {
      mean.add(this.#count / slotMs, slotMs);
      if (slots > 1) mean.add(0, (slots - 1) * slotMs);
    }
    this.#slotStart += slots * slotMs;
    this.#count = 0;
  }
}
