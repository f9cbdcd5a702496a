import type { RecycleConfig } from "@tidegate/core";

/** When one instance is to be replaced; `Infinity` each: never. */
export interface RecycleLimits {
  readonly invocations: number;
  readonly ageMs: number;
  readonly memoryBytes: number;
}

/** Instances that started together must not be replaced together: their limits are up to this much higher, each its own. */
const spread = 0.1;

/** An app that needs more memory than its limit from the start must not be replaced all the time, in milliseconds. */
const leastAgeForMemoryMs = 5_000;

/**
 * Limits of one instance.
 *
 * @param random a number of at least 0 and below 1
 * @example
 * recycleLimits({ afterInvocations: 1000, afterMs: 0, aboveMemoryBytes: 0 }, 0.5).invocations; // 1050
 */
export function recycleLimits(config: RecycleConfig, random: number): RecycleLimits {
  const { afterInvocations, afterMs, aboveMemoryBytes } = config;
  return {
    invocations: orNever(afterInvocations + Math.floor(afterInvocations * spread * random)),
    ageMs: orNever(afterMs * (1 + spread * random)),
    memoryBytes: orNever(aboveMemoryBytes),
  };
}

/** Why an instance is to be replaced; null while it is not. */
export function recycleReason(
  limits: RecycleLimits,
  used: { readonly invocations: number; readonly ageMs: number; readonly memoryBytes: number | null },
): string | null {
  if (used.invocations >= limits.invocations) return `it served ${used.invocations} invocations`;
  if (used.ageMs >= limits.ageMs) return `it is ${Math.round(used.ageMs / 1000)} s old`;
  if ((used.memoryBytes ?? 0) > limits.memoryBytes && used.ageMs >= leastAgeForMemoryMs) {
    return `it uses ${Math.round((used.memoryBytes ?? 0) / 2 ** 20)} MiB of memory`;
  }
  return null;
}

function orNever(limit: number): number {
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
