/** Waiting times of a simulation: as many as there are, in one growing block of memory. */
export class Waits {
  #times: Float64Array = new Float64Array(1_024);
  #isSorted = true;
  count = 0;

  /** @param ms a time in milliseconds */
  add(ms: number): void {
    if (this.count === this.#times.length) {
      const longer = new Float64Array(this.count * 2);
      longer.set(this.#times);
      this.#times = longer;
    }
    this.#times[this.count++] = ms;
    this.#isSorted = false;
  }

  /** All, the shortest first. */
  sorted(): Float64Array {
    const all = this.#times.subarray(0, this.count);
    if (!this.#isSorted) all.sort();
    this.#isSorted = true;
    return all;
  }

  /** The time that this part of all does not exceed, in milliseconds; 0 when there are none. */
  quantile(part: number): number {
    return this.sorted()[Math.max(0, Math.ceil(this.count * part) - 1)] ?? 0;
  }
}
