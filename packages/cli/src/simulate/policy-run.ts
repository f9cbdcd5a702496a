import { type PolicyName, type SimulationSample, type SimulationTotals, simulate } from "@tidegate/core";
import type { Point } from "../chart/panel.ts";
import type { SimulatePlan } from "./simulate-options.ts";

/** Points of a line in a chart: more than columns of a terminal, fewer than would make an SVG heavy. */
const chartPoints = 480;

/** What a policy made of all functions. */
export interface PolicyRun {
  readonly policy: PolicyName;
  /** Of all functions together: sums, and quantiles of all waits. */
  readonly totals: SimulationTotals;
  readonly functions: readonly { readonly name: string; readonly totals: SimulationTotals }[];
  /** Instances over time, those of all functions added. */
  readonly instances: readonly Point[];
  /** How many of them were frozen. */
  readonly frozen: readonly Point[];
  /** Invocations running and waiting over time. */
  readonly load: readonly Point[];
}

/**
 * Simulates the policies of a plan. Where instances are kept without load all of them are looked at until the last has come to
 * rest: else those would cost less that rest sooner.
 */
export function runPolicies(plan: SimulatePlan): PolicyRun[] {
  const { source, policies } = plan;
  const runs = policies.map((policy) => runPolicy(plan, policy, source.durationMs));
  const keepsInstances = source.functions.some(({ name }) => {
    const { minInstances, provisioned } = plan.configOf(name, policies[0] ?? "tide");
    return minInstances + provisioned > 0;
  });
  if (!keepsInstances) return runs;
  const untilMs = Math.max(...runs.map(({ totals }) => totals.endedAt));
  return policies.map((policy) => runPolicy(plan, policy, untilMs));
}

/** Simulates each function on its own, and adds up. */
function runPolicy(plan: SimulatePlan, policy: PolicyName, untilMs: number): PolicyRun {
  const { source, startMs, startsAtOnce, memoryBytes } = plan;
  const stepMs = Math.max(source.durationMs / chartPoints, 1);
  const functions: { name: string; totals: SimulationTotals }[] = [];
  const waits: Float64Array[] = [];
  const lines = { instances: new Sums(stepMs), frozen: new Sums(stepMs), load: new Sums(stepMs) };
  for (const { name, invocations } of source.functions) {
    const result = simulate(plan.configOf(name, policy), invocations(), {
      startMs,
      startsAtOnce,
      memoryBytes,
      ...plan.queueOf(name),
      untilMs,
      sampleMs: stepMs,
    });
    functions.push({ name, totals: result.totals });
    waits.push(result.waits);
    lines.instances.add(result.series, ({ starting, ready, frozen }) => starting + ready + frozen);
    lines.frozen.add(result.series, ({ frozen }) => frozen);
    lines.load.add(result.series, ({ inFlight, queued }) => inFlight + queued);
  }
  return {
    policy,
    functions,
    totals: addUp(
      functions.map(({ totals }) => totals),
      waits,
      lines.instances.peak,
    ),
    instances: lines.instances.points(),
    frozen: lines.frozen.points(),
    load: lines.load.points(),
  };
}

/** Sums of what several functions have at the same time, in steps; each holds the highest of its step. */
class Sums {
  readonly #stepMs: number;
  readonly #sums: number[] = [];

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  get peak(): number {
    return this.#sums.reduce((most, sum) => Math.max(most, sum), 0);
  }

  add(series: readonly SimulationSample[], read: (sample: SimulationSample) => number): void {
    let step = 0;
    let last = 0;
    let highest = 0;
    for (const sample of series) {
      const until = Math.floor(sample.at / this.#stepMs);
      for (; step < until; step += 1) {
        this.#sums[step] = (this.#sums[step] ?? 0) + highest;
        highest = last;
      }
      last = read(sample);
      highest = Math.max(highest, last);
    }
    this.#sums[step] = (this.#sums[step] ?? 0) + highest;
  }

  points(): Point[] {
    return this.#sums.map((value, step) => ({ at: (step * this.#stepMs) / 1000, value }));
  }
}

function addUp(all: readonly SimulationTotals[], waits: readonly Float64Array[], peak: number): SimulationTotals {
  const sum = (key: keyof SimulationTotals) => all.reduce((total, each) => total + each[key], 0);
  const most = (key: keyof SimulationTotals) => all.reduce((highest, each) => Math.max(highest, each[key]), 0);
  const sorted = merged(waits);
  const quantile = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
  const [only, ...others] = all;
  return {
    invocations: sum("invocations"),
    refused: sum("refused"),
    waitP50Ms: quantile(0.5),
    waitP99Ms: quantile(0.99),
    waitMaxMs: quantile(1),
    coldStarts: sum("coldStarts"),
    starts: sum("starts"),
    instanceSeconds: sum("instanceSeconds"),
    frozenSeconds: sum("frozenSeconds"),
    gbSeconds: sum("gbSeconds"),
    // Peaks of several functions need not coincide.
    maxInstances: only !== undefined && others.length === 0 ? only.maxInstances : peak,
    maxQueued: most("maxQueued"),
    endedAt: most("endedAt"),
  };
}

function merged(all: readonly Float64Array[]): Float64Array {
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return only;
  const together = new Float64Array(all.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of all) {
    together.set(each, at);
    at += each.length;
  }
  return together.sort();
}
