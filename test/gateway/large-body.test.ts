import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

const GB = 1024 ** 3;
const block = Buffer.alloc(1024 * 1024, "x");

/** What client, gateway and this test may need more than before, all in one process. */
const allowedGrowthBytes = 200 * 1024 ** 2;

let served: Served;

beforeAll(async () => {
  served = await serveApp("app.js");
  await fetch(served.url);
});
afterAll(() => served.stop());

/** Runs the transfer and returns by how much this process, client and gateway, grew at most meanwhile. */
async function growthDuring(transfer: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  await transfer();
  clearInterval(timer);
  return most - before;
}

describe("a large body streams through in flat memory", () => {
  it("10 GB up", { timeout: 120_000 }, async () => {
    const growth = await growthDuring(async () => {
      const client = await rawClient(served.url);
      client.send(`POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: ${10 * GB}\r\nConnection: close\r\n\r\n`);
      for (let sent = 0; sent < 10 * GB; sent += block.length) {
        if (!client.socket.write(block)) await new Promise((resolve) => client.socket.once("drain", resolve));
      }
      expect(await client.ended()).toMatch(new RegExp(`\r\n\r\n${10 * GB}$`));
    });
    expect(growth).toBeLessThan(allowedGrowthBytes);
  });

  it("3 GB down", { timeout: 120_000 }, async () => {
    const growth = await growthDuring(async () => {
      const response = await fetch(`${served.url}/bytes?n=${3 * GB}`);
      let bytes = 0;
      for await (const chunk of response.body ?? []) bytes += chunk.length;
      expect(bytes).toBe(3 * GB);
    });
    expect(growth).toBeLessThan(allowedGrowthBytes);
  });

  it("not ahead of a reader that is slow", async () => {
    const client = await rawClient(served.url);
    client.send(`GET /bytes?n=${GB} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until(/xxxx/);
    const growth = await growthDuring(async () => {
      client.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 300)); // time in which an unpaused sender would send 100s of MB
    });
    client.socket.destroy();
    expect(growth).toBeLessThan(64 * 1024 ** 2);
  });
});
