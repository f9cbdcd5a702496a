import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { LISTENER } from "@tidegate/http";
import { readEvent, testAdapter } from "@tidegate/http/contract";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type FetchApp, type FetchContext, getInvocation, toHandler } from "./index.ts";

testAdapter("fetch", (answer) =>
  toHandler(async (request, context) => {
    const { pathname, search, host } = new URL(request.url);
    const { status, headers, body } = answer({
      method: request.method,
      url: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host },
      clientIp: (context as FetchContext | undefined)?.clientIp,
      body: Buffer.from(await request.arrayBuffer()),
    });
    const content = body instanceof Readable ? (Readable.toWeb(body) as ReadableStream<Uint8Array>) : body;
    return new Response(content as ConstructorParameters<typeof Response>[0], { status, headers });
  }),
);

const GET = readEvent("aws/apigw-http-v2-get.json");

describe("a fetch app behind an event", () => {
  test("may be an object, as of Hono, and finds the invocation", async () => {
    const app: FetchApp = {
      fetch: (request, context) => {
        const { event } = context as FetchContext;
        return Response.json([request.url, getInvocation()?.source, event === GET]);
      },
    };
    const { body } = (await toHandler(app)(GET)) as { body: string };
    const host = "h4x9n2m7ya.execute-api.eu-west-1.amazonaws.com";
    expect(JSON.parse(body)).toEqual([`https://${host}/orders/42?tag=a&tag=b&q=hello%20world`, "aws-http-v2", true]);
  });

  const used = new Response("used");
  const failures: { name: string; app: (request: Request) => unknown }[] = [
    { name: "throws", app: (_request) => JSON.parse("{") },
    { name: "rejects", app: (_request) => Promise.reject(new Error("boom")) },
    { name: "answers nothing", app: (_request) => undefined },
    { name: "answers with no Response", app: (_request) => "hello" },
    { name: "answers with a network error", app: (_request) => Response.error() },
    {
      name: "answers with a body that was used",
      app: (_request) =>
        used.text().then(
          () => used,
          () => used,
        ),
    },
    {
      name: "answers with chunks that are no bytes",
      app: (_request) => new Response(ReadableStream.from([1]) as never),
    },
  ];
  test.each(failures)("that fails before its response answers 500, or rejects: it $name", async ({ app }) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const outcome = await toHandler(app as FetchApp)(GET).catch((error: unknown) => error);
    expect(JSON.stringify(outcome)).toMatch(/"TIDEGATE_(APP_FAILED|RESPONSE_ABORTED)|TIDEGATE_APP_FAILED/);
    log.mockRestore();
  });

  test("whose body fails rejects", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    await expect(toHandler(() => new Response(body))(GET)).rejects.toMatchObject({
      code: "TIDEGATE_RESPONSE_ABORTED",
      cause: { message: "gone" },
    });
  });

  test("keeps a status text, and may have no host", async () => {
    const app = (request: Request): Response => new Response(request.url, { statusText: "Fine" });
    const event = { ...readEvent("aws/alb-single.json"), headers: {} };
    const answer = await toHandler(app)(event);
    expect(answer).toMatchObject({
      statusDescription: "200 Fine",
      body: expect.stringMatching(/^http:..localhost.orders/),
    });
  });
});

test("a web Request reaches the app as it is, with all arguments", async () => {
  const seen: unknown[] = [];
  const request = new Request("https://a.example/");
  const handler = toHandler((...args: unknown[]) => {
    seen.push(...args);
    return new Response("own");
  });
  const env = { KEY: "1" };
  expect(await (await handler(request, env)).text()).toBe("own");
  expect(seen.slice(0, 2)).toEqual([request, env]);
  expect(seen[0]).toBe(request);
});

describe("a fetch app behind a real server", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(app: FetchApp): Promise<string> {
    const server = createServer(toHandler(app)[LISTENER]).listen(0);
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test("streams both ways at once", async () => {
    const url = await serve((request) => new Response(request.body));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const first = writer.write(Buffer.from("ping"));
    const response = await fetch(url, { method: "POST", body: readable, duplex: "half" });
    const reader = response.body?.getReader();
    await first;
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("ping");
    await Promise.all([writer.write(Buffer.from("pong")), writer.close()]);
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("pong");
    expect((await reader?.read())?.done).toBe(true);
  });

  test("is told when the client goes away, and its stream is cancelled", async () => {
    const aborted = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const url = await serve((request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      const start = (controller: ReadableStreamDefaultController): void => controller.enqueue(Buffer.from("x"));
      return new Response(new ReadableStream({ start, cancel: () => cancelled.resolve() }));
    });
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await Promise.all([aborted.promise, cancelled.promise]);
  });

  test("waits for a slow client, and stops when that goes away", async () => {
    let pulled = 0;
    const cancelled = Promise.withResolvers<void>();
    const pull = (controller: ReadableStreamDefaultController): void => {
      pulled++;
      controller.enqueue(new Uint8Array(1024 * 1024));
    };
    const url = await serve(() => new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() })));
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await cancelled.promise;
    expect(pulled).toBeLessThan(50);
  });
});
