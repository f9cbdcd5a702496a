import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvent } from "./adapter.contract.ts";
import { type Handler, toHandler } from "./index.ts";

/** The same app is run on a real server and through a handler, and both answers have to agree. */
interface Case {
  name: string;
  app: (request: IncomingMessage, response: ServerResponse) => unknown;
  method?: string;
  body?: string;
}

interface Outcome {
  status: number;
  headers: [string, string][];
  body: string;
}

// About one connection, or added by every server and platform for itself.
const OWN_TO_THE_CONNECTION: ReadonlySet<string> = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "trailer",
]);

const CASES: Case[] = [
  { name: "end with text", app: (_, res) => res.end("hello") },
  { name: "end with nothing", app: (_, res) => res.end() },
  {
    name: "write, then end",
    app: (_, res) => {
      res.write("a");
      res.write(Buffer.from("b"));
      res.end("c");
    },
  },
  {
    name: "status and message",
    app: (_, res) => {
      res.statusCode = 418;
      res.statusMessage = "Tea";
      res.end("pot");
    },
  },
  {
    name: "writeHead with an object",
    app: (_, res) => res.writeHead(201, { "X-A": "1", "x-list": ["a", "b"] }).end("x"),
  },
  { name: "writeHead with an array", app: (_, res) => res.writeHead(200, ["X-A", "1", "X-A", "2"]).end("x") },
  {
    name: "writeHead over setHeader",
    app: (_, res) => {
      res.setHeader("x-a", "old");
      res.writeHead(200, "Fine", { "X-A": "new" }).end();
    },
  },
  {
    name: "writeHead array over setHeader",
    app: (_, res) => {
      res.setHeader("x-a", "old");
      res.writeHead(200, ["x-a", "1", "x-a", "2"]).end();
    },
  },
  {
    name: "appendHeader and several cookies",
    app: (_, res) => res.appendHeader("set-cookie", "a=1").appendHeader("set-cookie", "b=2").end("x"),
  },
  {
    name: "explicit content-length",
    app: (_, res) => {
      res.setHeader("content-length", 5);
      res.write("he");
      res.end("llo");
    },
  },
  {
    name: "removed content-length",
    app: (_, res) => {
      res.setHeader("content-length", 5);
      res.removeHeader("content-length");
      res.end("hello");
    },
  },
  {
    name: "an own transfer-encoding",
    app: (_, res) => {
      res.setHeader("transfer-encoding", "chunked");
      res.end("hello");
    },
  },
  {
    name: "latin1 text",
    app: (_, res) => {
      res.setHeader("content-type", "text/plain; charset=latin1");
      res.end("grüße", "latin1");
    },
  },
  { name: "hex text", app: (_, res) => res.end("00ff10", "hex") },
  {
    name: "HEAD",
    method: "HEAD",
    app: (_, res) => {
      res.setHeader("content-length", 5);
      res.end("hello");
    },
  },
  { name: "HEAD without a length", method: "HEAD", app: (_, res) => res.end("hello") },
  {
    name: "204",
    app: (_, res) => {
      res.statusCode = 204;
      res.end("dropped");
    },
  },
  { name: "304", app: (_, res) => res.writeHead(304, { etag: '"x"' }).end("dropped") },
  { name: "redirect", app: (_, res) => res.writeHead(302, { Location: "/a?b=c" }).end() },
  {
    name: "flushHeaders first",
    app: (_, res) => {
      res.setHeader("x-a", "1");
      res.flushHeaders();
      res.end("later");
    },
  },
  {
    name: "1xx answers before the real one",
    app: (_, res) => {
      res.writeContinue();
      res.writeProcessing();
      res.writeEarlyHints({ link: "</a.css>; rel=preload" });
      res.end("x");
    },
  },
  {
    name: "trailers",
    app: (_, res) => {
      res.writeHead(200, { trailer: "x-t" });
      res.write("x");
      res.addTrailers({ "x-t": "1" });
      res.end();
    },
  },
  { name: "echo of a body", method: "POST", body: "a=1", app: (req, res) => req.pipe(res) },
  { name: "a body nobody reads", method: "POST", body: "a=1", app: (_, res) => res.end("ok") },
  {
    name: "answer after the body ended",
    method: "PUT",
    body: "xyz",
    app: (req, res) => req.resume().on("end", () => res.end("read")),
  },
  {
    name: "gzip by pipeline",
    app: (_, res) => {
      res.setHeader("content-encoding", "gzip");
      return pipeline(Readable.from(["a".repeat(9999)]), createGzip(), res);
    },
  },
  {
    name: "cork and uncork",
    app: (_, res) => {
      res.cork();
      res.write("a");
      res.write("b");
      res.uncork();
      res.end();
    },
  },
  { name: "a late answer", app: (_, res) => setImmediate(() => res.end("late")) },
  { name: "rawHeaders keep their case", app: (req, res) => res.end(String(req.rawHeaders.includes("X-Case"))) },
  {
    name: "joined and distinct headers",
    app: (req, res) => res.end(JSON.stringify([req.headers["x-twice"], req.headersDistinct["x-twice"]])),
  },
  {
    name: "headersSent and writableEnded",
    app: (_, res) => {
      res.write(JSON.stringify([res.headersSent, res.writableEnded]));
      res.end(JSON.stringify([res.headersSent, res.writableEnded, res.hasHeader("x")]));
    },
  },
  {
    name: "invalid headers are refused",
    app: (_, res) => {
      const attempts = [
        () => res.setHeader("a b", "1"),
        () => res.setHeader("a", "x\n"),
        () => res.writeHead(200, { b: "y\r" }),
        () => res.writeHead(200, { "b c": "y" }),
        () => res.writeHead(99),
      ];
      res.end(attempts.map(codeOf).join());
    },
  },
  {
    name: "more bytes than the content-length are refused",
    app: (_, res) => {
      res.strictContentLength = true;
      res.setHeader("content-length", 5);
      res.write("hello");
      const code = codeOf(() => res.write("x"));
      res.strictContentLength = false;
      res.end();
      if (code !== "ERR_HTTP_CONTENT_LENGTH_MISMATCH") res.destroy();
    },
  },
];

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

