import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, HostError } from "@tidegate/host";
import { afterEach, describe, expect, it } from "vitest";
import { type RawClient, rawClient } from "../raw-client.ts";
import { fixture, type Served, serveApp } from "../served-app.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(...args: Parameters<typeof serveApp>): Promise<Served> {
  const served = await serveApp(...args);
  cleanups.push(() => served.stop());
  return served;
}

async function scratch(files: Record<string, string> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-test-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

async function serveProgram(text: string, options: Parameters<typeof serveApp>[1] = {}): Promise<Served> {
  const dir = await scratch({ "app.mjs": text });
  return serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir, ...options });
}

const isAlive = (pid: number | null): boolean => {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function errorOf(response: Response): Promise<{ status: number; retryAfter: string | null; code: string }> {
  const { error } = (await response.json()) as { error: { code: string } };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), code: error.code };
}

describe("instances follow requests", () => {
  it("none before the first request, one for it, none after the idle time", async () => {
    const served = await serve("app.js", { scaling: { idleTimeoutMs: 200 } });
    expect(served.host.instances()).toEqual([]);
    expect(await (await fetch(served.url)).text()).toBe("hello");
    expect(served.host.instances()).toMatchObject([{ function: "app", revision: "r1", state: "ready", inFlight: 0 }]);
    expect(await served.record("/")).toMatchObject({ status: 200, coldStart: true, instance: "app-r1-1" });
    const { pid } = await served.event("instance", ({ state }) => state === "stopped");
    expect(isAlive(pid)).toBe(false);
    expect(served.host.instances()).toEqual([]);
    expect(await (await fetch(served.url)).text()).toBe("hello");
  });

  it("at most `concurrency` invocations in one instance, and as many instances as that needs", async () => {
    const served = await serve("app.js", { concurrency: 2 });
    const pids = await Promise.all(
      Array.from({ length: 6 }, async () => (await (await fetch(`${served.url}/slow?ms=400`)).text()).split(" ")[1]),
    );
    const perInstance = Map.groupBy(pids, (pid) => pid);
    expect(perInstance.size).toBeGreaterThanOrEqual(2);
    expect(served.records).toHaveLength(6);
    expect(served.records.every(({ status }) => status === 200)).toBe(true);
  });

  it("keeps minInstances without requests, and replaces one that dies", async () => {
    const served = await serve("app.js", { scaling: { minInstances: 1 } });
    const first = await served.event("instance", ({ state }) => state === "ready");
    await fetch(served.url);
    process.kill(first.pid ?? 0, "SIGKILL");
    const second = await served.event("instance", ({ state, pid }) => state === "ready" && pid !== first.pid);
    expect(second.instance).toBe("app-r1-2");
  });
});

