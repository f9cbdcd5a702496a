import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import express from "express";
import Koa from "koa";
import { afterEach, describe, expect, test, vi } from "vitest";
import { getInvocation, getTrigger, onEvent, type TriggerEvent, toHandler, waitUntil } from "../index.ts";
import { answerTrigger } from "./answer-trigger.ts";

const FIXTURES = new URL("../../../../packages/core/src/cloud-event/fixtures/", import.meta.url);

interface Batch {
  Records: Record<string, unknown>[];
}

function readEvent<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8"));
}

/** What an app saw of one event. */
interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
  trigger: TriggerEvent | undefined;
}

async function see(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString(), trigger: getTrigger(request) };
}

/** An app that notes what it sees and answers what it is told to. */
function recorder(statusOf: (seen: Seen) => number = () => 204) {
  const seen: Seen[] = [];
  return {
    seen,
    app: async (request: IncomingMessage, response: import("node:http").ServerResponse): Promise<void> => {
      const one = await see(request);
      seen.push(one);
      response.writeHead(statusOf(one)).end();
    },
  };
}

function sqs(...bodies: string[]): Batch {
  const [record] = readEvent<Batch>("aws/sqs-standard.json").Records;
  return { Records: bodies.map((body, i) => ({ ...record, messageId: `m${i}`, body })) };
}

function fifo(...messages: [body: string, group: string][]): Batch {
  const [record] = readEvent<Batch>("aws/sqs-fifo.json").Records;
  return {
    Records: messages.map(([body, MessageGroupId], i) => ({
      ...record,
      messageId: `m${i}`,
      body,
      attributes: { MessageGroupId, SequenceNumber: String(i) },
    })),
  };
}

const failing = (seen: Seen): number => (seen.body.startsWith("bad") ? 500 : 200);
const unregister: (() => void)[] = [];
function on(...args: Parameters<typeof onEvent>): void {
  unregister.push(onEvent(...args));
}

afterEach(() => {
  for (const off of unregister.splice(0)) off();
  vi.restoreAllMocks();
});

