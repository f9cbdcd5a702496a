import type { InvocationRecord } from "../invocation.ts";

/** First line of a recording. Each host that goes on with a recording writes it anew. */
export const recordHead: string = "at_ms,function,service_ms,queue_ms,start_ms,cold,status\n";

/**
 * An invocation as a line of a recording: when it arrived (milliseconds since 1970), its function, how long an instance
 * took for it (empty when it reached none), how long it waited for room and for a start, whether it was a cold start, and the
 * status its client got (0: none). Times are milliseconds with up to three decimals.
 *
 * Only what a simulation needs and a person looks for: no address, no path, nothing that a client sent.
 *
 * @returns the line with its end; null for a request that belongs to no function
 *
 * @example
 * recordLine(record); // "1763748000123.4,shop,12.345,0,80.2,1,200\n"
 */
export function recordLine(record: InvocationRecord): string | null {
  const { startedAt, function: name, durationMs, queueMs, startMs, coldStart, status, instance } = record;
  if (name === "") return null;
  const service = instance === null ? "" : decimals(Math.max(0, durationMs - queueMs - startMs));
  const waits = `${decimals(queueMs)},${decimals(startMs)},${coldStart ? 1 : 0}`;
  return `${decimals(startedAt)},${name},${service},${waits},${status}\n`;
}

function decimals(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
