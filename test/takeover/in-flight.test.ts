import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { type RawClient, rawClient } from "../raw-client.ts";
import { ask, type CliHost, isAlive, startCliHost, until } from "./cli-host.ts";

// Other tests run beside. These wait nearly all of the time, for what takes its time to end.
vi.setConfig({ testTimeout: 90_000, maxConcurrency: 3 });

type Context = Pick<TestContext, "onTestFinished">;

/** Long requests of all kinds; those that wait do so for the file "gate". */
const app = `
  const { existsSync } = require("node:fs");
  const { createHash } = require("node:crypto");
  const streams = new Set();
  const gated = (then) => existsSync("gate") ? then() : setTimeout(gated, 10, then);
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/upload") {
      const hash = createHash("sha256");
      request.on("data", (chunk) => hash.update(chunk));
      request.on("end", () => response.end(hash.digest("hex")));
    } else if (request.url === "/download") {
      response.writeHead(200, { "Content-Length": 1_000_000 });
      response.write("x".repeat(10));
      gated(() => response.end("x".repeat(999_990)));
    } else if (request.url === "/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: first\\n\\n");
      streams.add(response);
    } else if (request.url === "/gated") gated(() => response.end("gated"));
    else if (request.url !== "/stuck") response.end(String(process.ppid));
  });
  server.on("upgrade", (request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n");
    socket.on("data", (frame) => { if (frame[0] === 0x88) socket.end(Buffer.from([0x88, 2, frame[6] ^ frame[2], frame[7] ^ frame[3]])); });
    socket.on("error", () => {});
  });
  server.listen(process.env.PORT);
  process.on("SIGTERM", () => { for (const stream of streams) stream.end("data: bye\\n\\n"); server.close(() => process.exit()); });
`;

/** Of a server that goes away: status 1001. */
const closeFrame = Buffer.from([0x88, 2, 0x03, 0xe9]).toString("latin1");

const body = "b".repeat(1_000_000);
const bodyHash = "e57d44305d1b321432135bd8ee95e1612d88662ab611b8c64518a2e4479d3ad9";

interface InFlight {
  readonly session: ClientHttp2Session;
  readonly upload: RawClient;
  readonly download: RawClient;
  readonly events: RawClient;
  readonly webSocket: RawClient;
  readonly gated: Promise<string>;
  readonly stuck: Promise<string>;
  readonly overHttp2: Promise<string>;
}

async function open(host: CliHost): Promise<InFlight> {
  const ask1 = async (head: string, until: RegExp | null): Promise<RawClient> => {
    const client = await rawClient(host.url);
    client.send(`${head}\r\nHost: app\r\n\r\n`);
    if (until !== null) await client.until(until);
    return client;
  };
  await ask(host.url);
  const upload = await ask1(`POST /upload HTTP/1.1\r\nContent-Length: ${body.length}`, null);
  upload.send(body.slice(0, 300_000));
  const download = await ask1("GET /download HTTP/1.1", /x{10}$/);
  const events = await ask1("GET /events HTTP/1.1", /data: first\n\n/);
  const webSocket = await ask1("GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket", /101 Switching/);
  const session = connectHttp2(host.url);
  const stream = session.request({ ":path": "/gated" });
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const overHttp2 = once(stream, "end").then(() => text);
  return {
    session,
    upload,
    download,
    events,
    webSocket,
    overHttp2,
    gated: ask(`${host.url}/gated`),
    stuck: ask(`${host.url}/stuck`),
  };
}

async function serve({ onTestFinished }: Context): Promise<CliHost> {
  const yaml = "functions:\n  app: { entry: app.js, timeout: 8s }\ngateway: { keepAliveTimeout: 20s }\n";
  const host = await startCliHost({ "app.js": app, "tidegate.yaml": yaml });
  onTestFinished(() => host.destroy());
  return host;
}

async function inFlight(host: CliHost): Promise<number> {
  const { stdout } = await host.run("ps", "--json");
  return (JSON.parse(stdout) as { inFlight: number }[]).reduce((sum, row) => sum + row.inFlight, 0);
}

