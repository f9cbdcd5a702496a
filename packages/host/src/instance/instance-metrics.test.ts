import { expect, test } from "vitest";
import { meanMetrics, unknownMetrics } from "./instance-metrics.ts";

test("meanMetrics is over the instances that know", () => {
  expect(meanMetrics([])).toEqual(unknownMetrics);
  expect(
    meanMetrics([
      unknownMetrics,
      { cpu: 0.5, memoryBytes: 100, eventLoopDelayMs: null },
      { cpu: 0, memoryBytes: 300, eventLoopDelayMs: 7 },
    ]),
  ).toEqual({ cpu: 0.25, memoryBytes: 200, eventLoopDelayMs: 7 });
});
