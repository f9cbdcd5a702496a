import { describe, expect, it } from "vitest";
import { limitProblems, readLimits } from "./limits.ts";

const ample = { descriptors: 1e6, threads: 1e6, memoryBytes: 1e12 };

describe("limitProblems", () => {
  it("finds none where there is room", () => {
    expect(limitProblems(2000, ample)).toEqual([]);
  });

  it.each<[name: string, limits: Partial<typeof ample>, problem: string]>([
    ["descriptors", { descriptors: 1024 }, 'their host needs 3700 descriptors, "ulimit -n" allows 1024'],
    ["threads", { threads: 2048 }, "they have 2500 threads, the system allows 2048"],
    ["memory", { memoryBytes: 2e9 }, "they take up to 4000 MB of memory, 2000 MB are free"],
  ])("tells that there are too few %s", (_name, limits, problem) => {
    expect(limitProblems(500, { ...ample, ...limits })).toEqual([`Cannot start 500 instances: ${problem}`]);
  });
});

it.runIf(process.platform === "linux")("readLimits reads numbers", () => {
  const { descriptors, threads, memoryBytes } = readLimits();
  expect([descriptors > 0, threads > 0, memoryBytes > 0]).toEqual([true, true, true]);
});
