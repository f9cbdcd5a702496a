import type { RateLimit } from "@tidegate/core";

/** Buckets of clients that are kept; with more of them the one used longest ago is forgotten, and begins full again. */
const mostClients = 50_000;

/**
 * Token buckets. Each is one number, the time at which it will be full again: with `perSecond` tokens coming in, a
 * request may pass while that is at most `burst - 1` tokens' worth of time away, and moves it on by one token's worth
 * (the generic cell rate algorithm, ITU-T I.371).
 *
 * With 10 per second and a burst of 3: three requests at 0 ms pass and move it to 300 ms; a fourth may come at 100 ms.
 */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #tokenMs: number;
  /** Insertion order is order of use. */
  readonly #fullAt: Map<string, number> = new Map();

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#tokenMs = 1000 / limit.perSecond;
  }

  /** Buckets that are kept. */
  get size(): number {
    return this.#fullAt.size;
  }

  /**
   * Takes a token.
   *
   * @param address of the client
   * @param now in milliseconds
   * @returns 0 when there was one; else how long until there is one, in milliseconds
   */
  take(address: string, now: number): number {
    const key = this.#limit.per === "function" ? "" : clientKey(address);
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now);
    const waitMs = fullAt - now - (this.#limit.burst - 1) * this.#tokenMs;
    // A millionth of a millisecond is what adding up fractions may be off by.
    if (waitMs > 1e-6) return waitMs;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt + this.#tokenMs);
    if (this.#fullAt.size > mostClients) this.#forget(now);
    return 0;
  }

  /** Drops buckets that are full, which are as good as none, among those used longest ago, and one in any case. */
  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt > now && this.#fullAt.size <= mostClients) return;
      this.#fullAt.delete(key);
    }
  }
}

/** Who a client is: its IPv4 address, or the network of its IPv6 address, of which one client has 2^64. */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0"), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
