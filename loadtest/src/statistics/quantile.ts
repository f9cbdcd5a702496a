/**
 * Smallest of the values that at least `part` of them do not exceed (nearest rank); 0 for none.
 *
 * @param part 0 to 1; 0.5 is the median, for an even count the lower of the two in the middle
 *
 * @example
 * quantile([30, 10, 20], 0.99); // 30
 */
export function quantile(values: Iterable<number>, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/**
 * Middle of the values, for an even count the mean of the two in the middle; 0 for none.
 *
 * @example
 * median([4, 1, 2, 3]); // 2.5
 */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[sorted.length >> 1] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? 0) + upper) / 2;
}
