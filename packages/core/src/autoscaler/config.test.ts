import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults, autoscalerProblems } from "./config.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10 };

describe("autoscalerProblems", () => {
  it("finds none in the defaults", () => {
    expect(autoscalerProblems(config)).toEqual([]);
  });

  it("allows an idle timeout that never ends", () => {
    expect(autoscalerProblems({ ...config, idleTimeoutMs: Infinity })).toEqual([]);
  });

  it.each<[name: string, change: Partial<AutoscalerConfig>, problem: string]>([
    ["no room", { concurrency: 0 }, "concurrency must be a whole number of at least 1: 0"],
    ["part of an invocation", { concurrency: 1.5 }, "concurrency must be a whole number of at least 1: 1.5"],
    ["no utilization", { targetUtilization: 0 }, "targetUtilization must be above 0 and at most 1: 0"],
    ["percent", { targetUtilization: 70 }, "targetUtilization must be above 0 and at most 1: 70"],
    [
      "no stable window",
      { stableWindowMs: Number.NaN },
      "stableWindowMs must be a positive number of milliseconds: NaN",
    ],
    ["no panic window", { panicWindowMs: 0 }, "panicWindowMs must be a positive number of milliseconds: 0"],
    ["endless panic", { panicThreshold: 1 }, "panicThreshold must be above 1: 1"],
    ["no way up", { maxScaleUpRate: 1 }, "maxScaleUpRate must be above 1: 1"],
    ["no way down", { maxScaleDownRate: 1 }, "maxScaleDownRate must be above 1: 1"],
    ["delay into the past", { scaleDownDelayMs: -1 }, "scaleDownDelayMs must be 0 or more milliseconds: -1"],
    ["idle before the end", { idleTimeoutMs: -1 }, "idleTimeoutMs must be 0 or more milliseconds: -1"],
    ["negative minimum", { minInstances: -1 }, "minInstances must be a whole number of at least 0: -1"],
    ["no instance at all", { maxInstances: 0 }, "maxInstances must be a whole number of at least 1: 0"],
    ["windows swapped", { stableWindowMs: 1_000 }, "panicWindowMs must not exceed stableWindowMs: 6000 > 1000"],
    ["bounds swapped", { minInstances: 11 }, "minInstances must not exceed maxInstances: 11 > 10"],
  ])("finds %s", (_name, change, problem) => {
    expect(autoscalerProblems({ ...config, ...change })).toEqual([problem]);
  });
});
