import { describe, expect, it } from "vitest";
import { simulateWorkload, waitRatio } from "./simulated.ts";
import { allWorkloads, liveTrace } from "./workload.ts";

describe("waitRatio", () => {
  it.each<[name: string, ours: number, theirs: number, ratio: number]>([
    ["none against none", 0, 0, 1],
    ["what nobody can tell from none", 0.4, 0, 1],
    ["some against none", 50, 0, 50],
    ["none against some", 0, 50, 0.02],
    ["some against some", 20, 80, 0.25],
  ])("compares %s", (_name, ours, theirs, ratio) => {
    expect(waitRatio(ours, theirs)).toBe(ratio);
  });
});

it("workloads are the four shapes and the trace, the same settings for both policies", async () => {
  const workloads = await allWorkloads();
  expect(workloads.map(({ name }) => name)).toEqual(["tide", "flash_crowd", "cron_burst", "sparse", "trace"]);
  for (const { configOf } of workloads) expect({ ...configOf("tide"), policy: "kpa" }).toEqual(configOf("kpa"));
  const trace = workloads.find(({ name }) => name === "trace");
  const invocations = [...(trace?.functions(1) ?? [])].map((each) => [...each].length);
  expect(invocations.reduce((sum, count) => sum + count, 0)).toBe(199);
});

it("simulateWorkload adds up seeds, of the trace only one", async () => {
  const workloads = await allWorkloads();
  const of = (name: string, seeds: number) => {
    const workload = workloads.find((each) => each.name === name);
    if (workload === undefined) throw new Error(`No workload ${name}`);
    return simulateWorkload(workload, "kpa", { startMs: 200, startsAtOnce: 2, seeds });
  };
  expect(of("sparse", 3).invocations).toBeGreaterThan(2.5 * of("sparse", 1).invocations);
  expect(of("trace", 3)).toEqual(of("trace", 1));
  expect(of("trace", 1).instanceSeconds).toBeGreaterThan(0);
});

it("the live trace has a tide and bursts, the same each time", () => {
  const trace = liveTrace(180);
  expect(liveTrace(180)).toEqual(trace);
  expect(trace.every(({ at }, index) => at >= (trace[index - 1]?.at ?? 0) && at < 180_000)).toBe(true);
  const within = (from: number, until: number) =>
    trace.filter(({ at }) => at >= from * 1_000 && at < until * 1_000).length;
  expect(within(50, 60)).toBeGreaterThan(250);
  expect(within(111, 129)).toBeLessThan(70);
  expect(within(145, 146)).toBeGreaterThan(15);
});
