/** Who decides: `tide`, or Knative's algorithm with its constants as the reference. */
export type PolicyName = "tide" | "kpa";

/** From each time of `cron` on, for `forMs`, a function has other bounds. */
export interface ScheduledScaling {
  /** Cron expression of five or six fields, the first of six being seconds. */
  readonly cron: string;
  /** IANA name of the time zone of `cron`, such as `Asia/Shanghai`. */
  readonly timeZone: string;
  /** How long it lasts, in milliseconds. */
  readonly forMs: number;
  /** Stands in for `minInstances`. */
  readonly minInstances: number;
  /** Stands in for `maxInstances`; null: that stays. */
  readonly maxInstances: number | null;
}

/** Means over a function's instances that more instances are to bring down to these values. null each: not looked at. */
export interface MetricTargets {
  /** Processor time an instance uses, in processors: 0.7 is 70 % of one. */
  readonly cpu: number | null;
  /** Resident memory of an instance, in bytes. */
  readonly memoryBytes: number | null;
  /** How long an instance's event loop is late, in milliseconds. Only Node instances tell. */
  readonly eventLoopDelayMs: number | null;
}

/** How the number of instances of one function follows its load. */
export interface AutoscalerConfig {
  /** Default `tide`. */
  readonly policy: PolicyName;
  /** Most invocations in flight in one instance. */
  readonly concurrency: number;
  /**
   * Part of `concurrency` that is aimed at, above 0 and up to 1; the rest is headroom. `tide` needs relatively less headroom
   * the larger the load, and takes this as the most of it. Default 0.7.
   */
  readonly targetUtilization: number;
  /** `kpa` only: length of the window that steady scaling looks at, in milliseconds. Default 60000. */
  readonly stableWindowMs: number;
  /** `kpa` only: length of the window that detects bursts, in milliseconds. Default 6000. */
  readonly panicWindowMs: number;
  /** `kpa` only: panic begins when the panic window asks for this many times the ready instances. Default 2 (200 %). */
  readonly panicThreshold: number;
  /** Most instances that one decision may ask for, as a multiple of the ready ones, of which none counts as one. Default 1000. */
  readonly maxScaleUpRate: number;
  /** `kpa` only: instances may fall to one part in this many in each tick of 2 s. Default 2: halved at most. */
  readonly maxScaleDownRate: number;
  /**
   * A smaller number must have been enough for this long before it applies, in milliseconds. `tide` waits for as long as
   * starts make it worth it, if that is longer. Default 0.
   */
  readonly scaleDownDelayMs: number;
  /**
   * With no invocation for this long all instances above `minInstances` stop, in milliseconds; until then the last one
   * stays, unless pauses of the function so far say that keeping it is not worth it. Wins over all delays. `Infinity` keeps
   * the last instance. `kpa` knows only that: else it lets go of the last one when its stable window is empty. Default 30000.
   */
  readonly idleTimeoutMs: number;
  /** Instances kept also without load; `tide` freezes idle ones. Default 0. */
  readonly minInstances: number;
  /** Instances kept warm also without load: never frozen. Counts towards `minInstances`. Default 0. */
  readonly provisioned: number;
  /** Whether `tide` freezes what was idle for 5 s (SIGSTOP) before it stops it. `kpa` freezes nothing. Default true. */
  readonly freeze: boolean;
  /** Other bounds at certain times. Where several hold, the highest of each counts. Default none. */
  readonly schedule: readonly ScheduledScaling[];
  /** Default all null. */
  readonly metrics: MetricTargets;
  /** Most instances. Default 10. */
  readonly maxInstances: number;
}

/** What a function gets when it says nothing; its `concurrency` is part of the function. */
export const autoscalerDefaults: Omit<AutoscalerConfig, "concurrency"> = {
  policy: "tide",
  targetUtilization: 0.7,
  stableWindowMs: 60_000,
  panicWindowMs: 6_000,
  panicThreshold: 2,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  scaleDownDelayMs: 0,
  idleTimeoutMs: 30_000,
  minInstances: 0,
  provisioned: 0,
  freeze: true,
  schedule: [],
  metrics: { cpu: null, memoryBytes: null, eventLoopDelayMs: null },
  maxInstances: 10,
};

type NumberKey = {
  [K in keyof AutoscalerConfig]: AutoscalerConfig[K] extends number ? K : never;
}[keyof AutoscalerConfig];

const rules: readonly (readonly [NumberKey, string, (value: number) => boolean])[] = [
  ["concurrency", "a whole number of at least 1", (value) => Number.isInteger(value) && value >= 1],
  ["targetUtilization", "above 0 and at most 1", (value) => value > 0 && value <= 1],
  ["stableWindowMs", "a positive number of milliseconds", (value) => value > 0 && value < Infinity],
  ["panicWindowMs", "a positive number of milliseconds", (value) => value > 0 && value < Infinity],
  ["panicThreshold", "above 1", (value) => value > 1],
  ["maxScaleUpRate", "above 1", (value) => value > 1],
  ["maxScaleDownRate", "above 1", (value) => value > 1],
  ["scaleDownDelayMs", "0 or more milliseconds", (value) => value >= 0 && value < Infinity],
  ["idleTimeoutMs", "0 or more milliseconds", (value) => value >= 0],
  ["minInstances", "a whole number of at least 0", (value) => Number.isInteger(value) && value >= 0],
  ["provisioned", "a whole number of at least 0", (value) => Number.isInteger(value) && value >= 0],
  ["maxInstances", "a whole number of at least 1", (value) => Number.isInteger(value) && value >= 1],
];

/**
 * Says what is wrong with a config, one sentence a fault; an empty list means it can be used.
 *
 * @example
 * autoscalerProblems({ ...autoscalerDefaults, concurrency: 0 }); // ["concurrency must be a whole number of at least 1: 0"]
 */
export function autoscalerProblems(config: AutoscalerConfig): string[] {
  const problems = rules
    .filter(([key, , isValid]) => !isValid(config[key]))
    .map(([key, rule]) => `${key} must be ${rule}: ${config[key]}`);
  if (config.panicWindowMs > config.stableWindowMs) {
    problems.push(`panicWindowMs must not exceed stableWindowMs: ${config.panicWindowMs} > ${config.stableWindowMs}`);
  }
  if (config.minInstances > config.maxInstances) {
    problems.push(`minInstances must not exceed maxInstances: ${config.minInstances} > ${config.maxInstances}`);
  }
  if (config.provisioned > config.maxInstances) {
    problems.push(`provisioned must not exceed maxInstances: ${config.provisioned} > ${config.maxInstances}`);
  }
  return problems;
}
