import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Running } from "../harness/example.ts";
import { exchange, type Request, type Response } from "../harness/exchange.ts";
import { startPlain } from "../harness/start-plain.ts";
import { ensureBuilt } from "./build.ts";
import { handlerFile, shapes, throughEvents } from "./events/site-ways.ts";

const cwd = import.meta.dirname;
const example = { name: "next-site", cwd, entry: { kind: "node" as const, file: join(cwd, "server.js") } };
const form = '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn\r\n--b--\r\n';

const requests: Request[] = [
  { line: "GET /" },
  { line: "HEAD /" },
  { line: "GET /", headers: { RSC: "1" } },
  { line: "GET /", headers: { "Accept-Encoding": "gzip" } },
  { line: "GET /?a=%20&b=%C3%BC&a=+" },
  { line: "GET /guestbook" },
  { line: "POST /guestbook", headers: { "Content-Type": "multipart/form-data; boundary=b" }, body: form },
  { line: "GET /orders/42?from=%C3%BC", headers: { Cookie: "guest=Ann; theme=dark", "Accept-Language": "de, en" } },
  { line: "GET /orders/none" },
  { line: "GET /orders/%C3%BC" },
  { line: "GET /berths/42" },
  { line: "GET /old/42/43?from=old" },
  { line: "GET /moved" },
  { line: "GET /tides/monday" },
  { line: "GET /tides/sunday" },
  { line: "GET /tides/noday" },
  { line: "GET /weather" },
  { line: "GET /weather", headers: { "Accept-Encoding": "gzip" } },
  { line: "GET /api/echo?a=1&b=%26" },
  { line: "POST /api/echo", body: "grüße" },
  { line: "POST /api/echo", headers: { "Transfer-Encoding": "chunked" }, body: "tide".repeat(100_000) },
  { line: "DELETE /api/echo" },
  { line: "OPTIONS /api/echo" },
  { line: "GET /api/stream" },
  { line: "POST /api/session" },
  { line: "DELETE /api/session" },
  { line: "GET /api/draft" },
  { line: "GET /api/draft?off" },
  { line: "GET /harbour.png" },
  { line: "HEAD /harbour.png" },
  { line: "GET /harbour.png", headers: { Range: "bytes=100-199" } },
  { line: "GET /harbour.png", headers: { Range: "bytes=99999-" } },
  { line: "GET /harbour.png", headers: { "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" } },
  { line: "GET /_next/image?url=%2Fharbour.png&w=640&q=75", headers: { Accept: "image/webp" } },
  { line: "GET /_next/image?url=nothing" },
  { line: "GET /_next/static/nothing.js" },
  { line: "GET /nothing/" },
  { line: "GET //nothing" },
  { line: "GET /%E0%A4%A" },
];

beforeAll(async () => {
  await ensureBuilt();
  await makeSunday();
}, 180_000);

/** Made when it is first asked for, and then kept in the build that all share: else each process could make its own. */
async function makeSunday(): Promise<void> {
  for (let isKept = false; !isKept; ) {
    const site = await startPlain(example);
    const { headers } = await exchange(site.url, { line: "GET /tides/sunday" });
    isKept = headers.some(([name, value]) => name.toLowerCase() === "x-nextjs-cache" && value === "HIT");
    await site.stop();
  }
}

describe.each(shapes.map((shape) => throughEvents(shape, handlerFile)))(
  "the same answers by itself and $name",
  ({ start }) => {
    let runs: Running[] = [];

    beforeAll(async () => {
      runs = await Promise.all([startPlain(example), start(example)]);
    });
    afterAll(() => Promise.all(runs.map((running) => running.stop())));

    it.each(requests)("$line $headers", async (request) => {
      const [plain, event] = await Promise.all(runs.map(({ url }) => exchange(url, request)));
      expect(event && toCompared(event)).toEqual(plain && toCompared(plain));
    });
  },
);

// A whole answer has the length that a streamed one has not; formats of events write header names as they like, and
// some have no place for two headers of one name, which is the same as both values with a comma (RFC 9110, 5.3).
function toCompared({ statusLine, headers, body }: Response): object {
  const joined = new Headers(headers);
  joined.delete("content-length");
  const bytes = joined.get("content-encoding") === "gzip" ? gunzipSync(body) : body;
  return {
    statusLine,
    headers: [...joined].map(([name, value]) => [name, withoutTime(value.replaceAll(", ", ","))]),
    body: withoutTime(bytes.toString("latin1")),
  };
}

function withoutTime(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME")
    .replaceAll(/Expires=[^;]+GMT/g, "Expires=TIME");
}