describe("requests are not lost", () => {
  it("when the instance is killed, idempotent ones are answered by another", async () => {
    const dir = await scratch();
    const served = await serve("app.js", { env: { EXIT_MARK: join(dir, "exited") } });
    const response = await fetch(`${served.url}/exit-once`, { method: "PUT", body: "held" });
    expect(await response.text()).toBe("survived with PUT");
    expect(await served.record("/exit-once")).toMatchObject({ status: 200, instance: "app-r1-2", error: null });
  });

  it("when the instance is killed, a POST is not sent twice", async () => {
    const dir = await scratch();
    const served = await serve("app.js", { env: { EXIT_MARK: join(dir, "exited") } });
    const response = await fetch(`${served.url}/exit-once`, { method: "POST", body: "once" });
    expect(await errorOf(response)).toMatchObject({ status: 502, code: "TIDEGATE_INSTANCE_LOST" });
  });

  it("on reload: the old revision finishes, the new one serves", async () => {
    const served = await serve("app.js");
    await fetch(served.url);
    const slow = fetch(`${served.url}/slow?ms=500`);
    const load = Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 10));
        return (await fetch(`${served.url}/pid`)).status;
      }),
    );
    await served.host.reload("app");
    expect((await slow).status).toBe(200);
    expect(new Set(await load)).toEqual(new Set([200]));
    await served.event("instance", ({ revision, state }) => revision === "r1" && state === "stopped");
    expect(served.host.instances()).toMatchObject([{ revision: "r2", state: "ready" }]);
  });

  it("on reload to a broken revision: it is told, and the old one serves on", async () => {
    const dir = await scratch({ "app.mjs": "export default (req, res) => res.end('old')" });
    const served = await serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir });
    expect(await (await fetch(served.url)).text()).toBe("old");
    await writeFile(join(dir, "app.mjs"), "throw new Error('broken')");
    await expect(served.host.reload("app")).rejects.toMatchObject({ code: "TIDEGATE_INSTANCE_EXITED" });
    expect(await (await fetch(served.url)).text()).toBe("old");
    await writeFile(join(dir, "app.mjs"), "export default (req, res) => res.end('new')");
    await served.host.reload("app");
    expect(await (await fetch(served.url)).text()).toBe("new");
  });

  it("on stop: running ones finish, new connections are refused, nothing is left behind", async () => {
    const dir = await scratch();
    const runtimeDir = join(dir, "run");
    const served = await serve("app.js", {}, { runtimeDir });
    const client = await rawClient(served.url);
    client.send("GET /slow?ms=300 HTTP/1.1\r\nHost: x\r\n\r\n");
    await served.event("instance", ({ state }) => state === "ready");
    const stream = await fetch(`${served.url}/sse`);
    const [instance] = served.host.instances();
    await served.stop();
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*slept \d+$/);
    await expect(stream.text()).rejects.toThrow();
    await expect(fetch(served.url)).rejects.toThrow();
    expect(isAlive(instance?.pid ?? null)).toBe(false);
    expect(await readdir(runtimeDir)).toEqual([]);
  });

  it("on stop, although a client reads nothing of its response", async () => {
    const served = await serve("app.js", { timeoutMs: 500 });
    const client = await rawClient(served.url);
    client.send("GET /bytes?n=50000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/xxxx/);
    client.socket.pause();
    await served.stop();
    client.socket.destroy();
  });

  /** Streams events and echoes what is upgraded to; `onTerm` is what it does at SIGTERM. */
  const streaming = (onTerm: string): string => `
    import { createServer } from "node:http";
    const streams = new Set();
    const server = createServer((req, res) => {
      res.writeHead(200, { "Content-Type": "text/event-stream" });
      res.write("data: first\\n\\n");
      streams.add(res);
    });
    server.on("upgrade", (req, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\nfirst ");
      socket.on("error", () => {}).on("end", () => socket.end()).resume();
      streams.add(socket);
    });
    server.listen(0);
    process.on("SIGTERM", () => { ${onTerm} });
  `;
  const openStreams = async (served: Served): Promise<{ events: Response; tunnel: RawClient }> => {
    const events = await fetch(served.url);
    const tunnel = await rawClient(served.url);
    tunnel.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    tunnel.socket.once("end", () => tunnel.socket.end());
    await tunnel.until(/first $/);
    return { events, tunnel };
  };

  it("on stop: an app ends its event streams and upgrades itself at SIGTERM", async () => {
    const served = await serveProgram(
      streaming('server.close(); for (const stream of streams) stream.end("data: bye\\n\\n");'),
    );
    const { events, tunnel } = await openStreams(served);
    const startedAt = performance.now();
    await served.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_900);
    expect(await events.text()).toBe("data: first\n\ndata: bye\n\n");
    expect(await tunnel.ended()).toMatch(/first data: bye\n\n$/);
    expect(served.records.map(({ error }) => error)).toEqual([null, null]);
  });

  it("on stop: what an app without a SIGTERM handler streamed is read, and visibly incomplete", async () => {
    const served = await serve("app.js");
    const stream = await fetch(`${served.url}/sse`);
    await served.stop();
    await expect(stream.text()).rejects.toThrow();
    expect(await served.record("/sse")).toMatchObject({ status: 200, error: "TIDEGATE_HOST_STOPPING" });
    expect(served.host.counters().failed).toBe(0);
  });

  it("on stop: streams that an app leaves open are cut off, so that it can close its server", async () => {
    const served = await serveProgram(streaming('server.close(() => { console.log("closed"); process.exit(); })'));
    const { events, tunnel } = await openStreams(served);
    await served.stop();
    await expect(events.text()).rejects.toThrow();
    await tunnel.ended();
    expect(served.events).toContainEqual(expect.objectContaining({ type: "output", line: "closed" }));
  });

  it.each(["during a stop", "as the first word"])(
    "on stop at once, %s: all is cut off, nothing is left",
    async (when) => {
      const dir = await scratch();
      const runtimeDir = join(dir, "run");
      const served = await serve("app.js", {}, { runtimeDir });
      const hanging = fetch(`${served.url}/hang`).catch(() => "cut off");
      const { pid } = await served.event("instance", ({ state }) => state === "ready");
      while (served.host.counters().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
      const stopping = when === "during a stop" ? served.host.stop() : null;
      const startedAt = performance.now();
      await served.host.stop({ now: true });
      expect(performance.now() - startedAt).toBeLessThan(1_500);
      await stopping;
      expect(await hanging).toBe("cut off");
      expect(isAlive(pid)).toBe(false);
      expect(await readdir(runtimeDir)).toEqual([]);
    },
  );

  it("on stop at once during a reload: the starting revision is killed, too", async () => {
    const dir = await scratch({ "app.mjs": "export default (req, res) => res.end('old')" });
    const served = await serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir });
    await fetch(served.url);
    await writeFile(join(dir, "app.mjs"), "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    const reload = served.host.reload("app").then(
      () => "reloaded",
      (error: unknown) => (error instanceof HostError ? error.code : error),
    );
    const { pid } = await served.event("instance", ({ revision }) => revision === "r2");
    expect(served.host.instances().map(({ revision }) => revision)).toEqual(["r1", "r2"]);
    await served.host.stop({ now: true });
    expect(await reload).toBe("TIDEGATE_INSTANCE_EXITED");
    expect(isAlive(pid)).toBe(false);
    await expect(served.host.reload("app")).rejects.toMatchObject({ code: "TIDEGATE_HOST_STOPPING" });
  });

  it("when an app writes to the agent's descriptor by mistake", async () => {
    const served = await serve("app.js");
    expect(await (await fetch(`${served.url}/stray-control`)).text()).toBe("wrote");
    expect(await (await fetch(served.url)).text()).toBe("hello");
  });

  it("stop is safe before start, and twice", async () => {
    const host = createHost({
      port: 0,
      functions: [{ name: "app", entry: { kind: "node", file: fixture("app.js") } }],
    });
    await host.stop();
    await host.stop();
  });
});

