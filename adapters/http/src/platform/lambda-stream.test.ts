import { once } from "node:events";
import { request as connect, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getInvocation, LISTENER, toHandler, waitUntil } from "../index.ts";
import type { App } from "../listener.ts";

/** A response stream without AWS's global around it, as emulators and test harnesses pass. */
class FakeStream extends PassThrough {
  contentType: string | undefined;

  setContentType(type: string): void {
    this.contentType = type;
  }
}

interface Globals {
  awslambda?: object;
}

const EVENT = {
  version: "2.0",
  rawPath: "/tides",
  rawQueryString: "",
  headers: { host: "abc.lambda-url.eu-west-1.on.aws" },
  requestContext: {
    domainName: "abc.lambda-url.eu-west-1.on.aws",
    http: { method: "GET", path: "/tides", sourceIp: "203.0.113.7" },
    requestId: "url-request",
  },
  isBase64Encoded: false,
};
const CONTEXT = { awsRequestId: "r1", getRemainingTimeInMillis: () => 30_000 };

type Streaming = (event: unknown, stream: unknown, context: unknown) => Promise<void>;

function call(app: App, stream: Writable = new FakeStream(), event: unknown = EVENT, context: unknown = CONTEXT) {
  return (toHandler(app, { streaming: true }) as unknown as Streaming)(event, stream, context);
}

function split(bytes: Buffer): { prelude: unknown; body: string } {
  const end = bytes.indexOf(0);
  expect(bytes.subarray(end, end + 8)).toEqual(Buffer.alloc(8));
  return { prelude: JSON.parse(bytes.subarray(0, end).toString()), body: bytes.subarray(end + 8).toString() };
}

async function answerOf(app: App, event: unknown = EVENT): Promise<ReturnType<typeof split>> {
  const stream = new FakeStream();
  const [chunks] = await Promise.all([stream.toArray(), call(app, stream, event)]);
  return split(Buffer.concat(chunks));
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  delete (globalThis as Globals).awslambda;
  vi.restoreAllMocks();
});

