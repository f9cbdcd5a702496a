import { expect, it } from "vitest";

/** How a run of the site differs in what a visitor sees. */
export interface Told {
  /** Origin of the running site, asked when a story begins. */
  url(): string;
  /** Whether parts of an answer arrive as they are made. */
  isStreamed: boolean;
}

/** Tells every story of the site; it must read the same however the site runs. */
export function tellStories({ url, isStreamed }: Told): void {
  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(url() + path, { redirect: "manual", ...init });

  async function page(path: string, init?: RequestInit): Promise<string> {
    const response = await get(path, init);
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.text()).replaceAll("<!-- -->", "");
  }

  async function spread(path: string): Promise<{ text: string; lastedMs: number }> {
    const response = await get(path);
    const arrivals: number[] = [];
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      arrivals.push(performance.now());
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString(), lastedMs: (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0) };
  }

  it("serves a page made by the build, and its script", async () => {
    const html = await page("/");
    expect(html).toContain("<h1>Harbour</h1>");
    const script = /src="(\/_next\/static\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
    const response = await get(script);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect((await response.text()).length).toBeGreaterThan(100);
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
    expect((await get("/orders/none")).status).toBe(404);
  });

  it("runs the proxy before pages: a header, a cookie, a rewrite", async () => {
    const response = await get("/orders/8", { headers: { Cookie: "guest=Ann" } });
    expect(response.headers.get("x-harbour")).toBe("Ostrich Bay");
    expect(response.headers.getSetCookie()).toEqual(["seen=%2Forders%2F8; Path=/"]);
    expect(await response.text()).toContain('<dd id="pilot">Ann</dd>');
    expect(await page("/berths/9")).toContain("<h1>Order 9</h1>");
  });

  it("leads elsewhere from the configuration and from a page", async () => {
    const old = await get("/old/5?from=old");
    expect([old.status, old.headers.get("location")]).toEqual([308, "/orders/5?from=old"]);
    const moved = await get("/moved");
    expect([moved.status, moved.headers.get("location")]).toEqual([307, "/tides/monday?from=moved"]);
  });

  it("keeps a page until it is told of news", async () => {
    const made = async (): Promise<string | undefined> => /<p id="made">([^<]+)/.exec(await page("/tides/friday"))?.[1];
    const first = await made();
    expect(await made()).toBe(first);
    const told = await get("/api/tides", { method: "POST", body: '{"day":"friday"}' });
    expect(await told.json()).toEqual({ day: "friday" });
    const second = await made();
    expect(second).not.toBe(first);
    expect(await made()).toBe(second);
    expect((await get("/tides/noday")).status).toBe(404);
  });

  it("shows a draft to whom has its cookie", async () => {
    const begun = await get("/api/draft");
    expect([begun.status, begun.headers.get("location")]).toEqual([307, "/tides/monday"]);
    const cookie = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await page("/tides/monday", { headers: { Cookie: cookie } })).toContain("A draft.");
    expect(await page("/tides/monday")).toContain("As published.");
  });

  it("makes the picture smaller and tells its type by what the browser takes", async () => {
    const path = /\/_next\/image\?[^" ]+w=640[^" ]*/.exec(await page("/"))?.[0].replaceAll("&amp;", "&") ?? "";
    const response = await get(path, { headers: { Accept: "image/webp" } });
    expect(response.headers.get("content-type")).toBe("image/webp");
    expect((await response.bytes()).subarray(8, 12)).toEqual(new Uint8Array(Buffer.from("WEBP")));
  });

  it("serves a part of a file, and nothing of one the browser has", async () => {
    const part = await get("/harbour.png", { headers: { Range: "bytes=1-3" } });
    expect([part.status, await part.text()]).toEqual([206, "PNG"]);
    // Without a cache control, `fetch` asks for a fresh answer.
    const known = { "If-None-Match": part.headers.get("etag") ?? "", "Cache-Control": "max-age=0" };
    expect((await get("/harbour.png", { headers: known })).status).toBe(304);
  });

  it("answers its API routes", async () => {
    const echoed = await get(`/api/echo?a=1&b=${encodeURIComponent("ü&")}`);
    expect(await echoed.json()).toEqual({ query: { a: "1", b: "ü&" } });
    const post = await get("/api/echo", { method: "POST", body: "hello" });
    expect([post.status, post.headers.get("x-echo"), post.headers.get("x-api")]).toEqual([201, "yes", "1"]);
    expect(await post.json()).toEqual({ length: 5, text: "hello" });
    expect((await get("/api/echo", { method: "DELETE" })).status).toBe(405);
  });

  it("sets and deletes cookies", async () => {
    const begun = await get("/api/session", { method: "POST" });
    expect(begun.headers.getSetCookie()).toEqual([
      "guest=Ann; Path=/; HttpOnly; SameSite=lax",
      expect.stringMatching(/^theme=dark%20blue; Path=\/; Expires=[^;]+; Max-Age=60$/),
    ]);
    const ended = await get("/api/session", { method: "DELETE" });
    expect([ended.status, ended.headers.getSetCookie()[0]]).toEqual([204, expect.stringMatching(/^guest=;/)]);
  });

  it("works on after an answer", async () => {
    const entry = `entry ${Math.random()}`;
    expect((await get(`/api/log?entry=${encodeURIComponent(entry)}`, { method: "POST" })).status).toBe(202);
    await expect.poll(async () => (await get("/api/log")).json()).toContain(entry);
  });

  it("streams from an API route, where answers stream", async () => {
    const { text, lastedMs } = await spread("/api/stream");
    expect(text).toBe("line 0\nline 1\nline 2\n");
    if (isStreamed) expect(lastedMs).toBeGreaterThan(250);
  });

  it("sends a page's frame ahead of its slow part, where answers stream", async () => {
    const { text, lastedMs } = await spread("/weather");
    expect(text).toContain("Asking the weather station");
    expect(text).toContain("Wind from the west, 4 Bft");
    if (isStreamed) expect(lastedMs).toBeGreaterThan(150);
  });

  it("runs a server action as a form without script sends it", async () => {
    const response = await sign(url(), "Ann");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Welcome, Ann");
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await page("/guestbook", { headers: { Cookie: cookie } })).toContain("You signed as Ann.");
    expect(await (await sign(url(), " ")).text()).toContain("A name has 1 to 40 characters");
  });

  it("refuses a server action that another site sends", async () => {
    expect((await sign(url(), "Eve", "http://elsewhere.example")).status).toBe(500);
  });
}

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
