import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readEvent } from "../adapter.contract.ts";
import { toHandler } from "../index.ts";

type App = (request: IncomingMessage, response: ServerResponse) => unknown;

const GET = readEvent("aws/apigw-http-v2-get.json");
const POST = readEvent("alibaba-fc/apigateway.json");

function call(app: App, event: object = GET): Promise<object> {
  return toHandler(app)(event, { awsRequestId: "r-1" }) as Promise<object>;
}

describe("an app that fails", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  afterEach(() => void log.mockClear());

  const failures: { name: string; app: App }[] = [
    {
      name: "throws",
      app: (_, res) => {
        res.setHeader("x-half", "done");
        throw new Error("boom");
      },
    },
    { name: "rejects", app: (_req, _res) => Promise.reject(new Error("boom")) },
  ];
  test.each(failures)("before its headers are sent answers 500: it $name", async ({ app }) => {
    const answer = (await call(app)) as { statusCode: number; headers: object; body: string };
    expect(answer.statusCode).toBe(500);
    expect(answer.headers).not.toHaveProperty("x-half");
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        code: "TIDEGATE_APP_FAILED",
        message: "Cannot answer the request: the app threw before it sent a response",
        requestId: "Zk1pWh3bDoEEJ2w=",
      },
    });
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ message: "boom" }));
  });

  test("after its headers are sent rejects with the cause", async () => {
    const answer = call((_, res) => {
      res.write("half");
      throw new Error("boom");
    });
    await expect(answer).rejects.toMatchObject({
      code: "TIDEGATE_RESPONSE_ABORTED",
      cause: expect.objectContaining({ message: "boom" }),
    });
    const text = call(async (_, res) => {
      res.write("half");
      throw "text";
    });
    await expect(text).rejects.toMatchObject({ cause: expect.objectContaining({ message: "text" }) });
  });

  test("after its response is complete changes nothing", async () => {
    const answer = call(async (_, res) => {
      res.end("whole");
      throw new Error("too late");
    });
    expect(await answer).toMatchObject({ statusCode: 200, body: "whole" });
  });

  const destroyers: { name: string; app: App }[] = [
    { name: "response", app: (_, res) => res.destroy() },
    { name: "response with an error", app: (_, res) => res.destroy(new Error("x")) },
    { name: "request", app: (req) => req.destroy() },
    { name: "socket", app: (req) => req.socket.destroy() },
    { name: "socket, half-way", app: (_, res) => res.write("half") && res.socket?.destroySoon() },
  ];
  test.each(destroyers)("by destroying its $name rejects with TIDEGATE_RESPONSE_ABORTED", async ({ app }) => {
    await expect(call(app)).rejects.toMatchObject({ code: "TIDEGATE_RESPONSE_ABORTED" });
  });

  test("by writing to the socket is told so", async () => {
    const answer = call((req) => req.socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    await expect(answer).rejects.toMatchObject({ cause: { code: "TIDEGATE_SOCKET_WRITE" } });
  });

  test("may destroy the response after ending it", async () => {
    const answer = call((_, res) => res.end("whole").destroy(new Error("late")));
    expect(await answer).toMatchObject({ statusCode: 200, body: "whole" });
  });

  test("may destroy the request after ending the response, as upload limits do", async () => {
    const answer = call((req, res) => {
      res.writeHead(413).end("too large");
      req.destroy();
    }, POST);
    expect(await answer).toMatchObject({ statusCode: 413, body: "too large" });
  });
});

describe("events of request and response", () => {
  test("come in the order of a server", async () => {
    function record(seen: string[]): App {
      return (req, res) => {
        for (const name of ["prefinish", "finish", "close"]) res.on(name, () => seen.push(name));
        expect(res.socket).toBe(req.socket);
        res.write("a", () => seen.push("written"));
        res.end("b", () => seen.push("ended"));
      };
    }
    const plain: string[] = [];
    const server = createServer(record(plain)).listen(0);
    await once(server, "listening");
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).text();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    const seen: string[] = [];
    await call(record(seen));
    // Whether the callbacks come before "finish" depends on the release of Node.
    expect(seen).toEqual(plain);
    expect(seen).toHaveLength(5);
  });

  test("a request nobody reads still ends and closes when somebody listens", async () => {
    const seen: string[] = [];
    let request: IncomingMessage | undefined;
    await call((req, res) => {
      request = req;
      req.on("end", () => seen.push("end")).on("close", () => seen.push("close"));
      res.end();
    }, POST);
    if (seen.length < 2 && request !== undefined) await once(request, "close");
    expect(seen).toEqual(["end", "close"]);
    expect(request?.complete).toBe(true);
  });

  test("a destroyed connection aborts the request and closes the response", async () => {
    const seen: string[] = [];
    const answer = call((req, res) => {
      req.on("aborted", () => seen.push("aborted")).on("error", (error) => seen.push(error.message));
      const closed = once(res, "close").then(() => seen.push("closed"));
      res.socket?.destroy();
      return closed;
    });
    await expect(answer).rejects.toThrow();
    await new Promise(setImmediate);
    expect(seen).toEqual(["aborted", "aborted", "closed"]);
  });

  test("an error given to destroy reaches a listener of the socket", async () => {
    const seen: string[] = [];
    const answer = call((req, res) => {
      req.socket.on("error", (error) => seen.push(error.message));
      res.destroy(new Error("mine"));
      return once(req.socket, "close").catch(() => {});
    });
    await expect(answer).rejects.toMatchObject({ cause: { message: "mine" } });
    await new Promise(setImmediate);
    expect(seen).toEqual(["mine"]);
  });
});

