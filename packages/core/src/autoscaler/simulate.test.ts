import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "./config.ts";
import { simulate } from "./simulate.ts";
import type { Simulation, SimulationOptions } from "./simulation.ts";
import { createRandom, createTraffic, type SimulatedInvocation } from "./traffic.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10, maxInstances: 20 };
const minute = 60_000;

function burst(size: number, at: number, serviceMs: number): SimulatedInvocation[] {
  return Array.from({ length: size }, () => ({ at, serviceMs }));
}

function steady(ratePerSecond: number, durationMs: number, serviceMs = 100): Iterable<SimulatedInvocation> {
  return createTraffic({ durationMs, ratePerSecond: () => ratePerSecond, serviceMs });
}

/** Most and least instances wanted in a span of the series. */
function range({ series }: Simulation, from: number, until: number): { least: number; most: number } {
  const desired = series.filter(({ at }) => at >= from && at < until).map((sample) => sample.desired);
  return { least: Math.min(...desired), most: Math.max(...desired) };
}

/** Times that the wanted number fell and rose again. */
function dips(traffic: Iterable<SimulatedInvocation>, change: Partial<AutoscalerConfig>): number {
  const wanted: number[] = [];
  const onDecision: SimulationOptions["onDecision"] = ({ desired }) => {
    if (wanted.at(-1) !== desired) wanted.push(desired);
  };
  simulate({ ...config, ...change }, traffic, { onDecision });
  return wanted.filter((value, index) => value < (wanted[index - 1] ?? 0) && value < (wanted[index + 1] ?? 0)).length;
}

