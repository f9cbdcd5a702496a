import { readEvent } from "@tidegate/http/contract";
import { Hono } from "hono";
import { getConnInfo as getLambdaConnInfo } from "hono/aws-lambda";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { etag } from "hono/etag";
import { stream, streamSSE } from "hono/streaming";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type FetchContext, getInvocation, toHandler, waitUntil } from "./index.ts";

interface EventAnswer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

const GET = readEvent("aws/apigw-http-v2-get.json");
const POST = readEvent("tencent-scf/function-url-post.json");

async function call(
  app: Hono<{ Bindings: FetchContext }>,
  event: object = GET,
  context?: object,
): Promise<EventAnswer> {
  return (await toHandler(app)(event, context)) as EventAnswer;
}

function createApp(): Hono<{ Bindings: FetchContext }> {
  return new Hono<{ Bindings: FetchContext }>();
}

describe("a Hono app behind an event", () => {
  test("has routes, parameters, repeated query values and cookies", async () => {
    const app = createApp().get("/orders/:id", (c) => {
      setCookie(c, "a", "1");
      setCookie(c, "b", "2", { httpOnly: true });
      return c.json([c.req.param("id"), c.req.queries("tag"), c.req.query("q"), getCookie(c, "sid")]);
    });
    const answer = await call(app);
    expect(JSON.parse(answer.body)).toEqual(["42", ["a", "b"], "hello world", "abc123"]);
    expect(answer.cookies).toEqual(["a=1; Path=/", "b=2; Path=/; HttpOnly"]);
    expect(answer.isBase64Encoded).toBe(false);
  });

  test("parses JSON, and answers its own errors and 404", async () => {
    const app = createApp().post("/orders", async (c) => c.json(await c.req.json(), 201));
    app.onError((error, c) => c.text(error.name, 422));
    expect(await call(app, POST)).toMatchObject({ statusCode: 201, body: '{"sku":"A-1","qty":2}' });
    expect(await call(app, { ...POST, body: "{" })).toMatchObject({ statusCode: 422, body: "SyntaxError" });
    expect(await call(app)).toMatchObject({ statusCode: 404, body: "404 Not Found" });
  });

  test("finds event, context, client and request id in c.env", async () => {
    const app = createApp().get("*", (c) => {
      const { event, context, requestId, clientIp, source, requestContext, lambdaContext } = c.env;
      expect([event, context, lambdaContext]).toEqual([GET, { awsRequestId: "r1" }, context]);
      expect(requestContext).toBe(GET.requestContext);
      return c.json([requestId, clientIp, source, getInvocation()?.source]);
    });
    const { body } = await call(app, GET, { awsRequestId: "r1" });
    expect(JSON.parse(body)).toEqual(["Zk1pWh3bDoEEJ2w=", "203.0.113.7", "aws-http-v2", "aws-http-v2"]);
  });

  test("may use the getConnInfo of hono/aws-lambda, and what that of Node reads", async () => {
    const app = createApp().get("*", (c) => c.json([getLambdaConnInfo(c).remote.address, c.env.incoming.socket]));
    const { body } = await call(app);
    const socket = { remoteAddress: "203.0.113.7", remoteFamily: "IPv4", remotePort: 0 };
    expect(JSON.parse(body)).toEqual(["203.0.113.7", socket]);
  });

  test("keeps at work for what c.executionCtx.waitUntil was given, and waitUntil", async () => {
    const done: string[] = [];
    const later = async (name: string): Promise<void> => {
      await new Promise(setImmediate);
      done.push(name);
    };
    const app = createApp().get("*", (c) => {
      c.executionCtx.waitUntil(later("hono"));
      waitUntil(later("tidegate"));
      return c.text("ok");
    });
    expect(await call(app)).toMatchObject({ body: "ok" });
    expect(done).toEqual(["hono", "tidegate"]);
  });

  test("may make requests of its request, as bodyLimit does", async () => {
    const app = createApp().post("/orders", bodyLimit({ maxSize: 10 }), (c) => c.text("small"));
    app.use(etag());
    expect(await call(app, POST)).toMatchObject({ statusCode: 413 });
    const copied = createApp().post("/orders", async (c) => {
      const copy = new Request(c.req.raw, { headers: { "x-copy": "1" } });
      return c.json([
        copy.url === c.req.url,
        copy.headers.get("x-copy"),
        ((await copy.clone().json()) as { sku: string }).sku,
      ]);
    });
    expect(JSON.parse((await call(copied, POST)).body)).toEqual([true, "1", "A-1"]);
  });

  test("streams bytes and events", async () => {
    const bytes = createApp().get("*", (c) =>
      stream(c, async (out) => void (await out.write(new Uint8Array([255, 0])))),
    );
    expect(await call(bytes)).toMatchObject({ body: "/wA=", isBase64Encoded: true });
    const events = createApp().get("*", (c) => streamSSE(c, (out) => out.writeSSE({ data: "grüße", event: "tide" })));
    expect(await call(events)).toMatchObject({ body: "event: tide\ndata: grüße\n\n", isBase64Encoded: false });
  });

  test("answers HEAD without a body", async () => {
    const app = createApp().get("*", (c) => c.text("body"));
    const http = { method: "HEAD", path: "/", sourceIp: "203.0.113.7" };
    const event = { ...GET, requestContext: { ...(GET.requestContext as object), http } };
    expect(await call(app, event)).toMatchObject({ statusCode: 200, body: "" });
  });
});

