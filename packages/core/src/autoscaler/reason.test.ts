import { describe, expect, it } from "vitest";
import { describeReason, type Reason } from "./reason.ts";

describe("describeReason", () => {
  it.each<[text: string, reason: Reason]>([
    [
      "25 invocations waiting, for 1.2 s by the instances there are; a start takes 200 ms",
      { code: "arrivals", queued: 25, waitMs: 1_240, startMs: 200 },
    ],
    [
      "up to 24.61 invocations expected at once, 10 fit one instance",
      { code: "forecast", expected: 24.6123, concurrency: 10 },
    ],
    [
      "3 instances wanted 1.5 s ago; kept for 4 s, as starting anew would cost more",
      { code: "keep", held: 3, wantedMsAgo: 1_500, keepMs: 4_000 },
    ],
    [
      "1 instance for invocations that are due in 400 ms by their rhythm",
      { code: "prewarm", expectedInMs: 400, instances: 1 },
    ],
    [
      "concurrency averages 13.33 over the stable window, target 7 per instance",
      { code: "stable", average: 40 / 3, target: 7 },
    ],
    [
      "burst: concurrency averages 40 over the panic window, target 7 per instance; holding 6",
      { code: "panic", average: 40, target: 7, held: 6 },
    ],
    [
      "6 instances wanted 12.3 s ago; waiting before stopping any",
      { code: "scale-down-delay", held: 6, wantedMsAgo: 12_345 },
    ],
    [
      "fewer are enough, but of 8 instances at least 1 in 2 stays for now",
      { code: "scale-down-rate", from: 8, rate: 2 },
    ],
    [
      "9 instances wanted, but 2 ready may grow at most 1.5 times at once",
      { code: "scale-up-rate", wanted: 9, ready: 2, rate: 1.5 },
    ],
    [
      "processor time averages 90 % over 4 instances, 60 % aimed at",
      { code: "metric", metric: "cpu", mean: 0.9, target: 0.6, ready: 4 },
    ],
    [
      "memory averages 300 MiB over 1 instance, 256 MiB aimed at",
      { code: "metric", metric: "memoryBytes", mean: 300 * 2 ** 20, target: 2 ** 28, ready: 1 },
    ],
    [
      "event-loop delay averages 12.5 ms over 2 instances, 10 ms aimed at",
      { code: "metric", metric: "eventLoopDelayMs", mean: 12.5, target: 10, ready: 2 },
    ],
    ["no invocation for 4.2 s; the last instance stays until 30 s", { code: "last", idleMs: 4_200, keepMs: 30_000 }],
    ["the last instance stays", { code: "last", idleMs: 4_200, keepMs: Infinity }],
    ["no invocation yet; keeping the minimum of 0", { code: "idle", idleMs: null, minInstances: 0 }],
    ["no invocation for 30 s; keeping the minimum of 1", { code: "idle", idleMs: 30_000, minInstances: 1 }],
    ["minimum of 2 instances", { code: "min", minInstances: 2 }],
    ["12 instances wanted, maximum is 10", { code: "max", wanted: 12, maxInstances: 10 }],
  ])("says %j", (text, reason) => {
    expect(describeReason(reason)).toBe(text);
  });
});
