import { describe, expect, it } from "vitest";
import { KpaHistory } from "./kpa-history.ts";

describe("KpaHistory", () => {
  it("has no data before the first load", () => {
    const history = new KpaHistory(60_000);
    history.record(500, 0, 0);
    expect(history.average(500, 60_000)).toBeNull();
  });

  it("tells of the first request at once, as a concurrency of 1", () => {
    const history = new KpaHistory(60_000);
    history.record(10_300, 5, 20);
    expect(history.average(10_300, 60_000)).toBe(1);
  });

  it("means over whole seconds, and over those only that it has seen", () => {
    const history = new KpaHistory(60_000);
    history.record(10_500, 4, 0);
    history.record(12_000, 4, 0);
    // reported: 1 at once, at 11 s 4 for half a second, at 12 s 4: (1 + 2 + 4) / 3
    expect(history.average(12_900, 60_000)).toBeCloseTo(7 / 3, 5);
    expect(history.average(12_900, 1_000)).toBe(4);
  });

  it("forgets what is older than the window", () => {
    const history = new KpaHistory(60_000);
    history.record(0, 10, 0);
    history.record(30_000, 0, 0);
    expect(history.average(30_000, 60_000)).toBeGreaterThan(9);
    expect(history.average(60_000, 60_000)).toBeCloseTo(5, 1);
    expect(history.average(60_000, 6_000)).toBe(0);
    expect(history.average(89_500, 60_000)).toBeLessThan(0.5);
    expect(history.average(91_000, 60_000)).toBe(0);
  });

  it("has no data a window after all reports, and begins anew then", () => {
    const history = new KpaHistory(60_000);
    history.record(0, 10, 0);
    history.record(1_000, 0, 0);
    expect(history.average(61_000, 60_000)).toBe(0);
    expect(history.average(200_000, 60_000)).toBeNull();
    history.record(300_500, 0, 3);
    expect(history.average(300_500, 60_000)).toBe(1);
  });

  it("lets reports run out when they stopped less than a window ago", () => {
    const history = new KpaHistory(60_000);
    history.record(0, 10, 0);
    history.record(1_000, 0, 0);
    expect(history.average(90_000, 60_000)).toBe(0);
    expect(history.average(90_000, 6_000)).toBe(0);
  });
});