describe("a streaming handler without AWS's global", () => {
  test("writes type, prelude and body itself, and settles when the stream has finished", async () => {
    const stream = new FakeStream();
    const done = call((_req, res) => res.writeHead(201, { "x-a": "1" }).end("grüße"), stream);
    const chunks = await stream.toArray();
    await done;
    expect(stream.writableFinished).toBe(true);
    expect(stream.contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(split(Buffer.concat(chunks))).toMatchObject({
      prelude: { statusCode: 201, headers: { "x-a": "1" } },
      body: "grüße",
    });
  });

  test("settles with nothing, as Lambda ignores what a streaming handler returns", async () => {
    const stream = new FakeStream();
    stream.resume();
    expect(await call((_req, res) => res.end(), stream)).toBeUndefined();
  });

  test("is marked as AWS's runtime client looks for it", () => {
    const mark = Symbol.for("aws.lambda.runtime.handler.streaming");
    const handler = toHandler((_req, res) => res.end(), { streaming: true });
    expect(Reflect.get(handler, mark)).toBe("response");
    expect(handler[LISTENER]).toBeTypeOf("function");
    expect(
      Reflect.has(
        toHandler((_req, res) => res.end()),
        mark,
      ),
    ).toBe(false);
  });

  test("answers events whole where no stream is passed", async () => {
    const handler = toHandler((_req, res) => res.end("whole"), { streaming: true });
    expect(await handler(EVENT, CONTEXT)).toMatchObject({ statusCode: 200, body: "whole" });
  });

  test("is a listener of a server still", async () => {
    const server = createServer(toHandler((_req, res) => res.end("plain"), { streaming: true })).listen(0, "127.0.0.1");
    await once(server, "listening");
    const outgoing = connect({ port: (server.address() as AddressInfo).port }).end();
    const [response] = await once(outgoing, "response");
    expect(String(Buffer.concat(await response.toArray()))).toBe("plain");
    server.close();
    server.closeAllConnections();
  });

  test("is not needed: a stream is recognised by itself", async () => {
    const stream = new FakeStream();
    const handler = toHandler((_req, res) => res.end("body")) as unknown as Streaming;
    const [chunks] = await Promise.all([stream.toArray(), handler(EVENT, stream, CONTEXT)]);
    expect(split(Buffer.concat(chunks)).body).toBe("body");
  });
});

describe("AWS's global", () => {
  test("makes the handler, whose own properties are kept", async () => {
    const streamifyResponse = vi.fn((inner: Streaming) => async (event: unknown) => {
      const stream = new FakeStream();
      const [chunks] = await Promise.all([stream.toArray(), inner(event, stream, CONTEXT)]);
      return Buffer.concat(chunks);
    });
    (globalThis as Globals).awslambda = { streamifyResponse };
    const handler = toHandler((_req, res) => res.end("wrapped"), { streaming: true });
    expect(streamifyResponse).toHaveBeenCalledOnce();
    expect(handler[LISTENER]).toBeTypeOf("function");
    expect(split((await handler(EVENT)) as Buffer).body).toBe("wrapped");
  });

  test("takes a prelude for a stream of its own making, and any writable object is a stream", async () => {
    const seen: unknown[] = [];
    const inner = new PassThrough();
    (globalThis as Globals).awslambda = {
      streamifyResponse: (handler: object) => handler,
      HttpResponseStream: {
        from: (_stream: unknown, prelude: unknown) => {
          seen.push(prelude);
          return inner;
        },
      },
    };
    const done = call((_req, res) => res.writeHead(204).end(), new PassThrough());
    const chunks = await inner.toArray();
    await done;
    expect(seen).toMatchObject([{ statusCode: 204 }]);
    expect(Buffer.concat(chunks)).toHaveLength(0);
  });
});

describe("a stream whose reader is gone", () => {
  test.each([
    { name: "closed", end: (stream: Writable) => stream.destroy() },
    { name: "broken", end: (stream: Writable) => stream.destroy(new Error("ECONNRESET")) },
  ])("closes the app's connection when it is $name", async ({ end }) => {
    const stream = new FakeStream();
    const { promise: closed, resolve } = Promise.withResolvers<unknown[]>();
    const done = call((req, res) => {
      const signal = getInvocation()?.signal;
      res.on("close", () => resolve([res.writableFinished, req.destroyed, signal?.aborted]));
      res.write("half");
    }, stream);
    end(stream);
    await expect(done).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED" });
    expect(await closed).toEqual([false, true, true]);
  });
});

test("a stream that is closed from the start does not hold the app up", async () => {
  const stream = new FakeStream();
  stream.destroy();
  await once(stream, "close");
  const done = call(async (_req, res) => {
    if (!res.write("a")) await once(res, "drain");
    res.end();
  }, stream);
  await expect(done).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED" });
});

describe("an app that fails", () => {
  test("midway destroys a stream that reports no errors itself, so that its reader learns of it", async () => {
    const stream = new FakeStream();
    const done = call(async (_req, res) => {
      res.write("half");
      throw new Error("boom");
    }, stream);
    const reading = expect(stream.toArray()).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    await expect(done).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED", cause: { message: "boom" } });
    await reading;
  });

  test("before the head answers 500", async () => {
    const { prelude, body } = await answerOf((_req, _res) => {
      throw new Error("boom");
    });
    expect(prelude).toMatchObject({ statusCode: 500 });
    expect(JSON.parse(body)).toMatchObject({ error: { code: "TIDEGATE_APP_FAILED" } });
  });

  test("by taking too long answers 504 before the head, and breaks off after it", async () => {
    const soon = { ...CONTEXT, getRemainingTimeInMillis: () => 50 };
    const late = new FakeStream();
    const [chunks] = await Promise.all([late.toArray(), call((_req, _res) => {}, late, EVENT, soon)]);
    expect(split(Buffer.concat(chunks)).prelude).toMatchObject({ statusCode: 504 });
    const begun = new FakeStream();
    begun.resume();
    const done = call((_req, res) => res.write("half"), begun, EVENT, soon);
    await expect(done).rejects.toMatchObject({ code: "TIDEGATE_INVOCATION_TIMEOUT" });
  });

  test("with a malformed event rejects and leaves no reader waiting", async () => {
    const stream = new FakeStream();
    const reading = expect(stream.toArray()).rejects.toThrow();
    const event = { ...EVENT, rawPath: 7 };
    await expect(call((_req, res) => res.end(), stream, event)).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_MALFORMED",
    });
    await reading;
  });

  test.each([
    { name: "a malformed event", event: { ...EVENT, rawPath: 7 } },
    { name: "an event of no known form", event: { hello: 1 } },
    { name: "a failure midway", event: EVENT },
  ])("with $name does not end the process where nobody listens for errors of the stream", async ({ event }) => {
    const stream = new FakeStream();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    stream.on("close", resolve);
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    try {
      const done = call((req, res) => void res.write("half", () => req.socket.destroy()), stream, event);
      await expect(done).rejects.toMatchObject({ code: expect.stringMatching(/^TIDEGATE_/) });
      await closed;
      await new Promise(setImmediate);
    } finally {
      process.off("uncaughtException", uncaught);
    }
    expect(uncaught).not.toHaveBeenCalled();
    expect(stream.errored).toMatchObject({ code: expect.stringMatching(/^TIDEGATE_/) });
  });
});