const REQUEST_HEADERS = ["Host", "a.example", "X-Case", "1", "X-Twice", "a", "X-Twice", "b"];

function toOutcome(status: number, rawHeaders: readonly string[], body: Buffer): Outcome {
  const headers: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = String(rawHeaders[i]);
    if (!OWN_TO_THE_CONNECTION.has(name.toLowerCase())) headers.push([name, String(rawHeaders[i + 1])]);
  }
  headers.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { status, headers, body: body.toString("base64") };
}

let server: Server;
let handler: Handler;
let current: Case["app"];

beforeAll(async () => {
  const app = (req: IncomingMessage, res: ServerResponse): unknown => current(req, res);
  handler = toHandler(app);
  server = createServer(app).listen(0);
  await once(server, "listening");
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function overSocket({ method = "GET", body }: Case): Promise<Outcome> {
  const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  const client = httpRequest({
    port: (server.address() as AddressInfo).port,
    method,
    headers: [...REQUEST_HEADERS, ...length],
  });
  client.end(body);
  const [response] = (await once(client, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return toOutcome(response.statusCode ?? 0, response.rawHeaders, Buffer.concat(chunks));
}

async function overEvent({ method = "GET", body }: Case): Promise<Outcome> {
  const event = readEvent("aws/alb-multi.json");
  const answer = (await handler({
    ...event,
    httpMethod: method,
    path: "/",
    multiValueQueryStringParameters: {},
    multiValueHeaders: { Host: ["a.example"], "X-Case": ["1"], "X-Twice": ["a", "b"] },
    body: body ?? "",
  })) as { statusCode: number; multiValueHeaders: Record<string, string[]>; body: string; isBase64Encoded: boolean };
  const raw = Object.entries(answer.multiValueHeaders).flatMap(([name, values]) =>
    values.flatMap((value) => [name, value]),
  );
  return toOutcome(answer.statusCode, raw, Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8"));
}

async function overFetch({ method = "GET", body }: Case): Promise<Outcome> {
  const headers = new Headers({ host: "a.example", "x-case": "1" });
  headers.append("x-twice", "a");
  headers.append("x-twice", "b");
  const response = await handler(new Request("http://a.example/", { method, body: body ?? null, headers }));
  const raw: string[] = [];
  for (const [name, value] of response.headers) raw.push(name, value);
  return toOutcome(response.status, raw, Buffer.from(await response.arrayBuffer()));
}

function joined({ headers, ...rest }: Outcome): Outcome {
  // The web's Headers are lower case, and joined but for cookies.
  const web = new Headers();
  for (const [name, value] of headers) web.append(name, value);
  return { ...rest, headers: [...web] };
}

// A web Request has lost the case of its header names, and which ones were repeated.
const NOT_OVER_FETCH: ReadonlySet<string> = new Set(["rawHeaders keep their case", "joined and distinct headers"]);

describe("an app answers through a handler as it does on a server", () => {
  test.each(CASES)("$name", async (entry) => {
    current = entry.app;
    const expected = await overSocket(entry);
    expect(await overEvent(entry)).toEqual(expected);
    if (!NOT_OVER_FETCH.has(entry.name)) expect(joined(await overFetch(entry))).toEqual(joined(expected));
  });
});
