import type { BreakerConfig, InstanceState } from "@tidegate/core";

const slots = 10;

/** Which instance failed, as far as a breaker cares. */
export interface FailureSource {
  /** "failed": its process died. */
  readonly state: InstanceState;
}

/** "closed": asked as usual. "trial": this one request is let through. A number: refused; when to ask again. */
export type BreakerVerdict = "closed" | "trial" | number;

/**
 * Keeps requests from a function whose instances fail: closed -> open -> half-open -> closed or open. Failures are answers
 * the gateway had to give for the app. When a process dies and takes a hundred requests along, that is one failure:
 * another instance serves the next request, and refusing all for seconds would be worse than the crash.
 *
 * Times are those of one clock, in milliseconds.
 */
export class Breaker {
  #config: BreakerConfig;
  readonly #successes: Int32Array = new Int32Array(slots);
  #slot = 0;
  /** Failures in the window, oldest first. */
  #failures: { readonly at: number; readonly source: FailureSource | null }[] = [];
  /** When it opened; null while closed. */
  #openedAt: number | null = null;
  #hasTrial = false;

  constructor(config: BreakerConfig) {
    this.#config = config;
  }

  get isClosed(): boolean {
    return this.#openedAt === null;
  }

  /** How long it stays open, in milliseconds; 0 when it is closed or half-open. */
  opensAgainIn(now: number): number {
    return this.#openedAt === null ? 0 : Math.max(0, this.#openedAt + this.#config.openMs - now);
  }

  /** Takes another configuration; what it knows stays. */
  configure(config: BreakerConfig): void {
    this.#config = config;
  }

  /** Decides about a request. */
  admit(now: number): BreakerVerdict {
    if (this.#openedAt === null) return "closed";
    if (!this.#isOverLimit(now, this.#openedAt)) {
      // What looked like an app that fails was one process that died.
      this.#close();
      return "closed";
    }
    const halfOpenAt = this.#openedAt + this.#config.openMs;
    if (now < halfOpenAt) return halfOpenAt;
    if (this.#hasTrial) return now;
    this.#hasTrial = true;
    return "trial";
  }

  /** A request was answered by the app. Returns whether that closed the breaker. */
  succeed(now: number, isTrial: boolean): boolean {
    if (isTrial && this.#openedAt !== null) {
      this.#close();
      return true;
    }
    // One that was on its way when it opened says nothing about now.
    if (this.#openedAt !== null) return false;
    this.#forward(now);
    const at = this.#slot % slots;
    this.#successes[at] = (this.#successes[at] ?? 0) + 1;
    return false;
  }

  /**
   * A request failed for good.
   * @returns whether that opened the breaker
   */
  fail(now: number, source: FailureSource | null, isTrial: boolean): boolean {
    if (this.#config.minRequests === 0) return false;
    if (this.#openedAt !== null) {
      if (isTrial) {
        this.#openedAt = now;
        this.#hasTrial = false;
        this.#failures = this.#failures.map(({ source: who }) => ({ at: now, source: who }));
      }
      return false;
    }
    this.#failures.push({ at: now, source });
    if (!this.#isOverLimit(now, now)) return false;
    this.#openedAt = now;
    this.#hasTrial = false;
    return true;
  }

  /** The request that was let through came to no end that tells anything: another one may try. */
  abandonTrial(): void {
    this.#hasTrial = false;
  }

  #close(): void {
    this.#openedAt = null;
    this.#hasTrial = false;
    this.#failures = [];
    this.#successes.fill(0);
  }

  /** Whether what failed in the window that ended `at` is too much. */
  #isOverLimit(now: number, at: number): boolean {
    const { failureRate, minRequests, windowMs } = this.#config;
    if (minRequests === 0) return false;
    this.#failures = this.#failures.filter((failure) => failure.at > at - windowMs);
    const failures = countOnce(this.#failures);
    if (this.#openedAt === null) this.#forward(now);
    const total = failures + this.#successes.reduce((sum, count) => sum + count, 0);
    return failures > 0 && total >= minRequests && failures >= failureRate * total;
  }

  #forward(now: number): void {
    const slot = Math.floor((now * slots) / this.#config.windowMs);
    if (slot === this.#slot) return;
    const from = Math.max(this.#slot + 1, slot - slots + 1);
    for (let each = from; each <= slot; each++) this.#successes[each % slots] = 0;
    this.#slot = slot;
  }
}

/** Failures, those of one process that died as one. */
function countOnce(failures: readonly { readonly source: FailureSource | null }[]): number {
  const gone = new Set<FailureSource>();
  let others = 0;
  for (const { source } of failures) {
    if (source?.state === "failed") gone.add(source);
    else others++;
  }
  return others + gone.size;
}
