import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectSource } from "./detect.ts";
import type { HttpRequestMessage } from "./message.ts";
import { type ClientRequest, decodedPairs, rawPairs } from "./simulated-events.ts";
import { type Kept, simulatedPlatforms } from "./simulated-platforms.ts";
import type { EventObject, SourceName } from "./source.ts";

const RUNS = { numRuns: 150, seed: 20260614 };
const TOKEN_CHARACTERS = [..."!#$%&'*+-.^_`|~09azAZ"];
/** Headers with a part in the mapping, each with a test of its own. */
const RESERVED =
  /^(?:content-length|cookie|host|transfer-encoding|x-forwarded-.*|x-real-ip|x-scf-.*|x-nf-.*|x-ca-.*)$/i;

const name = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 12 }),
    fc.constantFrom("__proto__", "constructor", "toString", "X-Multi", "x-multi", "Accept", "accept"),
  )
  .filter((text) => !RESERVED.test(text));
const valueCharacter = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0x80, max: 0xff }),
  fc.constant(0x09),
);
// A parser takes white space at the ends away.
const value = fc.array(valueCharacter, { maxLength: 20 }).map((codes) => String.fromCharCode(...codes).trim());
const anyText = fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.toWellFormed());
const segment = fc.oneof(
  anyText.map((text) => encodeURIComponent(text)),
  fc.string({ unit: fc.constantFrom(..."-._~!$&'()*+,;=:@aZ09"), maxLength: 8 }),
);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join("/")}`);
const word = fc.oneof(
  anyText.map((text) => encodeURIComponent(text)),
  fc.constantFrom("a", "b", "a[]", "__proto__", "constructor", "x+y", "%2B", "1?2/3"),
);
const pair = fc.tuple(word, fc.option(word)).map(([key, text]) => (text === null ? key : `${key}=${text}`));
// An empty pair, "a&&b", is nothing to any platform's map.
const query = fc
  .array(
    pair.filter((text) => text !== ""),
    { maxLength: 5 },
  )
  .map((pairs) => pairs.join("&"));
const body = fc.oneof(
  fc.constant(null),
  anyText.filter((text) => text !== "").map((text) => ({ text })),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => ({ base64: Buffer.from(bytes).toString("base64") })),
);
const clientRequest: fc.Arbitrary<ClientRequest> = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH"),
  path,
  query,
  headers: fc
    .tuple(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.option(fc.constantFrom("sid=1", "sid=1; b=2; c=3")))
    .map(([pairs, cookie]) => (cookie === null ? pairs : [...pairs, ["Cookie", cookie] as [string, string]])),
  body,
  clientIp: fc.oneof(fc.ipV4(), fc.constantFrom("2001:db8::1", "::ffff:10.0.0.1", "fe80::1")),
  isSecure: fc.boolean(),
});

/** Pairs by name, in the form that survives. */
function kept(pairs: Iterable<readonly [string, string]>, how: Kept): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [key, text] of pairs) map.set(key, [...(map.get(key) ?? []), text]);
  const keep = (values: string[]): string[] =>
    how === "joined" ? [values.join(",")] : how === "last" ? values.slice(-1) : values;
  return Object.fromEntries([...map].map(([key, values]) => [`${key} `, keep(values)]));
}

function headerPairs(message: HttpRequestMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const key = String(message.rawHeaders[i]).toLowerCase();
    if (!RESERVED.test(key) || key === "cookie") pairs.push([key, String(message.rawHeaders[i + 1])]);
  }
  return pairs;
}

function bytesOf(message: Pick<HttpRequestMessage, "body">): Buffer | null {
  const { body: carried } = message;
  if (carried === null) return null;
  return "text" in carried ? Buffer.from(carried.text) : Buffer.from(carried.base64, "base64");
}

/** Whether a decoded path shows what an encoded one would: then nothing can tell the two apart. */
function isAmbiguous(encodedPath: string): boolean {
  return /%[\da-f]{2}/i.test(decodeURIComponent(encodedPath));
}

describe.each(Object.entries(simulatedPlatforms))("a request through %s", (source, platform) => {
  function send(request: ClientRequest): HttpRequestMessage {
    const event = JSON.parse(JSON.stringify(platform.encode(request))) as EventObject;
    const found = detectSource(event);
    expect(found.name).toBe(source as SourceName);
    return found.toRequest(event);
  }

  test("has its method, path, address and scheme", () => {
    fc.assert(
      fc.property(clientRequest, (request) => {
        const message = send(request);
        const [sentPath = ""] = message.target.split("?");
        expect(message.method).toBe(request.method);
        if (platform.path === "encoded") expect(sentPath).toBe(request.path);
        else if (!isAmbiguous(request.path))
          expect(decodeURIComponent(sentPath)).toBe(decodeURIComponent(request.path));
        expect(message.clientIp).toBe(request.clientIp);
        expect(message.isSecure).toBe(request.isSecure);
      }),
      RUNS,
    );
  });

  test("has its query", () => {
    fc.assert(
      fc.property(clientRequest, (request) => {
        const { target } = send(request);
        const mark = target.indexOf("?");
        const sent = mark === -1 ? "" : target.slice(mark + 1);
        if (platform.query === "exact") expect(sent).toBe(request.query);
        else expect(kept(decodedPairs(sent), "all")).toEqual(kept(decodedPairs(request.query), platform.query));
      }),
      RUNS,
    );
  });

  test("has its headers and cookies", () => {
    fc.assert(
      fc.property(clientRequest, (request) => {
        const message = send(request);
        const expected = kept(
          request.headers.map(([key, text]) => [key.toLowerCase(), text] as const),
          platform.headers,
        );
        expect(kept(headerPairs(message), "all")).toEqual(expected);
      }),
      RUNS,
    );
  });

  test("has its bytes, and the place of their length", () => {
    fc.assert(
      fc.property(clientRequest, (request) => {
        // Tencent's function URLs have no flag for base64.
        if (source === "tencent-function-url" && request.body !== null && "base64" in request.body) return;
        const length = ["Content-Length", String(bytesOf(request)?.length ?? 0)] as const;
        const message = send({ ...request, method: "POST", headers: [...request.headers, length] });
        expect(bytesOf(message)).toEqual(bytesOf(request));
        expect(message.rawHeaders[message.contentLengthAt]).toBe(length[1]);
        expect(message.transferEncodingAt).toBe(-1);
      }),
      RUNS,
    );
  });
});

test("a load balancer's query keeps every byte of names and values", () => {
  fc.assert(
    fc.property(clientRequest, (request) => {
      const event = JSON.parse(JSON.stringify(simulatedPlatforms["aws-alb-multi"].encode(request))) as EventObject;
      const { target } = detectSource(event).toRequest(event);
      const mark = target.indexOf("?");
      expect(kept(rawPairs(mark === -1 ? "" : target.slice(mark + 1)), "all")).toEqual(
        kept(rawPairs(request.query), "all"),
      );
    }),
    RUNS,
  );
});
