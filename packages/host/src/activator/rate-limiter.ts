import type { RateLimit } from "@tidegate/core";
import { unmappedAddress } from "../gateway/connection-info.ts";

/** Most buckets of clients that are kept; then those used longest ago are forgotten, and begin full again. */
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
  /** Those used of late, and those used before: the newer half takes the older one's place when it is full. */
  #newer: Map<string, number> = new Map();
  #older: Map<string, number> = new Map();

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#tokenMs = 1000 / limit.perSecond;
  }

  /** Buckets that are kept. */
  get size(): number {
    return this.#newer.size + this.#older.size;
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
    const fullAt = Math.max(this.#newer.get(key) ?? this.#older.get(key) ?? 0, now);
    const waitMs = fullAt - now - (this.#limit.burst - 1) * this.#tokenMs;
    // A millionth of a millisecond is what adding up fractions may be off by.
    const isFree = waitMs <= 1e-6;
    this.#newer.set(key, isFree ? fullAt + this.#tokenMs : fullAt);
    if (this.#newer.size >= mostClients / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    return isFree ? 0 : waitMs;
  }
}

/**
 * Who a client is: its IPv4 address, or the network of its IPv6 address, of which one client has 2^64.
 *
 * @param said the address; proxies that tell it may have wrapped it, or told the port as well: each connection has another
 */
export function clientKey(said: string): string {
  if (!said.includes(":")) return said;
  const host = /^\[([^\]]*)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(said);
  const address = unmappedAddress(host?.[1] ?? host?.[2] ?? said);
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
