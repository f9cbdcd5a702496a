/** Buckets a window is divided into: with 60 the stable window has one a second, as Knative's. */
const bucketCount = 60;
/** One more holds what is just leaving the window. */
const ringSize = bucketCount + 1;
/** The first second counts as a whole one, see `LevelWindow.average`. */
const shortestSpanMs = 1000;

/** Mean over time of a level that changes now and then, such as the concurrency of a function. */
export interface LevelWindow {
  /** The level is `value` from `now` (milliseconds) on. A `now` in the past counts as the latest one. */
  record(now: number, value: number): void;
  /**
   * Mean level over the window that ends at `now` (milliseconds), each level weighted with the time it lasted; 0 before
   * the first record. Time before the first record is not part of the mean, else a new function would look idle for a
   * minute; but at least one second is (or the whole of a shorter window), else its first invocation, 3 ms long, would
   * look like a steady concurrency of 1. Knative does both with its one-second buckets.
   */
  average(now: number): number;
}

/**
 * Creates a window of `lengthMs` milliseconds. Recording and reading cost a few additions and allocate nothing: the area
 * under the level is kept in a ring of 60 buckets, and the bucket that the window's far end cuts counts in proportion.
 *
 * @example
 * const window = createWindow(6_000);
 * window.record(0, 10); // 10 in flight for 3 s,
 * window.record(3_000, 0); // then none
 * window.average(4_000); // 10 * 3000 / 4000 = 7.5: the window has existed for 4 s
 * window.average(7_500); // 10 * 1500 / 6000 = 2.5: the first 1.5 s have left it
 */
export function createWindow(lengthMs: number): LevelWindow {
  return new RingWindow(lengthMs);
}

class RingWindow implements LevelWindow {
  readonly #lengthMs: number;
  readonly #bucketMs: number;
  /** Level times milliseconds, one a bucket. */
  readonly #areas: Float64Array = new Float64Array(ringSize);
  #total = 0;
  #index = 0;
  #bucketStart = 0;
  #level = 0;
  #first = Number.NaN;
  #last = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
    this.#bucketMs = lengthMs / bucketCount;
  }

  record(now: number, value: number): void {
    if (Number.isNaN(this.#first)) {
      this.#first = now;
      this.#last = now;
      this.#bucketStart = now;
    } else {
      this.#advance(now);
    }
    this.#level = value;
  }

  average(now: number): number {
    if (Number.isNaN(this.#first)) return 0;
    this.#advance(now);
    const leaving = this.#areas[(this.#index + 1) % ringSize] ?? 0;
    const gone = (this.#last - this.#bucketStart) / this.#bucketMs;
    const spanMs = Math.min(this.#lengthMs, Math.max(this.#last - this.#first, shortestSpanMs));
    return Math.max(0, (this.#total - leaving * gone) / spanMs);
  }

  #advance(now: number): void {
    if (now - this.#bucketStart >= ringSize * this.#bucketMs) this.#restart(now);
    let end = this.#bucketStart + this.#bucketMs;
    while (now >= end) {
      this.#add(end);
      this.#bucketStart = end;
      end += this.#bucketMs;
      this.#index = (this.#index + 1) % ringSize;
      this.#total -= this.#areas[this.#index] ?? 0;
      this.#areas[this.#index] = 0;
      if (this.#index === 0) this.#sumUp();
    }
    if (now > this.#last) this.#add(now);
  }

  #add(until: number): void {
    const area = this.#level * (until - this.#last);
    this.#areas[this.#index] = (this.#areas[this.#index] ?? 0) + area;
    this.#total += area;
    this.#last = until;
  }

  /** After a silence longer than the window only the present level is left in it. */
  #restart(now: number): void {
    this.#areas.fill(this.#level * this.#bucketMs);
    this.#areas[this.#index] = 0;
    this.#bucketStart = now;
    this.#last = now;
    this.#sumUp();
  }

  /** Once a lap the total is added up afresh, so that rounding errors do not gather over months. */
  #sumUp(): void {
    this.#total = 0;
    for (const area of this.#areas) this.#total += area;
  }
}