describe("an event reaches an app", () => {
  test("as POST with CloudEvents headers", async () => {
    const { app, seen } = recorder();
    const event = readEvent("aws/s3-put.json");
    expect(await toHandler(app)(event, { awsRequestId: "r1" })).toBeNull();
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "POST", url: "/events/object-storage" });
    expect(seen[0]?.headers).toEqual({
      host: "events.tidegate.internal",
      "user-agent": "Tidegate",
      "content-type": "application/json",
      "content-length": String(seen[0]?.body.length),
      "ce-specversion": "1.0",
      "ce-id": "7Q2M9W4T6B1X8Z3C.Zm9yLWRlbW8tb25seS1ub3QtYS1yZWFsLWlk.0066A2E72345F0C1D2",
      "ce-source": "aws:s3.eu-west-1.acme-inbox",
      "ce-type": "com.amazonaws.s3.ObjectCreated:Put",
      "ce-subject": "in/2026%20report(1).csv",
      "ce-time": "2026-06-14T09:15:32.417Z",
    });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual((event.Records as unknown[])[0]);
  });

  test("of Express, with its own body parser and routes", async () => {
    const orders: unknown[] = [];
    const app = express();
    app.use(express.json());
    app.post("/events/queue", (req, res) => {
      orders.push({ ...req.body, secure: req.secure, host: req.hostname, id: req.get("ce-id") });
      res.sendStatus(204);
    });
    expect(await toHandler(app)(readEvent("aws/sqs-standard.json"))).toEqual({ batchItemFailures: [] });
    const host = { secure: true, host: "events.tidegate.internal" };
    expect(orders).toEqual([
      { sku: "A-1", qty: 2, id: "5b2f9a6e-0000-4c1d-8e2f-000000000001", ...host },
      { sku: "B-2", qty: 0, id: "5b2f9a6e-0000-4c1d-8e2f-000000000002", ...host },
    ]);
  });

  test("of Koa", async () => {
    const timers: unknown[] = [];
    const app = new Koa();
    app.use(async (ctx) => {
      timers.push([ctx.path, ctx.get("ce-subject"), getTrigger()?.data, (await see(ctx.req)).body]);
      ctx.status = ctx.path === "/events/timer" ? 204 : 404;
    });
    const handler = toHandler(app.callback());
    const bytes = Buffer.from(JSON.stringify(readEvent("alibaba-fc/timer.json")));
    expect(await handler(bytes, { requestId: "r1" })).toBeNull();
    expect(timers).toEqual([["/events/timer", "nightly", { mode: "full" }, '{"mode":"full"}']]);
  });

  test("of the web standard, without Node's objects", async () => {
    let trigger: TriggerEvent | undefined;
    const fetch = async (request: Request): Promise<Response> => {
      trigger = getTrigger();
      return Response.json({ sku: await request.json(), url: request.url });
    };
    const handler = toHandler(() => {}, { fetch });
    expect(await handler(readEvent("aws/eventbridge-custom.json"))).toBeNull();
    expect(trigger).toMatchObject({ kind: "cloudevent", type: "OrderPlaced", data: { sku: "A-1" } });
  });

  test("below another path", async () => {
    const { app, seen } = recorder();
    for (const path of ["/_internal/events/", "hooks", ""]) {
      await toHandler(app, { events: { path } })(readEvent("tencent-scf/timer.json"));
    }
    expect(seen.map(({ url }) => url)).toEqual(["/_internal/events/timer", "/hooks/timer", "/timer"]);
  });

  test("whatever its data is", async () => {
    const { app, seen } = recorder();
    const handler = toHandler(app);
    const cases: [event: unknown, type: string | undefined, body: string, data: unknown][] = [
      [sqs("plain"), "text/plain; charset=utf-8", "plain", "plain"],
      [sqs(" [1]"), "application/json", " [1]", [1]],
      [sqs("[draft] x"), "text/plain; charset=utf-8", "[draft] x", "[draft] x"],
      [sqs("42"), "text/plain; charset=utf-8", "42", "42"],
      [sqs(""), "text/plain; charset=utf-8", "", ""],
      [{ ...readEvent("tencent-scf/timer.json"), Message: "" }, undefined, "", undefined],
      [readEvent("cloudevents/structured-text.json"), "application/xml", '<order sku="A-1"/>', '<order sku="A-1"/>'],
      [
        { awslogs: { data: gzipSync('{"logEvents":[]}').toString("base64") } },
        "application/json",
        '{"logEvents":[]}',
        { logEvents: [] },
      ],
    ];
    for (const [event, type, body, data] of cases) {
      await handler(event);
      const last = seen.pop();
      expect(last?.headers["content-type"]).toBe(type);
      expect(last?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
      expect(last?.body).toBe(body);
      expect(last?.trigger?.data).toEqual(data);
    }
    await handler(readEvent("cloudevents/structured-base64.json"));
    expect(seen.pop()?.trigger).toMatchObject({
      datacontenttype: "image/png",
      data: Buffer.from("89504e470d0a1a0a", "hex"),
    });
  });

  test("that is still loading, and registers a function while it does", async () => {
    const calls: string[] = [];
    const handler = toHandler(async () => {
      on("timer", (event) => calls.push(event.id));
      return recorder().app;
    });
    await handler(readEvent("alibaba-fc/timer.json"));
    expect(calls).toEqual(["nightly.2026-06-14T09:15:00Z"]);
  });

  test("that cannot be loaded: the event fails with that code", async () => {
    const handler = toHandler(() => Promise.reject(new Error("no database")));
    await expect(handler(readEvent("alibaba-fc/timer.json"))).rejects.toMatchObject({
      code: "TIDEGATE_APP_LOAD_FAILED",
      cause: { message: "no database" },
    });
  });

  test("that does not load in time", async () => {
    const handler = toHandler(() => new Promise<never>(() => {}), { timeoutMs: 20 });
    await expect(handler(readEvent("alibaba-fc/timer.json"))).rejects.toMatchObject({
      code: "TIDEGATE_INVOCATION_TIMEOUT",
    });
  });
});

