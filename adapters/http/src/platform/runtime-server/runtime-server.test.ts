import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "../../index.ts";
import type { App } from "../../listener.ts";
import { createRuntimeServer, type RuntimeServer, type RuntimeServerOptions } from "./runtime-server.ts";

const agent = new Agent({ keepAlive: true });
const servers: RuntimeServer[] = [];
let lines: string[] = [];

async function start(app: App, options: RuntimeServerOptions): Promise<number> {
  const server = createRuntimeServer(toHandler(app), {
    port: 0,
    host: "127.0.0.1",
    handlesSignals: false,
    log: (line) => lines.push(line),
    ...options,
  });
  servers.push(server);
  return (await server.start()).port;
}

async function open(port: number, options: RequestOptions, body = ""): Promise<IncomingMessage> {
  const outgoing = request({ port, host: "127.0.0.1", agent, ...options });
  outgoing.end(body);
  const [response] = await once(outgoing, "response");
  return response;
}

async function ask(
  port: number,
  options: RequestOptions,
  body?: string,
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }> {
  const response = await open(port, options, body);
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** Headers of Alibaba's requests to a custom runtime. */
function fc(path: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "X-Fc-Request-Id": "1-6a2e7134-15c1267f-b381ba1c085c",
    "X-Fc-Control-Path": path,
    "X-Fc-Access-Key-Id": "STS.EXAMPLEID",
    "X-Fc-Function-Name": "orders",
    "X-Fc-Function-Timeout": "60",
    "X-Fc-Region": "cn-hangzhou",
    ...more,
  };
}

const TIMER = '{"triggerTime":"2026-06-14T09:15:00Z","triggerName":"nightly","payload":""}';
const ID = "1-6a2e7134-15c1267f-b381ba1c085c";

/** Tells what it was asked. */
const echo: App = (req, res) => {
  const invocation = getInvocation();
  res.setHeader("content-type", "application/json");
  res.end(
    JSON.stringify({
      method: req.method,
      url: req.url,
      source: invocation?.source,
      requestId: invocation?.requestId,
      secondsLeft: invocation?.deadlineMs && Math.ceil((invocation.deadlineMs - Date.now()) / 1000),
    }),
  );
};

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(async () => {
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  vi.restoreAllMocks();
});

