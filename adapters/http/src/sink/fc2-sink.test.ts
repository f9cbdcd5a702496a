import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "../index.ts";

type Sent = Uint8Array | string | Readable;

/** The response object of Function Compute 2.0, which notes what it is told. */
function createTarget(): { target: object; calls: unknown[]; sent: Promise<Sent> } {
  const calls: unknown[] = [];
  const { promise: sent, resolve } = Promise.withResolvers<Sent>();
  const target = {
    setStatusCode: (status: number) => calls.push(status),
    setHeader: (name: string, value: string | string[]) => calls.push([name.toLowerCase(), value]),
    send: (body: Sent) => resolve(body),
  };
  return { target, calls, sent };
}

const GET = { path: "/tides", url: "/tides", method: "GET", headers: {}, queries: {}, clientIP: "203.0.113.7" };

async function readStream(sent: Promise<Sent>): Promise<Readable> {
  const body = await sent;
  if (!(body instanceof Readable)) throw new Error(`Expected a stream, found ${typeof body}`);
  return body;
}

describe("an app on Function Compute 2.0", () => {
  test("streams what it writes over time: the head first, then each chunk", async () => {
    const { target, calls, sent } = createTarget();
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const answer = toHandler(async (_req, res) => {
      res.writeHead(201, { "content-type": "text/event-stream", "set-cookie": ["a=1", "b=2"] });
      res.write("data: 1\n\n");
      await goOn;
      res.end("data: 2\n\n");
    })(GET, target, {});
    const body = await readStream(sent);
    expect(calls[0]).toBe(201);
    expect(calls).toContainEqual(["set-cookie", ["a=1", "b=2"]]);
    const [first] = await once(body, "data");
    expect(String(first)).toBe("data: 1\n\n");
    resolve();
    const [second] = await once(body, "data");
    expect(String(second)).toBe("data: 2\n\n");
    await answer;
  });

  test("sees the headers its client sent, and the length of its body", async () => {
    const seen = vi.fn();
    const app = toHandler((req, res) => {
      seen(req.rawHeaders);
      res.end();
    });
    const both = { "transfer-encoding": "chunked", "content-length": "9", authorization: "secret", "x-a": "1" };
    for (const headers of [both, { "x-a": "1" }, { "transfer-encoding": ["gzip", "chunked"], "content-length": "9" }]) {
      await app({ ...GET, method: "POST", headers, body: Buffer.from("hi") }, createTarget().target, {});
    }
    expect(seen.mock.calls).toEqual([
      [["content-length", "2", "authorization", "secret", "x-a", "1"]],
      [["x-a", "1", "Transfer-Encoding", "chunked"]],
      [["content-length", "2"]],
    ]);
  });

  test("gives an answer it has at once as a value", async () => {
    const { target, sent } = createTarget();
    await toHandler((_req, res) => {
      res.write("one,");
      res.end("two");
    })(GET, target, {});
    expect(await sent).toBe("one,two");
  });

  test("is held back by a slow reader, and loses nothing", async () => {
    const { target, sent } = createTarget();
    const chunk = Buffer.alloc(64 * 1024, "t");
    let held = 0;
    const answer = toHandler(async (_req, res) => {
      res.flushHeaders();
      await sent;
      for (let i = 0; i < 40; i++) {
        if (res.write(chunk)) continue;
        held += 1;
        await once(res, "drain");
      }
      res.end();
    })(GET, target, {});
    let length = 0;
    for await (const piece of await readStream(sent)) length += piece.length;
    await answer;
    expect(length).toBe(40 * 64 * 1024);
    expect(held).toBeGreaterThan(0);
  });

  test("breaks its stream off when it fails midway", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { target, sent } = createTarget();
    const answer = toHandler(async (_req, res) => {
      res.write("half");
      await sent;
      throw new Error("boom");
    })(GET, target, {});
    const failed = expect(answer).rejects.toMatchObject({
      code: "TIDEGATE_RESPONSE_ABORTED",
      cause: { message: "boom" },
    });
    const body = await readStream(sent);
    await expect(body.resume().toArray()).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
    await failed;
    vi.restoreAllMocks();
  });

  test("learns that the reader has gone", async () => {
    const { target, sent } = createTarget();
    const { promise: closed, resolve } = Promise.withResolvers<boolean | undefined>();
    const answer = toHandler((_req, res) => {
      const signal = getInvocation()?.signal;
      res.on("close", () => resolve(signal?.aborted));
      res.write("half");
    })(GET, target, {});
    (await readStream(sent)).destroy();
    await expect(answer).rejects.toMatchObject({ code: "TIDEGATE_REQUEST_ABORTED" });
    expect(await closed).toBe(true);
  });
});
