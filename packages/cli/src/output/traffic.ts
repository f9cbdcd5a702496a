/** Numbers of the last seconds. */
export interface TrafficNumbers {
  readonly requestsPerSecond: number;
  /** Milliseconds; null without a request in the last seconds. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Counts finished requests over the last seconds. */
export interface Traffic {
  /** One request finished. */
  record(durationMs: number): void;
  numbers(): TrafficNumbers;
}

/** How many whole seconds are looked back on. */
const windowSeconds = 10;
/** Buckets a factor of two of duration is split into: percentiles are exact to 2^(1/8), 9 %. */
const bucketsPerDoubling = 8;
/** From 2^-4 ms to 2^20 ms, some 17 minutes. */
const smallestExponent = -4;
const bucketCount = (20 - smallestExponent) * bucketsPerDoubling;

interface Second {
  at: number;
  count: number;
  readonly buckets: Uint32Array;
}

/**
 * Makes a counter of finished requests. A record costs the same under any load: durations go into logarithmic buckets,
 * one set for each of the last ten seconds.
 *
 * @param now the current time in milliseconds
 */
export function createTraffic(now: () => number): Traffic {
  const startedAt = Math.floor(now() / 1000);
  const seconds: Second[] = Array.from({ length: windowSeconds + 1 }, () => ({
    at: Number.NaN,
    count: 0,
    buckets: new Uint32Array(bucketCount),
  }));
  return {
    record: (durationMs) => {
      const at = Math.floor(now() / 1000);
      const second = seconds[at % seconds.length];
      if (second === undefined) return;
      if (second.at !== at) {
        second.at = at;
        second.count = 0;
        second.buckets.fill(0);
      }
      second.count += 1;
      const index = bucketOf(durationMs);
      second.buckets[index] = (second.buckets[index] ?? 0) + 1;
    },
    numbers: () => {
      const current = Math.floor(now() / 1000);
      const recent = seconds.filter(({ at }) => at >= current - windowSeconds && at <= current);
      // The running second is not over: its count would read as a dip. In the first second there is no other.
      const isFirst = current === startedAt;
      const rates = recent.filter(({ at }) => isFirst || (at < current && at >= current - 3));
      const span = isFirst ? 1 : Math.min(3, current - startedAt);
      return {
        requestsPerSecond: rates.reduce((sum, { count }) => sum + count, 0) / span,
        ...percentiles(recent),
      };
    },
  };
}

function percentiles(seconds: readonly Second[]): { p50Ms: number | null; p99Ms: number | null } {
  const total = seconds.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return { p50Ms: null, p99Ms: null };
  const rank = (part: number): number => {
    let left = Math.ceil(total * part);
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      for (const { buckets } of seconds) left -= buckets[bucket] ?? 0;
      if (left <= 0) return durationOf(bucket);
    }
    return durationOf(bucketCount - 1);
  };
  return { p50Ms: rank(0.5), p99Ms: rank(0.99) };
}

function bucketOf(durationMs: number): number {
  const exponent = Math.log2(Math.max(durationMs, 2 ** smallestExponent)) - smallestExponent;
  return Math.min(bucketCount - 1, Math.floor(exponent * bucketsPerDoubling));
}

/** The middle of a bucket, in milliseconds. */
function durationOf(bucket: number): number {
  return 2 ** ((bucket + 0.5) / bucketsPerDoubling + smallestExponent);
}
