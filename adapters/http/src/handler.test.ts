import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { readEvent } from "./adapter.contract.ts";
import { type App, getInvocation, LISTENER, type Listener, toHandler } from "./index.ts";

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

const echo = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const body = await readText(req);
  const { source, requestId } = getInvocation(req) ?? {};
  res.setHeader("set-cookie", ["a=1", "b=2"]);
  res.end(JSON.stringify({ method: req.method, url: req.url, ip: req.socket.remoteAddress, body, source, requestId }));
};

function parseBody(answer: unknown): Record<string, unknown> {
  return JSON.parse((answer as { body: string }).body);
}

describe("toHandler answers events in their own format", () => {
  const handler = toHandler(echo);
  const formats = [
    { event: "aws/apigw-rest-v1-get.json", expected: { multiValueHeaders: { "set-cookie": ["a=1", "b=2"] } } },
    { event: "aws/apigw-http-v2-get.json", expected: { cookies: ["a=1", "b=2"] } },
    {
      event: "aws/alb-single.json",
      expected: { statusDescription: "200 OK", headers: { "Set-Cookie": "a=1", "Set-CookiE": "b=2" } },
    },
    {
      event: "aws/alb-multi.json",
      expected: { statusDescription: "200 OK", multiValueHeaders: { "set-cookie": ["a=1", "b=2"] } },
    },
    { event: "alibaba-fc/http-fc3-get.json", expected: { headers: { "Set-Cookie": "a=1" } } },
    { event: "tencent-scf/apigw-get.json", expected: { headers: { "Set-Cookie": "a=1" } } },
    { event: "huawei-functiongraph/apig-get.json", expected: { headers: { "Set-Cookie": "a=1" } } },
    { event: "others/netlify-legacy-event.json", expected: { multiValueHeaders: { "set-cookie": ["a=1", "b=2"] } } },
  ];
  test.each(formats)("$event", async ({ event, expected }) => {
    const answer = await handler(readEvent(event), {});
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false, ...expected });
  });

  test("bytes of JSON are an event too, as Alibaba passes them", async () => {
    const event = readEvent("alibaba-fc/http-fc3-post-json.json");
    const answer = parseBody(await handler(Buffer.from(JSON.stringify(event)), { requestId: "r-9" }));
    expect(answer).toMatchObject({
      method: "POST",
      url: "/orders",
      body: '{"sku":"A-1","qty":2}',
      source: "alibaba-fc3",
    });
    const requestContext = { ...(event.requestContext as object), requestId: "" };
    const nameless = parseBody(await handler(JSON.stringify({ ...event, requestContext }), { requestId: "r-9" }));
    expect(nameless.requestId).toBe("r-9");
  });

  const contexts = [
    { name: "Lambda", context: { awsRequestId: "id" } },
    { name: "Tencent", context: { request_id: "id" } },
    { name: "Huawei", context: { getRequestID: () => "id" } },
  ];
  test.each(contexts)("the request id of a $name context is used where the event has none", async ({ context }) => {
    expect(parseBody(await handler(readEvent("aws/alb-single.json"), context)).requestId).toBe("id");
  });

  const refused = [
    { name: "a queue event", event: readEvent("index.json"), code: "TIDEGATE_EVENT_UNKNOWN" },
    { name: "bytes that are no JSON", event: Buffer.from("order placed"), code: "TIDEGATE_EVENT_UNKNOWN" },
    { name: "nothing", event: undefined, code: "TIDEGATE_EVENT_UNKNOWN" },
  ];
  test.each(refused)("$name rejects with $code", async ({ event, code }) => {
    await expect(handler(event, {})).rejects.toMatchObject({ code });
  });
});

describe("the third argument", () => {
  test.each(["alibaba-fc/http-fc3-get.json", "huawei-functiongraph/apig-get.json"])(
    "is called for %s",
    async (name) => {
      const callback = vi.fn();
      const answer = await toHandler(echo)(readEvent(name), {}, callback);
      expect(callback.mock.calls).toEqual([[null, answer]]);
    },
  );

  test.each(["aws/apigw-http-v2-get.json", "tencent-scf/apigw-get.json"])("is left alone for %s", async (name) => {
    const callback = vi.fn();
    await toHandler(echo)(readEvent(name), {}, callback);
    expect(callback).not.toHaveBeenCalled();
  });

  test("gets the error as well", async () => {
    const callback = vi.fn();
    const answer = toHandler((_, res) => res.destroy())(readEvent("huawei-functiongraph/apig-get.json"), {}, callback);
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    expect(callback.mock.calls[0]?.[0]).toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });
});

