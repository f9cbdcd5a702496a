import { AsyncLocalStorage } from "node:async_hooks";

/** Something that has to be over by a time. */
export interface Expiring {
  /** When, in milliseconds since 1970. */
  readonly dueMs: number;
  /** Called once when the time has come. */
  expire(): void;
}

// The timer serves all invocations, so it must not carry the context of the one that armed it.
const outside: <R>(run: () => R) => R = AsyncLocalStorage.snapshot();

// setTimeout takes 31 bits of milliseconds; longer waits are taken in steps.
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Watches the deadlines of running invocations with one timer, which is armed seldom: making and clearing one for
 * each call would cost more than the rest of the bookkeeping, for deadlines that nearly never come.
 */
class DeadlineWatch {
  readonly #running = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  add(expiring: Expiring, nowMs: number): void {
    this.#running.add(expiring);
    if (expiring.dueMs < this.#timerDueMs) this.#arm(expiring.dueMs, nowMs);
    // With nothing else to wait for, Node would end in the middle of the invocation.
    else if (this.#running.size === 1) this.#timer?.ref();
  }

  remove(expiring: Expiring): void {
    if (this.#running.delete(expiring) && this.#running.size === 0) this.#timer?.unref();
  }

  #arm(dueMs: number, nowMs: number): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - nowMs, 0), MAX_DELAY_MS);
    this.#timer = outside(() => setTimeout(() => this.#check(), delayMs));
  }

  #check(): void {
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = Date.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const expiring of [...this.#running]) {
      if (expiring.dueMs > nowMs) {
        nextMs = Math.min(nextMs, expiring.dueMs);
      } else {
        this.#running.delete(expiring);
        expiring.expire();
      }
    }
    if (nextMs < this.#timerDueMs) this.#arm(nextMs, nowMs);
  }
}

/** The deadlines of all invocations of this process. */
export const deadlines: DeadlineWatch = new DeadlineWatch();
