/** An invocation of simulated traffic. */
export interface SimulatedInvocation {
  /** When it arrives, in milliseconds. */
  readonly at: number;
  /** How long an instance takes for it, in milliseconds. */
  readonly serviceMs: number;
}

export interface TrafficShape {
  /** Length of the traffic, in milliseconds. */
  readonly durationMs: number;
  /** Arrivals per second at a time in milliseconds; 0 is a pause. */
  readonly ratePerSecond: (at: number) => number;
  /** How long an instance takes for one invocation, in milliseconds. */
  readonly serviceMs: number;
  /**
   * Gives numbers from 0 up to 1 for arrivals at random intervals (a Poisson process). Default: none, arrivals are
   * evenly spaced.
   */
  readonly random?: () => number;
}

/** A pause is looked through in steps this long, and a rate is taken as constant for as long. */
const stepMs = 100;

/**
 * Makes arrivals that follow a rate: one arrives whenever the area under the rate has grown by 1 (evenly spaced), or by
 * an exponentially distributed amount of mean 1, `-ln(1 - random())`.
 *
 * @example
 * const tide = { durationMs: 3_600_000, ratePerSecond: (at) => 50 - 50 * Math.cos(at / 300_000), serviceMs: 80 };
 * simulate(config, createTraffic(tide)).totals;
 */
export function* createTraffic(shape: TrafficShape): Generator<SimulatedInvocation> {
  const { durationMs, ratePerSecond, serviceMs, random } = shape;
  const nextGap = () => (random === undefined ? 1 : -Math.log(1 - random()));
  let gap = nextGap();
  for (let start = 0; start < durationMs; start += stepMs) {
    const perMs = ratePerSecond(start) / 1000;
    const end = Math.min(start + stepMs, durationMs);
    let at = start;
    while (perMs > 0 && at + gap / perMs < end) {
      at += gap / perMs;
      yield { at, serviceMs };
      gap = nextGap();
    }
    gap -= (end - at) * perMs;
  }
}

/**
 * Repeatable random numbers from 0 up to 1 (a linear congruential generator with the constants of Numerical Recipes):
 * good enough for traffic, for nothing secret.
 *
 * @example
 * const random = createRandom(1);
 * random(); // 0.2360..., the same in each run
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
