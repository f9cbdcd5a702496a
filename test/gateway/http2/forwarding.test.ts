import { createHash } from "node:crypto";
import { type ClientHttp2Session, constants } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw } from "../../raw-client.ts";
import { type Served, serveApp } from "../../served-app.ts";
import { ask, connectHttp2, resultOf } from "./http2-client.ts";

let served: Served;
let session: ClientHttp2Session;

beforeAll(async () => {
  served = await serveApp("app.js");
  session = await connectHttp2(served.url);
});
afterAll(async () => {
  session.close();
  await served.stop();
});

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  readonly remoteAddress: string;
}

const echo = async (fields: Record<string, string | string[]>): Promise<Echo> =>
  JSON.parse((await ask(session, { ":path": "/echo", ...fields })).body) as Echo;

const valuesOf = ({ rawHeaders }: Echo, name: string): string[] =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);

describe("a request over HTTP/2 without TLS", () => {
  it("is served as one of HTTP/1.1", async () => {
    const { status, body, headers, code } = await ask(session, { ":path": "/" });
    expect({ status, body, code }).toEqual({ status: 200, body: "hello", code: 0 });
    expect(headers["content-length"]).toBe("5");
    expect(headers.connection).toBeUndefined();
    expect(headers["keep-alive"]).toBeUndefined();
  });

  it("tells the app its method, path, host and client", async () => {
    const seen = await echo({ ":path": "/echo?a=b%20c", ":authority": "shop.example:8080" });
    expect(seen).toMatchObject({ method: "GET", url: "/echo?a=b%20c", httpVersion: "1.1", remoteAddress: "127.0.0.1" });
    expect(valuesOf(seen, "host")).toEqual(["shop.example:8080"]);
    expect(valuesOf(seen, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(valuesOf(seen, "x-forwarded-proto")).toEqual(["http"]);
    expect(valuesOf(seen, "x-forwarded-host")).toEqual(["shop.example:8080"]);
    expect(valuesOf(seen, "transfer-encoding")).toEqual([]);
    expect(seen.rawHeaders.filter((name) => name.startsWith(":"))).toEqual([]);
  });

  it("keeps fields that come twice, and joins the crumbs of a cookie", async () => {
    const seen = await echo({ accept: ["text/html", "text/plain"], cookie: ["a=1", "b=2", "c=3"], te: "trailers" });
    expect(valuesOf(seen, "cookie")).toEqual(["a=1; b=2; c=3"]);
    expect(valuesOf(seen, "accept").join(", ")).toBe("text/html, text/plain");
    expect(valuesOf(seen, "te")).toEqual(["trailers"]);
  });

  it("has a HEAD without a body, and a 304 and a 204 as well", async () => {
    const head = await ask(session, { ":path": "/", ":method": "HEAD" });
    expect([head.status, head.headers["content-length"], head.body]).toEqual([200, "5", ""]);
    for (const code of [204, 304]) {
      expect(await ask(session, { ":path": `/status?code=${code}` })).toMatchObject({
        status: code,
        body: "",
        code: 0,
      });
    }
  });

  it("passes a body of known and of unknown length on, of any size", async () => {
    const body = Buffer.alloc(3_000_000, "tide");
    const sha256 = createHash("sha256").update(body).digest("hex");
    for (const fields of [{}, { "content-length": body.length }]) {
      const { body: answer } = await ask(session, { ":path": "/upload", ":method": "POST", ...fields }, body);
      expect(JSON.parse(answer)).toEqual({ bytes: body.length, sha256, trailers: {} });
    }
  });

  it("passes a large response on", async () => {
    const { body, code } = await ask(session, { ":path": "/bytes?n=5000000" });
    expect([body.length, code]).toEqual([5_000_000, 0]);
  });

  it("passes trailers on, both ways", async () => {
    const stream = session.request(
      { ":path": "/upload", ":method": "POST" },
      { endStream: false, waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    stream.end("body");
    const { body } = await resultOf(stream);
    expect(JSON.parse(body)).toMatchObject({ bytes: 4, trailers: { "x-sum": "7" } });
    const back = await ask(session, { ":path": "/trailers" });
    expect([back.body, back.trailers["x-sum"]]).toEqual(["part one, part two", "42"]);
  });

  it("passes 103 Early Hints on, and 100 Continue", async () => {
    const hinted = await ask(session, { ":path": "/hints" });
    expect(hinted.interim.map((fields) => fields[":status"])).toEqual([103]);
    expect(hinted.interim[0]?.link).toBe("</style.css>; rel=preload");
    const stream = session.request(
      { ":path": "/upload", ":method": "POST", expect: "100-continue" },
      { endStream: false },
    );
    stream.once("continue", () => stream.end("body"));
    expect(JSON.parse((await resultOf(stream)).body)).toMatchObject({ bytes: 4 });
  });

  it("keeps several Set-Cookie, and bytes beyond ASCII", async () => {
    const { headers } = await ask(session, { ":path": "/cookies" });
    expect(headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(headers["x-latin"]).toBe("caf\u00e9");
  });

  it("gets a response that only the end of the connection ends", async () => {
    expect(await ask(session, { ":path": "/close-delimited" })).toMatchObject({ body: "until the end", code: 0 });
  });

  it("gets a response that comes before its body was read, and the stream is ended without an error", async () => {
    const stream = session.request({ ":path": "/early", ":method": "POST" }, { endStream: false });
    stream.write("some");
    const result = await resultOf(stream);
    expect(result).toMatchObject({ status: 413, body: "too much", code: constants.NGHTTP2_NO_ERROR });
  });
});

describe("what goes wrong on a stream of HTTP/2", () => {
  it("is told as an error of the gateway", async () => {
    const broken = await ask(session, { ":path": "/broken-head" });
    expect(broken.status).toBe(502);
    expect(JSON.parse(broken.body)).toMatchObject({ error: { code: "TIDEGATE_RESPONSE_INVALID" } });
    expect(broken.headers["x-request-id"]).toBe(
      (JSON.parse(broken.body) as { error: { requestId: string } }).error.requestId,
    );
  });

  it("resets the stream when the response breaks off midway", async () => {
    const { status, code, body } = await ask(session, { ":path": "/hang-up-midway" });
    expect({ status, code, body }).toEqual({ status: 200, code: constants.NGHTTP2_INTERNAL_ERROR, body: "some of it" });
    expect((await served.record("/hang-up-midway")).error).toBe("TIDEGATE_INSTANCE_LOST");
  });

  it("cancels the request in the app when the client resets the stream", async () => {
    const stream = session.request({ ":path": "/hang" });
    await until(async () => (await ask(session, { ":path": "/events" })).body.includes("hang began"));
    stream.close(constants.NGHTTP2_CANCEL);
    await until(async () => (await ask(session, { ":path": "/events" })).body.includes("hang cancelled"));
    expect(await served.record("/hang")).toMatchObject({ error: "TIDEGATE_CLIENT_GONE", status: 0, protocol: "h2" });
  });

  it("never makes a body that was cut off look whole, not even by a reset without error", async () => {
    for (const code of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR]) {
      const target = `/count?cut-off-by=${code}`;
      const stream = session.request({ ":path": target, ":method": "POST" }, { endStream: false });
      stream.write("part");
      await ask(session, { ":path": "/" });
      stream.close(code);
      expect(await served.record(target)).toMatchObject({ error: "TIDEGATE_CLIENT_GONE", status: 0 });
    }
  });

  it("stops reading what the client does not take", async () => {
    const stream = session.request({ ":path": "/bytes?n=200000000" });
    await new Promise((resolve) => stream.once("response", resolve));
    stream.pause();
    expect((await ask(session, { ":path": "/" })).body).toBe("hello");
    stream.close(constants.NGHTTP2_CANCEL);
    const { responseBytes } = await served.record("/bytes?n=200000000");
    expect(responseBytes).toBeLessThan(4_000_000);
  });
});

describe("a client of HTTP/2 that reads slowly", () => {
  it("is cut off when it takes nothing for bodyTimeoutMs, and not while it takes some", async () => {
    const own = await serveApp("app.js", {}, { bodyTimeoutMs: 1_500 });
    const slow = await connectHttp2(own.url);
    const [steady, stuck] = ["/bytes?n=2000000", "/bytes?n=2000001"].map((path) => slow.request({ ":path": path }));
    const read = resultOf(steady as NonNullable<typeof steady>);
    steady?.pause();
    // A little of it every moment, for longer than the timeout.
    const turns = setInterval(() => steady?.resume().once("data", () => steady.pause()), 40);
    stuck?.on("error", () => {}).once("response", () => stuck.pause());
    expect((await own.record("/bytes?n=2000001")).status).toBe(200);
    const { body, code } = await read;
    clearInterval(turns);
    expect([body.length, code]).toEqual([2_000_000, 0]);
    slow.destroy();
    await own.stop();
  });
});

describe("records of HTTP/2", () => {
  it("have the bytes and the status", async () => {
    await ask(session, { ":path": "/count?recorded", ":method": "POST", "content-length": 3 }, "abc");
    expect(await served.record("/count?recorded")).toMatchObject({
      protocol: "h2",
      status: 200,
      requestBytes: 3,
      error: null,
      method: "POST",
    });
  });
});

describe("http2: false", () => {
  it("refuses the preface as HTTP/1.1 has it", async () => {
    const plain = await serveApp("app.js", {}, { http2: false });
    const answer = await exchangeRaw(plain.url, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 505 /);
    await plain.stop();
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()));
}
