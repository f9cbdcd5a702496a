import { type ClientHttp2Session, connect, constants } from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import { type Served, serveApp } from "../../served-app.ts";
import { fieldBlock, flag, frame, frameType, verdictOf } from "./frames.ts";
import { ask, connectHttp2, resultOf } from "./http2-client.ts";

let served: Served | null = null;
afterEach(async () => {
  await served?.stop();
  served = null;
});

const goaway = (session: ClientHttp2Session): Promise<number> =>
  new Promise((resolve) => session.once("goaway", (code) => resolve(code)));
const closed = (session: ClientHttp2Session): Promise<void> => new Promise((resolve) => session.once("close", resolve));

const fieldsOf = (path: string): [string, string][] => [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", path],
  [":authority", "x"],
];

describe("a connection of HTTP/2", () => {
  it("says what it takes: streams, header sizes, WebSockets", async () => {
    served = await serveApp("app.js", {}, { maxHeaderBytes: 8192 });
    const session = await connectHttp2(served.url);
    expect(session.remoteSettings).toMatchObject({
      maxConcurrentStreams: 128,
      maxHeaderListSize: 8192 + 32 * 256,
      enableConnectProtocol: true,
    });
    session.close();
  });

  it("that idles is closed with a GOAWAY, when twelve times that of HTTP/1.1 has passed", async () => {
    served = await serveApp("app.js", {}, { keepAliveTimeoutMs: 50 });
    const session = await connectHttp2(served.url);
    await ask(session, { ":path": "/" });
    expect(await goaway(session)).toBe(constants.NGHTTP2_NO_ERROR);
    await closed(session);
  });

  it("is not idle while a stream is open", async () => {
    served = await serveApp("app.js", {}, { keepAliveTimeoutMs: 10 });
    const session = await connectHttp2(served.url);
    expect((await ask(session, { ":path": "/slow?ms=2500" })).body).toMatch(/^slept /);
    session.close();
  });

  it("answers headers above the limit with 431, and resets those far above it", async () => {
    served = await serveApp("app.js", {}, { maxHeaderBytes: 8192 });
    const session = connect(served.url).on("error", () => {});
    const above = await ask(session, { ":path": "/", "x-big": "x".repeat(9_000) });
    expect([above.status, above.code]).toEqual([431, 0]);
    expect((await ask(session, { ":path": "/" })).body).toBe("hello");
    session.close();
    const fields = [
      ...fieldsOf("/"),
      ...Array.from({ length: 400 }, (): [string, string] => ["x-many", "x".repeat(30)]),
    ];
    const block = fieldBlock(fields);
    const frames = [
      frame(frameType.headers, flag.endStream, 1, block.subarray(0, 16_000)),
      frame(frameType.continuation, flag.endHeaders, 1, block.subarray(16_000)),
    ];
    expect(await verdictOf(Number(new URL(served.url).port), frames)).toBe("RST ENHANCE_YOUR_CALM");
  });

  it("that floods with resets is ended, and others do not notice (CVE-2023-44487)", async () => {
    served = await serveApp("app.js", { concurrency: 1000 });
    const good = await connectHttp2(served.url);
    const [head, cancel] = [fieldBlock(fieldsOf("/hang")), Buffer.from([0, 0, 0, 8])];
    const flood = Array.from({ length: 2_000 }, (_, at) => [
      frame(frameType.headers, flag.endStream | flag.endHeaders, 2 * at + 3, head),
      frame(frameType.rstStream, flag.none, 2 * at + 3, cancel),
    ]);
    expect(await verdictOf(Number(new URL(served.url).port), flood.flat())).toBe("GOAWAY ENHANCE_YOUR_CALM");
    expect((await ask(good, { ":path": "/" })).body).toBe("hello");
    while (served.host.counters().inFlight > 0) await new Promise(setImmediate);
    good.close();
  });

  it("that its client neither reads nor closes keeps no host from stopping", async () => {
    served = await serveApp("app.js");
    const session = await connectHttp2(served.url);
    // Its response is never read, so the client does not end the stream, nor the connection.
    await new Promise((resolve) => session.request({ ":path": "/" }).once("response", resolve));
    await served.stop();
    session.destroy();
  });

  it("ends with requests that were on their way when the host stops", async () => {
    served = await serveApp("app.js");
    const session = await connectHttp2(served.url);
    const running = ask(session, { ":path": "/slow?ms=600" });
    await ask(session, { ":path": "/" });
    const ended = goaway(session);
    const stopped = served.stop();
    expect(await ended).toBe(constants.NGHTTP2_NO_ERROR);
    expect((await running).body).toMatch(/^slept /);
    await closed(session);
    await stopped;
  });
});

describe("a WebSocket over HTTP/2 (RFC 8441)", () => {
  const ask101 = { ":method": "CONNECT", ":protocol": "websocket", ":path": "/socket", "sec-websocket-version": "13" };

  it("becomes an upgrade for an app of HTTP/1.1, and bytes go both ways", async () => {
    served = await serveApp("http2/websocket-app.js");
    const session = await connectHttp2(served.url);
    const stream = session.request(ask101, { endStream: false });
    const head = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve));
    expect(head).toMatchObject({ ":status": 200, "x-key": expect.stringMatching(/^[\w+/]{22}==$/) });
    for (const name of ["upgrade", "connection", "sec-websocket-accept"]) expect(head).not.toHaveProperty(name);
    // Binary messages of 65535 bytes, masked with zeros.
    const message = Buffer.concat([Buffer.from([0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]), Buffer.alloc(65_535, "x")]);
    let back = 0;
    const all = new Promise<void>((resolve) =>
      stream.on("data", (chunk: Buffer) => {
        back += chunk.length;
        if (back === 20 * message.length) resolve();
      }),
    );
    for (let count = 0; count < 20; count++) stream.write(message);
    await all;
    stream.end();
    expect((await resultOf(stream)).code).toBe(0);
    expect(await served.record("/socket")).toMatchObject({
      status: 101,
      protocol: "h2",
      requestBytes: 20 * message.length,
    });
    session.close();
  });

  it("gets a Close frame when the host stops", async () => {
    served = await serveApp("http2/websocket-app.js");
    const session = await connectHttp2(served.url);
    const stream = session.request(ask101, { endStream: false });
    await new Promise((resolve) => stream.once("response", resolve));
    const result = resultOf(stream);
    stream.once("data", () => stream.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9])));
    await served.stop();
    expect((await result).body).toBe("\x88\x02\x03\xe9");
  });

  it("is refused as any request is", async () => {
    served = await serveApp("app.js", { routes: [{ path: "/other" }] });
    const session = await connectHttp2(served.url);
    const result = await resultOf(session.request(ask101, { endStream: false }));
    expect([result.status, result.code]).toEqual([404, 0]);
    session.close();
  });

  it("is refused by the app", async () => {
    served = await serveApp("http2/websocket-app.js");
    const session = await connectHttp2(served.url);
    const result = await resultOf(session.request({ ...ask101, ":path": "/refused" }, { endStream: false }));
    expect([result.status, result.body, result.code]).toEqual([403, "no", 0]);
    session.close();
  });

  it("that its client resets is gone in the app", async () => {
    served = await serveApp("http2/websocket-app.js");
    const session = await connectHttp2(served.url);
    const stream = session.request(ask101, { endStream: false }).on("error", () => {});
    await new Promise((resolve) => stream.once("response", resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await served.record("/socket");
    expect(served.host.counters().inFlight).toBe(0);
    session.close();
  });
});
