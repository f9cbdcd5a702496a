import type { InvocationRecord } from "@tidegate/core";
import type { Host, HostEvent } from "@tidegate/host";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTestIo, type TestIo } from "../testing/test-io.ts";
import { createPaint } from "./paint.ts";
import { createTextReporter } from "./text-reporter.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const idleHost: Host = {
  start: async () => {},
  stop: async () => {},
  url: "http://localhost:3000",
  port: 3000,
  instances: () => [],
  counters: () => ({ requests: 0, failed: 0, coldStarts: 0, inFlight: 0, queued: 0 }),
  reload: async () => {},
  functions: () => [],
  metrics: async () => ({ contentType: "text/plain", text: "" }),
  apply: async () => [],
  upgrade: async () => ({ from: 1, to: 2, tookMs: 3, instances: 4 }),
};

const listening: HostEvent = { type: "listening", url: "http://localhost:3000" };
const status = "0 req/s  0 in flight  0 queued  0 instances  0 cold starts  p50/p99 -";

function reporterOn(io: TestIo, isLive: boolean, logRequests = false): ReturnType<typeof createTextReporter> {
  const reporter = createTextReporter(io, { functions: ["shop"], isLive, logRequests });
  reporter.attach(idleHost);
  return reporter;
}

const invocation: InvocationRecord = {
  requestId: "1",
  function: "shop",
  revision: "r1",
  instance: "shop-r1-1",
  method: "GET",
  target: "/a?b",
  protocol: "http/1.1",
  traceId: null,
  startedAt: 0,
  status: 200,
  durationMs: 12.3,
  queueMs: 0,
  startMs: 0,
  coldStart: true,
  replays: 0,
  requestBytes: 0,
  responseBytes: 0,
  error: null,
};

test("the URL is the first line", () => {
  const io = createTestIo({ cwd: "/", isTTY: true });
  reporterOn(io, true).onEvent(listening);
  expect(io.out.text()).toBe("Serving shop at http://localhost:3000 with 0 instances\n");
});

test("the live line is drawn below what is printed, and only when it changes", () => {
  const io = createTestIo({ cwd: "/", isTTY: true });
  const reporter = reporterOn(io, true);
  reporter.onEvent(listening);
  const before = io.out.text().length;
  vi.advanceTimersByTime(1000);
  expect(io.out.text().slice(before)).toBe(`\r\x1b[2K${status}`);
  reporter.note("a line");
  expect(io.out.text().slice(before)).toBe(`\r\x1b[2K${status}\r\x1b[2Ka line\n${status}`);
  reporter.close();
  expect(io.out.text().endsWith("\r\x1b[2K")).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(io.out.text().endsWith("\r\x1b[2K")).toBe(true);
});

test("without a terminal there is no live line and no escape sequence", () => {
  const io = createTestIo({ cwd: "/" });
  const reporter = reporterOn(io, false, true);
  reporter.onEvent(listening);
  reporter.onEvent({
    type: "instance",
    function: "shop",
    revision: "r1",
    instance: "shop-r1-1",
    state: "ready",
    pid: 7,
    start: "process",
    startMs: 88,
    reason: null,
  });
  reporter.onEvent({ type: "output", function: "shop", instance: "shop-r1-1", stream: "stdout", line: "listening" });
  reporter.onInvocation?.(invocation);
  reporter.onInvocation?.({
    ...invocation,
    instance: null,
    status: 503,
    coldStart: false,
    error: "TIDEGATE_QUEUE_FULL",
  });
  reporter.onEvent({
    type: "instance",
    function: "shop",
    revision: "r1",
    instance: "shop-r1-1",
    state: "failed",
    pid: 7,
    start: "process",
    startMs: null,
    reason: "exit code 1",
  });
  reporter.onEvent({
    type: "problem",
    code: "TIDEGATE_INSTANCE_LOST",
    function: "shop",
    message: 'Instance "shop-r1-1" failed: exit code 1; its last words:\nlistening',
  });
  vi.advanceTimersByTime(1000);
  reporter.close();
  expect(io.out.text().split("\n")).toEqual([
    "Serving shop at http://localhost:3000 with 0 instances",
    "shop-r1-1 | ready in 88 ms (pid 7)",
    "shop-r1-1 | listening",
    "shop-r1-1 | GET /a?b 200 12 ms (cold start)",
    "gateway | GET /a?b 503 12 ms (TIDEGATE_QUEUE_FULL)",
    "shop-r1-1 | failed: exit code 1",
    'Instance "shop-r1-1" failed: exit code 1 (TIDEGATE_INSTANCE_LOST)',
    "",
  ]);
});

test("what nobody has to mend is told calmly, and how an instance was started", () => {
  const io = createTestIo({ cwd: "/", env: { NO_COLOR: "", FORCE_COLOR: "1" } });
  const reporter = reporterOn(io, false);
  const message = "shop starts as plain processes: server.js:3 starts a worker thread";
  reporter.onEvent({ type: "problem", code: "TIDEGATE_FORK_UNFIT", function: "shop", message });
  reporter.onEvent({
    type: "instance",
    function: "shop",
    revision: "r1",
    instance: "shop-r1-1",
    state: "ready",
    pid: 7,
    start: "fork",
    startMs: 8.6,
    reason: null,
  });
  // A further revision says so again.
  reporter.onEvent({ type: "problem", code: "TIDEGATE_FORK_UNFIT", function: "shop", message });
  const [notice, ready, ...more] = io.out.text().split("\n");
  expect(more).toEqual([""]);
  expect(notice).toBe(`${message}; tidegate explain tells more`);
  expect(ready).toContain("ready in 8.6 ms (pid 7, forked)");
});

test("requests cost nothing where nobody looks at them", () => {
  const io = createTestIo({ cwd: "/" });
  expect(reporterOn(io, false).onInvocation).toBeNull();
});

test.each([
  { name: "a terminal", env: {}, isTTY: true, isColoured: true },
  { name: "NO_COLOR", env: { NO_COLOR: "1" }, isTTY: true, isColoured: false },
  { name: "a pipe", env: {}, isTTY: false, isColoured: false },
  { name: "FORCE_COLOR", env: { FORCE_COLOR: "1" }, isTTY: false, isColoured: true },
])("createPaint colours by $name", ({ env, isTTY, isColoured }) => {
  const paint = createPaint({ stdout: { write: () => {}, isTTY }, env });
  expect(paint.red("x") !== "x").toBe(isColoured);
  expect(paint.named("a", "x") !== paint.named("b", "x")).toBe(isColoured);
});
