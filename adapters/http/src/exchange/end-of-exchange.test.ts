import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { finished } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readEvent } from "../adapter.contract.ts";
import { toHandler, waitUntil } from "../index.ts";

type App = (request: IncomingMessage, response: ServerResponse) => unknown;

const GET = readEvent("aws/apigw-http-v2-get.json");
const log = vi.spyOn(console, "error").mockImplementation(() => {});
afterEach(() => void log.mockClear());

interface Answer {
  statusCode: number;
  body: string;
}

function call(app: App, context: object = {}): Promise<Answer> {
  return toHandler(app)(GET, context) as Promise<Answer>;
}

describe("backpressure of a buffered response", () => {
  test("write returns false at 64 KiB in one turn, and drain follows", async () => {
    const seen: boolean[] = [];
    const answer = await call(async (_, res) => {
      for (let i = 0; i < 5; i += 1) seen.push(res.write("x".repeat(20_000)));
      await once(res, "drain");
      seen.push(res.write("y"));
      res.end();
    });
    expect(seen).toEqual([true, true, true, false, false, true]);
    expect(answer.body).toHaveLength(100_001);
  });

  test("small writes of many turns never ask for drain", async () => {
    const seen = new Set<boolean>();
    await call(async (_, res) => {
      for (let i = 0; i < 10; i += 1) {
        seen.add(res.write("x".repeat(20_000)));
        await wait(0);
      }
      res.end();
    });
    expect([...seen]).toEqual([true]);
  });
});

describe("a response whose connection is gone", () => {
  test("never finishes", async () => {
    const seen: string[] = [];
    const answer = call((_, res) => {
      res.on("finish", () => seen.push("finish")).on("close", () => seen.push("close"));
      res.write("half");
      res.destroy();
      res.end(() => seen.push("ended"));
    });
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    await wait(5);
    expect(seen).toEqual(["close"]);
  });

  test("is told by ending its socket, too", async () => {
    await expect(call((req) => req.socket.end())).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });
});

describe("a request nobody read", () => {
  test("is closed for those who ask late", async () => {
    let request: IncomingMessage | undefined;
    await call((req, res) => {
      request = req;
      res.end();
    });
    expect(request).toMatchObject({ destroyed: true, closed: true, complete: true });
    const late = await new Promise((resolve) => finished(request as IncomingMessage, resolve));
    expect(late).toBeUndefined();
  });

  test("closes for those who begin to listen when the response has finished", async () => {
    const closed = new Promise((resolve) => {
      void call((req, res) => {
        res.on("finish", () => req.on("close", () => resolve("closed")));
        res.end();
      });
    });
    expect(await closed).toBe("closed");
  });

  test("of the web can still be read by a listener of finish", async () => {
    let read: Buffer | null = null;
    const response = await toHandler(async (req, res) => {
      res.on("finish", () => {
        read = req.read();
      });
      req.once("readable", () => res.end());
    })(new Request("http://a.test/", { method: "POST", body: "0123456789" }));
    await response.text();
    expect(String(read)).toBe("0123456789");
  });
});

test("waitUntil in a listener of finish or close is waited for", async () => {
  const seen: string[] = [];
  await call((_, res) => {
    for (const event of ["finish", "close"]) {
      res.on(event, () => waitUntil(wait(10).then(() => seen.push(event))));
    }
    res.end();
  });
  expect(seen).toEqual(["finish", "close"]);
});

test("waitUntil takes what is no promise", async () => {
  const answer = await call((_, res) => {
    waitUntil(undefined as unknown as Promise<void>);
    res.end("done");
  });
  expect(answer.body).toBe("done");
});

describe("at the deadline", () => {
  const soon = { getRemainingTimeInMillis: () => 150 };

  test("listeners are in the invocation that expired, not in the one that armed the timer", async () => {
    const tenant = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const handler = toHandler((req, res) => {
      if (tenant.getStore() === "quick") return res.end();
      return req.signal.addEventListener("abort", () => seen.push(tenant.getStore()));
    });
    await tenant.run("quick", () => handler(GET, { getRemainingTimeInMillis: () => 100 }));
    await tenant.run("slow", () => handler(GET, soon));
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toBe("quick");
  });

  test("an app that rejects because its signal aborted changes nothing", async () => {
    const ended = vi.fn();
    const answer = await call(async (req) => {
      await once(req.signal, "abort");
      ended();
      throw new Error("aborted");
    }, soon);
    expect(answer.statusCode).toBe(504);
    await wait(5);
    expect(ended).toHaveBeenCalledOnce();
  });

  test("an app that broke its connection off at once is not told again", async () => {
    const answer = call((_, res) => res.destroy(), soon);
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    await wait(200);
    expect(log).not.toHaveBeenCalled();
  });

  test("an event that never reached a fetch app does not come back", async () => {
    const handler = toHandler((_, res) => res.end(), { fetch: () => new Response("ok") });
    const trace = structuredClone(GET) as { requestContext: { http: { method: string } } };
    trace.requestContext.http.method = "TRACE";
    expect(await handler(trace, soon)).toMatchObject({ statusCode: 400 });
    await wait(200);
    expect(await handler(GET, soon)).toMatchObject({ statusCode: 200 });
  });
});

test("a web reader that is behind holds the callbacks of write back", async () => {
  let written = 0;
  const response = await toHandler((_, res) => {
    const next = (): void => {
      written += 1;
      if (written < 50) res.write(Buffer.alloc(100_000), next);
      else res.end();
    };
    res.write(Buffer.alloc(100_000), next);
  })(new Request("http://a.test/"));
  await wait(20);
  expect(written).toBeLessThan(3);
  expect((await response.arrayBuffer()).byteLength).toBe(50 * 100_000);
});

test("a status no web response can have is a 502", async () => {
  const response = await toHandler((_, res) => res.writeHead(999).end("x"))(new Request("http://a.test/"));
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: "TIDEGATE_RESPONSE_STATUS" } });
});
