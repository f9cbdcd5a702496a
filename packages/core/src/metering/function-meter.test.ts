import { expect, it } from "vitest";
import { FunctionMeter, type MeteredInvocation } from "./function-meter.ts";

const invocation: MeteredInvocation = {
  status: 200,
  durationMs: 12,
  queueMs: 0,
  startMs: 0,
  isColdStart: false,
  replays: 0,
  requestBytes: 10,
  responseBytes: 100,
  error: null,
};

it("FunctionMeter counts invocations by status, waits and what went wrong", () => {
  const meter = new FunctionMeter();
  meter.record(invocation);
  meter.record({ ...invocation, status: 304, queueMs: 2, startMs: 80, isColdStart: true, replays: 2 });
  meter.record({ ...invocation, status: 503, error: "TIDEGATE_QUEUE_FULL" });
  meter.record({ ...invocation, status: 503, error: "TIDEGATE_QUEUE_FULL" });
  meter.record({ ...invocation, status: 0, error: "TIDEGATE_CLIENT_GONE" });
  expect(meter.invocations).toBe(5);
  expect([0, 1, 2, 3, 4, 5].map((each) => meter.ofClass(each))).toEqual([1, 0, 1, 1, 0, 2]);
  expect(meter.statuses[503]).toBe(2);
  expect(Object.fromEntries(meter.errors)).toEqual({ TIDEGATE_QUEUE_FULL: 2, TIDEGATE_CLIENT_GONE: 1 });
  expect(meter).toMatchObject({ coldStarts: 1, replays: 2, requestBytes: 50, responseBytes: 500 });
  expect(meter.duration.count).toBe(5);
  expect(meter.startWait.sumMs).toBe(80);
  expect(meter.queueWait.sumMs).toBe(2);
});

it("FunctionMeter counts a status that HTTP does not have with the last one", () => {
  const meter = new FunctionMeter();
  for (const status of [999, -1, Number.NaN]) meter.record({ ...invocation, status });
  expect(meter.statuses[599]).toBe(3);
});

it("FunctionMeter counts what was refused unread without a time", () => {
  const meter = new FunctionMeter();
  meter.refuse(431, "TIDEGATE_HEADERS_TOO_LARGE");
  expect([meter.ofClass(4), meter.duration.count]).toEqual([1, 0]);
  expect(meter.errors.get("TIDEGATE_HEADERS_TOO_LARGE")).toBe(1);
});