describe("req.socket", () => {
  test("says who is at the other end", async () => {
    const answer = await call((req, res) => {
      const { remoteAddress, remoteFamily, remotePort, localAddress, readyState, destroyed } = req.socket;
      const { encrypted } = req.socket as unknown as { encrypted: boolean };
      res.end(
        JSON.stringify([remoteAddress, remoteFamily, remotePort, localAddress, readyState, destroyed, encrypted]),
      );
    });
    const { body } = answer as { body: string };
    expect(JSON.parse(body)).toEqual(["203.0.113.7", "IPv4", 0, "127.0.0.1", "open", false, true]);
  });

  test("takes the calls apps make", async () => {
    const answer = await call((req, res) => {
      const { socket } = req;
      expect(socket.setTimeout(1).setNoDelay(true).setKeepAlive(true).ref().unref()).toBe(socket);
      expect(socket.address()).toEqual({ address: "127.0.0.1", family: "IPv4", port: 0 });
      expect(socket.remoteFamily).toBeUndefined();
      req.setTimeout(1000);
      res.setTimeout(1000);
      res.end("ok");
    }, POST);
    expect(answer).toMatchObject({ body: "ok" });
  });

  test("knows IPv6, and that it is closed", async () => {
    const context = { http: { method: "GET", sourceIp: "2001:db8::7" } };
    const answer = call(
      (req, res) => {
        expect(req.socket.remoteFamily).toBe("IPv6");
        res.end();
        req.socket.destroy();
        expect(req.socket.readyState).toBe("closed");
      },
      { ...GET, requestContext: context },
    );
    expect(await answer).toMatchObject({ statusCode: 200 });
  });
});

describe("the body of a response", () => {
  const bodies: { name: string; app: App; expected: object }[] = [
    {
      name: "UTF-8 bytes without a type are text",
      app: (_, res) => res.end(Buffer.from("grüße")),
      expected: { body: "grüße", isBase64Encoded: false },
    },
    {
      name: "other bytes without a type are base64",
      app: (_, res) => res.end(Buffer.from([0xff, 0])),
      expected: { body: "/wA=", isBase64Encoded: true },
    },
    {
      name: "bytes that are no UTF-8 are base64, even when called text",
      app: (_, res) => res.writeHead(200, { "content-type": "text/plain" }).end(Buffer.from([0x61, 0xff])),
      expected: { body: "Yf8=", isBase64Encoded: true },
    },
    {
      name: "a string of a binary type is base64",
      app: (_, res) => res.writeHead(200, { "content-type": "application/octet-stream" }).end("abc"),
      expected: { body: "YWJj", isBase64Encoded: true },
    },
    {
      name: "a compressed body is base64, whatever is inside",
      app: (_, res) => res.writeHead(200, { "content-type": "text/plain", "content-encoding": "br" }).end("abc"),
      expected: { body: "YWJj", isBase64Encoded: true },
    },
    {
      name: "a character cut in two by the app is whole again",
      app: (_, res) => {
        const bytes = Buffer.from("€");
        res.write(bytes.subarray(0, 1));
        res.end(bytes.subarray(1));
      },
      expected: { body: "€", isBase64Encoded: false },
    },
    {
      name: "a buffer the app uses again keeps its first content",
      app: (_, res) => {
        const buffer = Buffer.from("one,");
        res.write(buffer, () => res.end(buffer.fill("two,")));
      },
      expected: { body: "one,two,", isBase64Encoded: false },
    },
    {
      name: "several strings are joined",
      app: (_, res) => {
        res.write("a", "utf8");
        res.end("b", "utf-8");
      },
      expected: { body: "ab", isBase64Encoded: false },
    },
  ];
  test.each(bodies)("$name", async ({ app, expected }) => {
    expect(await call(app)).toMatchObject(expected);
  });
});

describe("the body of a request", () => {
  const lengths = [
    { name: "no length header", headers: { "Content-Type": "text/plain" }, framing: "undefined chunked" },
    { name: "a wrong length", headers: { "content-length": "99" }, framing: "21 undefined" },
    { name: "chunks", headers: { "Transfer-Encoding": "chunked" }, framing: "undefined chunked" },
    { name: "both", headers: { "Transfer-Encoding": "chunked", "content-length": "9" }, framing: "21 undefined" },
  ];
  test.each(lengths)("is framed so that it can be read where the event has $name", async ({ headers, framing }) => {
    const answer = await call(
      (req, res) => res.end(`${req.headers["content-length"]} ${req.headers["transfer-encoding"]}`),
      { ...POST, headers },
    );
    expect(answer).toMatchObject({ body: framing });
  });

  test("may be read in paused mode, long after the call", async () => {
    const answer = await call(async (req, res) => {
      await new Promise(setImmediate);
      await once(req, "readable");
      res.end(req.read());
    }, POST);
    expect(answer).toMatchObject({ body: '{"sku":"A-1","qty":2}' });
  });
});
