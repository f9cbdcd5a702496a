import { describe, expect, it } from "vitest";
import { createRandom } from "../autoscaler/traffic.ts";
import { durationBoundsMs, Histogram } from "./histogram.ts";

describe("Histogram", () => {
  it("has round, rising bounds, each at most 5/3 of the one before", () => {
    expect(durationBoundsMs.slice(0, 8)).toEqual([0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5]);
    expect(durationBoundsMs.at(-1)).toBe(300_000);
    for (const [index, bound] of durationBoundsMs.entries()) {
      const before = durationBoundsMs[index - 1] ?? bound / 1.5;
      expect(bound).toBeGreaterThan(before);
      expect(bound / before).toBeLessThanOrEqual(5 / 3 + 1e-9);
    }
  });

  it("puts each bound itself into its bucket, and what exceeds it into the next", () => {
    for (const [bucket, bound] of durationBoundsMs.entries()) {
      const histogram = new Histogram();
      histogram.record(bound);
      histogram.record(bound * 1.000001);
      expect([histogram.counts[bucket], histogram.counts[bucket + 1]]).toEqual([1, 1]);
    }
  });

  it("finds the bucket that a search from the first one finds, for any time", () => {
    const random = createRandom(3);
    for (let round = 0; round < 20_000; round += 1) {
      const ms = 10 ** (random() * 12 - 5);
      const histogram = new Histogram();
      histogram.record(ms);
      const expected = durationBoundsMs.findIndex((bound) => ms <= bound);
      const found = histogram.counts.indexOf(1);
      expect(found).toBe(expected < 0 ? durationBoundsMs.length : expected);
    }
  });

  it("takes bounds of its own", () => {
    const histogram = new Histogram([10, 20]);
    for (const ms of [0, 10, 11, 20, 21, Infinity]) histogram.record(ms);
    expect([...histogram.counts]).toEqual([2, 2, 2]);
  });

  it("counts a time before its beginning as none", () => {
    const histogram = new Histogram();
    histogram.record(-5);
    histogram.record(Number.NaN);
    expect(histogram).toMatchObject({ sumMs: 0, count: 2 });
    expect(histogram.counts[0]).toBe(2);
  });

  it("tells quantiles by bounds", () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.99)).toBe(0);
    for (let ms = 1; ms <= 100; ms += 1) histogram.record(ms);
    expect(histogram.quantile(0)).toBe(1);
    expect(histogram.quantile(0.5)).toBe(50);
    expect(histogram.quantile(0.99)).toBe(100);
    expect(histogram.sumMs).toBe(5_050);
    histogram.record(1e9);
    expect(histogram.quantile(1)).toBe(Infinity);
  });
});
