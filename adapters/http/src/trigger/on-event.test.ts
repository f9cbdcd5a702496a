import express from "express";
import { afterEach, describe, expect, test, vi } from "vitest";
import { getInvocation, getTrigger, onEvent, toHandler, waitUntil } from "../index.ts";
import { idle, readEvent, recorder } from "./event-recorder.ts";

const unregister: (() => void)[] = [];
function on(...args: Parameters<typeof onEvent>): void {
  unregister.push(onEvent(...args));
}

afterEach(() => {
  for (const off of unregister.splice(0)) off();
  vi.restoreAllMocks();
});

describe("onEvent", () => {
  test("a function is called in place of the app, as an invocation of its own", async () => {
    const { app, seen } = recorder();
    const calls: unknown[] = [];
    on("queue", (event, invocation) => {
      calls.push([
        event.data,
        event.index,
        event.total,
        invocation.source,
        getInvocation() === invocation,
        getTrigger() === event,
      ]);
    });
    const event = readEvent("aws/sqs-standard.json");
    const context = { awsRequestId: "r1" };
    await toHandler(app)(event, context);
    expect(calls).toEqual([
      [{ sku: "A-1", qty: 2 }, 0, 2, "aws-sqs", true, true],
      [{ sku: "B-2", qty: 0 }, 1, 2, "aws-sqs", true, true],
    ]);
    expect(seen).toEqual([]);
    on("timer", (_event, invocation) =>
      expect(invocation).toMatchObject({ event: { Type: "Timer" }, context, requestId: "r1" }),
    );
    await toHandler(app)(readEvent("tencent-scf/timer.json"), context);
  });

  test("its throw, its rejection and its silence fail the event", async () => {
    const handler = toHandler(idle, { timeoutMs: 30 });
    const event = readEvent("tencent-scf/timer.json");
    const runs: [run: () => unknown, cause: object][] = [
      [
        () => {
          throw new Error("boom");
        },
        { message: "boom" },
      ],
      [() => Promise.reject(new Error("later")), { message: "later" }],
      [() => new Promise(() => {}), { code: "TIDEGATE_INVOCATION_TIMEOUT" }],
    ];
    for (const [run, cause] of runs) {
      const off = onEvent("timer", run);
      await expect(handler(event)).rejects.toMatchObject({ code: "TIDEGATE_EVENT_FAILED", cause });
      off();
    }
  });

  test("its signal aborts at the deadline", async () => {
    let isAborted = false;
    on(
      "timer",
      (_event, { signal }) =>
        new Promise(() =>
          signal.addEventListener("abort", () => {
            isAborted = true;
          }),
        ),
    );
    const handler = toHandler(idle, { timeoutMs: 20 });
    await expect(handler(readEvent("tencent-scf/timer.json"))).rejects.toThrow();
    expect(isAborted).toBe(true);
  });

  test("what it gives to waitUntil is waited for, up to the deadline", async () => {
    const steps: string[] = [];
    on("timer", () =>
      waitUntil(
        new Promise<void>((resolve) =>
          setImmediate(() => {
            steps.push("background");
            resolve();
          }),
        ),
      ),
    );
    await toHandler(idle)(readEvent("tencent-scf/timer.json"));
    expect(steps).toEqual(["background"]);

    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    on("object-storage", () => waitUntil(new Promise(() => {})));
    expect(await toHandler(idle, { timeoutMs: 20 })(readEvent("aws/s3-put.json"))).toBeNull();
    expect(error).toHaveBeenCalledOnce();
  });

  test("the longest name that fits is taken, and none once it is taken back", async () => {
    const { app, seen } = recorder();
    const handler = toHandler(app);
    const calls: string[] = [];
    const event = readEvent("aws/s3-put.json");
    const names = [
      "*",
      "com.amazonaws.*",
      "com.amazonaws.s3.ObjectCreated:*",
      "object-storage",
      "com.amazonaws.s3.ObjectCreated:Put",
    ];
    const offs = names.map((name) => onEvent(name, () => calls.push(name)));
    for (const off of offs.reverse()) {
      await handler(event);
      off();
    }
    await handler(event);
    expect(calls).toEqual(names.reverse());
    expect(seen).toHaveLength(1);
  });

  test("a kind that there is not is a mistake, a type is not", () => {
    const run = (): void => {};
    for (const name of ["timr", "object_storage", "queues", "s3"]) {
      const attempt = (): unknown => onEvent(name, run);
      expect(attempt).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_FUNCTION_INVALID" }));
      expect(attempt).toThrow(`"${name}" is none of the kinds timer, object-storage, queue`);
    }
    const names = [
      "com.acme.paid",
      "OrderPlaced",
      "Scheduled Event",
      "oss:ObjectCreated:PutObject",
      "paid*",
      "*",
      "log",
    ];
    for (const name of names) on(name, run);
  });

  test("refuses what it cannot register", () => {
    on("timer", () => {});
    const attempts: [unknown, unknown][] = [
      ["timer", () => {}],
      ["", () => {}],
      [7, () => {}],
      ["queue", "run"],
    ];
    for (const [name, run] of attempts) {
      expect(() => onEvent(name as string, run as () => void)).toThrow(
        expect.objectContaining({ code: "TIDEGATE_EVENT_FUNCTION_INVALID" }),
      );
    }
  });
});

describe("direct invocation with a payload of one's own", () => {
  test("is refused unless somebody asked for it", async () => {
    const { app, seen } = recorder();
    on("*", () => {});
    for (const event of [{ task: "x" }, "text", Buffer.from("order placed"), [1], 7, null, undefined]) {
      await expect(toHandler(app)(event, {})).rejects.toMatchObject({ code: "TIDEGATE_EVENT_UNKNOWN" });
    }
    expect(seen).toEqual([]);
  });

  test("answers what the function returns", async () => {
    on("invoke", (event) => ({ got: event.data }));
    const handler = toHandler(idle);
    expect(await handler({ task: "x" }, {})).toEqual({ got: { task: "x" } });
    expect(await handler("text", {})).toEqual({ got: "text" });
  });

  test("answers what the app answers", async () => {
    const app = express();
    app.post("/events/invoke", express.json(), (req, res) => void res.json({ id: req.get("ce-id"), got: req.body }));
    const handler = toHandler(app, { events: { invoke: true } });
    expect(await handler({ task: "x" }, { awsRequestId: "r1" })).toEqual({ id: "r1", got: { task: "x" } });
    const silent = toHandler((_req, res) => void res.end(), { events: { invoke: true } });
    expect(await silent({ task: "x" })).toBeNull();
    const failingApp = toHandler((_req, res) => void res.writeHead(500).end(), { events: { invoke: true } });
    await expect(failingApp({ task: "x" })).rejects.toMatchObject({ code: "TIDEGATE_EVENT_FAILED" });
  });
});
