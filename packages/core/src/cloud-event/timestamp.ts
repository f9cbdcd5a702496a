// RFC 3339, 5.6; the letter T and Z in upper case, as every platform writes them.
const RFC3339: RegExp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** Huawei writes both in its records of asynchronous invocations; the offset is what counts. */
const ZULU_AND_OFFSET: RegExp = /Z(?=[+-]\d\d:\d\d$)/;
const YEAR_10000_MS = 253402300800000;

/** Units in which platforms count time since 1970. */
export type TimeUnit = "s" | "ms";

const PER_MS: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1 };

/**
 * Reads a platform's time as CloudEvents want it.
 *
 * @param value RFC 3339 text, a number since 1970, or its digits as text
 * @param unit unit of numbers; default ms
 * @returns RFC 3339 text, or `undefined` when the value is no time
 */
export function toTimestamp(value: unknown, unit: TimeUnit = "ms"): string | undefined {
  if (value instanceof Date) return fromMs(value.getTime());
  if (typeof value === "number") return fromMs(value * PER_MS[unit]);
  if (typeof value !== "string") return undefined;
  if (/^\d+$/.test(value)) return fromMs(Number(value) * PER_MS[unit]);
  const text = value.replace(ZULU_AND_OFFSET, "");
  return RFC3339.test(text) ? text : undefined;
}

function fromMs(ms: number): string | undefined {
  // RFC 3339 has four digits for the year.
  return ms >= 0 && ms < YEAR_10000_MS ? new Date(ms).toISOString() : undefined;
}
