import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "./config.ts";
import { type Decision, decide } from "./decision.ts";
import type { Observations } from "./observations.ts";
import { createRandom } from "./traffic.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10 };
const now = 1_000_000;

function observe(change: Partial<Observations> = {}): Observations {
  return {
    inFlight: 0,
    queued: 0,
    ready: 0,
    starting: 0,
    stableAverage: 0,
    panicAverage: 0,
    lastActiveAt: now,
    panic: null,
    scaleDown: null,
    ...change,
  };
}

interface Case {
  name: string;
  change?: Partial<AutoscalerConfig>;
  observed: Partial<Observations>;
  expected: Partial<Decision>;
}

const base = { instances: 0, at: now };

describe("decide", () => {
  it.each<Case>([
    {
      name: "wants nothing before the first invocation",
      observed: { lastActiveAt: null },
      expected: { desired: 0, reason: { code: "idle", idleMs: null, minInstances: 0 }, nextAt: null },
    },
    {
      name: "keeps the minimum before the first invocation",
      change: { minInstances: 2 },
      observed: { lastActiveAt: null },
      expected: { desired: 2, reason: { code: "idle", idleMs: null, minInstances: 2 }, nextAt: null },
    },
    {
      name: "starts from zero at once for what waits",
      observed: { queued: 25 },
      expected: { desired: 3, reason: { code: "arrivals", load: 25, concurrency: 10 } },
    },
    {
      name: "counts what runs and what waits",
      observed: { inFlight: 10, queued: 1, ready: 1 },
      expected: { desired: 2, reason: { code: "arrivals", load: 11, concurrency: 10 }, nextAt: null },
    },
    {
      name: "starts no more than the maximum",
      change: { maxInstances: 2 },
      observed: { queued: 25 },
      expected: { desired: 2, reason: { code: "max", wanted: 3, maxInstances: 2 }, nextAt: null },
    },
    {
      name: "adds headroom by the stable window, as its docstring says",
      observed: { inFlight: 25, ready: 4, stableAverage: 30, panicAverage: 24 },
      expected: { desired: 5, reason: { code: "stable", average: 30, target: 7 }, panic: null, nextAt: now + 2_000 },
    },
    {
      name: "buys no instance with a rounding error",
      observed: { inFlight: 7, ready: 1, stableAverage: 7.000000000000002, panicAverage: 7.000000000000002 },
      expected: { desired: 1, nextAt: null },
    },
    {
      name: "looks again while averages still grow towards the load",
      observed: { inFlight: 8, ready: 1, stableAverage: 3, panicAverage: 5 },
      expected: { desired: 1, reason: { code: "arrivals", load: 8, concurrency: 10 }, nextAt: now + 2_000 },
    },
    {
      name: "limits what averages ask for by the scale-up rate",
      change: { maxScaleUpRate: 1.5 },
      observed: { inFlight: 10, ready: 2, stableAverage: 60 },
      expected: { desired: 3, reason: { code: "scale-up-rate", wanted: 9, ready: 2, rate: 1.5 } },
    },
    {
      name: "does not limit what waits by the scale-up rate",
      change: { maxScaleUpRate: 1.5 },
      observed: { queued: 60, ready: 2 },
      expected: { desired: 6, reason: { code: "arrivals", load: 60, concurrency: 10 } },
    },
    {
      name: "can grow from one by the smallest rate",
      change: { maxScaleUpRate: 1.1 },
      observed: { inFlight: 5, ready: 0, stableAverage: 30 },
      expected: { desired: 2 },
    },
    {
      name: "panics when the panic window wants twice the ready instances",
      observed: { inFlight: 30, ready: 2, stableAverage: 14, panicAverage: 24 },
      expected: {
        desired: 4,
        reason: { code: "panic", average: 24, target: 7, held: 4 },
        panic: { at: now, held: 4 },
      },
    },
    {
      name: "does not panic below the threshold",
      observed: { inFlight: 30, ready: 3, stableAverage: 14, panicAverage: 34 },
      expected: { desired: 3, reason: { code: "arrivals", load: 30, concurrency: 10 }, panic: null },
    },
    {
      name: "panics by averages no faster than the scale-up rate",
      change: { maxScaleUpRate: 1.5 },
      observed: { inFlight: 1, ready: 2, panicAverage: 70 },
      expected: { desired: 3, panic: { at: now, held: 3 } },
    },
    {
      name: "panics no higher than the maximum",
      observed: { inFlight: 70, ready: 2, panicAverage: 700 },
      expected: { desired: 10, panic: { at: now, held: 10 } },
    },
    {
      name: "holds the most wanted in panic, until a stable window after its last trigger",
      observed: { inFlight: 5, ready: 6, panicAverage: 5, panic: { at: now - 59_999, held: 6 } },
      expected: {
        desired: 6,
        reason: { code: "panic", average: 5, target: 7, held: 6 },
        panic: { at: now - 59_999, held: 6 },
        nextAt: now + 1,
      },
    },
    {
      name: "raises what panic holds",
      observed: { inFlight: 75, ready: 6, panicAverage: 30, panic: { at: now - 5_000, held: 6 } },
      expected: { desired: 8, panic: { at: now - 5_000, held: 8 } },
    },
    {
      name: "prolongs panic when it is triggered again",
      observed: { inFlight: 70, ready: 3, panicAverage: 70, panic: { at: now - 5_000, held: 6 } },
      expected: { desired: 10, panic: { at: now, held: 10 } },
    },
    {
      name: "ends panic a stable window after its last trigger",
      observed: { inFlight: 5, ready: 6, panicAverage: 5, panic: { at: now - 60_000, held: 6 } },
      expected: { desired: 3, panic: null },
    },
    {
      name: "keeps what was wanted within the panic window",
      observed: { inFlight: 5, ready: 3, scaleDown: { wanted: [{ instances: 3, at: now - 2_000 }], base } },
      expected: {
        desired: 3,
        reason: { code: "scale-down-delay", held: 3, wantedMsAgo: 2_000 },
        nextAt: now + 4_000,
      },
    },
    {
      name: "keeps what was wanted within a longer delay",
      change: { scaleDownDelayMs: 60_000 },
      observed: { inFlight: 5, ready: 3, scaleDown: { wanted: [{ instances: 3, at: now - 50_000 }], base } },
      expected: { desired: 3, nextAt: now + 10_000 },
    },
    {
      name: "forgets what was wanted before the delay",
      observed: { inFlight: 5, ready: 1, scaleDown: { wanted: [{ instances: 3, at: now - 6_000 }], base } },
      expected: { desired: 1, scaleDown: { wanted: [{ instances: 1, at: now }], base: { instances: 1, at: now } } },
    },
    {
      name: "halves the instances at most in one interval",
      observed: { inFlight: 5, ready: 8 },
      expected: { desired: 4, reason: { code: "scale-down-rate", from: 8, rate: 2 }, nextAt: now + 2_000 },
    },
    {
      name: "halves them again in the next interval only",
      observed: {
        inFlight: 5,
        ready: 4,
        scaleDown: { wanted: [{ instances: 1, at: now - 500 }], base: { instances: 8, at: now - 500 } },
      },
      expected: { desired: 4, reason: { code: "scale-down-rate", from: 8, rate: 2 }, nextAt: now + 1_500 },
    },
    {
      name: "does not replace by the scale-down rate what died",
      observed: {
        inFlight: 5,
        ready: 1,
        scaleDown: { wanted: [{ instances: 1, at: now - 500 }], base: { instances: 8, at: now - 500 } },
      },
      expected: { desired: 1 },
    },
    {
      name: "keeps the last instance until the idle timeout",
      observed: { ready: 1, lastActiveAt: now - 10_000 },
      expected: { desired: 1, reason: { code: "last", idleMs: 10_000, idleTimeoutMs: 30_000 }, nextAt: now + 20_000 },
    },
    {
      name: "keeps a starting instance too",
      observed: { starting: 1, lastActiveAt: now - 10_000 },
      expected: { desired: 1 },
    },
    {
      name: "starts none for the idle timeout",
      observed: { lastActiveAt: now - 10_000 },
      expected: { desired: 0, reason: { code: "idle", idleMs: 10_000, minInstances: 0 }, nextAt: null },
    },
    {
      name: "keeps the last instance without end when idle never comes",
      change: { idleTimeoutMs: Infinity },
      observed: { ready: 1, lastActiveAt: 0 },
      expected: { desired: 1, nextAt: null },
    },
    {
      name: "looks again at whichever comes first, the idle timeout or changed averages",
      observed: { ready: 2, stableAverage: 9, lastActiveAt: now - 29_000 },
      expected: { desired: 2, reason: { code: "stable", average: 9, target: 7 }, nextAt: now + 1_000 },
    },
    {
      name: "stops all at the idle timeout, whatever windows, panic, delay and rate say",
      change: { scaleDownDelayMs: 600_000 },
      observed: {
        ready: 8,
        stableAverage: 20,
        panicAverage: 20,
        panic: { at: now - 30_000, held: 8 },
        scaleDown: { wanted: [{ instances: 8, at: now - 30_000 }], base: { instances: 8, at: now } },
        lastActiveAt: now - 30_000,
      },
      expected: {
        desired: 0,
        reason: { code: "idle", idleMs: 30_000, minInstances: 0 },
        panic: null,
        scaleDown: null,
        nextAt: null,
      },
    },
    {
      name: "keeps the minimum at the idle timeout",
      change: { minInstances: 1 },
      observed: { ready: 3, lastActiveAt: now - 30_000 },
      expected: { desired: 1, reason: { code: "idle", idleMs: 30_000, minInstances: 1 } },
    },
    {
      name: "keeps the minimum under load",
      change: { minInstances: 4 },
      observed: { inFlight: 1, ready: 4 },
      expected: { desired: 4, reason: { code: "min", minInstances: 4 }, nextAt: null },
    },
    {
      name: "waits for no idle timeout with the minimum running",
      change: { minInstances: 1 },
      observed: { ready: 1 },
      expected: { desired: 1, nextAt: null },
    },
    {
      name: "is never idle while something runs",
      observed: { inFlight: 1, ready: 1, lastActiveAt: null },
      expected: { desired: 1, nextAt: null },
    },
  ])("$name", ({ change, observed, expected }) => {
    expect(decide({ ...config, ...change }, observe(observed), now)).toMatchObject(expected);
  });

  it("looks again at the end of the idle timeout even where a difference of times would round below it", () => {
    const lastActiveAt = 0.1;
    const decision = decide({ ...config, idleTimeoutMs: 0.7 }, observe({ ready: 1, lastActiveAt }), 0.2);
    expect(decision.nextAt).not.toBeNull();
    const nextAt = decision.nextAt ?? 0;
    expect(decide({ ...config, idleTimeoutMs: 0.7 }, observe({ ready: 1, lastActiveAt }), nextAt).desired).toBe(0);
  });
});

