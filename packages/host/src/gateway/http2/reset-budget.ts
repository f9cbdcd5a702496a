/** Resets that may come at once, and per second in the long run: pages are left, calls run into deadlines. */
const burst = 500;
const perSecond = 100;

/**
 * Counts streams that end by a reset, and tells when it is an attack: opening streams only to reset them costs a client
 * nothing and its server a request each (CVE-2023-44487).
 */
export class ResetBudget {
  #left = burst;
  #at = 0;

  /**
   * Takes note of a reset.
   * @param now in milliseconds
   * @returns whether it is still within bounds
   */
  spend(now: number): boolean {
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / 1000) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
