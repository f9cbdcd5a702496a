import type { SimulationOptions } from "./simulation.ts";
import { createRandom } from "./traffic.ts";

/** So many of the last starts are looked at, as by the pool of the host. */
const kept = 7;

/** How long the starts of a simulation last, and what the autoscaler is told of it. */
export interface StartTimes {
  /** How long the next start lasts, in milliseconds. */
  draw(): number;
  /** A start that lasted so long is over, in milliseconds. */
  add(startMs: number): void;
  /** Median of the last starts, in milliseconds; before the first the host guesses, and a simulation draws. */
  readonly expectedMs: number;
}

/** @param random draws from measured times */
export function createStartTimes(
  startMs: NonNullable<SimulationOptions["startMs"]>,
  random: () => number = createRandom(7),
): StartTimes {
  const draw = drawer(startMs, random);
  const last: number[] = [];
  let median: number | null = null;
  return {
    draw,
    add(measured) {
      last.push(measured);
      if (last.length > kept) last.shift();
      const sorted = last.toSorted((a, b) => a - b);
      median = sorted[sorted.length >> 1] ?? measured;
    },
    get expectedMs() {
      median ??= draw();
      return median;
    },
  };
}

function drawer(startMs: NonNullable<SimulationOptions["startMs"]>, random: () => number): () => number {
  if (typeof startMs === "function") return startMs;
  if (typeof startMs === "number") return () => startMs;
  return () => startMs[Math.floor(random() * startMs.length)] ?? 0;
}