describe("an event that is no HTTP request", () => {
  const QUEUED = {
    Records: [
      { messageId: "m1", body: "{}", attributes: {}, eventSource: "aws:sqs", eventSourceARN: "arn:q", awsRegion: "x" },
    ],
  };

  test("is answered whole, as the JSON Lambda makes of a result", async () => {
    const stream = new FakeStream();
    const app: App = (req, res) => res.writeHead(req.url?.startsWith("/events") ? 204 : 404).end();
    const [chunks] = await Promise.all([stream.toArray(), call(app, stream, QUEUED)]);
    expect(stream.contentType).toBe("application/json");
    const expected = await toHandler(app)(QUEUED, CONTEXT);
    expect(JSON.parse(String(Buffer.concat(chunks)))).toEqual(expected ?? null);
  });

  test("rejects when no app takes it", async () => {
    const stream = new FakeStream();
    const reading = expect(stream.toArray()).rejects.toThrow();
    await expect(call((_req, res) => res.end(), stream, { hello: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/^TIDEGATE_/),
    });
    await reading;
  });
});

describe("a streamed response", () => {
  test("waits for what waitUntil was given before it settles, and not before it is sent", async () => {
    const stream = new FakeStream();
    const { promise: work, resolve } = Promise.withResolvers<void>();
    let isSettled = false;
    const done = call((_req, res) => {
      waitUntil(work);
      res.end("sent");
    }, stream).then(() => {
      isSettled = true;
    });
    expect(split(Buffer.concat(await stream.toArray())).body).toBe("sent");
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    resolve();
    await done;
  });

  test("keeps the content of a buffer the app uses again", async () => {
    const { body } = await answerOf((_req, res) => {
      const buffer = Buffer.from("one,");
      res.write(buffer, () => res.end(buffer.fill("two,")));
    });
    expect(body).toBe("one,two,");
  });

  test("does not call drain or write after the reader closed it", async () => {
    const writes: string[] = [];
    const stream = Object.assign(
      new Writable({
        write: (chunk, _encoding, callback) => {
          writes.push(String(chunk));
          callback();
        },
      }),
      { setContentType: () => {} },
    );
    let send = (_text: string): boolean => false;
    const done = call((_req, res) => {
      send = (text) => res.write(text);
      res.write("before");
    }, stream);
    stream.destroy();
    await expect(done).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED" });
    expect(send("after")).toBe(false);
    expect(writes.join("")).not.toContain("after");
  });
});
