/** A value at a time. */
export interface Point {
  /** Seconds since the run began. */
  readonly at: number;
  readonly value: number;
}

/** One line over time, with a scale of its own; panels of a chart share the time axis. */
export interface Panel {
  /** With unit, such as `p99 (ms)`. */
  readonly title: string;
  readonly points: readonly Point[];
  /** "step" holds a value until the next one, for counts; "line" joins them. */
  readonly shape: "step" | "line";
}

/** Largest value, 0 without points. */
export function peakOf({ points }: Panel): number {
  return points.reduce((most, { value }) => Math.max(most, value), 0);
}

/** Last time in any panel, in seconds; at least 1. */
export function lengthOf(panels: readonly Panel[]): number {
  return panels.reduce((length, { points }) => Math.max(length, points.at(-1)?.at ?? 0), 1);
}

/**
 * The smallest of 1, 2, 5, 10, 20, 50, ... that is not below the value: the top of a scale.
 *
 * @example
 * roundUp(37); // 50
 */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
