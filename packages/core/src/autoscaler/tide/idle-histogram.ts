/** Lower bound of the first bucket, in milliseconds. */
const firstMs = 100;
/** Each bucket is longer than the one before by this factor. */
const growth = 1.15;
/** The last bucket begins after more than a day. */
const buckets = 100;
/** After so many pauses all of them count half: old habits are forgotten. */
const kept = 512;
/** What was seen may be exceeded: a pause as long as the best time is kept through to so many times that. */
const reserve = 2;
const logGrowth = Math.log(growth);

/** How long the pauses of a function last, in buckets whose length grows with the pause. */
export class IdleHistogram {
  readonly #counts: Float64Array = new Float64Array(buckets);
  #total = 0;

  /** Pauses known, old ones in part. */
  get count(): number {
    return this.#total;
  }

  /** @param pauseMs length of a pause that has ended */
  add(pauseMs: number): void {
    const index = pauseMs <= firstMs ? 0 : Math.floor(Math.log(pauseMs / firstMs) / logGrowth);
    const bucket = Math.min(index, buckets - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (this.#total < kept) return;
    for (let at = 0; at < buckets; at += 1) this.#counts[at] = (this.#counts[at] ?? 0) / 2;
    this.#total /= 2;
  }

  /**
   * How long to keep an instance in a pause so that pauses cost least: each costs the time it is kept, and `restartMs` on
   * top if it goes on longer than that. Twice the time that has been best, as the next pause may be longer than those seen.
   *
   * @param restartMs what a stop too early is worth, in milliseconds of a kept instance
   * @param longestMs never keep longer
   *
   * @example
   * // of 10 pauses 8 last about 2 s and 2 an hour; a restart is worth 20 s:
   * // keep 0 s: 10 * 20 = 200; keep 2 s: 10 * 2 + 2 * 20 = 60; keep an hour: 8 * 2 + 2 * 3600. So: twice 2 s
   */
  bestKeepMs(restartMs: number, longestMs: number): number {
    let best = 0;
    let leastCost = this.#total * restartMs;
    let ended = 0;
    let keptMs = 0;
    for (let at = 0; at < buckets; at += 1) {
      const untilMs = firstMs * growth ** (at + 1);
      if (untilMs > longestMs) break;
      const count = this.#counts[at] ?? 0;
      if (count === 0) continue;
      ended += count;
      keptMs += count * untilMs;
      const cost = keptMs + (this.#total - ended) * (untilMs + restartMs);
      if (cost >= leastCost) continue;
      leastCost = cost;
      best = untilMs;
    }
    return Math.min(reserve * best, longestMs);
  }
}
