import { describe, expect, it } from "vitest";
import { createRandom, createTraffic } from "./traffic.ts";

describe("createTraffic", () => {
  it("spaces arrivals evenly", () => {
    const traffic = createTraffic({ durationMs: 1_001, ratePerSecond: () => 4, serviceMs: 50 });
    expect([...traffic].map(({ at }) => Math.round(at))).toEqual([250, 500, 750, 1_000]);
  });

  it("follows a changing rate", () => {
    const traffic = createTraffic({
      durationMs: 60_000,
      ratePerSecond: (at) => (at < 30_000 ? 1 : 10),
      serviceMs: 50,
    });
    const times = [...traffic].map(({ at }) => at);
    expect(times.filter((at) => at < 30_050)).toHaveLength(30);
    expect(times.filter((at) => at >= 30_050).length).toBeGreaterThanOrEqual(298);
  });

  it("is silent while the rate is 0", () => {
    const traffic = createTraffic({ durationMs: 5_000, ratePerSecond: () => 0, serviceMs: 50 });
    expect([...traffic]).toEqual([]);
  });

  it("spaces arrivals at random with the same mean", () => {
    const random = createRandom(3);
    const traffic = createTraffic({ durationMs: 1_000_000, ratePerSecond: () => 10, serviceMs: 50, random });
    const times = [...traffic].map(({ at }) => at);
    expect(times.length).toBeGreaterThan(9_700);
    expect(times.length).toBeLessThan(10_300);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe("createRandom", () => {
  it("repeats itself for the same seed", () => {
    const [one, other] = [createRandom(1), createRandom(1)];
    const drawn = Array.from({ length: 1_000 }, () => one());
    expect(drawn).toEqual(Array.from({ length: 1_000 }, () => other()));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(drawn[0]).toBeCloseTo(0.2364, 3);
  });
});
