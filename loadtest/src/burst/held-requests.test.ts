import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { HeldRequests } from "./held-requests.ts";

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

it("HeldRequests are answered, and end when they are let go", async () => {
  let open = 0;
  const address = await serve((req, res) => {
    open++;
    res.setHeader("X-Pid", String(open)).write("here\n");
    req.resume().on("end", () => {
      open--;
      res.end();
    });
  });
  const requests = await HeldRequests.open(address, 3);
  const answers = await requests.send();
  expect(open).toBe(3);
  expect(answers.map(({ pid }) => pid).sort()).toEqual([1, 2, 3]);
  expect(answers.map(({ at }) => at)).toEqual(answers.map(({ at }) => at).sort((a, b) => a - b));
  await requests.release();
  expect(open).toBe(0);
  requests.close();
});

it("HeldRequests tell that one was refused", async () => {
  const address = await serve((_req, res) => res.writeHead(503).end());
  const requests = await HeldRequests.open(address, 1);
  await expect(requests.send()).rejects.toThrow("Cannot hold a request: status 503");
  requests.close();
});