describe("toHandler takes", () => {
  test("a server", async () => {
    const handler = toHandler(createServer(echo));
    expect(parseBody(await handler(readEvent("aws/alb-single.json")))).toMatchObject({
      url: "/orders/42?tag=b&q=hello%20world",
    });
  });

  test("a promise, and requests wait for it", async () => {
    const handler = toHandler(new Promise<App>((resolve) => setImmediate(resolve, echo)) as Promise<typeof echo>);
    expect(parseBody(await handler(readEvent("aws/alb-single.json"))).method).toBe("GET");
    expect(parseBody(await handler(readEvent("aws/alb-single.json"))).method).toBe("GET");
  });

  test.each([undefined, null, 7, {}])("no %s", (app) => {
    expect(() => toHandler(app as unknown as App)).toThrow(expect.objectContaining({ code: "TIDEGATE_APP_INVALID" }));
  });
});

async function overServer(handler: Listener, init?: RequestInit): Promise<Response> {
  const server = createServer((req, res) => void handler(req, res)).listen(0);
  await once(server, "listening");
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`, init);
    return new Response(await response.arrayBuffer(), response);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a handler called with Node's request and response", () => {
  test("hands them to the app untouched, and resolves when the response is over", async () => {
    const seen: unknown[] = [];
    const handler = toHandler((req, res) => {
      seen.push(req, res, getInvocation(req));
      setImmediate(() => res.end("plain"));
    });
    let pair: unknown[] = [];
    const response = await overServer(async (req, res) => {
      pair = [req, res, undefined];
      await handler(req, res);
      expect(res.writableFinished).toBe(true);
    });
    expect(await response.text()).toBe("plain");
    expect(seen).toEqual(pair);
    expect(handler[LISTENER]).toBeTypeOf("function");
  });

  test("rejects with what the app throws", async () => {
    const handler = toHandler((_req, _res) => Promise.reject(new Error("boom")));
    let caught: unknown;
    await overServer(async (req, res) => {
      caught = await handler(req, res).catch((error: unknown) => error);
      res.end();
    });
    expect(caught).toMatchObject({ message: "boom" });
  });

  test("restores a body that Google's framework has read", async () => {
    const handler = toHandler(echo);
    const response = await overServer(
      async (req, res) => {
        Object.assign(req, { rawBody: Buffer.from(await readText(req)), body: { sku: "A-1" } });
        await handler(req, res);
      },
      { method: "POST", body: '{"sku":"A-1"}', headers: { "function-execution-id": "e1" } },
    );
    const seen = await response.json();
    expect(seen).toMatchObject({
      method: "POST",
      url: "/a?b=c",
      body: '{"sku":"A-1"}',
      source: "google",
      requestId: "e1",
    });
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });
});

describe("a handler called by Function Compute 2.0", () => {
  function createTarget(): {
    calls: unknown[];
    setStatusCode: (n: number) => void;
    setHeader: (...h: unknown[]) => void;
    send: (b: unknown) => void;
  } {
    const calls: unknown[] = [];
    return {
      calls,
      setStatusCode: (status) => void calls.push(status),
      setHeader: (...header) => void calls.push(header),
      send: (body) => void calls.push(body),
    };
  }
  const base = { method: "POST", path: "/orders", queries: { tag: ["a", "b"] }, headers: {}, clientIP: "203.0.113.7" };

  test("reads the stream and sends text", async () => {
    const target = createTarget();
    const request = Object.assign(Readable.from([Buffer.from("he"), Buffer.from("llo")]), base);
    await toHandler(echo)(request, target, { requestId: "r1" });
    const [status, cookies, date, length, body] = target.calls;
    expect(date).toEqual(["Date", expect.stringMatching(/ GMT$/)]);
    expect([status, cookies]).toEqual([200, ["set-cookie", ["a=1", "b=2"]]]);
    expect(length).toEqual(["Content-Length", String(String(body).length)]);
    expect(JSON.parse(String(body))).toEqual({
      method: "POST",
      url: "/orders?tag=a&tag=b",
      ip: "203.0.113.7",
      body: "hello",
      source: "alibaba-fc2",
      requestId: "r1",
    });
  });

  test("takes a body that is a buffer, a string or missing", async () => {
    for (const [body, expected] of [
      [Buffer.from("hi"), "hi"],
      ["hi", "hi"],
      [undefined, ""],
    ]) {
      const target = createTarget();
      await toHandler(echo)({ ...base, body }, target, {});
      expect(JSON.parse(String(target.calls.at(-1))).body).toBe(expected);
    }
  });

  test("sends bytes as a buffer, and nothing as an empty string", async () => {
    const target = createTarget();
    await toHandler((_, res) => res.end(Buffer.from([0, 255])))({ ...base }, target, {});
    expect(target.calls.at(-1)).toEqual(Buffer.from([0, 255]));
    await toHandler((_, res) => res.writeHead(204).end())({ ...base }, target, {});
    expect(target.calls.at(-1)).toBe("");
  });
});

describe("a handler called by Azure", () => {
  // Like Azure's class: the members of a web request, but no instance of it and without a signal.
  function createRequest(url: string, init?: RequestInit & { duplex?: "half" }): object {
    const { method, headers, body } = new Request(url, init);
    return { method, url, headers, body, params: {}, query: new URL(url).searchParams, user: null };
  }

  test("answers HttpResponseInit, several cookies as objects", async () => {
    const request = createRequest("https://a.example/api/orders?x=1", {
      method: "POST",
      body: "hi",
      headers: { "x-forwarded-for": "203.0.113.7:51234" },
    });
    const answer = (await toHandler(echo)(request, { invocationId: "i1" })) as {
      headers: Headers;
      body: ReadableStream;
    };
    expect(answer).toMatchObject({
      status: 200,
      cookies: [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
    });
    expect(answer.headers.has("set-cookie")).toBe(false);
    expect(await new Response(answer.body).json()).toEqual({
      method: "POST",
      url: "/api/orders?x=1",
      ip: "203.0.113.7",
      body: "hi",
      source: "azure",
      requestId: "i1",
    });
  });

  test("a single cookie stays a header, and a 204 has no body", async () => {
    const app = (_: IncomingMessage, res: ServerResponse): unknown =>
      res.writeHead(204, { "set-cookie": "a=%20" }).end();
    const answer = (await toHandler(app)(createRequest("https://a.example/api"), {})) as { headers: Headers };
    expect(answer.headers.getSetCookie()).toEqual(["a=%20"]);
    expect(answer).not.toHaveProperty("body");
    expect(answer).not.toHaveProperty("cookies");
  });
});

test("a web Request is given to the app's own fetch where there is one", async () => {
  const fetch = vi.fn(() => new Response("own"));
  const request = new Request("https://a.example/");
  const context = { ip: "203.0.113.7" };
  expect(await (await toHandler(echo, { fetch })(request, context)).text()).toBe("own");
  expect(fetch).toHaveBeenCalledWith(request, context, undefined);
});

test("a message of an Azure queue that looks like an HTTP event is no request", async () => {
  const seen: (string | undefined)[] = [];
  const handler = toHandler((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    res.end();
  });
  const context = { invocationId: "i", functionName: "f", options: { trigger: { type: "queueTrigger" } } };
  await handler(readEvent("aws/apigw-http-v2-get.json"), context);
  expect(seen).toEqual(["POST /events/queue"]);
});

test("a request HTTP could not carry is answered 400", async () => {
  const handler = toHandler((_req, res) => res.end());
  const answer = (await handler({ ...readEvent("aws/alb-single.json"), path: 1 }, {})) as {
    statusCode: number;
    body: string;
  };
  expect(answer.statusCode).toBe(400);
  expect(JSON.parse(answer.body).error.code).toBe("TIDEGATE_EVENT_MALFORMED");
});