describe("every captured event", () => {
  const index = readEvent<Record<string, { kind: string }>>("index.json");
  const names = Object.keys(index).filter((name) => index[name]?.kind === "event" && !name.includes("decoded"));
  test.each(names)("%s", async (name) => {
    const { app, seen } = recorder();
    const event = readEvent(name);
    await toHandler(app)(event, {});
    expect(seen.length).toBeGreaterThan(0);
    for (const { method, url, headers, trigger } of seen) {
      expect(method).toBe("POST");
      expect(url).toBe(`/events/${trigger?.kind}`);
      expect(headers["ce-id"]).toBeTruthy();
      expect(decodeURIComponent(String(headers["ce-type"]))).toBe(trigger?.type);
      expect(headers["ce-datacontenttype"]).toBeUndefined();
      expect(headers["content-type"]).toBe(trigger?.datacontenttype);
    }
  });
});

describe("the app's answer", () => {
  test("of any status but 2xx fails the event, and names where", async () => {
    for (const status of [301, 404, 500]) {
      const { app } = recorder(() => status);
      await expect(toHandler(app)(readEvent("alibaba-fc/oss-put.json"))).rejects.toMatchObject({
        code: "TIDEGATE_EVENT_FAILED",
        message: `Cannot deliver event "66A2E7234F5C0D1B2A3C4D5E.in/report.csv" of "alibaba-oss": the app answered ${status} to POST "/events/object-storage"`,
      });
    }
  });

  test("that never comes fails the event at the deadline", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const handler = toHandler(() => {}, { timeoutMs: 20 });
    await expect(handler(readEvent("tencent-scf/timer.json"))).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
      message: expect.stringContaining("answered 504"),
    });
    expect(error).toHaveBeenCalledOnce();
  });

  test("that breaks off, and an app that throws", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = toHandler((_req, res) => void res.destroy());
    await expect(broken(readEvent("tencent-scf/timer.json"))).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
      cause: { code: "TIDEGATE_RESPONSE_ABORTED" },
    });
    const throwing = toHandler((_req, _res) => {
      throw new Error("boom");
    });
    await expect(throwing(readEvent("tencent-scf/timer.json"))).rejects.toMatchObject({
      message: expect.stringContaining("answered 500"),
    });
  });
});

