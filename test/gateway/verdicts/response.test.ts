import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw } from "../../raw-client.ts";
import { fixture, type Served, serveApp } from "../../served-app.ts";

let served: Served;

beforeAll(async () => {
  served = await serveApp(
    { kind: "command", command: [process.execPath, fixture("raw-server.mjs")] },
    // So many failures would open the breaker.
    { timeoutMs: 5_000, breaker: { failureRate: 1, minRequests: 0, windowMs: 1_000, openMs: 1_000 } },
  );
});
afterAll(() => served.stop());

interface Answered {
  readonly name: string;
  /** What the app sends, write by write; with a number, so many times. */
  readonly parts: readonly (string | readonly [string, number])[];
  /** Whether it ends its connection then. */
  readonly ends?: boolean;
  readonly method?: string;
  readonly fields?: string;
}

/** What the client gets for what an app sends. */
async function answer({ parts, ends = false, method = "GET", fields = "" }: Answered): Promise<string> {
  const path = parts
    .map((part) => (typeof part === "string" ? ([part, 1] as const) : part))
    .map(([text, times]) => `${Buffer.from(text, "latin1").toString("base64url")}~${times}`)
    .join(".");
  const head = `${method} /${path}${ends ? "?end" : ""} HTTP/1.1\r\nHost: x\r\n${fields}Connection: close\r\n\r\n`;
  return exchangeRaw(served.url, head);
}

const ok = "HTTP/1.1 200 OK\r\n";

