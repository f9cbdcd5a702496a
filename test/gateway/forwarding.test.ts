import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw, rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served;

beforeAll(async () => {
  served = await serveApp("app.js");
});
afterAll(() => served.stop());

const get = (path: string, ...fields: string[]): string =>
  [`GET ${path} HTTP/1.1`, "Host: shop.example:8080", ...fields, "Connection: close", "", ""].join("\r\n");

async function echoed(
  request: string,
): Promise<{ method: string; url: string; httpVersion: string; fields: [string, string][]; remoteAddress: string }> {
  const response = await exchangeRaw(served.url, request);
  const { rawHeaders, ...rest } = JSON.parse(response.slice(response.indexOf("\r\n\r\n") + 4));
  const fields = rawHeaders.flatMap((name: string, at: number) => (at % 2 === 0 ? [[name, rawHeaders[at + 1]]] : []));
  return { ...rest, fields };
}

async function appEvents(): Promise<string[]> {
  return (await fetch(`${served.url}/events`)).json() as Promise<string[]>;
}

async function untilAppSaw(event: string): Promise<void> {
  while (!(await appEvents()).includes(event)) await new Promise((resolve) => setImmediate(resolve));
}

describe("the request an app sees", () => {
  it("keeps target, order, case and repetition of its headers", async () => {
    const { url, fields } = await echoed(
      get("/echo?a=%20&b=c+d", "X-Twice: 1", "x-TWICE: 2", "Cookie: a=1; b=2", "X-Empty:"),
    );
    expect(url).toBe("/echo?a=%20&b=c+d");
    expect(fields.slice(0, 5)).toEqual([
      ["Host", "shop.example:8080"],
      ["X-Twice", "1"],
      ["x-TWICE", "2"],
      ["Cookie", "a=1; b=2"],
      ["X-Empty", ""],
    ]);
  });

  it("says who the client is, and does not believe the client about it", async () => {
    const { fields, remoteAddress } = await echoed(
      get("/echo", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Forwarded-Proto: https"),
    );
    const added = fields.filter(([name]) => /forwarded|request-id/i.test(name));
    expect(added).toEqual([
      ["X-Forwarded-For", "127.0.0.1"],
      ["X-Forwarded-Host", "shop.example:8080"],
      ["X-Forwarded-Proto", "http"],
      ["Forwarded", 'for=127.0.0.1;host="shop.example:8080";proto=http'],
      ["X-Request-Id", expect.stringMatching(/^[0-9a-f]{12}-\w+$/)],
    ]);
    expect(remoteAddress).toBe("127.0.0.1");
  });

  it("keeps a usable request id and replaces another", async () => {
    const idOf = async (sent: string) =>
      (await echoed(get("/echo", `X-Request-Id: ${sent}`))).fields.find(([name]) => name === "X-Request-Id")?.[1];
    expect(await idOf("abc-123")).toBe("abc-123");
    expect(await idOf("has spaces in it")).not.toBe("has spaces in it");
    expect(await idOf("x".repeat(300))).not.toBe("x".repeat(300));
  });

  it("has no hop-by-hop headers, nor what Connection names", async () => {
    const request =
      "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close, X-Secret, Host\r\nX-Secret: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nTE: trailers, deflate\r\nX-Kept: 1\r\n\r\n";
    const names = (await echoed(request)).fields.map(([name]) => name.toLowerCase());
    expect(names).toEqual(expect.arrayContaining(["host", "x-kept", "te"]));
    for (const gone of ["x-secret", "keep-alive", "proxy-connection"]) expect(names).not.toContain(gone);
    expect((await echoed(request)).fields).toContainEqual(["TE", "trailers"]);
  });

  it("is HTTP/1.1 with a Host, whatever the client speaks", async () => {
    expect(await echoed("GET /echo HTTP/1.0\r\n\r\n")).toMatchObject({ httpVersion: "1.1" });
    const { fields } = await echoed("GET http://other.example/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(fields.filter(([name]) => name === "Host")).toEqual([["Host", "other.example"]]);
  });
});

describe("the response a client sees", () => {
  it("keeps status, reason and repeated headers", async () => {
    const response = await exchangeRaw(served.url, get("/cookies"));
    expect(response).toMatch(/^HTTP\/1\.1 200 Fine By Me\r\n/);
    expect(response).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
  });

  it("has trailers", async () => {
    const response = await exchangeRaw(served.url, get("/trailers"));
    expect(response).toMatch(/part one, \r\n8\r\npart two\r\n0\r\nX-Sum: 42\r\n\r\n$/);
  });

  it("comes after early hints", async () => {
    const response = await exchangeRaw(served.url, get("/hints"));
    expect(response).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/i,
    );
  });

  it.each(["204", "304"])("has no body with status %s, and the connection goes on", async (code) => {
    const client = await rawClient(served.url);
    client.send(`GET /status?code=${code} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until(/\r\n\r\n$/);
    client.send(get("/"));
    expect(await client.ended()).toMatch(new RegExp(`^HTTP/1\\.1 ${code} [\\s\\S]*hello$`));
  });

  it("has no body for HEAD", async () => {
    const response = await exchangeRaw(served.url, get("/").replace("GET", "HEAD"));
    expect(response).toMatch(/Content-Length: 5\r\n/);
    expect(response).toMatch(/\r\n\r\n$/);
  });

  it("is not chunked for HTTP/1.0", async () => {
    const response = await exchangeRaw(served.url, "GET /trailers HTTP/1.0\r\n\r\n");
    expect(response).not.toMatch(/transfer-encoding/i);
    expect(response).toMatch(/Connection: close\r\n\r\npart one, part two$/);
  });

  it("ends with its connection when nothing else ends it", async () => {
    const response = await exchangeRaw(served.url, "GET /close-delimited HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(response).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
  });

  it("keeps the connection of an HTTP/1.0 client that asks for it", async () => {
    const client = await rawClient(served.url);
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(await client.until(/hello$/)).toMatch(/Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n/);
    client.send("GET / HTTP/1.0\r\n\r\n");
    await client.ended();
  });

  it("loses Content-Length next to Transfer-Encoding", async () => {
    const response = await exchangeRaw(served.url, get("/both-framings"));
    expect(response).not.toMatch(/content-length/i);
    expect(response).toMatch(/5\r\nhello\r\n0\r\n\r\n$/);
  });

  it("is an error with a code when the app breaks off", async () => {
    for (const [path, code] of [
      ["/hang-up", "TIDEGATE_INSTANCE_LOST"],
      ["/broken-head", "TIDEGATE_RESPONSE_INVALID"],
      ["/stray-upgrade", "TIDEGATE_RESPONSE_INVALID"],
    ] as const) {
      const response = await fetch(served.url + path, { method: "POST" });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: { code } });
    }
  });

  it("is visibly incomplete when the app breaks off midway", async () => {
    const response = await fetch(`${served.url}/hang-up-midway`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await served.record("/hang-up-midway")).toMatchObject({ status: 200, error: "TIDEGATE_INSTANCE_LOST" });
  });
});

describe("bodies", () => {
  it("stream through in both directions, unchanged", async () => {
    const body = randomBytes(3_000_000);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const sized = await fetch(`${served.url}/upload`, { method: "POST", body });
    expect(await sized.json()).toMatchObject({ bytes: body.length, sha256 });
    const chunked = await fetch(`${served.url}/upload`, {
      method: "PUT",
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(await chunked.json()).toMatchObject({ bytes: body.length, sha256 });
    const down = await (await fetch(`${served.url}/bytes?n=5000001`)).arrayBuffer();
    expect(down.byteLength).toBe(5_000_001);
  });

  it("wait for 100 Continue when the client does", async () => {
    const client = await rawClient(served.url);
    client.send(
      "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("body");
    expect(await client.ended()).toMatch(/HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n4$/);
  });

  it("may be answered before they are complete; the connection goes on after the rest", async () => {
    const client = await rawClient(served.url);
    client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nstart");
    await client.until(/HTTP\/1\.1 413 [\s\S]*too much$/);
    client.send(Buffer.alloc(99_995));
    client.send(get("/"));
    expect(await client.ended()).toMatch(/hello$/);
  });

  it("may be left unread by an app that answered: the client is let go", async () => {
    const client = await rawClient(served.url);
    client.send(`POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`);
    client.send(Buffer.alloc(32 * 1024 * 1024));
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 413 [\s\S]*no\n$/);
    client.socket.destroy();
    expect(await served.record("/unread")).toMatchObject({ status: 413 });
  });

  it("that waited for an instance leave the connection usable", async () => {
    const cold = await serveApp("app.js");
    const client = await rawClient(cold.url);
    client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    client.send(Buffer.alloc(100_000));
    await client.until(/\r\n\r\n100000$/);
    client.send(get("/"));
    expect(await client.ended()).toMatch(/hello$/);
    await cold.stop();
  });

  it("first bytes of a stream come at once", async () => {
    const client = await rawClient(served.url);
    client.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/data: first\n\n/);
    client.socket.destroy();
    await untilAppSaw("sse closed");
  });
});

describe("upgrades", () => {
  it("tunnel both ways, early bytes included, and half-close", async () => {
    const client = await rawClient(served.url);
    client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ");
    await client.until(
      /^HTTP\/1\.1 101 Switching Protocols\r\nX-From: app\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly $/,
    );
    client.send("bird");
    await client.until(/early bird$/);
    client.socket.end();
    await client.ended();
    expect(await served.record("/ws")).toMatchObject({ status: 101, error: null });
  });
});

describe("a client that goes away", () => {
  it("cancels its request in the app", async () => {
    const client = await rawClient(served.url);
    client.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n");
    await untilAppSaw("hang began");
    client.socket.destroy();
    await untilAppSaw("hang cancelled");
    expect(await served.record("/hang")).toMatchObject({ status: 0, error: "TIDEGATE_CLIENT_GONE" });
    expect(served.host.counters()).toMatchObject({ inFlight: 0 });
  });

  it("in the middle of a download does not stop others", async () => {
    const client = await rawClient(served.url);
    client.send(get("/bytes?n=500000000"));
    await client.until(/xxxx/);
    client.socket.resetAndDestroy();
    expect(await served.record("/bytes?n=500000000")).toMatchObject({ error: "TIDEGATE_CLIENT_GONE" });
    expect(await (await fetch(served.url)).text()).toBe("hello");
  });
});
