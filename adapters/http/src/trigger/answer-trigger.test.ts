import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import express from "express";
import Koa from "koa";
import { afterEach, describe, expect, test, vi } from "vitest";
import { getTrigger, onEvent, type TriggerEvent, toHandler } from "../index.ts";
import { answerTrigger } from "./answer-trigger.ts";
import { idle, readEvent, recorder, see, sqs } from "./event-recorder.ts";

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
      return Response.json({ body: await request.json(), url: request.url });
    };
    const handler = toHandler(idle, { fetch });
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
      [{ ...readEvent<object>("tencent-scf/timer.json"), Message: "" }, undefined, "", undefined],
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
    const handler = toHandler(idle, { timeoutMs: 20 });
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
