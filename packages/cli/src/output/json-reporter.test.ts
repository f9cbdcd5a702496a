import { expect, test } from "vitest";
import { createTestIo } from "../testing/test-io.ts";
import { createJsonReporter } from "./json-reporter.ts";

test("each event is one JSON line with level, time, its fields and msg", () => {
  const io = createTestIo({ cwd: "/" });
  const reporter = createJsonReporter(io.stdout, { functions: ["shop"], logRequests: false });
  reporter.onEvent({ type: "listening", url: "http://localhost:3000" });
  reporter.onEvent({ type: "scale", function: "shop", from: 0, desired: 1, reason: "1 invocation waiting" });
  reporter.onEvent({
    type: "instance",
    function: "shop",
    revision: "r1",
    instance: "i",
    state: "failed",
    pid: 1,
    start: "process",
    startMs: null,
    reason: "exit code 1",
  });
  reporter.onEvent({ type: "output", function: "shop", instance: "i", stream: "stderr", line: "oops" });
  reporter.onEvent({ type: "problem", code: "TIDEGATE_CRASH_LOOP", function: "shop", message: "Cannot" });
  reporter.onEvent({ type: "problem", code: "TIDEGATE_FORK_UNFIT", function: "shop", message: "It cannot be forked" });
  reporter.onStopping();
  reporter.close();
  const lines = io.out
    .text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
  expect(lines.map(({ time: _, ...fields }) => fields)).toEqual([
    {
      level: "info",
      type: "listening",
      url: "http://localhost:3000",
      msg: "Serving shop at http://localhost:3000 with 0 instances",
    },
    {
      level: "info",
      type: "scale",
      function: "shop",
      from: 0,
      desired: 1,
      reason: "1 invocation waiting",
      msg: "shop from 0 to 1 instances: 1 invocation waiting",
    },
    {
      level: "error",
      type: "instance",
      function: "shop",
      revision: "r1",
      instance: "i",
      state: "failed",
      pid: 1,
      start: "process",
      startMs: null,
      reason: "exit code 1",
      msg: "i failed: exit code 1",
    },
    { level: "info", type: "output", function: "shop", instance: "i", stream: "stderr", msg: "oops" },
    { level: "error", type: "problem", code: "TIDEGATE_CRASH_LOOP", function: "shop", msg: "Cannot" },
    { level: "warn", type: "problem", code: "TIDEGATE_FORK_UNFIT", function: "shop", msg: "It cannot be forked" },
    { level: "info", type: "stopping", msg: "Stopping: running requests may finish" },
    { level: "info", type: "stopped", msg: "Stopped" },
  ]);
});

test("requests are logged only when asked for", () => {
  const io = createTestIo({ cwd: "/" });
  expect(createJsonReporter(io.stdout, { functions: [], logRequests: false }).onInvocation).toBeNull();
  expect(createJsonReporter(io.stdout, { functions: [], logRequests: true }).onInvocation).not.toBeNull();
});
