import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { type Handler, LISTENER } from "./index.ts";

/** What an app under contract saw of a request. */
export interface Probe {
  method: string;
  url: string;
  headers: Record<string, unknown>;
  clientIp: string | undefined;
  body: Buffer;
}

/** What an app under contract has to answer. A repeated header comes as several pairs. */
export interface Reply {
  status: number;
  headers: [name: string, value: string][];
  body: string | Buffer | Readable | null;
}

/** Computes the reply an app has to send; each adapter's test wires it into its framework. */
export type Answer = (probe: Probe) => Reply;

/** Reads a Node request into a probe. */
export async function probeNode(request: IncomingMessage): Promise<Probe> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: request.headers,
    clientIp: request.socket.remoteAddress,
    body: Buffer.concat(chunks),
  };
}

const PNG = Buffer.from("89504e470d0a1a0aff00", "hex");
const LARGE = "0123456789abcdef".repeat(64 * 1024);

const REPLIES: Record<string, () => Reply> = {
  "/_/text": () => ({ status: 200, headers: [["content-type", "text/plain; charset=utf-8"]], body: "grüße" }),
  "/_/binary": () => ({ status: 200, headers: [["content-type", "image/png"]], body: PNG }),
  "/_/empty": () => ({ status: 204, headers: [["x-empty", "yes"]], body: null }),
  "/_/moved": () => ({ status: 302, headers: [["location", "/elsewhere?a=b"]], body: null }),
  "/_/large": () => ({ status: 200, headers: [["content-type", "text/plain"]], body: LARGE }),
  "/_/cookies": () => ({
    status: 201,
    headers: [
      ["content-type", "application/json"],
      ["set-cookie", "sid=1; Path=/"],
      ["set-cookie", "theme=dark; Path=/"],
    ],
    body: "{}",
  }),
  "/_/stream": () => ({
    status: 200,
    headers: [["content-type", "application/octet-stream"]],
    body: Readable.from([PNG, Buffer.from("tail")]),
  }),
};

function answer(probe: Probe): Reply {
  const reply = REPLIES[probe.url]?.();
  if (reply !== undefined) return reply;
  const body = JSON.stringify({ ...probe, body: probe.body.toString("base64") });
  return { status: 200, headers: [["content-type", "application/json"]], body };
}

interface Expected {
  method: string;
  path: string;
  query: [string, string][];
  headers: Record<string, string[]>;
  clientIp?: string;
  body?: string | null;
  bodyBase64?: string;
}

const FIXTURES = new URL("../../../packages/core/src/event/fixtures/", import.meta.url);

/** Reads a captured event by its path below the fixtures folder. */
export function readEvent(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8"));
}

/** Captured HTTP events, with what an app has to see of each. */
export function listEvents(): { name: string; expected: Expected }[] {
  const index = readEvent("index.json") as Record<string, { expect?: Expected }>;
  return Object.entries(index).flatMap(([name, entry]) => (entry.expect ? [{ name, expected: entry.expect }] : []));
}

