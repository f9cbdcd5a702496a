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

describe("replays", () => {
  it("go to another instance, not to the one that closed the connection", async () => {
    const { url, records } = await serve({ concurrency: 1, scaling: { minInstances: 2 } });
    const pids = new Set<string>();
    while (pids.size < 2) {
      const both = await Promise.all([fetch(`${url}/pid`), fetch(`${url}/pid`)]);
      for (const response of both) pids.add(await response.text());
    }
    records.length = 0;
    const response = await fetch(`${url}/drop`);
    expect([response.status, await codeOf(response)]).toEqual([502, "TIDEGATE_INSTANCE_LOST"]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ replays: 1 });
  });

  it("do not knock again at the only instance that has just closed a new connection", async () => {
    const { url, host, record } = await serve({ scaling: { minInstances: 1, maxInstances: 1 } });
    while (host.instances()[0]?.state !== "ready") await sleep(10);
    const response = await fetch(`${url}/drop`);
    expect([response.status, await codeOf(response)]).toEqual([502, "TIDEGATE_INSTANCE_LOST"]);
    expect((await record("/drop")).error).toBe("TIDEGATE_INSTANCE_LOST");
  });
});

describe("the breaker", () => {
  const breaker = { failureRate: 0.5, minRequests: 4, windowMs: 10_000, openMs: 1_500 };

  /** Asks until the breaker lets a request through. */
  async function passed(ask: () => Promise<Response>): Promise<number> {
    let { status } = await ask();
    while (status === 503) {
      await sleep(50);
      ({ status } = await ask());
    }
    return status;
  }

  it("opens when too many requests fail, and heals by one that succeeds", async () => {
    const { url, event } = await serve({ breaker });
    await fetch(url);
    // The first answer was a success: the fourth request makes half of them, and more, failures.
    for (let count = 0; count < 3; count++) expect((await fetch(`${url}/drop`, { method: "POST" })).status).toBe(502);
    await event("problem", ({ code, message }) => code === "TIDEGATE_CIRCUIT_OPEN" && message.includes("not asked"));
    const refused = await fetch(url);
    expect([refused.status, await codeOf(refused)]).toEqual([503, "TIDEGATE_CIRCUIT_OPEN"]);
    expect(refused.headers.get("retry-after")).toMatch(/^[12]$/);
    expect(await passed(() => fetch(`${url}/drop`, { method: "POST" }))).toBe(502);
    expect((await fetch(url)).status).toBe(503);
    expect(await passed(() => fetch(url))).toBe(200);
    await event("problem", ({ message }) => message.includes("asked again"));
    expect((await fetch(url)).status).toBe(200);
  });

  it("does not mind one process that dies with many requests in it", async () => {
    const { url, host, event } = await serve({ breaker, scaling: { maxInstances: 1 } });
    await fetch(url);
    const lost = Array.from({ length: 10 }, () => fetch(`${url}/never`, { method: "POST" }));
    while (host.counters().inFlight < 10) await sleep(5);
    await fetch(`${url}/exit`, { method: "POST" });
    expect(new Set((await Promise.all(lost)).map(({ status }) => status))).toEqual(new Set([502]));
    await event("instance", ({ state }) => state === "failed");
    expect((await fetch(url)).status).toBe(200);
  });
});

describe("affinity", () => {
  it("keeps a client on its instance, and finds it another one when that is gone", async () => {
    const { url, host } = await serve({
      concurrency: 1,
      affinity: { cookie: "stick", maxAgeMs: 60_000 },
      scaling: { minInstances: 2 },
    });
    while (host.instances().filter(({ state }) => state === "ready").length < 2) await sleep(10);
    const ask = async (cookie: string | null): Promise<{ pid: string; set: string | null }> => {
      const response = await fetch(`${url}/pid`, { headers: cookie === null ? {} : { cookie } });
      return { pid: await response.text(), set: response.headers.get("set-cookie") };
    };
    const first = await ask(null);
    expect(first.set).toMatch(/^stick=[\w-]{22}; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/);
    const cookie = `a=b; ${first.set?.split(";")[0]}`;
    for (let count = 0; count < 10; count++) expect(await ask(cookie)).toEqual({ pid: first.pid, set: null });
    expect((await ask("stick=guess")).set).not.toBeNull();
    process.kill(Number(first.pid), "SIGKILL");
    const moved = await ask(cookie);
    expect(moved.pid).not.toBe(first.pid);
    expect(moved.set).not.toBe(first.set);
  });
});

describe("every request ends in one record", () => {
  it("however it ends", async () => {
    const { url, host, records, record } = await serve({});
    await fetch(url);
    const raw = async (request: string): Promise<string> => {
      const client = await rawClient(url);
      client.send(request);
      const text = await client.ended();
      client.socket.destroy();
      return text;
    };
    await raw("HEAD /?head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await raw("GET /204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await raw("GET /?old HTTP/1.0\r\n\r\n");
    await raw("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nab");
    const expecting = raw(
      "POST /early?expect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    expect(await expecting).toContain("early");
    const leaving = await rawClient(url);
    leaving.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    while (host.counters().inFlight === 0) await sleep(5);
    leaving.socket.destroy();
    const tunnel = await rawClient(url);
    tunnel.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    await tunnel.until(/101/);
    tunnel.socket.destroy();
    await raw("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\noops");
    const targets = ["/?head", "/204", "/?old", "/early", "/early?expect", "/never", "/tunnel", "/upload"];
    for (const target of targets) await record(target);
    // Then nothing more can come.
    await host.stop();
    const seen = records.map(({ target, status, error }) => [target, status, error]);
    expect(seen.sort()).toEqual(
      [
        ["/", 200, null],
        ["/?head", 200, null],
        ["/204", 204, null],
        ["/?old", 200, null],
        ["/early", 200, null],
        ["/early?expect", 200, null],
        ["/never", 0, "TIDEGATE_CLIENT_GONE"],
        ["/tunnel", 101, null],
        ["/upload", 400, "TIDEGATE_FRAMING_AMBIGUOUS"],
      ].sort(),
    );
  });
});

describe("memory", () => {
  it("near the limit idle instances go, at the limit none starts", { timeout: 60_000 }, async () => {
    const rss = process.memoryUsage.rss();
    const limit = rss + 400 * 2 ** 20;
    const { url, host, event } = await serve({ scaling: { idleTimeoutMs: 600_000 } }, { memoryLimitBytes: limit });
    // It takes nearly all there is, and idles.
    await (await fetch(`${url}/hoard?mb=380`)).text();
    await event("problem", ({ code }) => code === "TIDEGATE_MEMORY_PRESSURE");
    await event("instance", ({ state, reason }) => state === "draining" && reason === "memory is short");
    while (host.instances().length > 0) await sleep(20);
    let response = await fetch(url);
    while (response.status === 503) {
      expect(await codeOf(response)).toBe("TIDEGATE_MEMORY_PRESSURE");
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      await sleep(200);
      response = await fetch(url);
    }
    expect(response.status).toBe(200);
  });

  it("without room for a single instance: 503 and when to come again", async () => {
    const { url } = await serve({}, { memoryLimitBytes: 32 * 2 ** 20 });
    const response = await fetch(url);
    expect([response.status, await codeOf(response)]).toEqual([503, "TIDEGATE_MEMORY_PRESSURE"]);
    expect(response.headers.get("retry-after")).toBe("1");
  });
});