describe.concurrent("what is in flight ends well", () => {
  const causes: readonly (readonly [string, (host: CliHost) => Promise<unknown>])[] = [
    ["at an upgrade of the host", (host) => host.run("upgrade")],
    ["when a new revision serves", (host) => host.run("reload", "app")],
    ["when the host stops", async (host) => host.process.kill("SIGTERM")],
  ];
  test.for(causes)("%s", async ([, cause], context) => {
    const host = await serve(context);
    const open1 = await open(host);
    await until(async () => (await inFlight(host)) === 7);
    const caused = cause(host);
    // A Close frame, status 1001, to which a client answers with its own.
    await open1.webSocket.until(new RegExp(`\r\n\r\n${closeFrame}$`));
    open1.webSocket.send(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]));
    await open1.webSocket.ended();
    await caused;
    open1.upload.send(body.slice(300_000));
    await host.write("gate", "");
    expect(await open1.upload.until(/[0-9a-f]{64}$/)).toContain(bodyHash);
    await until(() => open1.download.received().endsWith("x".repeat(1_000_000)));
    expect(await open1.gated).toBe("gated");
    expect(await open1.overHttp2).toBe("gated");
    expect(await open1.stuck).toContain("TIDEGATE_RESPONSE_TIMEOUT");
    expect(await open1.events.until(/data: bye\n\n/)).toContain("data: first\n\n");
    open1.session.destroy();
    for (const { socket } of [open1.upload, open1.download, open1.events, open1.webSocket]) socket.destroy();
  });
});

test.concurrent("at an upgrade an idle connection is kept until its next request, which closes it in order", async (context) => {
  const host = await serve(context);
  const client = await rawClient(host.url);
  const send = (): void => client.send("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
  send();
  expect(await client.until(new RegExp(`${host.process.pid}$`))).not.toMatch(/connection: close/i);
  const { stdout } = await host.run("upgrade", "--json");
  send();
  const [, second] = (await client.ended()).split(/(?=HTTP\/1.1 200 )/);
  expect(second).toMatch(/connection: close/i);
  expect(second).toMatch(new RegExp(`${host.process.pid}$`));
  expect(await ask(host.url)).toBe(String((JSON.parse(stdout) as { to: number }).to));
  expect(await host.exited).toBe(0);
});

test.concurrent("at an upgrade an event stream that ends by itself is not told to end; instances without one are", async (context) => {
  const host = await serveEvents(context);
  const idle = Number(await ask(`${host.url}/other`));
  const events = await rawClient(host.url);
  events.send("GET /events HTTP/1.1\r\nHost: app\r\n\r\n");
  await events.until(/data: first\n\n/);
  await host.run("upgrade");
  await until(() => !isAlive(idle));
  await host.write("gate", "");
  expect(await events.until(/0\r\n\r\n$/)).toMatch(/data: first\n\n[\s\S]*data: last\n\n/);
  events.socket.destroy();
  expect(await host.exited).toBe(0);
});

/** Two functions: event streams that go on until the file "gate" is there, unless their app is told to end. */
async function serveEvents({ onTestFinished }: Context): Promise<CliHost> {
  const eventsApp = `
    const { existsSync } = require("node:fs");
    require("node:http").createServer((request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: first\\n\\n");
      const gated = () => existsSync("gate") ? response.end("data: last\\n\\n") : setTimeout(gated, 10);
      gated();
      process.once("SIGTERM", () => response.end("data: told\\n\\n"));
    }).listen(process.env.PORT);
    process.on("SIGTERM", () => process.exit());
  `;
  const other = `require("node:http").createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT);`;
  const yaml = `
functions:
  app: { entry: app.js, routes: [/events] }
  other: { entry: other.js, routes: [/other] }
`;
  const host = await startCliHost({ "app.js": eventsApp, "other.js": other, "tidegate.yaml": yaml });
  onTestFinished(() => host.destroy());
  return host;
}