describe("apps that fail", () => {
  it("throws at load: 503 at once after three tries, its last words in the log, later tries after a pause", async () => {
    const served = await serveProgram(`throw new Error("no database today")`);
    expect(await errorOf(await fetch(served.url))).toEqual({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_CRASH_LOOP",
    });
    const problems = served.events.filter(({ type }) => type === "problem");
    expect(problems.slice(0, 1)).toMatchObject([
      {
        code: "TIDEGATE_INSTANCE_EXITED",
        message: expect.stringMatching(/exit code 1 before it listened; its last words:[\s\S]*no database today/),
      },
    ]);
    expect(problems.at(-1)).toMatchObject({
      code: "TIDEGATE_CRASH_LOOP",
      message: expect.stringMatching(/failed 3 times in a row: the next start is in 1000 ms/),
    });
    expect(await errorOf(await fetch(served.url))).toMatchObject({ status: 503, code: "TIDEGATE_CRASH_LOOP" });
    expect(served.events.filter((event) => event.type === "instance" && event.state === "starting")).toHaveLength(3);
  });

  it("never listens: 503 after the start timeout with that reason, and the process is gone", async () => {
    const served = await serveProgram("setInterval(() => {}, 1000)", { startTimeoutMs: 300 });
    const first = fetch(served.url);
    await served.event("instance", ({ state }) => state === "starting");
    // Came during the first start: it waits for the next one to fail as well.
    const second = fetch(served.url);
    expect(await (await first).json()).toMatchObject({
      error: {
        code: "TIDEGATE_INSTANCE_START_TIMEOUT",
        message: 'Cannot start instance "app-r1-1" of function "app": it does not listen after 300 ms',
      },
    });
    expect((await first).headers.get("retry-after")).toBe("1");
    expect(await (await second).json()).toMatchObject({
      error: { code: "TIDEGATE_INSTANCE_START_TIMEOUT", message: expect.stringContaining('"app-r1-2"') },
    });
    await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_START_TIMEOUT");
    const problem = await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_START_TIMEOUT");
    expect(problem.message).toMatch(/does not listen after 300 ms; it wrote nothing$/);
    const { pid } = await served.event("instance", ({ state }) => state === "failed");
    expect(isAlive(pid)).toBe(false);
  });

  it("ends without listening: says so", async () => {
    const served = await serveProgram("console.log('done here')");
    await fetch(served.url);
    const problem = await served.event("problem");
    expect(problem.message).toMatch(/exit code 0 before it listened; its last words:\ndone here$/);
  });

  it("listens and dies: its requests are answered with 502 or 503, and starts back off", async () => {
    const served = await serveProgram(
      `import { createServer } from "node:http"; createServer().listen(0, () => setTimeout(() => { console.error("goodbye"); process.exit(9); }, 50))`,
    );
    const response = await fetch(served.url);
    expect([502, 503]).toContain(response.status);
    const problem = await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_LOST");
    expect(problem.message).toMatch(/exit code 9; its last words:\ngoodbye$/);
    await fetch(served.url);
    await served.event("problem", ({ code }) => code === "TIDEGATE_CRASH_LOOP");
  });

  it("recovers from a crash loop without a restart of the host", async () => {
    const dir = await scratch({ "app.mjs": "throw new Error('not yet')" });
    const served = await serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir });
    expect((await fetch(served.url)).status).toBe(503);
    await writeFile(join(dir, "app.mjs"), "export default (req, res) => res.end('well again')");
    await served.host.reload("app");
    expect(await (await fetch(served.url)).text()).toBe("well again");
  });

  it("answers too late: 504 with a code", async () => {
    const served = await serve("app.js", { timeoutMs: 200 });
    expect(await errorOf(await fetch(`${served.url}/hang`))).toMatchObject({
      status: 504,
      code: "TIDEGATE_RESPONSE_TIMEOUT",
    });
    expect(served.host.counters()).toMatchObject({ inFlight: 0 });
  });

  it("fails to start until the queue timeout: 503 with the reason of the last start", async () => {
    const served = await serveProgram("setTimeout(() => process.exit(3), 1200)", { queueTimeoutMs: 2500 });
    expect(await errorOf(await fetch(served.url))).toMatchObject({ status: 503, code: "TIDEGATE_INSTANCE_EXITED" });
  });

  it("has no room for too long, or too many wait: 503 with a code", async () => {
    const served = await serve("app.js", {
      concurrency: 1,
      queueLimit: 1,
      queueTimeoutMs: 200,
      scaling: { maxInstances: 1 },
    });
    await fetch(served.url);
    const running = fetch(`${served.url}/slow?ms=2500`);
    while (served.host.counters().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = fetch(`${served.url}/waits`);
    while (served.host.counters().queued === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await errorOf(await fetch(`${served.url}/too-many`))).toMatchObject({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_QUEUE_FULL",
    });
    expect(await errorOf(await waiting)).toMatchObject({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_QUEUE_TIMEOUT",
    });
    expect((await running).status).toBe(200);
  });
});

describe("what cannot start is told at once", () => {
  const start = (options: Partial<Parameters<typeof createHost>[0]>) =>
    createHost({
      port: 0,
      functions: [{ name: "app", entry: { kind: "node", file: fixture("app.js") } }],
      ...options,
    }).start();

  it("an entry that does not exist", async () => {
    const missing = { name: "app", entry: { kind: "node", file: "/nowhere/app.js" } } as const;
    await expect(start({ functions: [missing] })).rejects.toThrow(
      new HostError(
        "TIDEGATE_ENTRY_NOT_FOUND",
        'Cannot serve function "app": its entry "/nowhere/app.js" is not a file',
      ),
    );
    await expect(
      start({ functions: [{ name: "app", entry: { kind: "command", command: ["no-such-command"] } }] }),
    ).rejects.toMatchObject({
      code: "TIDEGATE_ENTRY_NOT_FOUND",
    });
  });

  it("a port in use", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    cleanups.push(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`Cannot listen on port ${port}: another program does`);
  });
});
