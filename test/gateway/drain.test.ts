import { afterEach, describe, expect, it } from "vitest";
import { rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served;
afterEach(() => served.stop());

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe("a host that stops", () => {
  it("serves the request that was on its way over an idle connection, and closes it then", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(get("/"));
    expect(await client.until(/hello$/)).toMatch(/Connection: keep-alive/);
    const stopped = served.host.stop();
    client.send(get("/slow?ms=200"));
    const response = await client.ended();
    expect(response).toMatch(/hello[\s\S]*HTTP\/1\.1 200 [\s\S]*Connection: close\r\n/);
    await stopped;
    client.socket.destroy();
  });

  it("keeps a connection whose response began before, for as long as the others", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(get("/bytes?n=10"));
    await client.until(/x{10}/);
    const stopped = served.host.stop();
    client.send(get("/"));
    expect(await client.ended()).toMatch(/Connection: close\r\n[\s\S]*hello$/);
    await stopped;
    client.socket.destroy();
  });

  it("serves the request that follows a response which had promised to keep the connection", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(get("/drip?ms=400"));
    await client.until(/Connection: keep-alive[\s\S]*first/);
    const stopped = served.host.stop();
    await client.until(/last/);
    client.send(get("/"));
    expect(await client.ended()).toMatch(/last[\s\S]*HTTP\/1\.1 200 [\s\S]*Connection: close\r\n[\s\S]*hello$/);
    await stopped;
    client.socket.destroy();
  });

  it("never promises to keep the connection of an event stream, which may end when no request is served any more", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(get("/sse"));
    expect(await client.until(/data: [\s\S]*/)).toMatch(/Connection: close\r\n/);
    client.socket.destroy();
  });

  it("closes idle connections that send nothing, and those that sent nothing yet", async () => {
    served = await serveApp("app.js");
    const [idle, fresh, partial] = [
      await rawClient(served.url),
      await rawClient(served.url),
      await rawClient(served.url),
    ];
    idle.send(get("/"));
    await idle.until(/hello$/);
    partial.send("GET / HT");
    const stopped = served.host.stop();
    expect(await fresh.ended()).toBe("");
    expect(await partial.ended()).toBe("");
    expect(await idle.ended()).toMatch(/hello$/);
    for (const { socket } of [idle, fresh, partial]) socket.destroy();
    await stopped;
  });

  it("answers requests sent ahead of a response in flight with its last response", async () => {
    served = await serveApp("app.js");
    const client = await rawClient(served.url);
    client.send(get("/slow?ms=300") + get("/"));
    await served.event("instance", ({ state }) => state === "ready");
    const stopped = served.host.stop();
    const response = await client.ended();
    expect(response.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(response).toMatch(/Connection: close/);
    await stopped;
    client.socket.destroy();
  });
});
