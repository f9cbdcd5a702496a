import type { LoadHistory } from "../policy/policy.ts";
import { bucketMs } from "./constants.ts";

/** Means are cut to so many parts of one, so that a rounding error buys no instance. */
const precision = 1e6;

/**
 * Concurrency in buckets of one second, as Knative keeps it: the activator reports the mean of each second when it is over;
 * but of the first request after a silence it tells at once, as a concurrency of 1, so that the way up from zero waits
 * for no second to end. Seconds without load are reported while there are instances that can tell, which is as
 * long as the stable window; after that there are no data, and the windows begin anew.
 */
export class KpaHistory implements LoadHistory {
  readonly #sums: Float64Array;
  /** Number of the second of the oldest and latest entry; NaN: none yet. */
  #firstWrite = Number.NaN;
  #lastWrite = Number.NaN;
  #level = 0;
  /** Level times milliseconds, in the running second. */
  #area = 0;
  /** The running second, and how far it is added up. */
  #second = Number.NaN;
  #last = 0;
  #lastLoadAt = -Infinity;

  /** @param windowMs length of the longest window, in milliseconds */
  constructor(windowMs: number) {
    this.#sums = new Float64Array(Math.max(1, Math.ceil(windowMs / bucketMs)));
  }

  get windowMs(): number {
    return this.#sums.length * bucketMs;
  }

  record(now: number, inFlight: number, queued: number): void {
    this.#advance(now);
    const level = inFlight + queued;
    if (level > this.#level && this.#isSilent) this.#write(this.#second, 1);
    if (level > 0 || this.#level > 0) this.#lastLoadAt = now;
    this.#level = level;
  }

  /** Mean concurrency over the last `lengthMs` (at most the longest window's); null: there are no data. */
  average(now: number, lengthMs: number): number | null {
    this.#advance(now);
    const second = Math.floor(now / bucketMs);
    if (Number.isNaN(this.#lastWrite) || second - this.#lastWrite > this.#sums.length) return null;
    const length = Math.min(this.#sums.length, Math.ceil(lengthMs / bucketMs));
    const since = Math.max(second, this.#lastWrite) - length + 1;
    const age = Math.max(0, second - this.#lastWrite);
    if (age >= length) return 0;
    let total = 0;
    for (let at = Math.max(since, this.#firstWrite); at <= this.#lastWrite; at += 1) total += this.#at(at);
    const count = Math.min(this.#lastWrite - this.#firstWrite + 1, length - age);
    return Math.floor((total / count) * precision + 1e-3) / precision;
  }

  /** The activator knows of no request: neither now nor in the last whole second. */
  get #isSilent(): boolean {
    return this.#level === 0 && this.#area === 0 && (Number.isNaN(this.#lastWrite) || this.#at(this.#second) === 0);
  }

  #advance(now: number): void {
    const second = Math.floor(now / bucketMs);
    if (Number.isNaN(this.#second)) this.#second = second;
    while (this.#second < second) {
      const end = (this.#second + 1) * bucketMs;
      const mean = (this.#area + this.#level * (end - Math.max(this.#last, this.#second * bucketMs))) / bucketMs;
      if (mean > 0 || end - this.#lastLoadAt <= this.windowMs) this.#write(this.#second + 1, mean);
      else this.#second = second - 1; // nothing to tell until now
      this.#area = 0;
      this.#second += 1;
      this.#last = this.#second * bucketMs;
    }
    this.#area += this.#level * Math.max(0, now - Math.max(this.#last, second * bucketMs));
    this.#last = now;
  }

  #at(second: number): number {
    if (second > this.#lastWrite || second <= this.#lastWrite - this.#sums.length) return 0;
    return this.#sums[second % this.#sums.length] ?? 0;
  }

  #write(second: number, value: number): void {
    const length = this.#sums.length;
    if (Number.isNaN(this.#lastWrite) || second - this.#lastWrite >= length) {
      this.#sums.fill(0);
      this.#firstWrite = second;
    } else {
      for (let at = this.#lastWrite + 1; at <= second; at += 1) this.#sums[at % length] = 0;
    }
    this.#lastWrite = second;
    this.#sums[second % length] = (this.#sums[second % length] ?? 0) + value;
  }
}
