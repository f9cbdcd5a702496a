import { expect, test } from "vitest";
import { createTraffic } from "./traffic.ts";

test("createTraffic knows nothing before the first request", () => {
  expect(createTraffic(() => 0).numbers()).toEqual({ requestsPerSecond: 0, p50Ms: null, p99Ms: null });
});

test("createTraffic counts requests in its first second, then over the last three", () => {
  let now = 500;
  const traffic = createTraffic(() => now);
  for (let count = 0; count < 30; count++) traffic.record(1);
  expect(traffic.numbers().requestsPerSecond).toBe(30);
  now = 1500;
  expect(traffic.numbers().requestsPerSecond).toBe(30);
  now = 3500;
  expect(traffic.numbers().requestsPerSecond).toBe(10);
  now = 4500;
  expect(traffic.numbers().requestsPerSecond).toBe(0);
});

test("createTraffic finds percentiles to within a tenth", () => {
  const traffic = createTraffic(() => 0);
  for (let ms = 1; ms <= 1000; ms++) traffic.record(ms);
  const { p50Ms, p99Ms } = traffic.numbers();
  expect(Math.abs((p50Ms ?? 0) / 500 - 1)).toBeLessThan(0.1);
  expect(Math.abs((p99Ms ?? 0) / 990 - 1)).toBeLessThan(0.1);
});

test("createTraffic forgets durations after ten seconds", () => {
  let now = 0;
  const traffic = createTraffic(() => now);
  traffic.record(100);
  now = 10_999;
  expect(traffic.numbers().p50Ms).not.toBeNull();
  now = 11_000;
  expect(traffic.numbers().p50Ms).toBeNull();
});

test.each([0, 1e-9, 1e12])("createTraffic takes a duration of %d ms", (durationMs) => {
  const traffic = createTraffic(() => 0);
  traffic.record(durationMs);
  expect(traffic.numbers().p50Ms).toBeGreaterThan(0);
});
