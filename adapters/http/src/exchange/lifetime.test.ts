import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import express from "express";
import Koa from "koa";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readEvent } from "../adapter.contract.ts";
import { getInvocation, type Invocation, toHandler, waitUntil } from "../index.ts";

type App = (request: IncomingMessage, response: ServerResponse) => unknown;

const GET = readEvent("aws/apigw-http-v2-get.json");
const log = vi.spyOn(console, "error").mockImplementation(() => {});
afterEach(() => void log.mockClear());

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

function call(app: App, context: object = {}): Promise<Answer> {
  return toHandler(app)(GET, { awsRequestId: "r-1", ...context }) as Promise<Answer>;
}

/** A context whose time is over soon. */
function soon(remainingMs = 100): object {
  return { getRemainingTimeInMillis: () => remainingMs };
}

describe("an app that leaves its response open", () => {
  test("is answered 504 in time, and its request is closed first", async () => {
    const seen: string[] = [];
    const started = performance.now();
    const answer = await call((req, res) => {
      req.on("aborted", () => seen.push("request aborted"));
      req.on("error", () => {});
      res.on("close", () => seen.push(`response closed, finished: ${res.writableFinished}`));
      req.signal.addEventListener("abort", () => seen.push("signal aborted"));
    }, soon(1000));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(answer.statusCode).toBe(504);
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        code: "TIDEGATE_INVOCATION_TIMEOUT",
        message: 'Cannot answer GET "/orders/42": the app did not finish before the function\'s timeout',
        requestId: GET_REQUEST_ID,
      },
    });
    expect(seen).toContain("signal aborted");
    expect(seen).toContain("request aborted");
    expect(seen).toContain("response closed, finished: false");
    expect(log).toHaveBeenCalledOnce();
  });

  test("and had written half of it is answered 504 too, where nobody has seen that half", async () => {
    const answer = await call((_, res) => {
      res.writeHead(200, { "x-half": "yes" });
      res.write("half");
    }, soon());
    expect(answer.statusCode).toBe(504);
    expect(answer.headers).not.toHaveProperty("x-half");
    expect(answer.body).not.toContain("half");
  });

  test("does not disturb the next invocation", async () => {
    let late: ServerResponse | undefined;
    const handler = toHandler((req, res) => {
      if (late !== undefined) return res.end("next");
      late = res;
      req.on("error", () => {});
    });
    expect(await handler(GET, soon())).toMatchObject({ statusCode: 504 });
    const next = handler(GET, soon());
    late?.end("late");
    expect(await next).toMatchObject({ statusCode: 200, body: "next" });
  });

  test("is named by its route in Express", async () => {
    const app = express();
    app.get("/orders/:id", () => {});
    const answer = (await toHandler(app)(GET, soon())) as Answer;
    expect(JSON.parse(answer.body).error.message).toContain('GET "/orders/42" (route "/orders/:id")');
  });

  test("gets the time the options give where the platform does not tell", async () => {
    const never: App = () => {};
    const answer = (await toHandler((_req, _res) => never(_req, _res), { timeoutMs: 20 })(GET, {})) as Answer;
    expect(answer.statusCode).toBe(504);
    const response = await toHandler((_req, _res) => {}, { timeoutMs: 20 })(new Request("http://a.test/x"));
    expect(response.status).toBe(504);
  });

  test("breaks off a web response that has begun", async () => {
    const handler = toHandler((_, res) => void res.write("half"), { timeoutMs: 20 });
    const response = await handler(new Request("http://a.test/x"));
    await expect(response.text()).rejects.toMatchObject({ code: "TIDEGATE_INVOCATION_TIMEOUT" });
  });
});

const GET_REQUEST_ID = (GET.requestContext as { requestId: string }).requestId;

