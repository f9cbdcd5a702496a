const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as text: digits, an optional fraction, a unit; without a unit, milliseconds. */
export const durationPattern: RegExp = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/** Longest duration taken, in milliseconds: what a Node timer can wait, about 24.8 days. */
export const maxDurationMs: number = 2 ** 31 - 1;

/**
 * Reads a duration such as `500ms`, `30s`, `1.5m`, `2h` or `1d`; a number without a unit is milliseconds.
 *
 * @param text the duration, as text or as a number of milliseconds
 * @returns milliseconds, rounded; null when it is no duration, or longer than `maxDurationMs`
 *
 * @example
 * parseDuration("30s"); // 30000
 */
export function parseDuration(text: string | number): number | null {
  const ms = typeof text === "number" ? text : millisecondsOf(text.trim());
  return Number.isFinite(ms) && ms >= 0 && ms <= maxDurationMs ? Math.round(ms) : null;
}

function millisecondsOf(text: string): number {
  const match = durationPattern.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (unitMs[match[2] ?? "ms"] ?? Number.NaN);
}
