import { describe, expect, it } from "vitest";
import { Rhythm } from "./rhythm.ts";

const minute = 60_000;

/** A rhythm that woke at these times, with so many at once. */
function rhythmOf(times: readonly number[], load = 20): Rhythm {
  const rhythm = new Rhythm();
  times.forEach((at, index) => {
    rhythm.wake(at, index === 0 ? null : at - (times[index - 1] ?? 0) - 1_000);
    rhythm.record(load);
    rhythm.record(1);
  });
  return rhythm;
}

describe("Rhythm", () => {
  it("expects the next of equal intervals, with the usual load", () => {
    const rhythm = rhythmOf([0, 5 * minute, 10 * minute, 15 * minute + 40]);
    expect(rhythm.due(16 * minute)).toEqual({ at: 20 * minute + 40, spreadMs: 40, load: 20 });
  });

  it.each<[name: string, times: readonly number[], now: number]>([
    ["once", [0], minute],
    ["too few times", [0, 5 * minute, 10 * minute], 11 * minute],
    ["at unequal intervals", [0, 5 * minute, 11 * minute, 15 * minute], 16 * minute],
    ["too often", [0, 3_600, 7_200, 10_800], 11_000],
    ["but not this time", [0, minute, 2 * minute, 3 * minute], 4 * minute + 6_000],
  ])("expects nothing when it came %s", (_name, times, now) => {
    expect(rhythmOf(times).due(now)).toBeNull();
  });

  it("takes what comes again shortly after as the same burst", () => {
    const rhythm = rhythmOf([0, minute, 2 * minute]);
    rhythm.wake(3 * minute, minute - 1_000);
    rhythm.record(30);
    rhythm.wake(3 * minute + 2_000, 1_500);
    expect(rhythm.due(3 * minute + 5_000)?.at).toBe(4 * minute);
  });

  it("follows a change of the interval once that has lasted", () => {
    const times = [0, 1, 2, 3].map((index) => index * minute);
    const later = [1, 2, 3, 4, 5, 6, 7].map((index) => 3 * minute + index * 2 * minute);
    expect(rhythmOf([...times, ...later.slice(0, 2)]).due(7.5 * minute)).toBeNull();
    expect(rhythmOf([...times, ...later]).due(17.5 * minute)?.at).toBe(19 * minute);
  });
});