describe("waitUntil", () => {
  test("holds the answer of a platform that stops the process with it", async () => {
    const seen: string[] = [];
    const answer = await call((_, res) => {
      res.end("done");
      waitUntil(
        wait(20).then(() => {
          seen.push("first");
          waitUntil(wait(5).then(() => seen.push("second")));
        }),
      );
    });
    expect(answer.body).toBe("done");
    expect(seen).toEqual(["first", "second"]);
  });

  test("ends at the deadline", async () => {
    const answer = await call((_, res) => {
      waitUntil(new Promise(() => {}));
      res.end("done");
    }, soon());
    expect(answer).toMatchObject({ statusCode: 200, body: "done" });
    expect(log).toHaveBeenCalledWith(expect.stringContaining("waitUntil"));
  });

  test("logs a failure and answers", async () => {
    const answer = await call((_, res) => {
      waitUntil(Promise.reject(new Error("audit")));
      res.end("done");
    });
    expect(answer.body).toBe("done");
    expect(log).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ message: "audit" }));
  });

  test("uses the platform's own", async () => {
    const kept: Promise<unknown>[] = [];
    const handler = toHandler((_, res) => {
      waitUntil(wait(1).then(() => "kept"));
      res.end("done");
    });
    const context = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
    const response = await handler(new Request("http://a.test/"), context);
    expect(await response.text()).toBe("done");
    expect(await Promise.all(kept)).toEqual(["kept"]);
  });

  test("works outside an invocation", async () => {
    waitUntil(Promise.reject(new Error("plain")));
    await wait(1);
    expect(log).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ message: "plain" }));
  });
});

describe("getInvocation", () => {
  async function whoAmI(): Promise<Invocation | undefined> {
    await wait(1);
    return getInvocation();
  }

  test("finds the invocation from anywhere in Express and Koa, each its own", async () => {
    const app = express();
    app.use(express.json());
    app.all("/{*path}", async (_req, res) => res.json({ id: (await whoAmI())?.requestId }));
    const koa = new Koa();
    koa.use(async (ctx) => {
      ctx.body = { id: (await whoAmI())?.requestId };
    });
    for (const handler of [toHandler(app), toHandler(koa.callback())]) {
      const ids = ["a", "b", "c"];
      const answers = await Promise.all(
        ids.map((requestId) => {
          const requestContext = { ...(GET.requestContext as object), requestId };
          return handler({ ...GET, requestContext }, {}) as Promise<Answer>;
        }),
      );
      expect(answers.map(({ body }) => JSON.parse(body).id)).toEqual(ids);
    }
  });

  test("has event, context, deadline and signal", async () => {
    const context = { getRemainingTimeInMillis: () => 60_000 };
    let invocation: Invocation | undefined;
    await toHandler((req, res) => {
      invocation = getInvocation();
      expect(getInvocation(req)).toBe(invocation);
      expect(invocation?.signal).toBe(req.signal);
      res.end();
    })(GET, context);
    expect(invocation).toMatchObject({ source: "aws-http-v2", event: GET, context });
    expect(invocation?.signal.aborted).toBe(false);
    expect((invocation?.deadlineMs ?? 0) - Date.now()).toBeGreaterThan(58_000);
  });

  test("is nothing outside", () => {
    expect(getInvocation()).toBeUndefined();
  });
});

describe("timeouts of request, response and socket", () => {
  test("close a connection that is idle for as long as the app asked", async () => {
    const answer = call((req) => void req.setTimeout(10));
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });

  test("are the app's to answer if it listens", async () => {
    const answer = await call((_, res) => void res.setTimeout(10, () => res.writeHead(503).end("busy")));
    expect(answer).toMatchObject({ statusCode: 503, body: "busy" });
  });

  test("begin anew with each write", async () => {
    const seen: string[] = [];
    await call(async (req, res) => {
      req.socket.setTimeout(300, () => seen.push("timeout"));
      for (let i = 0; i < 4; i += 1) {
        await wait(100);
        res.write(".");
      }
      res.end();
      await once(res, "close");
    });
    expect(seen).toEqual([]);
  });
});
