import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults, type PolicyName } from "./config.ts";
import { simulate } from "./simulate.ts";
import type { Simulation, SimulationOptions } from "./simulation.ts";
import { createRandom, createTraffic, type SimulatedInvocation } from "./traffic.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10, maxInstances: 20 };
const minute = 60_000;
const policies: PolicyName[] = ["tide", "kpa"];

function burst(size: number, at: number, serviceMs: number): SimulatedInvocation[] {
  return Array.from({ length: size }, () => ({ at, serviceMs }));
}

function steady(
  ratePerSecond: number,
  durationMs: number,
  serviceMs: number,
  seed: number,
): Iterable<SimulatedInvocation> {
  return createTraffic({ durationMs, ratePerSecond: () => ratePerSecond, serviceMs, random: createRandom(seed) });
}

/** Most and least instances wanted in a span of the series. */
function range({ series }: Simulation, from: number, until: number): { least: number; most: number } {
  const desired = series.filter(({ at }) => at >= from && at < until).map((sample) => sample.desired);
  return { least: Math.min(...desired), most: Math.max(...desired) };
}

describe("simulate", () => {
  it("does nothing without traffic", () => {
    const { series, totals, waits } = simulate(config, []);
    expect(series).toEqual([
      { at: 0, desired: 0, ready: 0, starting: 0, frozen: 0, inFlight: 0, queued: 0, reason: "idle" },
    ]);
    expect(waits).toHaveLength(0);
    expect(totals).toEqual({
      invocations: 0,
      refused: 0,
      waitP50Ms: 0,
      waitP99Ms: 0,
      waitMaxMs: 0,
      coldStarts: 0,
      starts: 0,
      instanceSeconds: 0,
      frozenSeconds: 0,
      gbSeconds: 0,
      maxInstances: 0,
      maxQueued: 0,
      endedAt: 0,
    });
  });

  it("starts an instance for each of three that come at once, as its docstring says", () => {
    const { totals } = simulate({ ...autoscalerDefaults, concurrency: 1 }, burst(3, 0, 50), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 3, starts: 3, coldStarts: 3, waitP50Ms: 100, maxQueued: 3 });
  });

  it("answers one invocation and stops after the idle timeout, counting start, idle and frozen time", () => {
    const { totals } = simulate(config, [{ at: 1_000, serviceMs: 50 }], { startMs: 100, memoryBytes: 2 ** 29 });
    expect(totals.endedAt).toBeCloseTo(1_000 + 100 + 50 + 30_000, 6);
    expect(totals.instanceSeconds).toBeCloseTo(30.15, 6);
    expect(totals.frozenSeconds).toBeCloseTo(25, 0);
    expect(totals.gbSeconds).toBeCloseTo(30.15 / 2, 6);
    expect(totals).toMatchObject({ starts: 1, coldStarts: 1, waitP99Ms: 100, waitMaxMs: 100 });
  });

  it("answers a burst from zero in the time of one start", () => {
    const { totals } = simulate(config, burst(200, 5_000, 300), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 200, starts: 20, waitP99Ms: 100, maxQueued: 200 });
  });

  it("queues what the maximum cannot hold, and answers all of it", () => {
    const { totals } = simulate({ ...config, maxInstances: 2 }, burst(100, 0, 300), { startMs: 100 });
    expect(totals).toMatchObject({ invocations: 100, starts: 2, maxInstances: 2, waitP99Ms: 100 + 4 * 300 });
  });

  it("refuses what the queue has no place for, and what waited too long", () => {
    const one = { ...config, concurrency: 1, maxInstances: 1 };
    const full = simulate(one, burst(10, 0, 300), { startMs: 100, queueLimit: 4 });
    expect(full.totals).toMatchObject({ invocations: 4, refused: 6 });
    const late = simulate(one, burst(10, 0, 300), { startMs: 100, queueTimeoutMs: 700 });
    expect(late.totals).toMatchObject({ invocations: 3, refused: 7, waitMaxMs: 700 });
  });

  it("starts no more at once than it may", () => {
    const { totals } = simulate(config, burst(40, 0, 10_000), { startMs: 100, startsAtOnce: 2 });
    expect(totals).toMatchObject({ waitMaxMs: 200, waitP50Ms: 100 });
  });

  it("thaws a frozen instance for an invocation", () => {
    const traffic = [...burst(1, 0, 50), ...burst(1, 20_000, 50)];
    const { totals, waits } = simulate(config, traffic, { startMs: 100, thawMs: 3 });
    expect([...waits]).toEqual([3, 100]);
    expect(totals.frozenSeconds).toBeGreaterThan(30);
  });

  it("draws start times from a list, or from a function", () => {
    const long = simulate(config, burst(200, 0, 1_000), { startMs: [100, 150], random: createRandom(1) });
    expect(new Set(long.waits)).toEqual(new Set([100, 150]));
    let next = 0;
    const drawn = simulate(config, burst(20, 0, 1_000), {
      startMs: () => {
        next += 100;
        return next;
      },
    });
    expect(drawn.totals.waitMaxMs).toBeGreaterThan(200);
  });

  it("counts idle time until it is told to end", () => {
    const always = { ...config, minInstances: 1 };
    expect(simulate(always, [], { startMs: 100, untilMs: 60_000 }).totals.instanceSeconds).toBeCloseTo(60, 6);
  });

  it("follows a tide up and down and to zero", () => {
    const period = 20 * minute;
    const ratePerSecond = (at: number) => 300 * Math.sin((Math.PI * at) / period) ** 2;
    const result = simulate(config, createTraffic({ durationMs: 2 * period, ratePerSecond, serviceMs: 100 }));
    // peak: 30 at once, with headroom 30 + 2 * 5.5 = 41, and as little at times
    expect(range(result, 0.45 * period, 0.55 * period)).toEqual({ least: 5, most: 5 });
    expect(range(result, 0.98 * period, 1.02 * period).least).toBeLessThanOrEqual(1);
    expect(result.series.at(-1)).toMatchObject({ desired: 0, ready: 0, starting: 0, reason: "idle" });
    expect(result.totals.waitP99Ms).toBe(0);
    expect(result.totals.coldStarts).toBeLessThanOrEqual(6);
  });

  it("releases what a burst started within seconds", () => {
    const traffic = [...burst(200, 10_000, 300), ...later(steady(1, minute, 50, 1), 10_001)];
    const result = simulate(config, traffic, { startMs: 200, sampleMs: 50 });
    expect(range(result, 10_000, 11_000).most).toBe(20);
    expect(range(result, 20_000, 30_000).most).toBeLessThanOrEqual(2);
    expect(range(result, 30_000, 60_000)).toEqual({ least: 1, most: 1 });
  });

  it("ends what an instance has in flight before it stops", () => {
    const long = { at: 0, serviceMs: 10 * minute };
    const { totals } = simulate({ ...config, concurrency: 1 }, [long, ...burst(3, 1, 10)], { startMs: 10 });
    expect(totals.invocations).toBe(4);
    expect(totals.endedAt).toBeGreaterThanOrEqual(10 * minute);
  });

  it("takes hours of a busy function in seconds", () => {
    const busy = steady(100, 60 * minute, 80, 5);
    const before = performance.now();
    expect(simulate(config, busy).totals.invocations).toBeGreaterThan(350_000);
    // about 0.3 s on a quiet machine
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe("any policy", () => {
  it.each(policies)("%s comes to an end with instances that stay and targets of metrics", (policy) => {
    const metrics = { cpu: 0.7, memoryBytes: null, eventLoopDelayMs: null };
    const wanting = { ...config, policy, provisioned: 1 };
    const steady = burst(5, 0, 100);
    // A series without an end would fill the memory before the test's time is up.
    let decisions = 0;
    const onDecision = () => {
      decisions += 1;
      if (decisions > 1000) throw new Error("No end");
    };
    const { totals } = simulate({ ...wanting, metrics }, steady, { onDecision });
    expect(totals).toEqual(simulate(wanting, steady).totals);
  });

  const run = fc.record({
    policy: fc.constantFrom(...policies),
    concurrency: fc.constantFrom(1, 3, 50),
    minInstances: fc.nat(2),
    provisioned: fc.nat(1),
    maxInstances: fc.integer({ min: 3, max: 12 }),
    freeze: fc.boolean(),
    startMs: fc.constantFrom(0, 20, 300, 4_000),
    seed: fc.nat(1_000),
    serviceMs: fc.constantFrom(1, 50, 2_000),
    rates: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 40, noNaN: true })), {
      minLength: 1,
      maxLength: 6,
    }),
  });

  it("keeps within bounds, serves all, counts all time and comes to rest", () => {
    fc.assert(
      fc.property(run, ({ rates, seed, serviceMs, startMs, ...change }) => {
        const traffic = [
          ...createTraffic({
            durationMs: rates.length * minute,
            ratePerSecond: (at) => rates[Math.floor(at / minute)] ?? 0,
            serviceMs,
            random: createRandom(seed),
          }),
        ];
        const bounds = { least: Math.max(change.minInstances, change.provisioned), most: change.maxInstances };
        let decisions = 0;
        const onDecision: SimulationOptions["onDecision"] = ({ desired, frozen, nextAt }, at) => {
          decisions += 1;
          expect(desired).toBeGreaterThanOrEqual(bounds.least);
          expect(desired).toBeLessThanOrEqual(bounds.most);
          expect(frozen).toBeLessThanOrEqual(change.freeze ? desired - Math.min(desired, change.provisioned) : 0);
          expect(nextAt ?? Infinity).toBeGreaterThan(at);
        };
        const { totals, series } = simulate({ ...config, ...change }, traffic, { startMs, onDecision });
        expect(totals.invocations).toBe(traffic.length);
        expect(series.at(-1)).toMatchObject({ inFlight: 0, queued: 0, starting: 0 });
        expect((series.at(-1)?.ready ?? 0) + (series.at(-1)?.frozen ?? 0)).toBe(bounds.least);
        const work = (traffic.length * serviceMs) / 1_000 / change.concurrency;
        expect(totals.instanceSeconds).toBeGreaterThanOrEqual(work - 1e-6);
        expect(totals.frozenSeconds).toBeLessThanOrEqual(totals.instanceSeconds);
        expect(decisions).toBeLessThan(10 * traffic.length + 40 * rates.length * 60 + 1_000);
      }),
      { numRuns: 60, seed: 42 },
    );
  });
});

