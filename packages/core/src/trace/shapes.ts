import { createRandom, createTraffic, type SimulatedInvocation } from "../autoscaler/traffic.ts";

/** Traffic as it is met in practice, each hard for an autoscaler in its own way. */
export type ShapeName = "tide" | "flash-crowd" | "cron-burst" | "sparse";

export interface ShapeOptions {
  /** Another seed gives other arrivals of the same shape. Default 1. */
  readonly seed?: number;
  /** How long an instance takes for an invocation, median in milliseconds. Default 100. */
  readonly serviceMs?: number;
  /** Multiplies how many invocations there are, not how long it lasts. Default 1. */
  readonly scale?: number;
}

/** A shape: its length, and its rate over time. */
interface Shape {
  /** One sentence, for people. */
  readonly summary: string;
  readonly durationMs: number;
  /** Invocations per second, at a time in milliseconds. */
  readonly ratePerSecond: (at: number) => number;
}

const minute = 60_000;

export const shapes: Readonly<Record<ShapeName, Shape>> = {
  tide: {
    summary: "Two tides in an hour, from nothing up to 200 invocations per second and back",
    durationMs: 60 * minute,
    ratePerSecond: (at) => 200 * Math.sin((Math.PI * at) / (30 * minute)) ** 2,
  },
  "flash-crowd": {
    summary: "2 invocations per second; from minute 10 on up to 300 within two seconds, halved every two minutes",
    durationMs: 30 * minute,
    ratePerSecond: (at) => 2 + flash(at - 10 * minute),
  },
  "cron-burst": {
    summary: "Nothing but 200 invocations within a second at every fifth minute, 20 at the others; for an hour",
    durationMs: 60 * minute,
    ratePerSecond: (at) => {
      if (at % minute >= 1_000) return 0;
      return at % (5 * minute) < minute ? 200 : 20;
    },
  },
  sparse: {
    summary: "One invocation a minute on average, at random, for six hours",
    durationMs: 360 * minute,
    ratePerSecond: () => 1 / 60,
  },
};

/**
 * Makes arrivals of a shape: at random around its rate (a Poisson process), and with service times spread as those of web
 * apps are, log-normal with half of them below `serviceMs` and one in a hundred above 3.2 times that. The same seed gives the
 * same.
 *
 * @example
 * simulate(config, createShape("flash-crowd", { seed: 7 })).totals;
 */
export function* createShape(name: ShapeName, options: ShapeOptions = {}): Generator<SimulatedInvocation> {
  const { seed = 1, serviceMs = 100, scale = 1 } = options;
  const { durationMs, ratePerSecond } = shapes[name];
  const random = createRandom(seed);
  const traffic = createTraffic({ durationMs, ratePerSecond: (at) => scale * ratePerSecond(at), serviceMs, random });
  const randomService = createRandom(seed + 0x9e37_79b9);
  for (const { at } of traffic) yield { at, serviceMs: serviceMs * Math.exp(0.5 * normal(randomService)) };
}

/** Rises from 0 to 300 in two seconds, then halves every two minutes. */
function flash(since: number): number {
  if (since < 0) return 0;
  return 300 * Math.min(1, since / 2_000) * 0.5 ** (Math.max(0, since - 2_000) / (2 * minute));
}

/** Standard normal deviate, by the method of Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
