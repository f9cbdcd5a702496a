import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventSources } from "./detect.ts";
import type { HttpResponseMessage } from "./message.ts";
import type { EventSource } from "./source.ts";

const RUNS = { numRuns: 200, seed: 20260614 };

/** An answer as its platform reads it. */
interface Answer {
  statusCode: number;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 12 }),
  fc.constantFrom("__proto__", "constructor", "X-Multi", "x-multi", "X-mulTI", "Set-Cookie", "set-cookie", "Vary"),
);
const value = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff })), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));
const response: fc.Arbitrary<HttpResponseMessage> = fc.record({
  status: fc.constantFrom(200, 201, 204, 304, 404, 500),
  statusText: fc.constantFrom("", "OK", "Very Good"),
  // More than FEW_HEADERS too, where repeats are found in another way.
  rawHeaders: fc
    .oneof(
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      fc.array(fc.tuple(name, value), { minLength: 30, maxLength: 50 }),
    )
    .map((pairs) => pairs.flat()),
  body: fc.oneof(
    fc.constant(null),
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => ({ text: text.toWellFormed() })),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => ({ base64: Buffer.from(bytes).toString("base64") })),
  ),
});

function bytesOf({ body }: HttpResponseMessage): string {
  if (body === null) return "";
  return ("text" in body ? Buffer.from(body.text) : Buffer.from(body.base64, "base64")).toString("hex");
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((text, i): [string, string][] => (i % 2 === 0 ? [[text.toLowerCase(), String(raw[i + 1])]] : []));
}

/** What the client gets: each header with its values in order; joined where the format joins them. */
function group(pairs: readonly [string, string][], isJoined: boolean): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [key, text] of pairs) map.set(`${key} `, [...(map.get(`${key} `) ?? []), text]);
  for (const [key, values] of map) if (isJoined && key !== "set-cookie ") map.set(key, [values.join(", ")]);
  return Object.fromEntries(map);
}

function readPairs(answer: Answer): [string, string][] {
  const { headers = {}, multiValueHeaders = {}, cookies = [] } = answer;
  const isMulti = (key: string): boolean => Object.hasOwn(multiValueHeaders, key);
  return [
    ...Object.keys(headers).flatMap((key): [string, string][] => (isMulti(key) ? [] : [[key, String(headers[key])]])),
    ...Object.keys(multiValueHeaders).flatMap((key) =>
      (multiValueHeaders[key] ?? []).map((text): [string, string] => [key, text]),
    ),
    ...cookies.map((text): [string, string] => ["set-cookie", text]),
  ].map(([key, text]) => [key.toLowerCase(), text]);
}

const KEEPS_REPEATS: ReadonlySet<string> = new Set(["aws-rest", "aws-http-v1", "aws-alb-multi", "netlify"]);

describe.each(eventSources.map((source) => [source.name, source] as const))("a response through %s", (_, source) => {
  function send(message: HttpResponseMessage, by: EventSource): Answer {
    return JSON.parse(JSON.stringify(by.toResponse(message))) as Answer;
  }

  test("has its status, headers, cookies and bytes", () => {
    fc.assert(
      fc.property(response, (message) => {
        const answer = send(message, source);
        expect(answer.statusCode).toBe(message.status);
        expect(Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8").toString("hex")).toBe(
          bytesOf(message),
        );
        const isJoined = !KEEPS_REPEATS.has(source.name);
        expect(group(readPairs(answer), false)).toEqual(group(pairsOf(message.rawHeaders), isJoined));
      }),
      RUNS,
    );
  });

  test("never passes a line break, nor a name that is none", () => {
    const hostile = fc.string({ unit: fc.constantFrom("a", "A", "\r", "\n", "\0", ":", " ", "é", "订"), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), hostile, (texts, statusText) => {
        const rawHeaders = texts.length % 2 === 0 ? texts : texts.slice(1);
        const answer = source.toResponse({ status: 200, statusText, rawHeaders, body: null });
        expect(JSON.stringify(answer)).not.toMatch(/\\[rn]|\\u0000/);
        for (const [key] of readPairs(answer as Answer))
          expect(key).toBe(key === "" ? "never" : key.match(/^a+$/)?.[0]);
      }),
      RUNS,
    );
  });
});
