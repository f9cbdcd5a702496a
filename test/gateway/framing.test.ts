import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw, rawClient } from "../raw-client.ts";
import { type Served, serveApp } from "../served-app.ts";

let served: Served;

beforeAll(async () => {
  served = await serveApp("app.js", {}, { maxHeaderBytes: 8192 });
});
afterAll(() => served.stop());

const head = (line: string, ...fields: string[]): string => [line, "Host: x", ...fields, "", ""].join("\r\n");

describe("gateway refuses what parsers could understand differently", () => {
  const cases: { name: string; request: string; status: number; code: string }[] = [
    {
      name: "both Content-Length and Transfer-Encoding",
      request: `${head("POST / HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "two different lengths",
      request: `${head("POST / HTTP/1.1", "Content-Length: 5", "Content-Length: 6")}hello!`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "the same length twice",
      request: `${head("POST / HTTP/1.1", "Content-Length: 5", "content-length: 5")}hello`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a list of lengths",
      request: `${head("POST / HTTP/1.1", "Content-Length: 5, 5")}hello`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a signed length",
      request: `${head("POST / HTTP/1.1", "Content-Length: +5")}hello`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a transfer coding before chunked",
      request: `${head("POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "Transfer-Encoding twice",
      request: `${head("POST / HTTP/1.1", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a disguised coding",
      request: `${head("POST / HTTP/1.1", "Transfer-Encoding: xchunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a coding behind a space that only JavaScript takes for one",
      request: `${head("POST / HTTP/1.1", "Transfer-Encoding: \xa0chunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "chunked in HTTP/1.0",
      request: `${head("POST / HTTP/1.0", "Transfer-Encoding: chunked")}0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a space before the colon",
      request: head("GET / HTTP/1.1", "Content-Length : 5"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "a folded line",
      request: head("GET / HTTP/1.1", "X-Long: a\r\n b"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "a NUL in a value",
      request: head("GET / HTTP/1.1", "X-Nul: a\0b"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "a bare CR in a value",
      request: head("GET / HTTP/1.1", "X-Cr: a\rTransfer-Encoding: chunked"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "a bare LF in a value",
      request: head("GET / HTTP/1.1", "X-Lf: a\nTransfer-Encoding: chunked"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "bare LF line ends",
      request: "GET / HTTP/1.1\nHost: x\n\n",
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    { name: "no Host", request: "GET / HTTP/1.1\r\n\r\n", status: 400, code: "TIDEGATE_REQUEST_INVALID" },
    { name: "two Hosts", request: head("GET / HTTP/1.1", "Host: y"), status: 400, code: "TIDEGATE_REQUEST_INVALID" },
    {
      name: "a Host with a path",
      request: "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n",
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    {
      name: "a space in the target",
      request: head("GET /a b HTTP/1.1"),
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    { name: "no target", request: head("GET HTTP/1.1"), status: 400, code: "TIDEGATE_REQUEST_INVALID" },
    { name: "HTTP/1.2", request: head("GET / HTTP/1.2"), status: 505, code: "TIDEGATE_HTTP_VERSION_UNSUPPORTED" },
    {
      name: "a TLS hello",
      request: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      status: 400,
      code: "TIDEGATE_REQUEST_INVALID",
    },
    { name: "CONNECT", request: head("CONNECT x:443 HTTP/1.1"), status: 501, code: "TIDEGATE_METHOD_UNSUPPORTED" },
    {
      name: "headers over the limit, whole",
      request: head("GET / HTTP/1.1", `X-Big: ${"b".repeat(9000)}`),
      status: 431,
      code: "TIDEGATE_HEADERS_TOO_LARGE",
    },
    {
      name: "headers over the limit that never end",
      request: `GET / HTTP/1.1\r\nX-Big: ${"b".repeat(9000)}`,
      status: 431,
      code: "TIDEGATE_HEADERS_TOO_LARGE",
    },
    {
      name: "a chunk size that is no number",
      request: `${head("POST /count HTTP/1.1", "Transfer-Encoding: chunked")}zz\r\nhello\r\n0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a chunk size with a bare LF",
      request: `${head("POST /count HTTP/1.1", "Transfer-Encoding: chunked")}5\nhello\r\n0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
    {
      name: "a chunk longer than its size",
      request: `${head("POST /count HTTP/1.1", "Transfer-Encoding: chunked")}3\r\nhello\r\n0\r\n\r\n`,
      status: 400,
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
    },
  ];
  it.each(cases)("$name: $status $code", async ({ request, status, code }) => {
    const response = await exchangeRaw(served.url, request);
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(response).toMatch(/\r\nConnection: close\r\n/);
    const body: unknown = JSON.parse(response.slice(response.indexOf("\r\n\r\n") + 4));
    expect(body).toEqual({
      error: { code, message: expect.stringMatching(/^Cannot read the request: /), requestId: expect.any(String) },
    });
    expect(response.match(/HTTP\/1\.1 /g), "one response only").toHaveLength(1);
  });
});

it("gateway refuses the preface of HTTP/2 where that is switched off", async () => {
  const other = await serveApp("app.js", {}, { http2: false });
  expect(await exchangeRaw(other.url, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 505 [\s\S]*TIDEGATE_HTTP_VERSION_UNSUPPORTED/,
  );
  await other.stop();
});

describe("gateway reads heads and bodies however they are cut", () => {
  const request =
    "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
    "5;name=value\r\nhello\r\n1\r\n \r\n00005\r\nworld\r\n0\r\nX-Trailer: kept\r\n\r\n";
  const whole =
    '{"bytes":11,"sha256":"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9","trailers":{"x-trailer":"kept"}}';

  it.each([1, 2, 3, 7, 50])("in pieces of %i bytes", async (size) => {
    const client = await rawClient(served.url);
    for (let at = 0; at < request.length; at += size) {
      client.send(request.slice(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.ended()).toContain(whole);
    client.socket.destroy();
  });

  it("pipelined requests are answered one after the other, in order", async () => {
    const paths = ["/slow?ms=30", "/", "/status?code=204", "/slow?ms=10", "/missing"];
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join("");
    const response = await exchangeRaw(served.url, `${requests}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect([...response.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "200",
      "200",
      "204",
      "200",
      "404",
      "200",
    ]);
  });

  it("a smuggled request in a body is body", async () => {
    const inner = "GET /exit HTTP/1.1\r\nHost: x\r\n\r\n";
    const response = await exchangeRaw(
      served.url,
      `POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`,
    );
    expect(response).toMatch(new RegExp(`${inner.length}$`));
  });

  it("empty lines before a request are ignored", async () => {
    expect(await exchangeRaw(served.url, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
      /hello$/,
    );
  });
});
