import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHost, HostError } from "@tidegate/host";
import { describe, expect, it } from "vitest";
import { type RawClient, rawClient } from "../raw-client.ts";
import { fixture, type Served } from "../served-app.ts";
import { errorOf, isAlive, scratch, serve, serveProgram } from "./test-host.ts";

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
