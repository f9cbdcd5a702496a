import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults, type MetricTargets } from "./config.ts";
import { type MetricTargetState, wantedByMetrics } from "./metric-target.ts";
import type { MetricReadings, Observations } from "./observations.ts";
import { Scaler } from "./policy/scaler.ts";

const noTargets: MetricTargets = { cpu: null, memoryBytes: null, eventLoopDelayMs: null };
const nothingRead: MetricReadings = { cpu: null, memoryBytes: null, eventLoopDelayMs: null };

function config(targets: Partial<MetricTargets>): AutoscalerConfig {
  return { ...autoscalerDefaults, concurrency: 10, maxInstances: 20, metrics: { ...noTargets, ...targets } };
}

function seen(ready: number, metrics: Partial<MetricReadings> | null): Observations {
  return {
    inFlight: 1,
    queued: 0,
    ready,
    starting: 0,
    frozen: 0,
    startMs: 200,
    metrics: metrics === null ? null : { ...nothingRead, ...metrics },
  };
}

describe("wantedByMetrics", () => {
  it("asks for nothing without a target", () => {
    expect(wantedByMetrics(config({}), seen(2, { cpu: 1 }), null, 0)).toBeNull();
  });

  it.each<
    [
      name: string,
      targets: Partial<MetricTargets>,
      ready: number,
      metrics: Partial<MetricReadings> | null,
      wanted: number,
    ]
  >([
    ["more, as its docstring says", { cpu: 0.6 }, 4, { cpu: 0.9 }, 6],
    ["no change just above the target", { cpu: 0.6 }, 4, { cpu: 0.65 }, 4],
    ["no change just below the target", { cpu: 0.6 }, 4, { cpu: 0.55 }, 4],
    ["fewer", { cpu: 0.6 }, 4, { cpu: 0.2 }, 2],
    ["exactly as many as a whole number of times", { cpu: 0.1 }, 3, { cpu: 0.3 }, 9],
    [
      "the most of all metrics",
      { cpu: 0.6, memoryBytes: 100, eventLoopDelayMs: 10 },
      2,
      { cpu: 0.9, memoryBytes: 400, eventLoopDelayMs: 20 },
      8,
    ],
    ["no more than the maximum", { eventLoopDelayMs: 10 }, 4, { eventLoopDelayMs: 1_000 }, 20],
    ["none while nothing is known", { cpu: 0.6 }, 4, {}, 0],
    ["none while nothing is measured", { cpu: 0.6 }, 4, null, 0],
    ["none while no instance is ready", { cpu: 0.6 }, 0, { cpu: 5 }, 0],
  ])("wants %s", (_name, targets, ready, metrics, wanted) => {
    expect(wantedByMetrics(config(targets), seen(ready, metrics), null, 0)?.instances).toBe(wanted);
  });

  it("lets fewer do only when they have been enough for five minutes", () => {
    let state: MetricTargetState | null = null;
    const at = (minutes: number, cpu: number) => {
      const bid = wantedByMetrics(config({ cpu: 0.5 }), seen(4, { cpu }), state, minutes * 60_000);
      state = bid?.state ?? null;
      return bid;
    };
    expect(at(0, 1)?.instances).toBe(8);
    expect(at(1, 0.2)).toMatchObject({
      instances: 8,
      reason: { code: "scale-down-delay", held: 8, wantedMsAgo: 60_000 },
    });
    expect(at(2, 0.3)?.instances).toBe(8);
    expect(at(5, 0.2)).toMatchObject({ instances: 3, nextAt: 5 * 60_000 + 15_000 });
    expect(at(8, 0.2)?.instances).toBe(2);
  });
});

describe("Scaler with metrics", () => {
  it("takes the higher of load and metric, and the earlier time", () => {
    const scaler = new Scaler(config({ cpu: 0.5 }));
    scaler.record(0, 1, 0);
    expect(scaler.decide(seen(2, { cpu: 1 }), 0)).toMatchObject({
      desired: 4,
      reason: { code: "metric", metric: "cpu", mean: 1, target: 0.5, ready: 2 },
    });
    expect(scaler.decide(seen(1, { cpu: 0 }), 400_000).desired).toBe(1);
  });

  it("keeps nothing that nobody calls", () => {
    const scaler = new Scaler(config({ cpu: 0.5 }));
    scaler.record(0, 1, 0);
    scaler.decide(seen(2, { cpu: 1 }), 0);
    scaler.record(1_000, 0, 0);
    const idle = { ...seen(2, { cpu: 1 }), inFlight: 0 };
    expect(scaler.decide(idle, 32_000)).toMatchObject({ desired: 0, nextAt: null });
  });
});
