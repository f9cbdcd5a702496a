import { describe, expect, it } from "vitest";
import { ArrivalRate } from "./arrival-rate.ts";

/** Tells of `perSecond(t)` arrivals a second, evenly spaced, until `untilMs`. */
function fill(rate: ArrivalRate, untilMs: number, perSecond: (at: number) => number): void {
  let due = 0;
  for (let at = 0; at < untilMs; at += 1) {
    due += perSecond(at) / 1_000;
    if (due >= 1) {
      rate.add(at, Math.floor(due));
      due %= 1;
    }
  }
}

describe("ArrivalRate", () => {
  it("is 0 before the first arrival", () => {
    const rate = new ArrivalRate();
    expect(rate.expected(1_000, 200)).toBe(0);
    expect(rate.expectedInBurst(1_000, 200)).toBe(0);
  });

  it("takes the first arrivals to have come in five seconds, or where some wait in one", () => {
    const rate = new ArrivalRate();
    rate.add(10_000, 5);
    expect(rate.expected(10_150, 200) * 1_000).toBeLessThan(2);
    expect(rate.expectedInBurst(10_150, 200) * 1_000).toBeCloseTo(8, 0);
  });

  it("knows a steady rate soon", () => {
    const rate = new ArrivalRate();
    fill(rate, 10_000, () => 100);
    expect(rate.expected(10_000, 200) * 1_000).toBeGreaterThan(95);
    expect(rate.expected(10_000, 200) * 1_000).toBeLessThan(110);
  });

  it("goes on with a rise, as its docstring says", () => {
    const rate = new ArrivalRate();
    fill(rate, 200_000, (at) => at / 1_000);
    expect(rate.expected(200_000, 2_000) * 1_000).toBeCloseTo(202, 0);
  });

  it("does not go on with a fall", () => {
    const rate = new ArrivalRate();
    fill(rate, 200_000, (at) => 300 - at / 1_000);
    expect(rate.expected(200_000, 10_000) * 1_000).toBeCloseTo(105, 0);
  });

  it("sees a burst in a second where invocations wait", () => {
    const rate = new ArrivalRate();
    fill(rate, 101_000, (at) => (at < 100_000 ? 10 : 1_000));
    expect(rate.expectedInBurst(101_000, 200) * 1_000).toBeGreaterThan(600);
    expect(rate.expected(101_000, 200) * 1_000).toBeLessThan(300);
  });

  it("forgets in a pause", () => {
    const rate = new ArrivalRate();
    fill(rate, 10_000, () => 100);
    expect(rate.expected(200_000, 200) * 1_000).toBeLessThan(0.01);
  });
});