describe("batches", () => {
  test("without partial answers one failure makes the whole batch come again, but every message is tried", async () => {
    const { app, seen } = recorder(failing);
    await expect(toHandler(app)(sqs("a", "bad", "c"))).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
      message: expect.stringMatching(
        /^Cannot complete batch of "aws-sqs": 1 of 3 events failed, 0 were not tried; first: /,
      ),
      cause: { code: "TIDEGATE_EVENT_FAILED" },
    });
    expect(seen.map(({ body }) => body)).toEqual(["a", "bad", "c"]);
  });

  test("with partial answers only what failed comes again, and the log says why", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { app } = recorder(failing);
    const handler = toHandler(app, { events: { partialBatch: true } });
    expect(await handler(sqs("a", "bad", "c", "bad too"))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }],
    });
    expect(error).toHaveBeenCalledTimes(2);
    expect(await handler(sqs("a"))).toEqual({ batchItemFailures: [] });
  });

  test("after a failure in a FIFO group nothing of that group is tried, and all of it comes again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { app, seen } = recorder(failing);
    const batch = fifo(["a1", "a"], ["bad", "b"], ["a2", "a"], ["b2", "b"], ["b3", "b"]);
    expect(await toHandler(app, { events: { partialBatch: true } })(batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }, { itemIdentifier: "m4" }],
    });
    expect(seen.map(({ body }) => body)).toEqual(["a1", "a2", "bad"]);
  });

  test("streams go on from the first failure of each shard or partition", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { app, seen } = recorder(failing);
    const handler = toHandler(app, { events: { partialBatch: true } });
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const kinesis = ["a", "bad", "c"].map((text, i) => ({
      eventSource: "aws:kinesis",
      eventSourceARN: "arn",
      kinesis: { sequenceNumber: `s${i}`, data: base64(text) },
    }));
    expect(await handler({ Records: kinesis })).toEqual({ batchItemFailures: [{ itemIdentifier: "s1" }] });
    expect(seen.map(({ body }) => body)).toEqual(["a", "bad"]);

    const record = { topic: "t", timestamp: 0, headers: [] };
    const kafka = {
      eventSource: "aws:kafka",
      eventSourceArn: "arn",
      records: {
        "t-0": ["bad", "b"].map((text, offset) => ({ ...record, partition: 0, offset, value: base64(text) })),
        "t-1": ["a", "bad"].map((text, offset) => ({ ...record, partition: 1, offset, value: base64(text) })),
      },
    };
    expect(await handler(kafka)).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: "t-0", offset: 0 } },
        { itemIdentifier: { partition: "t-1", offset: 1 } },
      ],
    });
  });

  test("what the deadline leaves untried comes again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const seen: string[] = [];
    const handler = toHandler(
      (_req, res) => {
        seen.push(String(getTrigger()?.data));
        if (seen.length === 1) res.end();
      },
      { timeoutMs: 50, events: { partialBatch: true } },
    );
    expect(await handler(sqs("a", "hangs", "c"))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m2" }],
    });
    expect(seen).toEqual(["a", "hangs"]);
  });

  test("as many at once as allowed, one at a time by default", async () => {
    let running = 0;
    let most = 0;
    const app = (_req: IncomingMessage, res: import("node:http").ServerResponse): void => {
      most = Math.max(most, ++running);
      setImmediate(() => {
        running--;
        res.end();
      });
    };
    const batch = sqs(..."abcdefgh");
    await toHandler(app)(batch);
    expect(most).toBe(1);
    await toHandler(app, { events: { concurrency: 3 } })(batch);
    expect(most).toBe(3);
    most = 0;
    await toHandler(app, { events: { concurrency: 8 } })(fifo(["1", "a"], ["2", "a"], ["1", "b"]));
    expect(most).toBe(2);
    most = 0;
    await toHandler(app, { events: { concurrency: Number.NaN } })(batch);
    expect(most).toBe(1);
  });

  test("messages that can be acknowledged are, one by one", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const told: string[] = [];
    const messages = ["a", "bad", "c"].map((body) => ({
      id: body,
      timestamp: new Date(0),
      body,
      ack: () => told.push(`ack ${body}`),
      retry: () => told.push(`retry ${body}`),
    }));
    const { app } = recorder(failing);
    expect(await toHandler(app)({ queue: "orders", messages }, {})).toBeNull();
    expect(told).toEqual(["ack a", "retry bad", "ack c"]);
    await expect(toHandler(app)({ queue: "orders", messages: [{ id: "x", body: "bad" }] })).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
    });
  });
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
    const handler = toHandler(() => {}, { timeoutMs: 30 });
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
    const handler = toHandler(() => {}, { timeoutMs: 20 });
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
    await toHandler(() => {})(readEvent("tencent-scf/timer.json"));
    expect(steps).toEqual(["background"]);

    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    on("object-storage", () => waitUntil(new Promise(() => {})));
    expect(await toHandler(() => {}, { timeoutMs: 20 })(readEvent("aws/s3-put.json"))).toBeNull();
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
    const handler = toHandler(() => {});
    expect(await handler({ task: "x" }, {})).toEqual({ got: { task: "x" } });
    expect(await handler("text", {})).toEqual({ got: "text" });
  });

  test("answers what the app answers", async () => {
    const app = express();
    app.post("/events/invoke", express.json(), (req, res) => void res.json({ id: req.get("ce-id"), ...req.body }));
    const handler = toHandler(app, { events: { invoke: true } });
    expect(await handler({ task: "x" }, { awsRequestId: "r1" })).toEqual({ id: "r1", task: "x" });
    const silent = toHandler((_req, res) => void res.end(), { events: { invoke: true } });
    expect(await silent({ task: "x" })).toBeNull();
    const failingApp = toHandler((_req, res) => void res.writeHead(500).end(), { events: { invoke: true } });
    await expect(failingApp({ task: "x" })).rejects.toMatchObject({ code: "TIDEGATE_EVENT_FAILED" });
  });
});