describe("decide, for random observations", () => {
  const random = createRandom(42);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const cases = Array.from({ length: 5_000 }, () => {
    const minInstances = upTo(3);
    const randomConfig: AutoscalerConfig = {
      ...config,
      concurrency: 1 + upTo(20),
      targetUtilization: 0.1 + 0.9 * random(),
      panicThreshold: 1.1 + random() * 3,
      maxScaleUpRate: 1.1 + random() * 10,
      maxScaleDownRate: 1.1 + random() * 3,
      scaleDownDelayMs: upTo(20_000),
      idleTimeoutMs: upTo(60_000),
      minInstances,
      maxInstances: Math.max(1, minInstances + upTo(12)),
    };
    const load = upTo(3) === 0 ? 0 : upTo(200);
    const observed = observe({
      inFlight: load,
      queued: load === 0 ? 0 : upTo(50),
      ready: upTo(12),
      starting: upTo(3),
      stableAverage: random() * 100,
      panicAverage: random() * 100,
      lastActiveAt: load > 0 ? now : now - upTo(60_000),
      panic: upTo(1) === 0 ? null : { at: now - upTo(70_000), held: upTo(randomConfig.maxInstances) },
      scaleDown: upTo(1) === 0 ? null : { wanted: [{ instances: upTo(12), at: now - upTo(30_000) }], base },
    });
    return { randomConfig, observed };
  });

  it("stays within the bounds and never below what load needs", () => {
    for (const { randomConfig, observed } of cases) {
      const { desired } = decide(randomConfig, observed, now);
      const need = Math.ceil((observed.inFlight + observed.queued) / randomConfig.concurrency);
      expect(Number.isInteger(desired)).toBe(true);
      expect(desired).toBeGreaterThanOrEqual(
        Math.max(randomConfig.minInstances, Math.min(need, randomConfig.maxInstances)),
      );
      expect(desired).toBeLessThanOrEqual(randomConfig.maxInstances);
    }
  });

  it("never wants fewer for more load", () => {
    for (const { randomConfig, observed } of cases) {
      const more: Observations = {
        ...observed,
        inFlight: observed.inFlight + upTo(20),
        queued: observed.queued + 1,
        stableAverage: observed.stableAverage + random() * 20,
        panicAverage: observed.panicAverage + random() * 20,
        lastActiveAt: now,
      };
      const { desired } = decide(randomConfig, observed, now);
      expect(decide(randomConfig, more, now).desired).toBeGreaterThanOrEqual(desired);
    }
  });

  it("looks again in the future only", () => {
    for (const { randomConfig, observed } of cases) {
      const { nextAt } = decide(randomConfig, observed, now);
      if (nextAt !== null) expect(nextAt).toBeGreaterThan(now);
    }
  });

  it("asks again at nextAt until the present load's number is reached", () => {
    for (const { randomConfig, observed } of cases.slice(0, 500)) {
      let state = { ...observed, stableAverage: observed.inFlight, panicAverage: observed.inFlight, queued: 0 };
      let decision = decide(randomConfig, state, now);
      for (let steps = 0; decision.nextAt !== null; steps += 1) {
        expect(steps).toBeLessThan(100);
        const { panic, scaleDown, desired } = decision;
        state = { ...state, ready: desired, starting: 0, panic, scaleDown };
        decision = decide(randomConfig, state, decision.nextAt);
      }
      const target = randomConfig.concurrency * randomConfig.targetUtilization;
      const wanted = Math.max(Math.ceil(observed.inFlight / target - 1e-9), randomConfig.minInstances);
      expect(decision.desired).toBe(Math.min(wanted, randomConfig.maxInstances));
    }
  });
});
