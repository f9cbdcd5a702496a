import { readEvent } from "@tidegate/http/contract";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type FetchApp, toHandler } from "./index.ts";

interface Answer {
  statusCode: number;
  body: string;
}

const GET = readEvent("aws/apigw-http-v2-get.json");
const log = vi.spyOn(console, "error").mockImplementation(() => {});
beforeEach(() => void log.mockClear());

const hello = (): Response => new Response("hello");
const app = { fetch: (_request: Request): Response => new Response("hello") };

class Router {
  readonly #greeting = "hello";
  fetch(): Response {
    return new Response(this.#greeting);
  }
}

const apps: { name: string; app: FetchApp }[] = [
  { name: "a function", app: (_request) => new Response("hello") },
  { name: "a function that ignores its request", app: hello },
  { name: "an async function that ignores its request", app: async () => new Response("hello") },
  { name: "a function with a rest parameter", app: (...args: [Request]) => app.fetch(...args) },
  { name: "an object", app },
  { name: "an instance", app: new Router() },
  { name: "a function with a fetch member", app: Object.assign(() => "no response", app) as unknown as FetchApp },
  { name: "a module", app: { default: app } },
  { name: "a module of CommonJS", app: { default: { default: app } as never } },
  { name: "a promise", app: Promise.resolve(app) },
  { name: "a promised function", app: Promise.resolve(hello) },
  { name: "a promised module", app: Promise.resolve({ default: hello }) },
  { name: "a factory", app: () => app },
  { name: "an async factory", app: async () => app },
  { name: "an async factory of a function", app: async () => hello },
  { name: "a factory of a module", app: () => Promise.resolve({ default: app }) },
  { name: "a mocked factory", app: vi.fn(async () => app) },
];

describe("toHandler takes", () => {
  test.each(apps)("$name", async ({ app: given }) => {
    const handler = toHandler(given);
    expect(await handler(GET)).toMatchObject({ statusCode: 200, body: "hello" });
    expect(await handler(GET)).toMatchObject({ statusCode: 200, body: "hello" });
    expect(await (await handler(new Request("https://a.example/"))).text()).toBe("hello");
  });

  const koaLike = { callback: () => {}, middleware: [], listen: () => {} };
  const expressLike = Object.assign((_req: unknown, _res: unknown, _next: unknown) => {}, { handle() {}, use() {} });
  const invalid = [
    { name: "nothing", given: undefined, found: "found undefined" },
    { name: "an object", given: {}, found: "found an object of another kind" },
    { name: "a class", given: Router, found: 'found the class "Router" and no instance of it' },
    { name: "a Koa app", given: koaLike, found: 'found a Koa app, which the package "@tidegate/koa" takes' },
    {
      name: "an Express app",
      given: expressLike,
      found: 'found an Express app, which the package "@tidegate/express" takes',
    },
  ];
  test.each(invalid)("no $name", async ({ given, found }) => {
    const error = { code: "TIDEGATE_APP_INVALID", message: expect.stringContaining(found) };
    expect(() => toHandler(given as FetchApp)).toThrow(expect.objectContaining(error));
    const { statusCode, body } = (await toHandler(Promise.resolve(given) as Promise<FetchApp> as FetchApp)(GET)) as {
      statusCode: number;
      body: string;
    };
    expect(statusCode).toBe(500);
    expect(JSON.parse(body).error).toMatchObject(error);
  });
});

test("a function without declared parameters that waits for the next request is not waited for", async () => {
  const second = Promise.withResolvers<void>();
  let calls = 0;
  const handler = toHandler(async (...args: Request[]) => {
    if (++calls === 1) await second.promise;
    else second.resolve();
    return new Response(args[0]?.method);
  });
  const answers = await Promise.all([handler(GET), handler(GET), handler(GET)]);
  expect(answers.map(({ body }) => body)).toEqual(["GET", "GET", "GET"]);
  expect(calls).toBe(3);
});

describe("a factory", () => {
  test("runs once for calls that come together", async () => {
    const factory = vi.fn(async () => app);
    const handler = toHandler(factory);
    const answers = await Promise.all([handler(GET), handler(GET), handler(GET)]);
    expect(answers).toEqual(Array(3).fill(expect.objectContaining({ body: "hello" })));
    expect(factory).toHaveBeenCalledOnce();
  });

  test("that fails is reported on every call that waited, and runs again with the next", async () => {
    let runs = 0;
    const handler = toHandler(async () => {
      if (++runs < 3) throw new Error(`no database ${runs}`);
      return app;
    });
    const failed = { statusCode: 500, body: expect.stringContaining("TIDEGATE_APP_LOAD_FAILED") };
    expect(await Promise.all([handler(GET), handler(GET)])).toMatchObject([failed, failed]);
    expect(runs).toBe(1);
    expect(await handler(GET)).toMatchObject(failed);
    expect(await handler(GET)).toMatchObject({ statusCode: 200, body: "hello" });
    expect(runs).toBe(3);
    expect(log).toHaveBeenLastCalledWith(
      expect.objectContaining({ cause: expect.objectContaining({ message: "no database 2" }) }),
    );
  });
});

test("a factory of an Express app is told which package takes it", async () => {
  const expressLike = Object.assign((_req: unknown, _res: unknown, _next: unknown) => {}, { handle() {}, use() {} });
  const { statusCode, body } = (await toHandler((async () => expressLike) as unknown as FetchApp)(GET)) as Answer;
  expect([statusCode, JSON.parse(body).error.message]).toEqual([500, expect.stringContaining("@tidegate/express")]);
});

test("a promise that rejects is reported on every call, with the request's id", async () => {
  const handler = toHandler(Promise.reject(new Error("no database")) as Promise<typeof app>);
  for (let call = 0; call < 2; call++) {
    const { body } = (await handler(GET)) as { body: string };
    expect(JSON.parse(body).error).toMatchObject({ code: "TIDEGATE_APP_LOAD_FAILED", requestId: "Zk1pWh3bDoEEJ2w=" });
    expect((await handler(new Request("https://a.example/"))).status).toBe(500);
  }
});
