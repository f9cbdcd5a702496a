import { Readable } from "node:stream";
import { probeNode, testAdapter } from "@tidegate/http/contract";
import { afterEach, expect, test, vi } from "vitest";
import { type NextApp, toHandler } from "./index.ts";

// A real build takes a while, and belongs to the tests of the example site; here is the interface of a custom server.
testAdapter("next", (answer) =>
  toHandler(() => ({
    prepare: async () => {},
    getRequestHandler: () => async (req, res) => {
      const { status, headers, body } = answer(await probeNode(req));
      res.writeHead(status, headers.flat());
      if (body instanceof Readable) body.pipe(res);
      else res.end(body);
    },
  })),
);

afterEach(() => vi.restoreAllMocks());

const request = (): Request => new Request("https://a.example/");

const greeting: NextApp = {
  prepare: async () => {},
  getRequestHandler: () => async (_req, res) => void res.end("hello"),
};

test.each([
  { name: "a server", app: greeting },
  { name: "a promise of one", app: Promise.resolve(greeting) },
  { name: "a function that makes one", app: () => greeting },
  { name: "a function that promises one", app: async () => greeting },
])("toHandler takes $name", async ({ app }) => {
  expect(await (await toHandler(app)(request())).text()).toBe("hello");
});

test("toHandler prepares once for all requests", async () => {
  let prepared = 0;
  const handler = toHandler(() => ({ ...greeting, prepare: async () => void prepared++ }));
  await Promise.all([handler(request()), handler(request())]);
  await handler(request());
  expect(prepared).toBe(1);
});

test("toHandler reports a failed preparation, and tries again with the next request", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  let prepared = 0;
  const handler = toHandler({
    ...greeting,
    prepare: async () => {
      if (++prepared < 3) throw new Error("no build");
    },
  });
  for (let attempt = 0; attempt < 2; attempt++) {
    const response = await handler(request());
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: "TIDEGATE_APP_LOAD_FAILED" } });
  }
  expect(await (await handler(request())).text()).toBe("hello");
  expect(prepared).toBe(3);
});

test("toHandler refuses what is no Next app", () => {
  expect(() => toHandler({} as NextApp)).toThrow(expect.objectContaining({ code: "TIDEGATE_APP_INVALID" }));
});

test("Next finds the invocation's waitUntil where it looks for it", async () => {
  const context = (globalThis as { [key: symbol]: unknown })[Symbol.for("@next/request-context")] as {
    get(): { waitUntil(promise: Promise<unknown>): void } | undefined;
  };
  let done = false;
  const work = async (): Promise<void> => {
    await new Promise(setImmediate);
    done = true;
  };
  const handler = toHandler(() => ({
    ...greeting,
    getRequestHandler: () => async (_req, res) => {
      context.get()?.waitUntil(work());
      res.end();
    },
  }));
  const http = { method: "GET", path: "/", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "" };
  const requestContext = {
    domainName: "a.example",
    http,
    requestId: "1",
    stage: "$default",
    accountId: "1",
    apiId: "a",
  };
  const event = { version: "2.0", routeKey: "$default", rawPath: "/", rawQueryString: "", headers: {}, requestContext };
  await handler({ ...event, isBase64Encoded: false }, {});
  expect(done).toBe(true);
  expect(context.get()).toBeUndefined();
});
