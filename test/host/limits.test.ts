import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionOptions, HostOptions } from "@tidegate/host";
import { afterEach, describe, expect, it } from "vitest";
import { rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served | null = null;
afterEach(() => served?.stop());

async function serve(options: Partial<FunctionOptions>, host: Partial<HostOptions> = {}): Promise<Served> {
  served = await serveApp("limits.mjs", options, host);
  return served;
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5);
}

/** Keeps a slot in use until it is let go. */
async function hold({ url, host }: Served): Promise<() => Promise<void>> {
  const client = await rawClient(url);
  client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => host.counters().inFlight === 1);
  return async () => {
    client.socket.destroy();
    await until(() => host.counters().inFlight === 0);
  };
}

describe("sizes", () => {
  it("a body that says it is too large is refused before the app is asked", async () => {
    const { url, records } = await serve({ maxBodyBytes: 1_000 });
    const response = await fetch(`${url}/upload`, { method: "POST", body: "x".repeat(1_001) });
    expect([response.status, await codeOf(response)]).toEqual([413, "TIDEGATE_BODY_TOO_LARGE"]);
    expect(records[0]).toMatchObject({ status: 413, instance: null, error: "TIDEGATE_BODY_TOO_LARGE" });
    expect(await (await fetch(`${url}/upload`, { method: "POST", body: "x".repeat(1_000) })).text()).toBe("1000");
  });

  it("one that turns out to be is refused while it streams, and the app's request aborted", async () => {
    const { url, event, record } = await serve({ maxBodyBytes: 1_000 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n");
    client.send(`${"x".repeat(1_000)}\r\n`);
    await event("output", ({ line }) => line === "upload of 1000");
    client.send("1\r\nx\r\n");
    expect(await client.ended()).toMatch(/^HTTP\/1.1 413 .*TIDEGATE_BODY_TOO_LARGE/s);
    await event("output", ({ line }) => line === "upload ended: ECONNRESET");
    expect(await record("/upload")).toMatchObject({ status: 413 });
  });

  it("chunks are not counted for their framing", async () => {
    const { url } = await serve({ maxBodyBytes: 100 });
    const client = await rawClient(url);
    client.send(`POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    client.send(`${"1\r\nx\r\n".repeat(100)}0\r\n\r\n`);
    expect(await client.ended()).toMatch(/^HTTP\/1.1 200 .*100/s);
  });

  it("a head that is larger than the function takes", async () => {
    const { url } = await serve({ maxHeaderBytes: 500 });
    const response = await fetch(url, { headers: { "x-large": "x".repeat(500) } });
    expect([response.status, await codeOf(response)]).toEqual([431, "TIDEGATE_HEADERS_TOO_LARGE"]);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe("numbers", () => {
  it("more often than it may be called: 429 and when to come again", async () => {
    const { url } = await serve({ rateLimit: { perSecond: 0.01, burst: 2, per: "client" } });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(200);
    const response = await fetch(url);
    expect([response.status, await codeOf(response)]).toEqual([429, "TIDEGATE_RATE_LIMITED"]);
    // One more in 100 s after the first, whose cold start may have taken seconds.
    const seconds = Number(response.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(70);
    expect(seconds).toBeLessThanOrEqual(100);
  });

  it("behind a trusted proxy each of its clients has its own limit", async () => {
    const { url } = await serve({ rateLimit: { perSecond: 0.1, burst: 1, per: "client" } }, { trustProxy: true });
    const from = async (client: string): Promise<number> =>
      (await fetch(url, { headers: { "x-forwarded-for": client } })).status;
    expect([await from("192.0.2.1"), await from("192.0.2.2"), await from("192.0.2.1")]).toEqual([200, 200, 429]);
  });

  it("all invocations that may run are running, and none may wait: 429", async () => {
    const running = await serve({ concurrency: 1, queueLimit: 0, scaling: { maxInstances: 1 } });
    const { url } = running;
    expect((await fetch(url)).status).toBe(200);
    const letGo = await hold(running);
    const response = await fetch(url);
    expect([response.status, await codeOf(response)]).toEqual([429, "TIDEGATE_LIMIT_REACHED"]);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await letGo();
    expect((await fetch(url)).status).toBe(200);
  });

  it("too many wait: 503, and Retry-After is how long they take", async () => {
    const { url, host } = await serve({ concurrency: 1, queueLimit: 2, scaling: { maxInstances: 1 } });
    await (await fetch(`${url}/slow?ms=1100`)).text();
    const running = [1, 2, 3].map(() => fetch(`${url}/slow?ms=1100`));
    await until(() => host.counters().queued === 2);
    const response = await fetch(url);
    expect([response.status, await codeOf(response)]).toEqual([503, "TIDEGATE_QUEUE_FULL"]);
    // Three at 1.1 s each, itself included; a busy machine makes it more.
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(4);
    expect(Number(response.headers.get("retry-after"))).toBeLessThan(15);
    await Promise.all(running);
  });

  it("a client that gives up leaves the queue at once", async () => {
    const running = await serve({ concurrency: 1, scaling: { maxInstances: 1 } });
    const { url, host, record } = running;
    await fetch(url);
    const letGo = await hold(running);
    const client = await rawClient(url);
    client.send("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => host.counters().queued === 1);
    client.socket.destroy();
    expect(await record("/gone")).toMatchObject({ status: 0, error: "TIDEGATE_CLIENT_GONE", instance: null });
    expect(host.counters().queued).toBe(0);
    await letGo();
  });
});

it.runIf(process.platform === "linux")("so does one whose upload waits to be read", async () => {
  const running = await serve({ concurrency: 1, scaling: { maxInstances: 1 } });
  const { url, host, record } = running;
  await fetch(url);
  const letGo = await hold(running);
  const client = await rawClient(url);
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  client.send("x".repeat(200_000));
  await until(() => host.counters().queued === 1);
  client.socket.end();
  expect(await record("/upload")).toMatchObject({ status: 0, error: "TIDEGATE_CLIENT_GONE", instance: null });
  await letGo();
});

describe("times", () => {
  it("no first byte: 504, soon after its time", async () => {
    const { url } = await serve({ timeoutMs: 200 });
    await fetch(url);
    const from = performance.now();
    const response = await fetch(`${url}/never`);
    expect([response.status, await codeOf(response)]).toEqual([504, "TIDEGATE_RESPONSE_TIMEOUT"]);
    const ms = performance.now() - from;
    expect(ms).toBeGreaterThanOrEqual(195);
    // Some tens of milliseconds late at most by itself; the rest is for a busy machine.
    expect(ms).toBeLessThan(5_000);
  });

  it("no room: 503, soon after its time", async () => {
    const running = await serve({
      concurrency: 1,
      queueTimeoutMs: 200,
      scaling: { minInstances: 1, maxInstances: 1, freeze: false },
    });
    const { url, event } = running;
    await event("instance", ({ state }) => state === "ready");
    const letGo = await hold(running);
    const from = performance.now();
    const response = await fetch(url);
    expect([response.status, await codeOf(response)]).toEqual([503, "TIDEGATE_QUEUE_TIMEOUT"]);
    expect(performance.now() - from).toBeLessThan(5_000);
    await letGo();
  });

  it("a response that stops in the middle is broken off, and recorded as that", async () => {
    const { url, record } = await serve({ timeoutMs: 300 });
    await fetch(url);
    const client = await rawClient(url);
    const from = performance.now();
    client.send("GET /stall HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until(/part$/);
    await client.ended();
    expect(performance.now() - from).toBeGreaterThan(290);
    expect(await record("/stall")).toMatchObject({ status: 200, error: "TIDEGATE_RESPONSE_STALLED" });
  });

  it("a client that reads slowly is not the app's fault", async () => {
    const { url, record } = await serve({ timeoutMs: 1_000 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await client.until(/200 OK/);
    for (let count = 0; count < 2; count++) {
      client.socket.pause();
      await sleep(1_500);
      client.socket.resume();
      await sleep(20);
    }
    expect((await client.ended()).length).toBeGreaterThan(60_000_000);
    expect(await record("/large")).toMatchObject({ status: 200, error: null });
  });

  it("an event stream may be silent for longer, until its own time", async () => {
    const { url, record } = await serve({ timeoutMs: 500, streamIdleTimeoutMs: 1_500 });
    await fetch(url);
    const client = await rawClient(url);
    const from = performance.now();
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until(/data: 1/);
    await client.ended();
    expect(performance.now() - from).toBeGreaterThan(1_490);
    expect(await record("/events")).toMatchObject({ error: "TIDEGATE_RESPONSE_STALLED" });
  });

  it("a tunnel in use stays, one in which nothing moves is ended", async () => {
    const { url, record } = await serve({ timeoutMs: 500, streamIdleTimeoutMs: 2_000 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    await client.until(/101 /);
    for (let count = 0; count < 3; count++) {
      await sleep(750);
      client.send(`<${count}>`);
      await client.until(new RegExp(`<${count}>`));
    }
    await client.ended();
    expect(await record("/tunnel")).toMatchObject({ status: 101, error: "TIDEGATE_RESPONSE_STALLED" });
  });

  it("a client that owes its body: 408, and the app's request is aborted", async () => {
    const { url, event } = await serve({}, { bodyTimeoutMs: 300 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    expect(await client.ended()).toMatch(/^HTTP\/1.1 408 .*TIDEGATE_BODY_TIMEOUT/s);
    await event("output", ({ line }) => line === "upload ended: ECONNRESET");
  });

  it("a slow upload is not the app's fault", async () => {
    const { url } = await serve({ timeoutMs: 1_000 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
    for (let count = 0; count < 5; count++) {
      await sleep(count === 2 ? 1_500 : 50);
      client.send("x");
    }
    expect(await client.ended()).toMatch(/^HTTP\/1.1 200 .*5/s);
  });

  it("a client that waits for 100 Continue does not owe its body: the app owes its answer", async () => {
    const { url } = await serve({ timeoutMs: 2_000 }, { bodyTimeoutMs: 100 });
    await fetch(url);
    const client = await rawClient(url);
    client.send("POST /no-continue HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(await client.ended()).toMatch(/^HTTP\/1.1 504 .*TIDEGATE_RESPONSE_TIMEOUT/s);
  });
});
