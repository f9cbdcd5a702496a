/** What an invocation is taken to last before one is done, in milliseconds; it counts as one. */
const unknownMs = 100;
/** From so many on it is known. */
const needed = 3;
/** After so many all of them count half: old ones are forgotten. */
const kept = 512;

/**
 * How long an instance takes for an invocation: time in service, of all of them together, divided by how many are done.
 * Those that still run are part of it, so an invocation that takes long is noticed before it ends.
 *
 * @example
 * // 3 have run for 10 s each and none is done: (30 s + 0.1 s) / 1 = 30.1 s
 */
export class ServiceTime {
  #area = unknownMs;
  #done = 1;
  #inFlight = 0;
  #last = 0;

  record(now: number, inFlight: number, done: number): void {
    if (this.#inFlight > 0) this.#area += this.#inFlight * (now - this.#last);
    this.#last = now;
    this.#inFlight = inFlight;
    if (done === 0) return;
    this.#done += done;
    if (this.#done < kept) return;
    this.#area /= 2;
    this.#done /= 2;
  }

  /** Whether enough are done to go by their mean. */
  get isKnown(): boolean {
    return this.#done >= 1 + needed;
  }

  /** Mean, in milliseconds, at the time of the last record. */
  get meanMs(): number {
    return this.#area / this.#done;
  }
}
