/** Weight of the newest time in the mean: of the last twenty or so. */
const weight = 0.1;

/** Four buckets to each doubling, from a quarter of a millisecond up to more than an hour. */
const perDoubling = 4;
const bucketCount = 24 * perDoubling;
const leastMs = 0.25;

/** When so many times are counted, all counts are halved: older ones weigh less and less. */
const mostCounted = 1024;

/** How long invocations hold their slots. Times are in milliseconds. */
export class ServiceTimes {
  /** Mean of the recent times; 0 before the first. */
  mean = 0;
  readonly #counts: Uint16Array = new Uint16Array(bucketCount);
  #counted = 0;

  add(durationMs: number): void {
    this.mean = this.#counted === 0 ? durationMs : this.mean + weight * (durationMs - this.mean);
    const bucket = Math.ceil(Math.log2(durationMs / leastMs) * perDoubling);
    const at = bucket > 0 ? Math.min(bucket, bucketCount - 1) : 0;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    if (++this.#counted >= mostCounted) this.#age();
  }

  /**
   * Time that this part of the invocations does not exceed, at most a fifth above the true one; 0 before the first.
   *
   * @param part above 0, up to 1
   */
  quantile(part: number): number {
    let left = part * this.#counted;
    if (left === 0) return 0;
    for (let at = 0; at < bucketCount; at++) {
      left -= this.#counts[at] ?? 0;
      if (left <= 0) return leastMs * 2 ** (at / perDoubling);
    }
    return leastMs * 2 ** (bucketCount / perDoubling);
  }

  #age(): void {
    this.#counted = 0;
    for (let at = 0; at < bucketCount; at++) {
      const halved = (this.#counts[at] ?? 0) >> 1;
      this.#counts[at] = halved;
      this.#counted += halved;
    }
  }
}
