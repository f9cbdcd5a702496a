/** What a start is taken to last before one was seen, in milliseconds: that of a Node app of middle size. */
const unknownStartMs = 300;
/** So many of the last starts are looked at: enough to pass over an odd one, few enough to follow a change. */
const kept = 7;

/** How long starts of one revision last. */
export class StartTimes {
  readonly #last: number[] = [];
  #median: number;

  /** @param expectedMs what to expect before the first start, such as that of the revision before */
  constructor(expectedMs: number = unknownStartMs) {
    this.#median = expectedMs;
  }

  /** Median of the last starts, in milliseconds. One slow start in a crowd of quick ones must not move it. */
  get expectedMs(): number {
    return this.#median;
  }

  add(startMs: number): void {
    this.#last.push(startMs);
    if (this.#last.length > kept) this.#last.shift();
    const sorted = [...this.#last].sort((a, b) => a - b);
    this.#median = sorted[sorted.length >> 1] ?? startMs;
  }
}
