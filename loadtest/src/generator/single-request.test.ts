import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { sendSingle, singleRequest } from "./single-request.ts";

let server: Server;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function serve(listener: RequestListener): Promise<{ host: string; port: number }> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

it("sendSingle sends what the request says and tells when its answer was there", async () => {
  const heard: string[] = [];
  const address = await serve((req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    req.on("end", () => {
      heard.push(`${req.method} ${req.url} ${req.headers.host} ${body}`);
      res.setHeader("X-Part", "one").end("hello");
    });
  });
  const sentAt = performance.now();
  const { head, firstAt, wholeAt } = await sendSingle(address, singleRequest("site", "/", null));
  await sendSingle(address, singleRequest("shop", "/login", '{"a":1}'));
  expect(heard).toEqual(["GET / site ", 'POST /login shop {"a":1}']);
  expect(head).toContain("X-Part: one");
  expect([sentAt <= firstAt, firstAt <= wholeAt]).toEqual([true, true]);
});

it("sendSingle rejects another status than 200", async () => {
  const address = await serve((_req, res) => res.writeHead(404).end());
  await expect(sendSingle(address, singleRequest("site", "/"))).rejects.toThrow("status 404");
});

it("sendSingle rejects a connection that is closed without an answer", async () => {
  const address = await serve((req) => req.socket.destroy());
  await expect(sendSingle(address, singleRequest("site", "/"))).rejects.toThrow();
});
