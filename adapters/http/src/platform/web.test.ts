import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import { getInvocation, toHandler } from "../index.ts";

const URL_A = "https://a.example/";

/** A request body that hands out one chunk for each time it is asked. */
function createUpload(chunks: string[]): {
  stream: ReadableStream<Uint8Array>;
  state: { pulled: number; cancelled: boolean };
} {
  const state = { pulled: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const chunk = chunks[state.pulled++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(Buffer.from(chunk));
      },
      cancel: () => {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, state };
}

function post(body: ReadableStream<Uint8Array>, signal?: AbortSignal): Request {
  return new Request(URL_A, { method: "POST", body, duplex: "half", ...(signal && { signal }) });
}

describe("a web Response", () => {
  test("is there as soon as the head is, and streams the rest", async () => {
    let response: ServerResponse | undefined;
    const answer = await toHandler((_, res) => {
      response = res;
      res.writeHead(200, "Fine", { "content-type": "text/event-stream" });
      res.flushHeaders();
    })(new Request(URL_A));
    expect([answer.status, answer.statusText, response?.writableEnded]).toEqual([200, "Fine", false]);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    response?.write("data: 1\n\n");
    expect(await reader?.read()).toEqual({ done: false, value: "data: 1\n\n" });
    response?.end("data: 2\n\n");
    expect(await reader?.read()).toEqual({ done: false, value: "data: 2\n\n" });
    expect((await reader?.read())?.done).toBe(true);
  });

  test("asks a fast app to wait, and goes on when it is read", async () => {
    let response: ServerResponse | undefined;
    const answer = await toHandler((_, res) => {
      response = res;
      expect(res.write("x".repeat(1000))).toBe(true);
      expect(res.writableNeedDrain).toBe(false);
      expect(res.write("x".repeat(200_000))).toBe(false);
      expect(res.writableNeedDrain).toBe(true);
      res.once("drain", () => {
        expect(res.writableNeedDrain).toBe(false);
        expect(res.write("x".repeat(100_000))).toBe(false);
        res.end();
      });
    })(new Request(URL_A));
    expect(response?.writableEnded).toBe(false);
    expect((await answer.text()).length).toBe(301_000);
  });

  test("of a pipeline never holds more than the reader is behind", async () => {
    let produced = 0;
    async function* produce(): AsyncGenerator<Buffer> {
      for (; produced < 200; produced++) yield Buffer.alloc(16 * 1024, 97);
    }
    const answer = await toHandler((_, res) => pipeline(Readable.from(produce()), res))(new Request(URL_A));
    await new Promise(setImmediate);
    expect(produced).toBeLessThan(40);
    expect((await answer.arrayBuffer()).byteLength).toBe(200 * 16 * 1024);
  });

  test("that is cancelled closes the app's response", async () => {
    const closed = Promise.withResolvers<boolean>();
    const answer = await toHandler((_, res) => {
      res.on("close", () => closed.resolve(res.writableFinished));
      res.write("x");
    })(new Request(URL_A));
    await answer.body?.cancel();
    expect(await closed.promise).toBe(false);
  });

  test("fails where the app breaks off", async () => {
    let response: ServerResponse | undefined;
    const answer = await toHandler((_, res) => {
      response = res;
      res.write("half");
    })(new Request(URL_A));
    response?.destroy(new Error("broken"));
    await expect(answer.text()).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });

  test("is refused when the app breaks off before the head", async () => {
    const answer = toHandler((_, res) => res.destroy())(new Request(URL_A));
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });

  test("has no body for HEAD and 304", async () => {
    const handler = toHandler((_, res) => res.setHeader("content-length", 5).end("hello"));
    const head = await handler(new Request(URL_A, { method: "HEAD" }));
    expect([head.body, head.headers.get("content-length")]).toEqual([null, "5"]);
    const unchanged = await toHandler((_, res) => res.writeHead(304).end())(new Request(URL_A));
    expect([unchanged.status, unchanged.body]).toEqual([304, null]);
  });

  test("owns the memory of its chunks", async () => {
    const buffer = Buffer.from("one");
    const answer = await toHandler((_, res) => res.write(buffer, () => res.end(buffer.fill("two"))))(
      new Request(URL_A),
    );
    expect(await answer.text()).toBe("onetwo");
  });
});

describe("a web Request", () => {
  test("has host, address, scheme and invocation", async () => {
    const seen: unknown[] = [];
    const request = new Request("http://a.example:8080/x%20y?q=1#part", { headers: { "x-request-id": "r1" } });
    const context = { ip: "203.0.113.7" };
    await toHandler((req, res) => {
      const { encrypted } = req.socket as unknown as { encrypted?: boolean };
      seen.push(req.url, req.headers.host, req.socket.remoteAddress, encrypted, getInvocation(req));
      res.end();
    })(request, context);
    const invocation = { source: "web", event: request, context, requestId: "r1" };
    expect(seen).toEqual([
      "/x%20y?q=1",
      "a.example:8080",
      "203.0.113.7",
      undefined,
      expect.objectContaining(invocation),
    ]);
  });

  test("of another class is recognised by its members", async () => {
    const look = { method: "GET", url: "https://a.example", headers: new Headers(), body: null };
    const answer = await toHandler((req, res) => res.end(req.url))<Response>(look);
    expect(await answer.text()).toBe("/");
  });

  test("streams its body to the app, no faster than the app reads", async () => {
    const { stream, state } = createUpload(Array.from({ length: 50 }, () => "x".repeat(16 * 1024)));
    let length = 0;
    const answer = await toHandler(async (req, res) => {
      expect(req.headers["transfer-encoding"]).toBe("chunked");
      req.once("readable", () => {});
      await once(req, "readable");
      await new Promise(setImmediate);
      expect(state.pulled).toBeLessThan(20);
      for await (const chunk of req) length += chunk.length;
      res.end("done");
    })(post(stream));
    expect(await answer.text()).toBe("done");
    expect(length).toBe(50 * 16 * 1024);
  });

  test("is cancelled when the app answers without reading", async () => {
    const { stream, state } = createUpload(["a", "b"]);
    const answer = await toHandler((_, res) => res.writeHead(401).end())(post(stream));
    expect(answer.status).toBe(401);
    await new Promise(setImmediate);
    expect(state).toEqual({ pulled: 0, cancelled: true });
  });

  test("whose body fails destroys the app's request", async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) });
    let seen: unknown;
    const answer = toHandler((req) => void req.on("error", (error) => (seen = error)).resume())(post(stream));
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    await new Promise(setImmediate);
    expect(seen).toMatchObject({ message: "gone" });
  });

  test("that is aborted closes the app's request and response", async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const answer = toHandler((req: IncomingMessage, res: ServerResponse) => {
      req.on("aborted", () => seen.push("aborted"));
      res.on("close", () => seen.push("close"));
      setImmediate(() => controller.abort(new Error("enough")));
    })(new Request(URL_A, { signal: controller.signal }));
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED", cause: { message: "enough" } });
    await new Promise(setImmediate);
    expect(seen).toEqual(["aborted", "close"]);
  });

  test("that was aborted before never reaches the app", async () => {
    const answer = toHandler(() => expect.unreachable())(new Request(URL_A, { signal: AbortSignal.abort() }));
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED" });
  });

  test("may be aborted after its response without effect", async () => {
    const controller = new AbortController();
    const answer = await toHandler((_, res) => res.end("whole"))(new Request(URL_A, { signal: controller.signal }));
    const text = await answer.text();
    controller.abort();
    expect(text).toBe("whole");
  });
});
