import { describe, expect, it } from "vitest";
import { LoadMeter } from "./load-meter.ts";
import { ServiceTimes } from "./service-times.ts";

describe("ServiceTimes", () => {
  it("knows nothing before the first", () => {
    const times = new ServiceTimes();
    expect(times.mean).toBe(0);
    expect(times.quantile(0.95)).toBe(0);
  });

  it("follows a change of the mean", () => {
    const times = new ServiceTimes();
    for (let count = 0; count < 100; count++) times.add(10);
    expect(times.mean).toBeCloseTo(10);
    for (let count = 0; count < 50; count++) times.add(100);
    expect(times.mean).toBeGreaterThan(95);
  });

  it("has quantiles at most a fifth too high", () => {
    const times = new ServiceTimes();
    for (let count = 1; count <= 1_000; count++) times.add(count);
    for (const part of [0.1, 0.5, 0.95]) {
      expect(times.quantile(part) / (part * 1_000)).toBeGreaterThanOrEqual(1);
      expect(times.quantile(part) / (part * 1_000)).toBeLessThan(1.2);
    }
  });

  it.each([0, 1e-9, 1e12])("takes %f ms", (durationMs) => {
    const times = new ServiceTimes();
    for (let count = 0; count < 5_000; count++) times.add(durationMs);
    expect(times.quantile(1)).toBeGreaterThan(0);
    expect(times.mean).toBe(durationMs);
  });
});

describe("LoadMeter", () => {
  it("tells the mean age of those in flight, and when the next is expected to end", () => {
    const meter = new LoadMeter();
    meter.enter(0);
    meter.enter(100);
    meter.enter(200);
    meter.leave(200, 0, true);
    const load = meter.observe(300, 2, 250);
    expect(load).toMatchObject({ inFlight: 2, queued: 2, oldestQueuedMs: 50, serviceMs: 200, ageMs: 150 });
    expect(load.nextFreeMs).toBeCloseTo(200 / 3);
    // They already take longer than any before.
    expect(meter.observe(1_150, 0, null).nextFreeMs).toBeCloseTo(1_000 / 3);
  });

  it("does not learn from streams", () => {
    const meter = new LoadMeter();
    meter.enter(0);
    meter.leave(1e6, 0, false);
    expect(meter.observe(1e6, 0, null)).toMatchObject({ inFlight: 0, serviceMs: 0, ageMs: 0, nextFreeMs: 0 });
  });

  it("says how long a queue takes", () => {
    const meter = new LoadMeter();
    meter.enter(0);
    meter.leave(100, 0, true);
    expect(meter.drainMs(10, 2)).toBeCloseTo(500);
  });
});
