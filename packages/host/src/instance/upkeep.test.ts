import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { upkeep } from "./upkeep.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Adds so many looks; `counts` tells how often each was called. */
function addLooks(count: number): { readonly counts: number[]; readonly release: () => void } {
  const counts: number[] = Array.from({ length: count }, () => 0);
  const releases = counts.map((_, index) =>
    upkeep.add(() => {
      counts[index] = (counts[index] ?? 0) + 1;
    }),
  );
  return {
    counts,
    release: () => {
      for (const release of releases) release();
    },
  };
}

test.each<[count: number, calls: number]>([
  [1, 10],
  [50, 10],
  [300, 10],
  [2_000, 2],
])("upkeep looks at each of %i about %i times in ten seconds", (count, calls) => {
  const { counts, release } = addLooks(count);
  vi.advanceTimersByTime(10_000 + 990);
  expect(Math.min(...counts)).toBe(calls);
  expect(Math.max(...counts)).toBeLessThanOrEqual(calls + 1);
  release();
  expect(vi.getTimerCount()).toBeLessThanOrEqual(40);
  vi.advanceTimersByTime(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("upkeep does not call at once what is released, however many there are", () => {
  const { counts, release } = addLooks(500);
  vi.advanceTimersByTime(1_000);
  release();
  const before = [...counts];
  vi.advanceTimersByTime(5_000);
  expect(counts).toEqual(before);
});