describe("an outside client", () => {
  test("cannot pretend to be an event", async () => {
    const { app, seen } = recorder();
    const handler = toHandler(app);
    const headers = { "ce-id": "1", "ce-source": "aws:s3", "ce-type": "t", "ce-specversion": "1.0" };
    await handler({
      version: "2.0",
      rawPath: "/events/queue",
      rawQueryString: "",
      headers,
      requestContext: { http: { method: "POST", sourceIp: "203.0.113.7" }, domainName: "a.example" },
      isBase64Encoded: false,
    });
    const server = createServer(handler).listen(0);
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/events/queue`, { method: "POST", headers });
    server.close();
    expect(seen.map(({ url, trigger }) => [url, trigger])).toEqual([
      ["/events/queue", undefined],
      ["/events/queue", undefined],
    ]);
  });
});

describe("bytes of Alibaba that are no JSON", () => {
  const context = { requestId: "r1", credentials: {}, accountId: "1", function: { timeout: 60 } };

  test("arrive as they are", async () => {
    const { app, seen } = recorder();
    await toHandler(app)(Buffer.from("order placed"), context);
    expect(seen[0]).toMatchObject({ url: "/events/topic", body: "order placed", headers: { "ce-id": "r1" } });
    const cbor = Buffer.concat([Buffer.from([0xa2, 0x67]), Buffer.from("Version"), Buffer.from([0xff])]);
    await toHandler(app)(cbor, context);
    expect(seen[1]?.headers["content-type"]).toBe("application/cbor");
    expect(seen[1]?.trigger?.data).toEqual(cbor);
  });
});

describe("callbacks", () => {
  const { app } = recorder(({ url }) => (url === "/events/timer" ? 200 : 500));

  test("are called where the platform documents them", async () => {
    const callback = vi.fn();
    await answerTrigger(app, readEvent("alibaba-fc/timer.json"), {}, {}, callback);
    expect(callback).toHaveBeenCalledExactlyOnceWith(null, null);
    await expect(answerTrigger(app, readEvent("huawei-functiongraph/smn.json"), {}, {}, callback)).rejects.toThrow();
    expect(callback).toHaveBeenLastCalledWith(expect.objectContaining({ code: "TIDEGATE_EVENT_FAILED" }));
    await answerTrigger(app, readEvent("tencent-scf/timer.json"), {}, {}, callback);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  test("in place of the context are Google's, and no promise rejects beside them", async () => {
    const callback = vi.fn();
    const handler = toHandler(app);
    await handler(readEvent("others/gcf-cloudevent-storage.json"), callback);
    expect(callback).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "TIDEGATE_EVENT_FAILED" }));
  });
});

describe("hostile events", () => {
  const event = { specversion: "1.0", id: "1", source: "/a", type: "t" };
  const cases: { name: string; event: unknown; code: string }[] = [
    { name: "what is not compressed", event: { awslogs: { data: "bm90" } }, code: "TIDEGATE_EVENT_MALFORMED" },
    {
      name: "a record of another type",
      event: { Records: [{ eventSource: "aws:sqs" }] },
      code: "TIDEGATE_EVENT_MALFORMED",
    },
    { name: "data without a JSON form", event: { ...event, data: { n: 1n } }, code: "TIDEGATE_EVENT_MALFORMED" },
    { name: "text that is no event", event: "{", code: "TIDEGATE_EVENT_UNKNOWN" },
  ];
  test.each(cases)("$name", async ({ event, code }) => {
    await expect(toHandler(recorder().app)(event)).rejects.toMatchObject({ code });
  });

  test("no value becomes a header of its own", async () => {
    const { app, seen } = recorder();
    const attack = "x\r\nx-admin: yes\r\n\r\nGET / HTTP/1.1";
    await toHandler(app)({ ...event, id: attack, type: attack, tenant: attack, [attack]: "x", data: 1 });
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual([
      "ce-id",
      "ce-source",
      "ce-specversion",
      "ce-tenant",
      "ce-type",
      "content-length",
      "content-type",
      "host",
      "user-agent",
    ]);
    expect(decodeURIComponent(String(seen[0]?.headers["ce-id"]))).toBe(attack);
  });

  test("a large batch of large messages", async () => {
    const { app, seen } = recorder();
    const batch = sqs(...Array.from({ length: 200 }, () => "x".repeat(100_000)));
    expect(await toHandler(app)(batch)).toEqual({ batchItemFailures: [] });
    expect(seen).toHaveLength(200);
  });
});
