import { describe, expect, it } from "vitest";
import { createRandom } from "./traffic.ts";
import { createWindow } from "./window.ts";

describe("createWindow", () => {
  it("is 0 before the first record", () => {
    expect(createWindow(6_000).average(123)).toBe(0);
  });

  it("weights each level with the time it lasted, as its docstring says", () => {
    const window = createWindow(6_000);
    window.record(0, 10);
    window.record(3_000, 0);
    expect(window.average(4_000)).toBeCloseTo(7.5, 9);
    expect(window.average(7_500)).toBeCloseTo(2.5, 9);
    expect(window.average(9_000)).toBe(0);
  });

  it("leaves out the time before the first record, wherever the clock stands", () => {
    const window = createWindow(60_000);
    window.record(1_000_000, 4);
    expect(window.average(1_030_000)).toBeCloseTo(4, 9);
  });

  it("counts the first second as a whole one", () => {
    const window = createWindow(60_000);
    window.record(0, 1);
    window.record(3, 0);
    expect(window.average(3)).toBeCloseTo(0.003, 9);
    expect(window.average(1_000)).toBeCloseTo(0.003, 9);
    expect(window.average(2_000)).toBeCloseTo(0.0015, 9);
  });

  it("counts the whole of a window shorter than a second", () => {
    const window = createWindow(100);
    window.record(0, 1);
    expect(window.average(50)).toBeCloseTo(0.5, 9);
    expect(window.average(100)).toBeCloseTo(1, 9);
  });

  it("holds the present level after a silence longer than the window", () => {
    const window = createWindow(6_000);
    window.record(0, 10);
    window.record(100, 3);
    expect(window.average(86_400_000)).toBeCloseTo(3, 9);
    window.record(86_400_000, 0);
    expect(window.average(86_403_000)).toBeCloseTo(1.5, 9);
  });

  it("takes a time in the past as the latest one", () => {
    const window = createWindow(6_000);
    window.record(0, 10);
    window.record(3_000, 0);
    window.record(2_000, 5);
    expect(window.average(1_000)).toBeCloseTo(10, 9);
    expect(window.average(6_000)).toBeCloseTo((10 * 3_000 + 5 * 3_000) / 6_000, 9);
  });

  it("stays within a bucket's width of the exact mean over hours of random changes", () => {
    const random = createRandom(7);
    const lengthMs = 6_000;
    const window = createWindow(lengthMs);
    const changes: { at: number; value: number }[] = [];
    for (let at = 0; at < 3_600_000; at += random() ** 3 * 9_000) {
      const value = Math.floor(random() * 20);
      window.record(at, value);
      changes.push({ at, value });
      const average = window.average(at);
      expect(Math.abs(average - exactMean(changes, lengthMs, at))).toBeLessThanOrEqual(20 / 60);
      while (changes[1] !== undefined && changes[1].at < at - lengthMs) changes.shift();
    }
  });
});

function exactMean(changes: readonly { at: number; value: number }[], lengthMs: number, now: number): number {
  const first = changes[0]?.at ?? now;
  const start = Math.max(now - lengthMs, first);
  let area = 0;
  for (const [index, { at, value }] of changes.entries()) {
    const end = changes[index + 1]?.at ?? now;
    area += value * Math.max(0, end - Math.max(at, start));
  }
  return area / Math.min(lengthMs, Math.max(now - start, 1_000));
}
