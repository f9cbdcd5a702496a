import type { SimulatedInvocation } from "./traffic.ts";

/** Invocations that wait, first come first served, with the limits of the activator. */
export class SimulatedQueue {
  readonly #limit: number;
  readonly #timeoutMs: number;
  #waiting: SimulatedInvocation[] = [];
  #head = 0;
  /** Invocations that found it full, or waited too long. */
  refused = 0;

  /**
   * @param limit most that may wait
   * @param timeoutMs longest wait, in milliseconds
   */
  constructor(limit: number, timeoutMs: number) {
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  /** @returns false when there is no place for it */
  add(invocation: SimulatedInvocation): boolean {
    this.#expire(invocation.at);
    if (this.size >= this.#limit) {
      this.refused += 1;
      return false;
    }
    this.#waiting.push(invocation);
    return true;
  }

  /** The one that has waited longest; null when none waits any more. */
  take(now: number): SimulatedInvocation | null {
    this.#expire(now);
    return this.#shift();
  }

  #expire(now: number): void {
    for (let first = this.#waiting[this.#head]; first !== undefined; first = this.#waiting[this.#head]) {
      if (now - first.at <= this.#timeoutMs) return;
      this.#shift();
      this.refused += 1;
    }
  }

  #shift(): SimulatedInvocation | null {
    const first = this.#waiting[this.#head];
    if (first === undefined) return null;
    this.#head += 1;
    // Moving all others up at each step would take long where thousands wait.
    if (this.#head > 1_000 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}
