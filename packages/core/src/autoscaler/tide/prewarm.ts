import type { AutoscalerConfig } from "../config.ts";
import type { Reason } from "../reason.ts";
import { prewarmGraceMs, prewarmMarginMs, prewarmStarts } from "./constants.ts";
import type { TideHistory } from "./tide-history.ts";

/** Instances for what is due by the function's rhythm. */
export interface Prewarm {
  /** 0 while it is too early. */
  readonly instances: number;
  readonly reason: Reason;
  /** When that changes, in milliseconds. */
  readonly nextAt: number;
}

/**
 * Instances for what is due soon by the rhythm of the function; null without a rhythm. They are started so that they are
 * ready at the earliest time it may come, and given up shortly after the latest; not at all where that is longer than
 * `idleTimeoutMs`.
 *
 * @param now milliseconds
 *
 * @example
 * // a cron job each 5 minutes, never more than 50 ms off, with 60 invocations at once at concurrency 10; a start takes 200 ms:
 * // 6 instances from 450 ms before until 250 ms after it is due
 */
export function prewarm(
  { concurrency, idleTimeoutMs }: AutoscalerConfig,
  { rhythm }: TideHistory,
  startMs: number,
  now: number,
): Prewarm | null {
  const due = rhythm.due(now);
  if (due === null) return null;
  const from = due.at - due.spreadMs - prewarmStarts * startMs - prewarmMarginMs;
  const until = due.at + due.spreadMs + prewarmGraceMs;
  // So long an instance is not kept either to spare a start.
  if (until <= now || until - from > idleTimeoutMs) return null;
  const instances = Math.ceil(due.load / concurrency);
  const reason: Reason = { code: "prewarm", expectedInMs: Math.max(0, due.at - now), instances };
  return from <= now ? { instances, reason, nextAt: until } : { instances: 0, reason, nextAt: from };
}