interface EventResponse {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

function sortPairs(pairs: Iterable<[string, string]>): [string, string][] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function lowerNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function testEvents(getHandler: () => Handler): void {
  test.each(listEvents())("$name reaches the app as the client sent it", async ({ name, expected }) => {
    const response = (await getHandler()(readEvent(name), {})) as EventResponse;
    expect(response.statusCode).toBe(200);
    const seen: Probe & { body: string } = JSON.parse(response.body);
    const [path, query] = seen.url.split("?");
    expect(seen.method).toBe(expected.method);
    expect(path).toBe(expected.path);
    expect(sortPairs(new URLSearchParams(query))).toEqual(sortPairs(expected.query));
    for (const [header, values] of Object.entries(expected.headers)) {
      expect(seen.headers[header], header).toBe(values.join(", "));
    }
    expect(seen.clientIp).toBe(expected.clientIp);
    expect(seen.body).toBe(expected.bodyBase64 ?? Buffer.from(expected.body ?? "").toString("base64"));
  });
}

function testReplies(getHandler: () => Handler): void {
  async function get(path: string, method = "GET"): Promise<EventResponse> {
    const event = structuredClone(readEvent("aws/apigw-http-v2-get.json"));
    const context = { ...(event.requestContext as object), http: { method, path } };
    const response = await getHandler()({ ...event, rawPath: path, rawQueryString: "", requestContext: context }, {});
    const answered = response as EventResponse;
    return { ...answered, headers: lowerNames(answered.headers) };
  }

  test("text stays text", async () => {
    expect(await get("/_/text")).toMatchObject({ statusCode: 200, body: "grüße", isBase64Encoded: false });
  });

  test("bytes travel as base64", async () => {
    const response = await get("/_/binary");
    expect(response).toMatchObject({ body: PNG.toString("base64"), isBase64Encoded: true });
    expect(response.headers["content-type"]).toBe("image/png");
  });

  test("204 has headers and no body", async () => {
    expect(await get("/_/empty")).toMatchObject({ statusCode: 204, body: "", headers: { "x-empty": "yes" } });
  });

  test("a redirect keeps its location", async () => {
    expect(await get("/_/moved")).toMatchObject({ statusCode: 302, headers: { location: "/elsewhere?a=b" } });
  });

  test("several cookies stay apart", async () => {
    const response = await get("/_/cookies");
    expect(response.cookies).toEqual(["sid=1; Path=/", "theme=dark; Path=/"]);
  });

  test("a megabyte arrives whole", async () => {
    expect((await get("/_/large")).body).toBe(LARGE);
  });

  test("a streamed body is collected", async () => {
    const response = await get("/_/stream");
    expect(response).toMatchObject({
      isBase64Encoded: true,
      body: Buffer.from([...PNG, ...Buffer.from("tail")]).toString("base64"),
    });
  });

  test("HEAD has no body", async () => {
    expect(await get("/_/text", "HEAD")).toMatchObject({ statusCode: 200, body: "" });
  });
}

function testWeb(getHandler: () => Handler): void {
  test("a web Request is answered with a Response", async () => {
    const request = new Request("https://a.example/x?y=1", { method: "POST", body: "hi", headers: { "x-a": "b" } });
    const response = await getHandler()(request);
    expect(response).toBeInstanceOf(Response);
    const seen = (await response.json()) as Probe & { body: string };
    expect(seen).toMatchObject({ method: "POST", url: "/x?y=1", headers: { "x-a": "b", host: "a.example" } });
    expect(Buffer.from(seen.body, "base64").toString()).toBe("hi");
  });

  test("a Response carries bytes, cookies and no body for 204", async () => {
    const cookies = await getHandler()(new Request("https://a.example/_/cookies"));
    expect(cookies.status).toBe(201);
    expect(cookies.headers.getSetCookie()).toEqual(["sid=1; Path=/", "theme=dark; Path=/"]);
    const stream = await getHandler()(new Request("https://a.example/_/stream"));
    expect(Buffer.from(await stream.arrayBuffer()).subarray(0, PNG.length)).toEqual(PNG);
    expect((await getHandler()(new Request("https://a.example/_/empty"))).body).toBeNull();
  });
}

/**
 * Runs the contract every adapter has to keep.
 *
 * @param name framework, for the test names
 * @param createHandler wires an answer into an app of the framework and returns its handler
 */
export function testAdapter(name: string, createHandler: (answer: Answer) => Handler): void {
  describe(`${name} adapter`, () => {
    const handler = createHandler(answer);
    testEvents(() => handler);
    testReplies(() => handler);
    testWeb(() => handler);

    test("the handler declares two parameters and carries its listener", () => {
      expect(handler.length).toBe(2);
      expect(handler[LISTENER]).toBeTypeOf("function");
      expect(Symbol.keyFor(LISTENER)).toBe("tidegate.listener");
    });
  });
}
