import { createHash } from "node:crypto";
import { type ClientHttp2Session, constants } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw, rawClient } from "../../raw-client.ts";
import { type Served, serveApp } from "../../served-app.ts";
import { ask, connectHttp2, resultOf } from "./http2-client.ts";

let served: Served;
let session: ClientHttp2Session;

beforeAll(async () => {
  served = await serveApp("http2/app.js");
  session = await connectHttp2(served.url);
});
afterAll(async () => {
  session.close();
  await served.stop();
});

const events = async (): Promise<string> => (await fetch(`${served.url}/events`)).text();

describe("an app that serves HTTP/2, called over HTTP/1.1", () => {
  it("is captured, and answers", async () => {
    const response = await fetch(served.url);
    expect([response.status, await response.text(), response.headers.get("content-length")]).toEqual([
      200,
      "hello",
      "5",
    ]);
  });

  it("sees its client, path and host, and no field of HTTP/1.1's connections", async () => {
    const seen = (await (await fetch(`${served.url}/echo?a=b`)).json()) as Record<string, unknown>;
    expect(seen).toMatchObject({ method: "GET", url: "/echo?a=b", httpVersion: "2.0", remoteAddress: "127.0.0.1" });
    expect(seen.authority).toBe(new URL(served.url).host);
    expect(seen.headers).not.toHaveProperty("connection");
    expect(seen.headers).toHaveProperty("x-forwarded-for", "127.0.0.1");
  });

  it("gets bodies in chunks and with a length, of any size", async () => {
    const body = Buffer.alloc(2_000_000, "tide");
    const sha256 = createHash("sha256").update(body).digest("hex");
    const sized = await fetch(`${served.url}/upload`, { method: "POST", body });
    expect(await sized.json()).toEqual({ bytes: body.length, sha256, trailers: {} });
    const chunked = await fetch(`${served.url}/upload`, {
      method: "POST",
      body: new Blob([body]).stream(),
      duplex: "half",
    });
    expect(await chunked.json()).toEqual({ bytes: body.length, sha256, trailers: {} });
  });

  it("gets trailers, and its own reach the client", async () => {
    const sent = await exchangeRaw(
      served.url,
      "POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n",
    );
    expect(sent).toContain('"trailers":{"x-sum":"7"}');
    const got = await exchangeRaw(served.url, "GET /trailers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(got).toMatch(/part one, \r\n.*part two\r\n0\r\nx-sum: 42\r\n\r\n$/s);
  });

  it("sends early hints, cookies, and answers without a body", async () => {
    expect(await exchangeRaw(served.url, "GET /hints HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nlink: .*\r\n\r\nHTTP\/1\.1 200 OK\r\n/s,
    );
    expect((await fetch(`${served.url}/cookies`)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    for (const code of [204, 304, 404]) expect((await fetch(`${served.url}/status?code=${code}`)).status).toBe(code);
    expect((await fetch(served.url, { method: "HEAD" })).headers.get("content-length")).toBe("5");
  });

  it("sends large responses, to slow readers as well", async () => {
    expect((await (await fetch(`${served.url}/bytes?n=5000000`)).arrayBuffer()).byteLength).toBe(5_000_000);
    const client = await rawClient(served.url);
    client.send("GET /bytes?n=100000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/200 OK/);
    client.socket.pause();
    expect(await (await fetch(served.url)).text()).toBe("hello");
    client.socket.destroy();
    expect((await served.record("/bytes?n=100000000")).responseBytes).toBeLessThan(20_000_000);
  });

  it("is told that a client went away, and never takes what was cut off for whole", async () => {
    const client = await rawClient(served.url);
    client.send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n");
    await ask(session, { ":path": "/" });
    client.socket.destroy();
    while (!(await events()).includes("upload aborted"));
    const length = await rawClient(served.url);
    length.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nbody");
    const hanging = await rawClient(served.url);
    hanging.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!(await events()).includes("hang began"));
    length.socket.destroy();
    hanging.socket.destroy();
    while (!(await events()).includes(`hang closed with ${constants.NGHTTP2_CANCEL}`));
    const seen = JSON.parse(await events()) as string[];
    expect(seen.filter((event) => event === "upload aborted").length).toBeGreaterThanOrEqual(1);
  });

  it("that resets a stream is told as a lost instance, before and in the middle of its response", async () => {
    const before = await fetch(`${served.url}/reset`, { method: "POST" });
    expect(before.status).toBe(502);
    expect(await before.json()).toMatchObject({ error: { code: "TIDEGATE_INSTANCE_LOST" } });
    for (const code of [constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_NO_ERROR]) {
      const midway = await fetch(`${served.url}/reset-midway?code=${code}`);
      await expect(midway.text()).rejects.toThrow();
    }
  });

  it("that refuses a stream has not seen it: even a POST is sent again", async () => {
    const response = await fetch(`${served.url}/refuse`, { method: "POST", body: "once" });
    expect(response.status).toBe(200);
  });

  it("serves more requests at once than one connection of it takes", async () => {
    const all = Array.from({ length: 80 }, () => ask(session, { ":path": "/bytes?n=100000" }));
    for (const { body } of await Promise.all(all)) expect(body.length).toBe(100_000);
  });

  it("takes WebSockets of HTTP/1.1 where it takes those of HTTP/2", async () => {
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const upgrade = `Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
    const client = await rawClient(served.url);
    client.send(`GET /socket HTTP/1.1\r\n${upgrade}`);
    const head = await client.until(/\r\n\r\n/);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toMatch(/Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    expect(head).toMatch(/x-key: undefined/);
    client.send("\x81\x84aaaa\x11\x0e\x0f\x06");
    while (!client.received().endsWith("\x11\x0e\x0f\x06"))
      await new Promise((resolve) => client.socket.once("data", resolve));
    client.socket.destroy();
    const refused = await rawClient(served.url);
    refused.send(`GET /refused HTTP/1.1\r\n${upgrade}`);
    expect(await refused.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 403 /);
    refused.socket.destroy();
  });
});

describe("an app that serves HTTP/2, called over HTTP/2", () => {
  it("gets and sends trailers and bodies", async () => {
    const stream = session.request(
      { ":path": "/upload", ":method": "POST" },
      { endStream: false, waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    stream.end("body");
    expect(JSON.parse((await resultOf(stream)).body)).toMatchObject({ bytes: 4, trailers: { "x-sum": "7" } });
    const back = await ask(session, { ":path": "/trailers" });
    expect([back.body, back.trailers["x-sum"]]).toEqual(["part one, part two", "42"]);
  });

  it("breaks off with a reset", async () => {
    const { code, body } = await ask(session, { ":path": "/reset-midway?code=0" });
    expect({ code, body }).toEqual({ code: constants.NGHTTP2_INTERNAL_ERROR, body: "some of it" });
  });

  it("takes WebSockets", async () => {
    const stream = session.request(
      { ":method": "CONNECT", ":protocol": "websocket", ":path": "/socket", "sec-websocket-version": "13" },
      { endStream: false },
    );
    const head = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve));
    expect(head).toMatchObject({ ":status": 200, "sec-websocket-protocol": "echo" });
    expect(head).not.toHaveProperty("sec-websocket-accept");
    stream.write("\x81\x84aaaa\x11\x0e\x0f\x06");
    await new Promise((resolve) => stream.once("data", resolve));
    stream.close();
  });
});

describe("an app with a TLS server of its own", () => {
  it("is served without its certificate, as the gateway has ended TLS", async () => {
    const secure = await serveApp("http2/app.js", { env: { SECURE: "1" } });
    expect(await (await fetch(secure.url)).text()).toBe("hello");
    await secure.stop();
  });
});
