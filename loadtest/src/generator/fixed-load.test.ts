import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixedLoad } from "./fixed-load.ts";

let dir: string;
let server: Server;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tidegate-fixed-load-"));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const path = join(dir, "app.sock");
  server = createServer(listener).listen(path);
  await once(server, "listening");
  return path;
}

it("fixedLoad counts the responses that the app gave", async () => {
  let given = 0;
  const path = await serve((_req, res) => {
    given++;
    const body = "tide".repeat(50_000);
    res.setHeader("Content-Length", body.length);
    res.end(body);
  });
  const { responses, latenciesMs, perSecond } = await fixedLoad({ path, connections: 3, seconds: 0.2 });
  expect(responses).toBeGreaterThan(2);
  expect([responses, latenciesMs.length]).toEqual([given, given]);
  expect(perSecond).toBeGreaterThan(0);
});

it("fixedLoad refuses a response that is none of success", async () => {
  const path = await serve((_req, res) => res.writeHead(500, { "Content-Length": 0 }).end());
  await expect(fixedLoad({ path, connections: 1, seconds: 5 })).rejects.toThrow("a response began with");
});

it("fixedLoad refuses a connection that ends", async () => {
  const path = await serve((_req, res) => res.destroy());
  await expect(fixedLoad({ path, connections: 1, seconds: 5 })).rejects.toThrow("Cannot measure");
});
