import type { FunctionConfig } from "@tidegate/core";
import { RateLimiter } from "./rate-limiter.ts";
import { refusals } from "./refusals.ts";
import type { Refusal, Waiter } from "./waiter.ts";

/** What one request of a function may be and how often one may come. Checked before anything is dispatched. */
export class FunctionLimits {
  readonly #config: FunctionConfig;
  readonly #rate: RateLimiter | null;
  /** Whether there are any: without, requests need not be checked. */
  readonly isLimited: boolean;

  /** @param before those of the configuration before: clients do not get full buckets by a reload */
  constructor(config: FunctionConfig, before: FunctionLimits | null) {
    this.#config = config;
    const { rateLimit } = config;
    if (rateLimit === null) this.#rate = null;
    else if (before !== null && sameRate(rateLimit, before.#config.rateLimit)) this.#rate = before.#rate;
    else this.#rate = new RateLimiter(rateLimit);
    this.isLimited = rateLimit !== null || config.maxBodyBytes > 0 || config.maxHeaderBytes > 0;
  }

  /** Why the request must not be served; null when it may. A request that is sent again was counted before. */
  check(waiter: Waiter, now: number): Refusal | null {
    const { maxHeaderBytes, maxBodyBytes } = this.#config;
    if (maxHeaderBytes > 0 && waiter.request.headBytes > maxHeaderBytes) return refusals.headTooLarge(this.#config);
    if (maxBodyBytes > 0 && waiter.request.limitBody(maxBodyBytes)) return refusals.bodyTooLarge(this.#config);
    if (this.#rate === null || waiter.isReplay) return null;
    const waitMs = this.#rate.take(waiter.request.clientAddress, now);
    return waitMs === 0 ? null : refusals.rateLimited(this.#config, waitMs);
  }
}

function sameRate(one: NonNullable<FunctionConfig["rateLimit"]>, other: FunctionConfig["rateLimit"]): boolean {
  return one.perSecond === other?.perSecond && one.burst === other.burst && one.per === other.per;
}
