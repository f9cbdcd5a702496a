import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";

const cwd = import.meta.dirname;

describe.each(ways)("plain-http $name", ({ start }) => {
  let running: Running;

  beforeAll(async () => {
    running = await start({ name: "plain-http", cwd, entry: { kind: "node", file: join(cwd, "server.js") } });
  });
  afterAll(() => running?.stop());

  it("shows a request's headers", async () => {
    const seen = await (await fetch(`${running.url}/headers`, { headers: { "X-Mine": "a, b" } })).json();
    expect(seen).toMatchObject({ "x-mine": "a, b", host: new URL(running.url).host });
  });

  it("streams: a line arrives long before the last one is written", async () => {
    const response = await fetch(`${running.url}/stream?n=3&ms=400`);
    const arrivals: number[] = [];
    let text = "";
    for await (const chunk of response.body ?? []) {
      arrivals.push(performance.now());
      text += Buffer.from(chunk);
    }
    expect(text).toBe("line 0\nline 1\nline 2\n");
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(500);
  });

  it("goes on with events after the last one seen", async () => {
    const response = await fetch(`${running.url}/events?n=4&ms=1`, { headers: { "Last-Event-ID": "1" } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe("id: 2\ndata: event 2\n\nid: 3\ndata: event 3\n\n");
  });

  it("sends 50 MB down unharmed", async () => {
    const total = 50_000_000;
    const response = await fetch(`${running.url}/bytes/${total}`);
    expect(response.headers.get("content-length")).toBe(String(total));
    const hash = createHash("sha256");
    for await (const chunk of response.body ?? []) hash.update(chunk);
    expect(hash.digest("hex")).toBe(hashOfPattern(total));
  });

  it("takes 50 MB of unknown length up unharmed", async () => {
    const block = Buffer.alloc(1_000_000, "tide");
    const hash = createHash("sha256");
    const blocks = Array.from({ length: 50 }, () => block);
    for (const one of blocks) hash.update(one);
    const response = await fetch(`${running.url}/upload`, {
      method: "POST",
      body: Readable.toWeb(Readable.from(blocks)) as ReadableStream,
      duplex: "half",
    });
    expect(await response.json()).toEqual({ bytes: 50_000_000, sha256: hash.digest("hex"), trailers: {} });
  });

  it("answers 404 and 400 where nothing else fits", async () => {
    expect((await fetch(`${running.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${running.url}/bytes/many`)).status).toBe(400);
    expect((await fetch(`${running.url}/upload`)).status).toBe(404);
  });

  it("ends a body with trailers", async () => {
    const response = await get(`${running.url}/trailers`);
    expect(response.headers.trailer).toBe("X-Lines");
    expect(await textOf(response)).toBe("one\ntwo\n");
    expect(response.trailers).toEqual({ "x-lines": "2" });
  });

  it("hints early", async () => {
    const hints: unknown[] = [];
    const response = await get(`${running.url}/early-hints`, (info) => hints.push(info.statusCode, info.headers.link));
    expect(await textOf(response)).toBe("hinted\n");
    expect(hints).toEqual([103, "</style.css>; rel=preload; as=style"]);
  });

  it("echoes text and bytes over a WebSocket", async () => {
    const socket = new WebSocket(`${running.url.replace("http", "ws")}/ws`);
    await once(socket, "open");
    for (const message of ["hello", "", "ü".repeat(100_000), Buffer.from([0, 1, 255])]) {
      socket.send(message);
      const [data, isBinary] = await once(socket, "message");
      expect(isBinary).toBe(typeof message !== "string");
      expect(Buffer.from(message).equals(data)).toBe(true);
    }
    socket.close(4001, "enough");
    const [code, reason] = await once(socket, "close");
    expect([code, String(reason)]).toEqual([4001, "enough"]);
  });

  it("refuses a WebSocket elsewhere", async () => {
    const socket = new WebSocket(`${running.url.replace("http", "ws")}/elsewhere`);
    const [error] = await once(socket, "error");
    expect(error.message).toBe("Unexpected server response: 404");
  });
});

function hashOfPattern(total: number): string {
  const bytes = Buffer.alloc(total);
  for (let i = 0; i < total; i++) bytes[i] = i % 251;
  return createHash("sha256").update(bytes).digest("hex");
}

async function get(url: string, onInformation: (info: IncomingMessage) => void = () => {}): Promise<IncomingMessage> {
  const sent = request(url);
  sent.on("information", onInformation);
  sent.end();
  const [response] = await once(sent, "response");
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}
