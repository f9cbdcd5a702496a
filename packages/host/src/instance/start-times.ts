/** What a start is taken to last before one was seen, in milliseconds: that of a Node app of middle size. */
const unknownStartMs = 300;
/** So many of the last starts are looked at: enough to pass over an odd one, few enough to follow a change. */
const kept = 7;

/** How long starts of one revision last, all of one kind. */
export class StartTimes {
  readonly #last: number[] = [];
  #median: number | null = null;
  readonly #unknownMs: number;

  /** @param unknownMs what to expect before the first start. Default 300 */
  constructor(unknownMs: number = unknownStartMs) {
    this.#unknownMs = unknownMs;
  }

  /** Median of the last starts, in milliseconds; null before the first. One slow start among quick ones must not move it. */
  get medianMs(): number | null {
    return this.#median;
  }

  /** The median, or what to expect before the first start. */
  get expectedMs(): number {
    return this.#median ?? this.#unknownMs;
  }

  add(startMs: number): void {
    this.#last.push(startMs);
    if (this.#last.length > kept) this.#last.shift();
    const sorted = [...this.#last].sort((a, b) => a - b);
    this.#median = sorted[sorted.length >> 1] ?? startMs;
  }
}
