import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";
import { ensureBuilt } from "./build.ts";

const cwd = import.meta.dirname;

beforeAll(ensureBuilt, 180_000);

describe.each(ways)("next-site $name", ({ start }) => {
  let running: Running;

  beforeAll(async () => {
    running = await start({ name: "next-site", cwd, entry: { kind: "node", file: join(cwd, "server.js") } });
  });
  afterAll(() => running?.stop());

  async function page(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(running.url + path, init);
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.text()).replaceAll("<!-- -->", "");
  }

  it("serves a page made by the build, and its script", async () => {
    const html = await page("/");
    expect(html).toContain("<h1>Harbour</h1>");
    const script = /src="(\/_next\/static\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
    const response = await fetch(running.url + script);
    expect(response.headers.get("cache-control")).toContain("immutable");
    await response.bytes();
  });

  it("makes a page for each request from path, query, header and time", async () => {
    const begin = Date.now();
    const html = await page("/orders/7?from=test", { headers: { "Accept-Language": "en-GB" } });
    expect(html).toContain("<h1>Order 7</h1>");
    expect(html).toContain('<dd id="from">test</dd>');
    expect(html).toContain('<dd id="language">en-GB</dd>');
    const time = Date.parse(/<dd id="time">([^<]+)/.exec(html)?.[1] ?? "");
    expect(time).toBeGreaterThanOrEqual(begin);
    expect(time).toBeLessThanOrEqual(Date.now());
    expect((await fetch(`${running.url}/orders/none`)).status).toBe(404);
  });

  it("makes the picture smaller and tells its type by what the browser takes", async () => {
    const path = /\/_next\/image\?[^" ]+w=640[^" ]*/.exec(await page("/"))?.[0].replaceAll("&amp;", "&");
    const response = await fetch(running.url + path, { headers: { Accept: "image/webp" } });
    expect(response.headers.get("content-type")).toBe("image/webp");
    expect((await response.bytes()).subarray(8, 12)).toEqual(new Uint8Array(Buffer.from("WEBP")));
  });

  it("answers its API routes", async () => {
    const get = await fetch(`${running.url}/api/echo?a=1&b=${encodeURIComponent("ü&")}`);
    expect(await get.json()).toEqual({ query: { a: "1", b: "ü&" } });
    const post = await fetch(`${running.url}/api/echo`, { method: "POST", body: "hello" });
    expect([post.status, post.headers.get("x-echo")]).toEqual([201, "yes"]);
    expect(await post.json()).toEqual({ length: 5, text: "hello" });
    expect((await fetch(`${running.url}/api/echo`, { method: "DELETE" })).status).toBe(405);
  });

  it("streams from an API route", async () => {
    const response = await fetch(`${running.url}/api/stream`);
    const arrivals: number[] = [];
    for await (const _ of response.body ?? []) arrivals.push(performance.now());
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(250);
  });

  it("runs a server action as a form without script sends it", async () => {
    const response = await sign(running.url, "Ann");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Welcome, Ann");
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await page("/guestbook", { headers: { Cookie: cookie } })).toContain("You signed as Ann.");
    expect(await (await sign(running.url, " ")).text()).toContain("A name has 1 to 40 characters");
  });

  it("refuses a server action that another site sends", async () => {
    expect((await sign(running.url, "Eve", "http://elsewhere.example")).status).toBe(500);
  });
});

async function sign(url: string, name: string, origin = url): Promise<Response> {
  const html = await (await fetch(`${url}/guestbook`)).text();
  const form = new FormData();
  for (const [, hidden = ""] of html.matchAll(/<input type="hidden" ([^>]*)\/>/g)) {
    form.append(/name="([^"]*)"/.exec(hidden)?.[1] ?? "", unescapeHtml(/value="([^"]*)"/.exec(hidden)?.[1] ?? ""));
  }
  form.append("name", name);
  // Next compares the origin with the host that it believes to be asked.
  return await fetch(`${url}/guestbook`, { method: "POST", body: form, headers: { Origin: origin } });
}

function unescapeHtml(html: string): string {
  return html.replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&amp;", "&");
}
