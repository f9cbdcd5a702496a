import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "../config.ts";
import type { Observations } from "../observations.ts";
import { busyNeed, forecast } from "./busy-need.ts";
import { TideHistory } from "./tide-history.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10, maxInstances: 100 };

/** What is remembered of a minute of `perSecond` arrivals, each of which took `serviceMs`. Ends at 60 s. */
function historyOf(perSecond: number, serviceMs: number): TideHistory {
  const history = new TideHistory();
  const events: [number, number][] = [];
  for (let index = 0; index < 60 * perSecond; index += 1) {
    const at = (index * 1_000) / perSecond;
    events.push([at, 1], [at + serviceMs, -1]);
  }
  let load = 0;
  for (const [at, change] of events.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (at > 60_000) break;
    load += change;
    history.record(at, load, 0);
  }
  return history;
}

function seen(change: Partial<Observations>): Observations {
  return { inFlight: 0, queued: 0, ready: 0, starting: 0, frozen: 0, startMs: 200, metrics: null, ...change };
}

describe("forecast", () => {
  it("expects those who stay and those who come, as its docstring says", () => {
    expect(forecast(config, 20, 200, historyOf(100, 300), 60_000)).toBeCloseTo(33.8, 0);
  });

  it("expects no more of long invocations than there are", () => {
    expect(forecast(config, 20, 20, historyOf(1, 10_000), 60_000)).toBeLessThan(22);
  });

  it("forgets what runs now when invocations are short", () => {
    const history = historyOf(1_000, 10);
    expect(forecast(config, 50, 200, history, 60_000)).toBeCloseTo(forecast(config, 0, 200, history, 60_000), 5);
  });

  it("spends no more than the utilization allows on a small load", () => {
    // 0.5 at once on average: a deviation of 0.7 would be more than its own size
    expect(forecast(config, 0, 1_000, historyOf(10, 50), 60_000)).toBeCloseTo(0.5 / (0.7 * 0.93), 1);
  });
});

describe("busyNeed", () => {
  it("starts one for the first invocation ever", () => {
    const history = new TideHistory();
    history.record(0, 0, 1);
    expect(busyNeed(config, seen({ queued: 1 }), history, 0)).toMatchObject({
      instances: 1,
      enoughFor: 1,
    });
  });

  it("starts as many as waiting ones need when none is there", () => {
    const history = historyOf(1, 500);
    history.record(60_000, 0, 95);
    expect(busyNeed(config, seen({ queued: 95 }), history, 60_000)).toMatchObject({
      instances: 10,
      reason: { code: "arrivals", queued: 95, waitMs: Infinity },
    });
  });

  it.each<[name: string, queued: number, startMs: number, instances: number]>([
    ["none for those that are served before a new one is ready", 35, 200, 1],
    ["some for those that would still wait then, as its docstring says", 100, 200, 8],
    ["none where starts are slow and the queue short", 100, 2_000, 1],
  ])("starts %s", (_name, queued, startMs, instances) => {
    const history = historyOf(20, 50);
    history.record(60_000, 10, queued);
    const need = busyNeed(config, seen({ inFlight: 10, queued, ready: 1, startMs }), history, 60_000);
    expect(Math.abs(need.instances - instances)).toBeLessThanOrEqual(1);
    expect(need.enoughFor).toBe(10 + queued);
  });

  it("starts a few where they serve many rounds of short invocations", () => {
    const history = historyOf(10, 10);
    history.record(60_000, 0, 200);
    // 200 ms * 0.25 / 10 ms = 5 rounds of 10 by each
    expect(busyNeed(config, seen({ queued: 200 }), history, 60_000).instances).toBeLessThanOrEqual(5);
  });

  it("keeps headroom for the load that goes on, and says how far it lasts", () => {
    const history = historyOf(200, 100);
    history.record(60_000, 20, 0);
    const need = busyNeed(config, seen({ inFlight: 20, ready: 3 }), history, 60_000);
    expect(need).toMatchObject({ instances: 3, reason: { code: "forecast", concurrency: 10 } });
    expect(need.enoughFor).toBeGreaterThanOrEqual(20);
    expect(need.enoughFor).toBeLessThanOrEqual(30);
  });
});
