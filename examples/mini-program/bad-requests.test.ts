import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";
import { createShopper, request, type Shopper } from "./shopper.ts";

const cwd = import.meta.dirname;
const JSON_TYPE = { "Content-Type": "application/json" };
const key = { ...JSON_TYPE, "Idempotency-Key": "k" };
const items = (...list: unknown[]) => JSON.stringify({ items: list });
const line = { productId: "cups", quantity: 1 };

interface BadRequest {
  name: string;
  at: string;
  headers?: Record<string, string>;
  body?: string;
  expected: string;
}

const withoutSession: BadRequest[] = [
  { name: "malformed JSON", at: "POST /api/login", headers: JSON_TYPE, body: "{", expected: "400 malformed_json" },
  {
    name: "not JSON",
    at: "POST /api/login",
    headers: { "Content-Type": "text/plain" },
    body: "a",
    expected: "415 not_json",
  },
  { name: "no code", at: "POST /api/login", headers: JSON_TYPE, body: "{}", expected: "422 invalid_login" },
  { name: "no body", at: "POST /api/login", expected: "422 invalid_login" },
  {
    name: "wrong code",
    at: "POST /api/login",
    headers: JSON_TYPE,
    body: '{"code":"bad"}',
    expected: "401 invalid_code",
  },
  { name: "used code", at: "POST /api/login", headers: JSON_TYPE, body: '{"code":"used"}', expected: "401 used_code" },
  {
    name: "busy upstream",
    at: "POST /api/login",
    headers: JSON_TYPE,
    body: '{"code":"busy"}',
    expected: "503 wechat_busy",
  },
  { name: "no session", at: "GET /api/cart", expected: "401 no_session" },
  {
    name: "broken session",
    at: "GET /api/cart",
    headers: { Authorization: "Bearer x.y.z" },
    expected: "401 bad_session",
  },
  { name: "unknown product", at: "GET /api/products/moon", expected: "404 no_such_product" },
  { name: "broken escape", at: "GET /api/products/%E0%A4%A", expected: "400 bad_request" },
  { name: "unknown image", at: "GET /api/images/none", expected: "404 no_such_image" },
  { name: "unknown path", at: "GET /nothing", expected: "404 not_found" },
];

const withSession: BadRequest[] = [
  { name: "unknown order", at: "GET /api/orders/none", expected: "404 no_such_order" },
  { name: "events of an unknown order", at: "GET /api/orders/none/events", expected: "404 no_such_order" },
  { name: "cart without items", at: "PUT /api/cart", headers: JSON_TYPE, body: "{}", expected: "422 invalid_items" },
  { name: "cart of null", at: "PUT /api/cart", headers: JSON_TYPE, body: items(null), expected: "422 invalid_items" },
  {
    name: "an item twice",
    at: "PUT /api/cart",
    headers: JSON_TYPE,
    body: items(line, line),
    expected: "422 invalid_items",
  },
  {
    name: "half a cup",
    at: "PUT /api/cart",
    headers: JSON_TYPE,
    body: items({ ...line, quantity: 0.5 }),
    expected: "422 invalid_items",
  },
  {
    name: "cart of the unknown",
    at: "PUT /api/cart",
    headers: JSON_TYPE,
    body: items({ ...line, productId: "x" }),
    expected: "422 invalid_items",
  },
  {
    name: "huge body",
    at: "PUT /api/cart",
    headers: JSON_TYPE,
    body: JSON.stringify("x".repeat(200_000)),
    expected: "413 too_large",
  },
  {
    name: "order without key",
    at: "POST /api/orders",
    headers: JSON_TYPE,
    body: items(line),
    expected: "400 no_idempotency_key",
  },
  { name: "order without body", at: "POST /api/orders", headers: key, expected: "422 invalid_items" },
  { name: "empty order", at: "POST /api/orders", headers: key, body: items(), expected: "422 empty_order" },
  { name: "image as JSON", at: "POST /api/images", headers: JSON_TYPE, body: "{}", expected: "415 not_multipart" },
  {
    name: "form without boundary",
    at: "POST /api/images",
    headers: { "Content-Type": "multipart/form-data" },
    body: "x",
    expected: "400 malformed_form",
  },
  {
    name: "form cut short",
    at: "POST /api/images",
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
    body: "--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\nxx",
    expected: "400 malformed_form",
  },
  {
    name: "form without file",
    at: "POST /api/images",
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
    body: "--b--\r\n",
    expected: "422 no_image",
  },
];

describe.each(ways)("mini-program $name answers a bad request", ({ start }) => {
  const folder = mkdtempSync(join(tmpdir(), "shop-bad-"));
  let running: Running;
  let ann: Shopper;

  beforeAll(async () => {
    const entry = { kind: "node" as const, file: join(cwd, "server.js") };
    running = await start({ name: "mini-program", cwd, entry, env: { DATA_DIR: folder } });
    ann = await createShopper(running.url, "ann");
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true });
  });

  async function check({ at, headers, body, expected }: BadRequest, session = {}): Promise<void> {
    const [method = "", path] = at.split(" ");
    const answer = await request(running.url + path, method, body, { ...session, ...headers });
    expect(`${answer.status} ${answer.body?.error.code}`).toBe(expected);
    expect(answer.body.error.message).toMatch(/\w/);
  }

  it.each(withoutSession)("$name: $expected", (bad) => check(bad));
  it.each(withSession)("$name: $expected", (bad) => check(bad, { Authorization: `Bearer ${ann.token}` }));
});
