import { median } from "./quantile.ts";

/**
 * Median of the ratios of each round: what disturbs a whole round disturbs both sides of its ratio, and one bad round
 * does not count.
 *
 * @param ours one value a round
 * @param theirs values of the same rounds
 *
 * @example
 * medianRatio([20, 10, 30], [10, 10, 10]); // 2
 */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) {
    throw new Error(`Cannot compare rounds: ${ours.length} of ours, ${theirs.length} of theirs`);
  }
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/**
 * Ratio of the fastest rounds. For work that waits for nothing: whatever else a machine does can only add to its time,
 * so that the least of it is what comes nearest to the work's own.
 *
 * @example
 * fastestRatio([20, 11, 30], [22, 40, 25]); // 0.5
 */
export function fastestRatio(ours: readonly number[], theirs: readonly number[]): number {
  return Math.min(...ours) / Math.min(...theirs);
}

/**
 * Order of a round: each round begins one place later, so that nobody always runs first, or always after the same.
 *
 * @example
 * rotated(["a", "b", "c"], 1); // ["b", "c", "a"]
 */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const shift = round % Math.max(1, items.length);
  return [...items.slice(shift), ...items.slice(0, shift)];
}