describe("a fetch app that does not finish in time", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  afterEach(() => void log.mockClear());
  const context = { getRemainingTimeInMillis: () => 50 };

  test("answers 504, its signal aborts, and the next call is clean", async () => {
    let aborted = false;
    const app = createApp().get("/orders/42", (c): Response | Promise<Response> => {
      if (aborted) return c.text("clean");
      return new Promise<Response>((resolve) => {
        c.req.raw.signal.onabort = () => {
          aborted = true;
          resolve(c.text("too late"));
        };
      });
    });
    const handler = toHandler(app);
    const answer = (await handler(GET, context)) as EventAnswer;
    expect([answer.statusCode, aborted]).toEqual([504, true]);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: "TIDEGATE_INVOCATION_TIMEOUT",
      message: expect.stringContaining('GET "/orders/42"'),
    });
    expect(await handler(GET, context)).toMatchObject({ statusCode: 200, body: "clean" });
  });

  test("in the middle of its body answers 504, and the body is cancelled", async () => {
    const cancelled = Promise.withResolvers<void>();
    const start = (controller: ReadableStreamDefaultController): void => controller.enqueue(Buffer.from("half"));
    const body = new ReadableStream({ start, cancel: () => cancelled.resolve() });
    const answer = await toHandler((_request) => new Response(body))(GET, context);
    expect(answer).toMatchObject({ statusCode: 504 });
    await cancelled.promise;
  });
});

describe("a request no web Request can be made of", () => {
  const app = createApp().all("*", (c) => c.text(c.req.url));
  const post = (headers: Record<string, string>, method = "GET"): object => ({
    ...GET,
    headers,
    requestContext: { http: { method, sourceIp: "203.0.113.7" } },
  });

  test("is refused with a code: its host would change the path, or its method is none", async () => {
    for (const event of [post({ host: "a.example/x?y=" }), post({ host: "me@a.example" }), post({}, "TRACE")]) {
      const outcome = await call(app, event).catch((error: unknown) => error);
      expect(JSON.stringify(outcome)).toContain("TIDEGATE_EVENT_MALFORMED");
    }
  });

  test("is none for text in headers, which becomes the bytes a server would have got", async () => {
    const echo = createApp().get("*", (c) => c.text(c.req.header("x-name") ?? "none"));
    const { body } = await call(echo, post({ "x-name": "grüße 潮", host: "a.example" }));
    expect(Buffer.from(body, "latin1").toString()).toBe("grüße 潮");
  });
});