describe("simulate", () => {
  it("does nothing without traffic", () => {
    const { series, totals } = simulate(config, []);
    expect(series).toEqual([{ at: 0, desired: 0, ready: 0, starting: 0, inFlight: 0, queued: 0, reason: "idle" }]);
    expect(totals).toEqual({
      invocations: 0,
      endedAt: 0,
      instanceSeconds: 0,
      starts: 0,
      coldStarts: 0,
      waitP50Ms: 0,
      waitP99Ms: 0,
      maxQueued: 0,
      maxInstances: 0,
    });
  });

  it("starts an instance for each of three that come at once, as its docstring says", () => {
    const { totals } = simulate({ ...autoscalerDefaults, concurrency: 1 }, burst(3, 0, 50), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 3, starts: 3, coldStarts: 3, waitP50Ms: 100, maxQueued: 3 });
  });

  it("answers one invocation and stops after the idle timeout", () => {
    const { totals } = simulate(config, [{ at: 1_000, serviceMs: 50 }], { startMs: 100 });
    expect(totals.endedAt).toBeCloseTo(1_000 + 100 + 50 + 30_000, 6);
    expect(totals.instanceSeconds).toBeCloseTo(30.15, 6);
    expect(totals).toMatchObject({ starts: 1, coldStarts: 1, waitP99Ms: 100 });
  });

  it("answers a burst from zero in the time of one start", () => {
    const { totals } = simulate(config, burst(200, 5_000, 300), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 200, starts: 20, waitP99Ms: 100, maxQueued: 200 });
  });

  it("queues what the maximum cannot hold, and answers all of it", () => {
    const { totals } = simulate({ ...config, maxInstances: 2 }, burst(100, 0, 300), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 100, starts: 2, maxInstances: 2, waitP99Ms: 100 + 4 * 300 });
  });

  it("stops what a burst started within one panic window and a few halvings when less follows", () => {
    const traffic = [...burst(200, 10_000, 300), ...createLater(steady(1, 5 * minute), 10_001)];
    const result = simulate(config, traffic);
    expect(range(result, 10_000, 14_000).most).toBe(20);
    expect(range(result, 80_000, 5 * minute)).toEqual({ least: 1, most: 1 });
  });

  it("settles on a steady load at target utilization and stays there", () => {
    // 140 a second, 0.1 s each: 14 in flight on average, target 7 an instance
    const result = simulate(config, steady(140, 30 * minute));
    expect(range(result, 2 * minute, 30 * minute)).toEqual({ least: 2, most: 2 });
    expect(result.totals.starts).toBeLessThanOrEqual(4);
    expect(result.totals.waitP99Ms).toBe(0);
  });

  it("starts and stops rarely with the crests of a random steady load, less so with a delay", () => {
    // 10 in flight on average, 2 instances; a crest above 20 needs a third, which stays for a panic window of 6 s
    const traffic = () =>
      createTraffic({ durationMs: 20 * minute, ratePerSecond: () => 100, serviceMs: 100, random: createRandom(11) });
    expect(dips(traffic(), {})).toBeLessThan((20 * minute) / 6_000 / 2);
    expect(dips(traffic(), { scaleDownDelayMs: 2 * minute })).toBeLessThan(5);
  });

  it("follows a tide up and down and to zero", () => {
    const period = 20 * minute;
    const ratePerSecond = (at: number) => 300 * Math.sin((Math.PI * at) / period) ** 2;
    const result = simulate(config, createTraffic({ durationMs: 2 * period, ratePerSecond, serviceMs: 100 }));
    // peak: 300 a second for 0.1 s each are 30 in flight, ceil(30 / 7) = 5
    expect(range(result, 0.45 * period, 0.6 * period)).toEqual({ least: 5, most: 5 });
    expect(range(result, 0.98 * period, 1.05 * period).least).toBeLessThanOrEqual(1);
    expect(range(result, 1.45 * period, 1.6 * period)).toEqual({ least: 5, most: 5 });
    expect(result.series.at(-1)).toMatchObject({ desired: 0, ready: 0, starting: 0, reason: "idle" });
    expect(result.totals.waitP99Ms).toBe(0);
    expect(result.totals.coldStarts).toBeLessThanOrEqual(4);
    // the work alone would fill 2 * 20 min * 150/s * 0.1 s / 10 = 3600 instance-seconds at full use
    expect(result.totals.instanceSeconds).toBeLessThan(3_600 / 0.7 + 3_600);
  });

  it("keeps instances through flapping load when the delay spans its pauses", () => {
    const ratePerSecond = (at: number) => (at % 10_000 < 2_000 ? 500 : 5);
    const traffic = () => createTraffic({ durationMs: 10 * minute, ratePerSecond, serviceMs: 100 });
    const result = simulate({ ...config, scaleDownDelayMs: 10_000 }, traffic());
    expect(range(result, minute, 9 * minute).least).toBeGreaterThanOrEqual(5);
    expect(result.totals.starts).toBeLessThan(12);
    expect(simulate(config, traffic()).totals.starts).toBeGreaterThan(100);
  });

  it("goes to zero an idle timeout after a spike, though the windows remember it", () => {
    const result = simulate(config, burst(200, 0, 2_000));
    expect(result.totals.endedAt).toBeCloseTo(100 + 2_000 + 30_000, 6);
    expect(result.series.at(-1)).toMatchObject({ desired: 0, ready: 0, reason: "idle" });
  });

  it("keeps the minimum when all is over", () => {
    const result = simulate({ ...config, minInstances: 2 }, burst(50, 60_000, 100));
    expect(result.series[0]).toMatchObject({ desired: 2, starting: 2 });
    expect(result.series.at(-1)).toMatchObject({ desired: 2, ready: 2 });
    expect(result.totals.starts).toBe(5);
  });

  it("ends what an instance has in flight before it stops", () => {
    const long = { at: 0, serviceMs: 10 * minute };
    const { totals } = simulate({ ...config, concurrency: 1 }, [long, ...burst(3, 1, 10)], { startMs: 10 });
    expect(totals.invocations).toBe(4);
    expect(totals.endedAt).toBeGreaterThanOrEqual(10 * minute + 30_000);
  });

  it("drops instances that are no longer needed before they were ready", () => {
    const panic = { panicWindowMs: 30, stableWindowMs: 60 };
    const traffic = [{ at: 0, serviceMs: 60_000 }, ...burst(5, 11_000, 1)];
    const { totals } = simulate({ ...config, ...panic, concurrency: 2 }, traffic, { startMs: 10_000 });
    expect(totals.invocations).toBe(6);
    expect(totals.instanceSeconds).toBeLessThan(100 + 3 * 10);
  });

  it("keeps every decision within bounds, for random hours", () => {
    const random = createRandom(23);
    const rates = Array.from({ length: 60 }, () => random() ** 4 * 200);
    const traffic = createTraffic({
      durationMs: 60 * minute,
      ratePerSecond: (at) => rates[Math.floor(at / minute)] ?? 0,
      serviceMs: 200,
      random,
    });
    const bounds = { least: Infinity, most: 0 };
    simulate({ ...config, minInstances: 1, maxInstances: 4 }, traffic, {
      onDecision: ({ desired }) => {
        bounds.least = Math.min(bounds.least, desired);
        bounds.most = Math.max(bounds.most, desired);
      },
    });
    expect(bounds).toEqual({ least: 1, most: 4 });
  });
});

function* createLater(traffic: Iterable<SimulatedInvocation>, byMs: number): Generator<SimulatedInvocation> {
  for (const { at, serviceMs } of traffic) yield { at: at + byMs, serviceMs };
}
