import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "../config.ts";
import { type KpaPanic, wantedByKpa } from "./kpa-decision.ts";

/** A target of `target` for each instance, with the rates that Knative's own tests use. */
function targeting(target: number, change: Partial<AutoscalerConfig> = {}): AutoscalerConfig {
  return {
    ...autoscalerDefaults,
    concurrency: target,
    targetUtilization: 1,
    maxScaleUpRate: 10,
    maxScaleDownRate: 10,
    ...change,
  };
}

const panicking: KpaPanic = { at: -5_000, held: 5 };

describe("wantedByKpa", () => {
  it.each<
    [
      name: string,
      config: AutoscalerConfig,
      stable: number,
      panic: number,
      ready: number,
      before: KpaPanic | null,
      wanted: number,
      code: string,
    ]
  >([
    ["nothing without load", targeting(10), 0, 0, 1, null, 0, "stable"],
    ["one for little load", targeting(181), 21, 26, 1, null, 1, "stable"],
    ["what the stable window says", targeting(10), 100, 100, 8, null, 10, "stable"],
    ["fewer", targeting(10), 50, 50, 8, null, 5, "stable"],
    ["as many as there are", targeting(10), 50, 50, 5, null, 5, "stable"],
    ["what panic says, if it is more", targeting(10), 50, 100, 1, null, 10, "panic"],
    ["what stable says in panic, if it is more", targeting(1), 50, 30, 5, panicking, 50, "panic"],
    ["what panic says in panic, if it is more", targeting(1), 20, 30, 5, panicking, 30, "panic"],
    ["one more despite a small rate", targeting(1, { maxScaleUpRate: 1.1 }), 3, 3.1, 2, null, 3, "panic"],
    ["fewer at a small rate", targeting(10, { maxScaleDownRate: 1.1 }), 1, 1, 100, null, 90, "scale-down-rate"],
    ["no more than ten times", targeting(10), 1_000, 1_001, 1, null, 10, "panic"],
    ["a tenth at least", targeting(10), 1, 1, 100, null, 10, "scale-down-rate"],
    ["as if one were ready when none is", targeting(10), 1_000, 888, 0, null, 10, "panic"],
    [
      "no more than the rate, without panic",
      targeting(10, { panicThreshold: 1_000 }),
      500,
      10,
      2,
      null,
      20,
      "scale-up-rate",
    ],
  ])("wants %s", (_name, config, stable, panic, ready, before, wanted, code) => {
    const result = wantedByKpa(config, { stable, panic, ready }, before, 0);
    expect(result).toMatchObject({ instances: wanted, reason: { code } });
  });

  it("leaves panic a stable window after the last trigger, and follows the stable window again", () => {
    const config = targeting(1);
    const first = wantedByKpa(config, { stable: 11, panic: 25, ready: 10 }, null, 0);
    expect(first).toMatchObject({ instances: 25, panic: { at: 0, held: 25 } });
    const second = wantedByKpa(config, { stable: 30, panic: 41, ready: 40 }, first.panic, 30_000);
    expect(second).toMatchObject({ instances: 41, panic: { at: 0, held: 41 } });
    const third = wantedByKpa(config, { stable: 50, panic: 56, ready: 55 }, second.panic, 62_000);
    expect(third).toMatchObject({ instances: 50, panic: null });
  });

  it("extends panic while it is over the threshold, and never wants less in it", () => {
    const config = targeting(10);
    const first = wantedByKpa(config, { stable: 100, panic: 1_000, ready: 10 }, null, 0);
    expect(first.instances).toBe(100);
    const extended = wantedByKpa(config, { stable: 1, panic: 1_000, ready: 10 }, first.panic, 30_000);
    expect(extended.panic).toEqual({ at: 30_000, held: 100 });
    const held = wantedByKpa(config, { stable: 1, panic: 1, ready: 10 }, extended.panic, 90_000);
    expect(held.instances).toBe(100);
    expect(wantedByKpa(config, { stable: 1, panic: 1, ready: 10 }, held.panic, 90_001).instances).toBe(1);
  });
});
