import { once } from "node:events";
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LISTENER } from "@tidegate/http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type FetchApp, type NodeContext, toHandler } from "./index.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(app: FetchApp): Promise<number> {
  const server = createServer(toHandler(app)[LISTENER]).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function send(client: ClientRequest, body?: Buffer): Promise<{ status: number | undefined; text: string }> {
  const [response] = (await once(client.end(body), "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode, text };
}

const echo = async (message: Request): Promise<Response> =>
  Response.json([message.method, message.url, (await message.text()).length]);

describe("a fetch app behind a Node server", () => {
  test("gets method, URL and body", async () => {
    const port = await serve(echo);
    const url = `http://127.0.0.1:${port}/a?b=c`;
    const body = Buffer.alloc(1_000_000, "a");
    expect(JSON.parse((await send(request(url, { method: "PUT" }), body)).text)).toEqual(["PUT", url, 1_000_000]);
    expect(JSON.parse((await send(request(url))).text)).toEqual(["GET", url, 0]);
  });

  test("refuses with 400 what no web Request can be made of, and goes on", async () => {
    const port = await serve(echo);
    const url = `http://127.0.0.1:${port}/`;
    for (const client of [request(url, { headers: { host: "a.example/x" } }), request(url, { method: "TRACE" })]) {
      const { status, text } = await send(client);
      expect([status, JSON.parse(text).error.code]).toEqual([400, "TIDEGATE_EVENT_MALFORMED"]);
    }
    expect((await send(request(url))).status).toBe(200);
  });

  test("that throws answers 500, and the process goes on", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const port = await serve((_request) => {
      throw new Error("boom");
    });
    const { status, text } = await send(request(`http://127.0.0.1:${port}/`));
    expect([status, JSON.parse(text).error.code]).toEqual([500, "TIDEGATE_APP_FAILED"]);
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ message: "boom" }));
    log.mockRestore();
  });

  test("may leave a body unread, and the connection serves on", async () => {
    const port = await serve((_request) => new Response("ok"));
    const url = `http://127.0.0.1:${port}/`;
    for (let i = 0; i < 3; i++)
      expect((await fetch(url, { method: "POST", body: "x".repeat(100_000) })).status).toBe(200);
  });

  test("learns that a body broke off", async () => {
    const failed = Promise.withResolvers<unknown>();
    const port = await serve(async (message) => {
      await message.text().catch(failed.resolve);
      return new Response();
    });
    const client = request(`http://127.0.0.1:${port}/`, { method: "POST", headers: { "content-length": 10 } });
    client.on("error", () => {});
    client.write("half", () => client.destroy());
    expect(await failed.promise).toBeInstanceOf(Error);
  });

  test("gets a context that tells the client, and of no event", async () => {
    const port = await serve((message, env) => {
      const { clientIp, event, context, requestId, incoming } = env as NodeContext;
      return Response.json([
        clientIp,
        event ?? null,
        context ?? null,
        requestId ?? null,
        incoming.url,
        message.signal.aborted,
      ]);
    });
    const { text } = await send(request(`http://127.0.0.1:${port}/x`));
    expect(JSON.parse(text)).toEqual(["127.0.0.1", null, null, null, "/x", false]);
  });

  test("has its stream cancelled when a chunk of it cannot be sent", async () => {
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue({ not: "bytes" }),
      cancel: cancelled.resolve,
    });
    const port = await serve((_request) => new Response(body));
    await expect(send(request(`http://127.0.0.1:${port}/`))).rejects.toThrow();
    expect(await cancelled.promise).toBeInstanceOf(TypeError);
  });

  test("answers HEAD without a body, and cancels that of the response", async () => {
    const cancelled = Promise.withResolvers<void>();
    const port = await serve((_request) => new Response(new ReadableStream({ cancel: () => cancelled.resolve() })));
    expect(await send(request(`http://127.0.0.1:${port}/`, { method: "HEAD" }))).toEqual({ status: 200, text: "" });
    await cancelled.promise;
  });
});
