import { afterEach, describe, expect, it } from "vitest";
import { rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served;
afterEach(() => served.stop());

const upload = "POST /count HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const oneSlot = { concurrency: 1, scaling: { maxInstances: 1 } };

describe("Expect: 100-continue", () => {
  it("is answered by the app, and the body follows", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(upload);
    expect(await client.until(/\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    expect(await client.until(/5$/)).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await client.ended()).toMatch(/hello$/);
    client.socket.destroy();
  });

  it("of a body in chunks, with trailers, too", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(
      "POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
    expect(await client.ended()).toMatch(/"bytes":5,.*"trailers":{"x-sum":"1"}}/);
    client.socket.destroy();
  });

  it("of a request that waits is answered when an instance has room, not before", async () => {
    served = await serveApp("app.js", oneSlot);
    const first = await rawClient(served.url);
    first.send("GET /slow?ms=400 HTTP/1.1\r\nHost: x\r\n\r\n");
    const client = await rawClient(served.url);
    client.send(upload);
    const answered = first.until(/\r\n\r\n/).then(() => client.received());
    expect(await answered).toBe("");
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("hello");
    await client.until(/HTTP\/1\.1 200 OK[\s\S]*5$/);
    for (const { socket } of [first, client]) socket.destroy();
  });

  const refusals = [
    { name: "404", options: { routes: [{ path: "/other" }] }, status: 404 },
    { name: "413", options: { maxBodyBytes: 4 }, status: 413 },
    {
      name: "429, its rate",
      options: { rateLimit: { perSecond: 0.001, burst: 1, per: "function" } as const },
      status: 429,
    },
    { name: "429, the queue", options: { ...oneSlot, queueLimit: 0 }, status: 429 },
    { name: "503", options: { ...oneSlot, queueTimeoutMs: 300 }, status: 503 },
  ];
  it.each(refusals)("of a request that is refused with $name is not followed by 100", async ({ options, status }) => {
    served = await serveApp("app.js", { ...options, scaling: { maxInstances: 1, minInstances: 1 } });
    await served.event("instance", ({ state }) => state === "ready");
    const first = await rawClient(served.url);
    first.send("GET /slow?ms=2000 HTTP/1.1\r\nHost: x\r\n\r\n");
    const client = await rawClient(served.url);
    client.send(upload);
    const response = await client.ended();
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(response).not.toContain("100 Continue");
    expect(response).toMatch(/\r\nConnection: close\r\n/);
    for (const { socket } of [first, client]) socket.destroy();
  });

  it("of HTTP/1.0 is not answered with 1xx", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(`${upload.replace("HTTP/1.1", "HTTP/1.0")}hello`);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 [\s\S]*5$/);
    client.socket.destroy();
  });
});
