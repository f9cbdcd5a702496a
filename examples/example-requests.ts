import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Example } from "./harness/example.ts";
import type { Request } from "./harness/exchange.ts";
import type { SameBytes } from "./harness/same-bytes.ts";
import { createShopper, PNG } from "./mini-program/shopper.ts";
import { ensureBuilt } from "./next-site/build.ts";

function node(name: string, env: Record<string, string> = {}): Example {
  const cwd = join(import.meta.dirname, name);
  return { name, cwd, entry: { kind: "node", file: join(cwd, "server.js") }, env };
}

const json = (line: string, body: unknown): Request => ({
  line,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const form = Buffer.concat([
  Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'),
  PNG,
  Buffer.from("\r\n--b--\r\n"),
]);

/**
 * Requests to every example that it answers with the same bytes however it is run.
 *
 * @param folder in which a run makes one for its data
 */
export function exampleRequests(folder: string): Readonly<Record<string, SameBytes>> {
  return {
    "mini-program": {
      example: () => node("mini-program", { DATA_DIR: mkdtempSync(join(folder, "shop-")) }),
      session: async (url) => ({ Authorization: `Bearer ${(await createShopper(url, "ann")).token}` }),
      requests: [
        { line: "GET /" },
        { line: "HEAD /" },
        { line: "GET /style.css", headers: { Range: "bytes=10-99" } },
        { line: "GET /style.css", headers: { Range: "bytes=99999-" } },
        { line: "GET /main.js", headers: { "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" } },
        { line: "GET /healthz" },
        { line: "GET /api/products" },
        { line: "HEAD /api/products" },
        { line: "GET /api/products/p%C3%BC" },
        { line: "GET /api/products/%E0%A4%A" },
        { line: "GET //api///products" },
        { line: "GET /../../etc/passwd" },
        { line: "OPTIONS /api/cart" },
        json("PUT /api/cart", { items: [{ productId: "cups", quantity: 3 }] }),
        { line: "GET /api/cart" },
        { line: "DELETE /api/cart" },
        json("POST /api/orders", { items: [] }),
        { line: "POST /api/login" },
        json("POST /api/login", { code: "busy" }),
        { line: "POST /api/login", headers: { "Content-Type": "application/json" }, body: "{" },
        { line: "POST /api/images", headers: { "Content-Type": "multipart/form-data; boundary=b" }, body: form },
        { line: "GET /api/images/none" },
        { line: "GET /api/cart", headers: { Authorization: "Bearer no" } },
        { line: "TRACE /" },
      ],
    },

    "koa-api": {
      example: () => node("koa-api"),
      requests: [
        { line: "GET /" },
        { line: "GET /planets?closerThan=500" },
        { line: "GET /planets.ndjson" },
        { line: "HEAD /planets.ndjson" },
        { line: "GET /planets/mars" },
        { line: "GET /planets/mars", headers: { "If-None-Match": '"mars"' } },
        json("POST /light-times", { planets: ["earth"] }),
        { line: "POST /light-times", headers: { "Content-Type": "application/json" }, body: "{" },
        { line: "GET /visits" },
        { line: "GET /broken" },
        { line: "GET /nothing" },
      ],
    },

    "plain-http": {
      example: () => node("plain-http"),
      requests: [
        { line: "GET /" },
        { line: "HEAD /bytes/1000" },
        { line: "GET /bytes/0" },
        { line: "GET /bytes/1" },
        { line: "GET /bytes/3000000" },
        { line: "GET /bytes/-1" },
        { line: "GET /stream?n=5&ms=5" },
        { line: "GET /stream?n=0" },
        { line: "GET /events?n=3&ms=5", headers: { "Last-Event-ID": "0" } },
        { line: "GET /trailers" },
        { line: "GET /early-hints" },
        { line: "POST /upload" },
        { line: "POST /upload", body: "tide".repeat(500_000) },
        { line: "POST /upload", headers: { "Transfer-Encoding": "chunked" }, body: "tide".repeat(500_000) },
        { line: "PROPFIND /nothing" },
      ],
    },

    python: {
      example: () => {
        const cwd = join(import.meta.dirname, "python");
        return { name: "python", cwd, entry: { kind: "command", command: ["python3", "app.py"] } };
      },
      requests: [
        { line: "GET /" },
        { line: "GET /api/squares?n=100" },
        { line: "GET /api/squares?n=many" },
        { line: "GET /stream?n=4&ms=5" },
        { line: "POST /form", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=1&a=%C3%BC" },
        { line: "POST /form", body: "a=1" },
        { line: "DELETE /form" },
      ],
    },

    "next-site": {
      prepare: ensureBuilt,
      example: () => node("next-site"),
      requests: [
        { line: "GET /" },
        { line: "HEAD /" },
        { line: "GET /", headers: { RSC: "1" } },
        { line: "GET /harbour.png" },
        { line: "GET /api/echo?a=1" },
        { line: "POST /api/echo", body: "hello" },
        { line: "DELETE /api/echo" },
        { line: "GET /api/stream" },
        { line: "GET /guestbook" },
        { line: "GET /orders/none" },
        { line: "GET /nothing/" },
        { line: "GET /_next/image?url=nothing" },
        { line: "GET /_next/static/nothing.js" },
      ],
    },
  };
}