describe("on Alibaba's custom runtime", () => {
  const platform = "alibaba-fc";

  test("an HTTP request reaches the app as it is, whatever its path", async () => {
    const port = await start(echo, { platform });
    for (const path of ["/orders/42?tag=a", "/invoke", "/initialize"]) {
      const answer = await ask(port, { path, headers: fc("/http-invoke") });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toEqual({
        method: "GET",
        url: path,
        source: "alibaba-fc-custom",
        requestId: ID,
        secondsLeft: 60,
      });
      expect(answer.headers).not.toHaveProperty("x-fc-status");
    }
    await vi.waitFor(() => expect(lines).toHaveLength(6));
    expect(lines.slice(0, 2)).toEqual([`FC Invoke Start RequestId: ${ID}`, `FC Invoke End RequestId: ${ID}`]);
  });

  test("responses stream", async () => {
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const port = await start(
      async (_req, res) => {
        res.write("data: 1\n\n");
        await goOn;
        res.end("data: 2\n\n");
      },
      { platform },
    );
    const response = await open(port, { headers: fc("/http-invoke") });
    const [first] = await once(response, "data");
    expect(String(first)).toBe("data: 1\n\n");
    resolve();
    expect(String(Buffer.concat(await response.toArray()))).toBe("data: 2\n\n");
  });

  test("an app that throws is answered for, and the platform told", async () => {
    const port = await start(
      async (_req, _res) => {
        throw new Error("boom");
      },
      { platform },
    );
    const answer = await ask(port, { headers: fc("/http-invoke") });
    expect(answer).toMatchObject({ status: 500, headers: { "x-fc-status": "404" } });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "TIDEGATE_APP_FAILED", requestId: ID } });
    await vi.waitFor(() =>
      expect(lines.at(-1)).toBe(`FC Invoke End RequestId: ${ID}, Error: Unhandled function error`),
    );
  });

  test("an app that never answers gets a 504 before the platform gives up", async () => {
    const port = await start((_req, _res) => {}, { platform });
    const answer = await ask(port, {
      path: "/slow?x=1",
      headers: fc("/http-invoke", { "X-Fc-Function-Timeout": "0.1" }),
    });
    expect(answer.status).toBe(504);
    const { error } = JSON.parse(answer.body);
    expect(error.code).toBe("TIDEGATE_INVOCATION_TIMEOUT");
    expect(error.message).toContain('GET "/slow"');
  });

  test("an event goes the way of events, its outcome in x-fc-status", async () => {
    const seen: (string | undefined)[] = [];
    const port = await start(
      (req, res) => {
        seen.push(req.url);
        res.statusCode = req.headers["x-fail"] === undefined ? 204 : 500;
        res.end();
      },
      { platform },
    );
    const options = { method: "POST", path: "/invoke", headers: fc("/invoke") };
    const answer = await ask(port, options, TIMER);
    expect(answer).toMatchObject({ status: 200, headers: { "x-fc-status": "200" } });
    expect(seen).toEqual([expect.stringMatching(/^\/events\//)]);
    expect(lines).toEqual([`FC Invoke Start RequestId: ${ID}`, `FC Invoke End RequestId: ${ID}`]);
  });

  test.each([
    { name: "the app fails", body: TIMER },
    { name: "the event is of no known kind", body: "plain text" },
  ])("an event is reported as failed when $name", async ({ body }) => {
    const port = await start((_req, res) => res.writeHead(500).end(), { platform });
    const answer = await ask(port, { method: "POST", path: "/invoke", headers: fc("/invoke") }, body);
    expect(answer).toMatchObject({ status: 404, headers: { "x-fc-status": "404" } });
    expect(JSON.parse(answer.body)).toEqual({
      errorType: expect.stringMatching(/^TIDEGATE_/),
      errorMessage: expect.any(String),
    });
    expect(lines.at(-1)).toContain("Error: Unhandled function error");
  });

  test("the initializer answers once the app is loaded", async () => {
    const { promise: app, resolve } = Promise.withResolvers<App>();
    const steps: string[] = [];
    const port = await start(
      app.then((loaded) => loaded as never),
      {
        platform,
        initialize: () => steps.push("initialize"),
      },
    );
    const asked = ask(port, { method: "POST", path: "/initialize", headers: fc("/initialize") }).then((answer) => {
      steps.push(`answered ${answer.status}`);
    });
    await vi.waitFor(() => expect(lines).toEqual([`FC Initialize Start RequestId: ${ID}`]));
    steps.push("loaded");
    resolve(echo);
    await asked;
    expect(steps).toEqual(["loaded", "initialize", "answered 200"]);
    expect(lines.at(-1)).toBe(`FC Initialize End RequestId: ${ID}`);
  });

  test("the initializer fails when the app cannot be loaded", async () => {
    const port = await start(Promise.reject(new Error("no database")), { platform });
    const answer = await ask(port, { method: "POST", path: "/initialize", headers: fc("/initialize") });
    expect(answer).toMatchObject({ status: 404, headers: { "x-fc-status": "404" } });
    expect(answer.body).toContain("no database");
  });

  test("the hooks before freezing and stopping run; an unknown call fails", async () => {
    const steps: string[] = [];
    const port = await start(echo, {
      platform,
      preFreeze: () => steps.push("freeze"),
      preStop: async () => steps.push("stop"),
    });
    expect(await ask(port, { path: "/pre-freeze", headers: fc("/pre-freeze") })).toMatchObject({ status: 200 });
    expect(await ask(port, { path: "/pre-stop", headers: fc("/pre-stop") })).toMatchObject({ status: 200 });
    lines = [];
    for (const path of ["/toString", "constructor", "__proto__"]) {
      expect(await ask(port, { path: "/", headers: fc(path) })).toMatchObject({ status: 404 });
    }
    expect(lines.filter((line) => line.startsWith("FC Control Start"))).toHaveLength(3);
    expect(steps).toEqual(["freeze", "stop"]);
  });

  test("a request without the header is the app's: a health check", async () => {
    const port = await start(echo, { platform });
    const answer = await ask(port, { path: "/invoke" });
    expect(JSON.parse(answer.body)).toEqual({ method: "GET", url: "/invoke" });
    expect(lines).toEqual([]);
  });

  test("connections are kept for more than 15 minutes", async () => {
    const port = await start(echo, { platform });
    const answer = await ask(port, { headers: fc("/http-invoke") });
    const [, seconds] = /timeout=(\d+)/.exec(String(answer.headers["keep-alive"])) ?? [];
    expect(Number(seconds)).toBeGreaterThan(15 * 60);
  });
});

describe("on Tencent and Huawei", () => {
  test("a web function's request reaches the app, its id and timeout known", async () => {
    const port = await start(echo, { platform: "tencent-scf" });
    const headers = { "X-Scf-Request-Id": "t1", "X-Scf-Timeout": "3000" };
    const answer = await ask(port, { method: "POST", path: "/event-invoke", headers }, "{}");
    expect(JSON.parse(answer.body)).toMatchObject({ url: "/event-invoke", source: "tencent-web", requestId: "t1" });
  });

  test("an HTTP function's request reaches the app, whatever control paths it names", async () => {
    const port = await start(echo, { platform: "huawei-functiongraph" });
    const headers = { "x-cff-request-id": "h1", "x-cff-timeout": "30", "x-fc-control-path": "/pre-stop" };
    const answer = await ask(port, { method: "POST", path: "/invoke", headers });
    expect(JSON.parse(answer.body)).toMatchObject({ url: "/invoke", source: "huawei-http", requestId: "h1" });
  });

  const events = [
    {
      platform: "tencent-scf",
      path: "/event-invoke",
      headers: { "x-scf-request-id": "t2" },
      event: { Type: "Timer", TriggerName: "nightly", Time: "2026-06-14T09:15:00Z", Message: "" },
    },
    {
      platform: "huawei-functiongraph",
      path: "/invoke",
      headers: { "x-cff-request-id": "h2", "x-cff-timeout": "30" },
      event: {
        version: "v1.0",
        time: "2026-06-14T09:15:00Z",
        trigger_type: "TIMER",
        trigger_name: "nightly",
        user_event: "",
      },
    },
  ] as const;
  test.each(events)("an event function of $platform gets its events", async ({ platform, path, headers, event }) => {
    const seen: (string | undefined)[] = [];
    const app: App = (req, res) => {
      seen.push(`${req.method} ${req.url}`);
      res.writeHead(204).end();
    };
    const port = await start(app, { platform, receives: "events" });
    const answer = await ask(port, { method: "POST", path, headers }, JSON.stringify(event));
    expect(answer.status).toBe(200);
    expect(seen).toEqual([expect.stringMatching(/^POST \/events\//)]);
    expect((await ask(port, { path: "/health", headers })).status).toBe(204);
    expect(seen.at(-1)).toBe("GET /health");
  });

  test("an event function that fails answers 500", async () => {
    const port = await start((_req, res) => res.writeHead(500).end(), { platform: "tencent-scf", receives: "events" });
    const answer = await ask(port, { method: "POST", path: "/event-invoke" }, JSON.stringify(events[0].event));
    expect(answer.status).toBe(500);
    expect(answer.body).toContain("TIDEGATE_");
  });

  test("a container's initializer runs", async () => {
    const steps: string[] = [];
    const port = await start(echo, {
      platform: "huawei-functiongraph",
      receives: "events",
      initialize: () => steps.push("initialize"),
    });
    expect((await ask(port, { method: "POST", path: "/init" })).status).toBe(200);
    expect(steps).toEqual(["initialize"]);
  });
});

describe("a plain server", () => {
  test("knows no platform's headers, and its app no invocation", async () => {
    const port = await start(echo, { platform: "plain" });
    const answer = await ask(port, { path: "/a", headers: fc("/invoke", { "x-scf-request-id": "x" }) });
    expect(JSON.parse(answer.body)).toEqual({ method: "GET", url: "/a" });
  });

  test("hands upgrades over", async () => {
    const port = await start(echo, {
      platform: "plain",
      upgrade: (_req, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\nhello"),
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 101 [\s\S]*hello$/);
  });

  test.each(["many", "70000"])("cannot listen on port %s", async (port) => {
    const server = createRuntimeServer(toHandler(echo), { env: { PORT: port }, handlesSignals: false });
    await expect(server.start()).rejects.toMatchObject({ code: "TIDEGATE_SERVER_LISTEN_FAILED" });
    await server.stop();
  });

  test("cannot listen on a port that is taken", async () => {
    const port = await start(echo, { platform: "plain" });
    const other = createRuntimeServer(toHandler(echo), { platform: "plain", port, host: "127.0.0.1" });
    await expect(other.start()).rejects.toMatchObject({
      code: "TIDEGATE_SERVER_LISTEN_FAILED",
      cause: { code: "EADDRINUSE" },
    });
  });

  test("may be stopped before it starts, and does not start then", async () => {
    const server = createRuntimeServer(toHandler(echo), { platform: "plain", port: 0 });
    await server.stop();
    await expect(server.start()).rejects.toMatchObject({ code: "TIDEGATE_SERVER_LISTEN_FAILED" });
  });

  test("stops when running requests are over, and closes their connections", async () => {
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const port = await start(
      async (_req, res) => {
        res.write("begun,");
        await goOn;
        res.end("done");
      },
      { platform: "plain" },
    );
    const [server] = servers;
    const response = await open(port, {});
    const stops = [server?.stop(), server?.stop()];
    resolve();
    expect(Buffer.concat(await response.toArray()).toString()).toBe("begun,done");
    await Promise.all(stops);
    await expect(open(port, { agent: false })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("breaks off requests that take too long to stop", async () => {
    const port = await start((_req, res) => res.write("begun"), { platform: "plain", stopTimeoutMs: 20 });
    const response = await open(port, {});
    const reading = expect(response.toArray()).rejects.toMatchObject({ code: "ECONNRESET" });
    await servers[0]?.stop();
    await reading;
  });
});

test("SIGTERM lets a request finish and ends the process", async () => {
  const program = fileURLToPath(new URL("server-program.mjs", import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: "0", K_SERVICE: "orders" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ port }] = await once(child, "message");
  const response = await open(port, { path: "/slow" });
  child.kill("SIGTERM");
  expect(Buffer.concat(await response.toArray()).toString()).toBe("begun,done");
  expect(await once(child, "exit")).toEqual([0, null]);
});
