import type { InstanceInfo, InstanceState } from "@tidegate/core";
import { expect, test } from "vitest";
import { fitColumns, formatStatus, milliseconds } from "./status-line.ts";

const counters = { requests: 0, failed: 0, coldStarts: 0, inFlight: 0, queued: 0 };

function instancesIn(...states: InstanceState[]): InstanceInfo[] {
  return states.map((state, index) => ({
    function: "a",
    revision: "r1",
    instance: `a-${index}`,
    state,
    pid: index,
    start: "process",
    inFlight: 0,
    memoryBytes: null,
    ownBytes: null,
    cpu: null,
    requests: 9,
    ageMs: 61_000,
  }));
}

test.each([
  {
    name: "nothing",
    counters,
    instances: [],
    traffic: { requestsPerSecond: 0, p50Ms: null, p99Ms: null },
    line: "0 req/s  0 in flight  0 queued  0 instances  0 cold starts  p50/p99 -",
  },
  {
    name: "one of each",
    counters: { ...counters, inFlight: 1, queued: 1, coldStarts: 1 },
    instances: instancesIn("ready"),
    traffic: { requestsPerSecond: 0.33, p50Ms: 0.84, p99Ms: 9.96 },
    line: "0.3 req/s  1 in flight  1 queued  1 instance  1 cold start  p50/p99 0.8/10.0 ms",
  },
  {
    name: "instances that start and drain",
    counters: { ...counters, inFlight: 40, coldStarts: 4 },
    instances: instancesIn("ready", "starting", "starting", "draining", "stopped", "failed"),
    traffic: { requestsPerSecond: 1234.5, p50Ms: 3.14, p99Ms: 120.4 },
    line: "1235 req/s  40 in flight  0 queued  4 instances (2 starting, 1 draining)  4 cold starts  p50/p99 3.1/120 ms",
  },
])("formatStatus shows $name", ({ counters, instances, traffic, line }) => {
  expect(formatStatus(counters, instances, traffic)).toBe(line);
});

test.each([
  { ms: null, text: "-" },
  { ms: 0.26, text: "0.3 ms" },
  { ms: 88.4, text: "88 ms" },
  { ms: 12_345, text: "12.3 s" },
])("milliseconds writes $ms as $text", ({ ms, text }) => {
  expect(milliseconds(ms)).toBe(text);
});

test("fitColumns cuts what does not fit", () => {
  expect(fitColumns("abcdef", 6)).toBe("abcdef");
  expect(fitColumns("abcdef", 4)).toBe("abc…");
});