describe("tide", () => {
  it.each<
    [name: string, ratePerSecond: number, serviceMs: number, concurrency: number, startMs: number, perMinute: number]
  >([
    ["short invocations", 140, 100, 10, 200, 4],
    ["many short ones", 1_000, 20, 10, 200, 4],
    ["long ones", 10, 2_000, 10, 200, 12],
    ["one at a time", 20, 50, 1, 200, 12],
    ["slow starts", 140, 100, 10, 3_000, 5],
  ])(
    "does not start and stop with each crest of a steady load: %s",
    (_name, rate, serviceMs, concurrency, startMs, perMinute) => {
      const minutes = 20;
      const traffic = steady(rate, minutes * minute, serviceMs, 11);
      const { totals } = simulate({ ...config, concurrency, maxInstances: 100 }, traffic, { startMs });
      expect(totals.starts / minutes).toBeLessThan(perMinute);
    },
  );

  it.each<[name: string, traffic: SimulatedInvocation[], instanceSeconds: number]>([
    ["a tide", tide(), 1.1],
    ["a flash crowd", flashCrowd(), 0.5],
    ["a cron job", cron(), 0.3],
    ["few invocations", [...steady(1 / 90, 240 * minute, 100, 3)], 0.3],
  ])("lets nobody wait longer than kpa in %s, and costs less", (_name, traffic, instanceSeconds) => {
    const [tideTotals, kpaTotals] = policies.map(
      (policy) => simulate({ ...config, policy, maxInstances: 100 }, traffic, { startMs: 200 }).totals,
    );
    expect(tideTotals?.waitP99Ms).toBeLessThanOrEqual(kpaTotals?.waitP99Ms ?? 0);
    expect((tideTotals?.instanceSeconds ?? 0) / (kpaTotals?.instanceSeconds ?? 0)).toBeLessThan(instanceSeconds);
  });
});

function tide(): SimulatedInvocation[] {
  const ratePerSecond = (at: number) => 500 * Math.sin((Math.PI * at) / (10 * minute)) ** 2;
  return [...createTraffic({ durationMs: 20 * minute, ratePerSecond, serviceMs: 100, random: createRandom(2) })];
}

function flashCrowd(): SimulatedInvocation[] {
  const ratePerSecond = (at: number) => (at >= 4 * minute && at < 5 * minute ? 500 : 10);
  return [...createTraffic({ durationMs: 10 * minute, ratePerSecond, serviceMs: 100, random: createRandom(2) })];
}

function cron(): SimulatedInvocation[] {
  return Array.from({ length: 24 }, (_, index) => burst(100, (1 + 5 * index) * minute, 100)).flat();
}

function* later(traffic: Iterable<SimulatedInvocation>, byMs: number): Generator<SimulatedInvocation> {
  for (const { at, serviceMs } of traffic) yield { at: at + byMs, serviceMs };
}
