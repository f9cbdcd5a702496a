import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";
import { createShopper, PNG, type Shopper } from "./shopper.ts";

const cwd = import.meta.dirname;

describe.each(ways)("mini-program $name", ({ start }) => {
  const folder = mkdtempSync(join(tmpdir(), "shop-story-"));
  let running: Running;
  let ann: Shopper;

  beforeAll(async () => {
    running = await start({
      name: "mini-program",
      cwd,
      entry: { kind: "node", file: join(cwd, "server.js") },
      env: { DATA_DIR: folder, ORDER_STEP_MS: "150", HEARTBEAT_MS: "100" },
    });
    ann = await createShopper(running.url, "ann");
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true });
  });

  it("serves its page and says that it is well", async () => {
    const page = await fetch(running.url);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("<title>");
    expect(await (await fetch(`${running.url}/healthz`)).json()).toEqual({ status: "ok" });
  });

  it("knows a returning customer", async () => {
    const again = await createShopper(running.url, "ann");
    expect(again.userId).toBe(ann.userId);
    expect((await createShopper(running.url, "bob")).userId).not.toBe(ann.userId);
  });

  it("fills, shows and empties a cart", async () => {
    const items = [
      { productId: "cups", quantity: 2 },
      { productId: "puer", quantity: 1 },
    ];
    expect((await ann.send("PUT", "/api/cart", { items })).status).toBe(200);
    const { body } = await ann.send("GET", "/api/cart");
    expect(body.totalCents).toBe(2 * 12600 + 16800);
    expect(body.items[0]).toEqual({
      productId: "cups",
      name: "Two celadon cups",
      quantity: 2,
      priceCents: 12600,
      totalCents: 25200,
    });
    expect((await ann.send("DELETE", "/api/cart")).status).toBe(204);
    expect((await ann.send("GET", "/api/cart")).body).toEqual({ items: [], totalCents: 0 });
  });

  it("places one order for one key, whatever the number of requests at once", async () => {
    const order = { items: [{ productId: "tide-bowl", quantity: 1 }], note: "a gift" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => ann.order("once", order)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201, body: { status: "placed", note: "a gift", totalCents: 48000 } });
    expect((await ann.send("GET", "/api/orders")).body.orders).toHaveLength(1);
    expect((await ann.send("GET", "/api/products/tide-bowl")).body.stock).toBe(11);
    const other = await ann.order("once", { ...order, note: "not a gift" });
    expect(other).toMatchObject({ status: 422, body: { error: { code: "key_reused" } } });
  });

  it("refuses to sell more than there is", async () => {
    const answer = await ann.order("too-many", { items: [{ productId: "tide-bowl", quantity: 12 }] });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "sold_out" } } });
  });

  it("tells the status of an order live, with heartbeats, and then ends", async () => {
    const { body: order } = await ann.order("live", { items: [{ productId: "lantern", quantity: 1 }] });
    const text = await (await ann.events(order.id)).text();
    expect([...text.matchAll(/"status":"(\w+)"/g)].map((match) => match[1])).toEqual([
      "placed",
      "paid",
      "shipped",
      "delivered",
    ]);
    expect(text).toContain("\n: still here\n\n");
    expect((await ann.send("GET", `/api/orders/${order.id}`)).body.status).toBe("delivered");
    expect(await (await ann.events(order.id, "1")).text()).toMatch(/^retry: 1000\n\nid: 2\n/);
    expect((await ann.events(order.id, "3")).status).toBe(204);
  });

  it("sends an event when it happens, not when the stream ends", async () => {
    const { body: order } = await ann.order("early", { items: [{ productId: "lantern", quantity: 1 }] });
    const response = await ann.events(order.id);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("placed")) text += (await reader?.read())?.value;
    expect(text).not.toContain("delivered");
    await reader?.cancel();
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });

  it("hides one customer's orders from another", async () => {
    const { body: order } = await ann.order("hidden", { items: [{ productId: "lantern", quantity: 1 }] });
    const bob = await createShopper(running.url, "bob");
    expect((await bob.send("GET", `/api/orders/${order.id}`)).status).toBe(404);
    expect((await bob.events(order.id)).status).toBe(404);
    expect((await bob.send("GET", "/api/orders")).body).toEqual({ orders: [] });
  });

  it("keeps an image and lets it be cached", async () => {
    const { status, body } = await ann.upload(PNG, "picture.txt");
    expect([status, body.type, body.bytes]).toEqual([201, "image/png", PNG.length]);
    const image = await fetch(`${running.url}/api/images/${body.id}`);
    expect(Buffer.from(await image.arrayBuffer()).equals(PNG)).toBe(true);
    expect(image.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    // Without a Cache-Control of its own, fetch() adds "no-cache" to a request with If-None-Match.
    const headers = { "If-None-Match": image.headers.get("etag") ?? "", "Cache-Control": "max-age=0" };
    const again = await fetch(`${running.url}/api/images/${body.id}`, { headers });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("refuses what is no image, and what is too large", async () => {
    expect(await ann.upload(Buffer.from("<svg/>"), "a.png")).toMatchObject({ status: 415 });
    const big = Buffer.concat([PNG, Buffer.alloc(5 * 1024 * 1024)]);
    expect(await ann.upload(big, "big.png")).toMatchObject({ status: 413, body: { error: { code: "too_large" } } });
    expect((await ann.upload(big.subarray(0, 5 * 1024 * 1024), "full.png")).status).toBe(201);
  });
});
