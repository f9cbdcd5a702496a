import { createCipheriv, randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served;
afterEach(() => served.stop());

const handshake = (path: string, protocol = "websocket"): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

async function open(path: string): Promise<WebSocket> {
  const socket = new WebSocket(served.url.replace("http", "ws") + path);
  await once(socket, "open");
  return socket;
}

/** A Close frame of 1001 that ends what came, as latin1. */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9]).toString("latin1");
const endsGoingAway = new RegExp(`${goingAway}$`);

/** Code of the Close frame a client gets. */
async function closing(socket: WebSocket): Promise<number> {
  const errors: Error[] = [];
  socket.on("error", (error) => errors.push(error));
  const [code] = (await once(socket, "close")) as [number];
  expect(errors).toEqual([]);
  return code;
}

/** A message of `/pour`. */
const fragment = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(70_000));
const poured = Buffer.concat(Array.from({ length: 5 }, () => fragment));

const told = (path: string, code: number) =>
  served.event("output", ({ line }) => line.startsWith(`${path} closed ${code} `));

/** What takes an instance away. */
const ways = [
  { name: "a new revision", leave: () => served.host.reload("app") },
  { name: "a host that stops", leave: () => served.host.stop() },
];

describe.each(ways)("with $name a WebSocket is closed as going away, on both sides", ({ leave }) => {
  it.each(["/echo", "/compressed/echo"])("that is idle: %s", async (path) => {
    served = await serveApp("websocket.mjs");
    const socket = await open(path);
    socket.send("hello");
    expect(String((await once(socket, "message"))[0])).toBe("hello");
    const closed = closing(socket);
    const left = leave();
    expect(await closed).toBe(1001);
    expect((await told(path, 1001)).line).toBe(`${path} closed 1001 after 5`);
    await left;
  });

  it.each(["/pour", "/compressed/pour"])("between two frames of those that are on their way: %s", async (path) => {
    served = await serveApp("websocket.mjs");
    const socket = await open(path);
    let messages = 0;
    const some = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        expect(data.equals(poured)).toBe(true);
        if (++messages === 5) resolve();
      });
    });
    const upload = randomBytes(100_000);
    const send = (error?: Error): void => {
      if (error === undefined && socket.readyState === WebSocket.OPEN) socket.send(upload, send);
    };
    send();
    await some;
    const closed = closing(socket);
    const left = leave();
    expect(await closed).toBe(1001);
    await told(path, 1001);
    await left;
    expect(served.events.some((event) => event.type === "output" && event.line.includes("error"))).toBe(false);
  });
});

describe("a WebSocket on an instance that leaves", () => {
  it("is cut when its client does not answer", async () => {
    served = await serveApp("websocket.mjs");
    const client = await rawClient(served.url);
    client.send(handshake("/echo"));
    await client.until(/\r\n\r\n/);
    await served.host.reload("app");
    expect(await client.ended()).toMatch(endsGoingAway);
    client.socket.destroy();
    await told("/echo", 1001);
  });

  it("gets no Close frame in the middle of one", async () => {
    served = await serveApp("websocket.mjs");
    const client = await rawClient(served.url);
    client.send(handshake("/echo"));
    await client.until(/\r\n\r\n/);
    // A masked text of five bytes, of which two are missing yet.
    client.send(Buffer.from([0x81, 0x85, 0, 0, 0, 0, 0x68, 0x65, 0x6c]));
    await served.host.reload("app");
    await client.until(endsGoingAway);
    client.send(Buffer.from([0x6c, 0x6f]));
    expect((await told("/echo", 1001)).line).toBe("/echo closed 1001 after 5");
    client.socket.destroy();
  });

  it("whose client closes it already gets no second Close frame", async () => {
    served = await serveApp("websocket.mjs");
    const socket = await open("/echo");
    socket.close(4000);
    await served.host.reload("app");
    await told("/echo", 4000);
  });
});

it("what a client sends behind its handshake, before the app has answered that, reaches the app", async () => {
  served = await serveApp("websocket.mjs");
  const client = await rawClient(served.url);
  const text = Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from("early")]).toString("latin1");
  client.send(handshake("/echo") + text);
  expect(await client.until(/early$/)).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n..early$/);
  client.socket.destroy();
});

describe("an upgrade to another protocol", () => {
  it("gets no frames, and goes on until its app is ended", async () => {
    served = await serveApp("websocket.mjs", { timeoutMs: 500 });
    const client = await rawClient(served.url);
    client.send(handshake("/other", "echo"));
    await client.until(/\r\n\r\n/);
    client.send("before ");
    await client.until(/before $/);
    await served.host.reload("app");
    client.send("after");
    await client.until(/before after$/);
    expect(await client.ended()).toMatch(/\r\n\r\nbefore after$/);
    client.socket.destroy();
  });
});

it("a silent WebSocket is closed after the function's idle time", async () => {
  served = await serveApp("websocket.mjs", { streamIdleTimeoutMs: 300 });
  const socket = await open("/echo");
  await closing(socket);
  await served.event("output", ({ line }) => line.startsWith("/echo closed "));
});
