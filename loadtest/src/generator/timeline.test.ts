import { expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

it("Timeline sorts responses and failures into seconds, empty ones included", () => {
  const timeline = new Timeline();
  timeline.record(10, 5);
  timeline.record(999, 15);
  timeline.record(2_000, 7);
  timeline.fail(2_500);
  timeline.fail(3_100, 2);
  expect(timeline.seconds()).toEqual([
    { second: 0, requests: 2, failed: 0, p50Ms: 5, p99Ms: 15 },
    { second: 1, requests: 0, failed: 0, p50Ms: 0, p99Ms: 0 },
    { second: 2, requests: 1, failed: 1, p50Ms: 7, p99Ms: 7 },
    { second: 3, requests: 0, failed: 2, p50Ms: 0, p99Ms: 0 },
  ]);
  expect(timeline.requests).toBe(3);
  expect(timeline.failed).toBe(3);
  expect(timeline.latency(0.5)).toBe(7);
});

it("Timeline has no seconds before anything happened", () => {
  expect(new Timeline().seconds()).toEqual([]);
  expect(new Timeline().requests).toBe(0);
});

it("Timeline goes on in silence until the end of the run", () => {
  const timeline = new Timeline();
  timeline.record(10, 5);
  expect(timeline.seconds(2_100).map(({ requests }) => requests)).toEqual([1, 0, 0]);
});
