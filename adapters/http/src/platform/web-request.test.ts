import { describe, expect, test } from "vitest";
import { createWebRequest, type WebRequestInput } from "./web-request.ts";

const owner = { signal: new AbortController().signal };

function create(changes: Partial<WebRequestInput> = {}): Request {
  const rawHeaders = ["host", "a.example", "content-type", "application/json"];
  return createWebRequest(
    { method: "POST", target: "/a?b=c", rawHeaders, isSecure: true, body: null, ...changes },
    owner,
  );
}

describe("createWebRequest", () => {
  test("makes a request of the web standard, with its owner's signal", () => {
    const request = create();
    expect(request).toBeInstanceOf(Request);
    expect([request.method, request.url, request.body]).toEqual(["POST", "https://a.example/a?b=c", null]);
    expect(request.signal).toBe(owner.signal);
    expect(Object.prototype.toString.call(request)).toBe("[object Request]");
  });

  const urls: { name: string; changes: Partial<WebRequestInput>; url: string }[] = [
    { name: "no host", changes: { rawHeaders: [] }, url: "https://localhost/a?b=c" },
    { name: "no TLS and a port", changes: { isSecure: false, rawHeaders: ["Host", "a:81"] }, url: "http://a:81/a?b=c" },
    { name: "an absolute target", changes: { target: "http://b.example/x" }, url: "http://b.example/x" },
    { name: "OPTIONS *", changes: { method: "OPTIONS", target: "*" }, url: "https://a.example/*" },
    { name: "two slashes", changes: { target: "//evil.example/x" }, url: "https://a.example//evil.example/x" },
    { name: "an IPv6 host", changes: { rawHeaders: ["host", "[::1]:80"] }, url: "https://[::1]:80/a?b=c" },
  ];
  test.each(urls)("has the right URL for $name", ({ changes, url }) => {
    expect(create(changes).url).toBe(url);
  });

  const refused: { name: string; changes: Partial<WebRequestInput> }[] = [
    { name: "a host with a path", changes: { rawHeaders: ["host", "a.example/x"] } },
    { name: "a host with a user", changes: { rawHeaders: ["host", "me@a.example"] } },
    { name: "a host with a query", changes: { rawHeaders: ["host", "a.example?x"] } },
    { name: "a host that is none", changes: { rawHeaders: ["host", "a:b:c"] } },
    { name: "TRACE", changes: { method: "TRACE" } },
    { name: "a method that is none", changes: { method: "A B" } },
  ];
  test.each(refused)("refuses $name", ({ changes }) => {
    expect(() => create(changes)).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
  });

  test("joins repeated headers, cookies with semicolons", () => {
    const rawHeaders = ["x-a", "1", "X-A", "2", "cookie", "a=1", "Cookie", "b=2", "__proto__", "x"];
    const { headers } = create({ rawHeaders });
    expect([headers.get("x-a"), headers.get("cookie"), headers.get("__proto__")]).toEqual(["1, 2", "a=1; b=2", "x"]);
  });

  test("writes text in headers as its bytes, once, and leaves out what is no header", () => {
    const { headers } = create({ rawHeaders: ["x-a", "1", "x-b", "潮", "bad name", "x", "x-c", "a\r\nb"] });
    expect([...headers].map(([name]) => name)).toEqual(["x-a", "x-b"]);
    expect([headers.get("x-a"), Buffer.from(headers.get("x-b") ?? "", "latin1").toString()]).toEqual(["1", "潮"]);
  });

  test("gives no body to GET", () => {
    expect(create({ method: "GET", body: Buffer.from("x") }).body).toBeNull();
  });
});

describe.each([
  { name: "small", size: 10 },
  { name: "large", size: 100_000 },
])("a $name body that is there", ({ size }) => {
  const text = JSON.stringify("ü".repeat(size));
  const read = (): Request => create({ body: Buffer.from(text) });

  test("is read in every way", async () => {
    expect(await read().text()).toBe(text);
    expect(await read().json()).toBe(JSON.parse(text));
    expect(Buffer.from(await read().arrayBuffer()).toString()).toBe(text);
    expect(Buffer.from(await read().bytes()).toString()).toBe(text);
    expect((await read().blob()).size).toBe(Buffer.byteLength(text));
    expect(await new Response(read().body).text()).toBe(text);
    expect(await read().clone().text()).toBe(text);
    expect(await new Request(read()).text()).toBe(text);
  });

  test("is read once", async () => {
    const request = read();
    expect(request.bodyUsed).toBe(false);
    await request.text();
    expect(request.bodyUsed).toBe(true);
    await expect(request.json()).rejects.toThrow(TypeError);
    expect(() => request.clone()).toThrow(TypeError);
    expect(() => new Request(request)).toThrow(TypeError);
    const locked = read();
    locked.body?.getReader();
    await expect(locked.arrayBuffer()).rejects.toThrow(TypeError);
  });

  test("tells of JSON that is none, and drops a byte order mark", async () => {
    await expect(create({ body: Buffer.from(`{${text}`) }).json()).rejects.toThrow(SyntaxError);
    expect(await create({ body: Buffer.from(`\uFEFF${text}`) }).text()).toBe(text);
  });
});
