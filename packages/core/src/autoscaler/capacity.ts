import type { AutoscalerConfig } from "./config.ts";

/** Mean concurrency aimed at in one instance: concurrency 10 at utilization 0.7 gives 7. */
export function targetOf({ concurrency, targetUtilization }: AutoscalerConfig): number {
  return concurrency * targetUtilization;
}

/**
 * Instances for a mean concurrency. The mean is a quotient of long sums, so a rounding error must not buy an instance:
 * 7.000000000000001 at target 7 is one.
 */
export function instancesFor(average: number, target: number): number {
  return Math.ceil(average / target - 1e-9);
}

/** Most instances that averages may ask for. None ready counts as one, else there would be no way up from zero. */
export function scaleUpCeiling({ maxScaleUpRate }: AutoscalerConfig, ready: number): number {
  return Math.ceil(maxScaleUpRate * Math.max(1, ready));
}

/** Time between looks at changing averages: a third of the panic window, 2 s by default, Knative's tick. */
export function intervalOf({ panicWindowMs }: AutoscalerConfig): number {
  return panicWindowMs / 3;
}