describe("a response is refused with 502 that has", () => {
  const cases: Answered[] = [
    { name: "no status line", parts: ["SSH-2.0-OpenSSH_9.2\r\n"] },
    { name: "a body without a head", parts: ["<html>"] },
    { name: "another version", parts: ["HTTP/2 200 OK\r\n\r\n"] },
    { name: "HTTP/1.2", parts: ["HTTP/1.2 200 OK\r\n\r\n"] },
    { name: "a status of two digits", parts: ["HTTP/1.1 20 OK\r\n\r\n"] },
    { name: "a status of four digits", parts: ["HTTP/1.1 2000 OK\r\n\r\n"] },
    { name: "a status below 100", parts: ["HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"] },
    { name: "a control character in its reason", parts: ["HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"] },
    { name: "bare LFs", parts: ["HTTP/1.1 200 OK\nContent-Length: 0\n\n"] },
    { name: "one bare LF", parts: [`${ok}X-A: a\nX-B: b\r\nContent-Length: 0\r\n\r\n`] },
    { name: "one bare CR", parts: [`${ok}X-A: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n`] },
    { name: "a folded line", parts: [`${ok}X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n`] },
    { name: "a space before a colon", parts: [`${ok}Content-Length : 5\r\n\r\nhello`] },
    { name: "a line without a colon", parts: [`${ok}Content-Length\r\n\r\n`] },
    { name: "a NUL", parts: [`${ok}X-A: \0\r\nContent-Length: 0\r\n\r\n`] },
    { name: "two lengths", parts: [`${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`] },
    { name: "a list of lengths", parts: [`${ok}Content-Length: 5, 5\r\n\r\nhello`] },
    { name: "a signed length", parts: [`${ok}Content-Length: +5\r\n\r\nhello`] },
    { name: "an unknown coding", parts: [`${ok}Transfer-Encoding: gzip\r\n\r\n`], ends: true },
    { name: "codings in a list", parts: [`${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`] },
    { name: "white space behind its coding", parts: [`${ok}Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n`] },
    { name: "a huge head", parts: [`${ok}X-A: `, ["a", 70_000], "\r\nContent-Length: 0\r\n\r\n"] },
    { name: "a head that does not end", parts: [`${ok}X-A: `, ["a", 70_000]] },
    { name: "a flood of 1xx before it", parts: [["HTTP/1.1 102 Processing\r\n\r\n", 3_000]] },
    {
      name: "a switch of protocols that nobody asked for",
      parts: ["HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
    },
    {
      name: "a switch to another protocol than was asked for",
      parts: ["HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n"],
      fields: "Connection: upgrade\r\nUpgrade: x\r\n",
    },
    { name: "no end of its head", parts: [`${ok}Content-Length: 5\r\n`], ends: true },
  ];
  it.each(cases)("$name", async (sent) => {
    const response = await answer(sent);
    const interim = /^(?:HTTP\/1\.1 102 Processing\r\n\r\n)*/.exec(response)?.[0] ?? "";
    expect(response.slice(interim.length)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(response).not.toMatch(/evil|hello/);
  });
});

describe("a response is broken off whose body has", () => {
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
  const cases: Answered[] = [
    { name: "a malformed chunk", parts: [`${chunked}5\r\nhello\r\n`, "zz\r\n"] },
    { name: "a bare LF behind a chunk's size", parts: [`${chunked}5\r\nhello\r\n`, "5\nworld\r\n0\r\n\r\n"] },
    { name: "a chunk that is longer than its size", parts: [`${chunked}5\r\nhello\r\n`, "3\r\nworld\r\n0\r\n\r\n"] },
    { name: "a length in its trailers", parts: [`${chunked}5\r\nhello\r\n`, "0\r\nContent-Length: 9\r\n\r\n"] },
    { name: "a folded trailer", parts: [`${chunked}5\r\nhello\r\n`, "0\r\nX-A: 1\r\n 2\r\n\r\n"] },
    { name: "an end before its last chunk", parts: [`${chunked}5\r\nhello\r\n`], ends: true },
    { name: "an end before its length", parts: [`${ok}Content-Length: 9\r\n\r\n`, "hello"], ends: true },
  ];
  it.each(cases)("$name", async (sent) => {
    const response = await answer(sent);
    expect(response).not.toMatch(/0\r\n[\s\S]*\r\n\r\n$/);
    expect(response).not.toMatch(/world|zz|X-A/);
  });
});

describe("a response is told in one way only that has", () => {
  const cases: (Answered & { readonly expected: RegExp })[] = [
    {
      name: "both framings",
      parts: [`${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
      expected: /^HTTP\/1\.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
    },
    {
      name: "the same length twice",
      parts: [`${ok}Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello`],
      expected: /^HTTP\/1\.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello$/,
    },
    {
      name: "more than its length",
      parts: [`${ok}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 Evil\r\nContent-Length: 0\r\n\r\n`],
      expected: /^HTTP\/1\.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello$/,
    },
    {
      name: "more than its last chunk",
      parts: [`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 Evil\r\n\r\n`],
      expected: /^HTTP\/1\.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n$/,
    },
    {
      name: "status 204 and a body",
      parts: ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"],
      expected: /^HTTP\/1\.1 204 No Content\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "status 204 and chunks",
      parts: ["HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
      expected: /^HTTP\/1\.1 204 No Content\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "status 304 and a body",
      parts: ["HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"],
      expected: /^HTTP\/1\.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "a body for HEAD",
      method: "HEAD",
      parts: [`${ok}Content-Length: 5\r\n\r\nhello`],
      expected: /^HTTP\/1\.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "a 1xx with a length before it",
      parts: [
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
        `${ok}Content-Length: 0\r\n\r\n`,
      ],
      expected:
        /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "no reason",
      parts: ["HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"],
      expected: /^HTTP\/1\.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "fields of one hop, and one that Connection names",
      parts: [
        `${ok}Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: x\r\nContent-Length: 0\r\n\r\n`,
      ],
      expected: /^HTTP\/1\.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$/,
    },
    {
      name: "no length, and ends with its connection",
      parts: ["HTTP/1.0 200 OK\r\n\r\nhello"],
      ends: true,
      expected: /^HTTP\/1\.1 200 OK\r\nConnection: close\r\n\r\nhello$/,
    },
  ];
  it.each(cases)("$name", async ({ expected, ...sent }) => {
    expect(await answer(sent)).toMatch(expected);
  });
});

it("what an app sends behind a response is no response to the next request", async () => {
  const evil = { name: "", parts: [`${ok}Content-Length: 2\r\n\r\nok${ok}Content-Length: 4\r\n\r\nevil`] };
  for (let round = 0; round < 20; round++) expect(await answer(evil)).toMatch(/\r\n\r\nok$/);
});
