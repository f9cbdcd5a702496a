import { describe, expect, it } from "vitest";
import { IdleHistogram } from "./idle-histogram.ts";

function histogramOf(pauses: readonly number[]): IdleHistogram {
  const histogram = new IdleHistogram();
  for (const pause of pauses) histogram.add(pause);
  return histogram;
}

describe("IdleHistogram", () => {
  it.each<[name: string, pauses: readonly number[], restartMs: number, longestMs: number, from: number, to: number]>([
    ["nothing for pauses that are all too long", [300_000, 290_000, 310_000], 30_000, 30_000, 0, 0],
    ["pauses that are shorter than a restart is worth", [10_000, 9_500, 10_500], 30_000, 30_000, 21_000, 26_000],
    ["the short ones of two kinds", [...Array(8).fill(2_000), 3_600_000, 3_600_000], 20_000, 1e9, 4_000, 4_800],
    [
      "both kinds where a restart is worth it",
      [...Array(8).fill(2_000), 3_600_000, 3_600_000],
      1e9,
      1e9,
      3_600_000,
      8_400_000,
    ],
    ["no longer than allowed", [10_000, 10_000], 30_000, 5_000, 0, 0],
    ["nothing when it knows nothing", [], 30_000, 30_000, 0, 0],
    ["the shortest", [1, 50, 100], 30_000, 30_000, 200, 240],
  ])("keeps %s", (_name, pauses, restartMs, longestMs, from, to) => {
    const keepMs = histogramOf(pauses).bestKeepMs(restartMs, longestMs);
    expect(keepMs).toBeGreaterThanOrEqual(from);
    expect(keepMs).toBeLessThanOrEqual(to);
  });

  it("has a place for pauses of any length", () => {
    expect(histogramOf([1e15, 0]).count).toBe(2);
  });

  it("forgets old habits", () => {
    const histogram = histogramOf(Array(1_000).fill(300_000));
    expect(histogram.count).toBeLessThan(512);
    expect(histogram.bestKeepMs(30_000, 30_000)).toBe(0);
    for (let index = 0; index < 2_000; index += 1) histogram.add(5_000);
    expect(histogram.bestKeepMs(30_000, 30_000)).toBeGreaterThan(5_000);
  });
});
