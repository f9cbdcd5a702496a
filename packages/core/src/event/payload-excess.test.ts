import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TidegateError } from "../errors.ts";
import { eventSources } from "./detect.ts";
import { errorResponse } from "./error-response.ts";
import type { HttpResponseMessage, MessageBody } from "./message.ts";
import { requestExcess, responseExcess } from "./payload-excess.ts";
import type { EventSource } from "./source.ts";

const [anySource] = eventSources as readonly [EventSource];

function limitedTo(bytes: number): EventSource {
  return { ...anySource, limits: { maxRequestBytes: bytes, maxResponseBytes: bytes } };
}

function respond(body: MessageBody | null, rawHeaders: string[] = []): HttpResponseMessage {
  return { status: 200, statusText: "OK", rawHeaders, body };
}

function excessOf(source: EventSource, response: HttpResponseMessage): string | undefined {
  return responseExcess(source, response, source.toResponse(response))?.code;
}

describe("responseExcess", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", '"', "\\", "\n", "\u0001", "\v", "é", "订", "😀", "\ud800", "\udc00"),
  });
  const body = fc.oneof(
    text.map((value) => ({ text: value })),
    fc.uint8Array().map((bytes) => ({ base64: Buffer.from(bytes).toString("base64") })),
    fc.constant(null),
  );

  test("counts the very bytes of the JSON", () => {
    fc.assert(
      fc.property(body, text, (content, header) => {
        const response = respond(content, ["x-a", header.replaceAll(/[^a-z"\\]/g, "é"), "x-b", "1"]);
        const bytes = Buffer.byteLength(JSON.stringify(anySource.toResponse(response)));
        expect(excessOf(limitedTo(bytes), response)).toBeUndefined();
        expect(excessOf(limitedTo(bytes - 1), response)).toBe("TIDEGATE_RESPONSE_TOO_LARGE");
      }),
      { numRuns: 500, seed: 20260614 },
    );
  });

  test.each(eventSources.map((source) => [source.name, source] as const))("%s: at its limit and above", (_, source) => {
    const limit = source.limits.maxResponseBytes;
    const frame = JSON.stringify(source.toResponse(respond({ text: "" }))).length;
    expect(excessOf(source, respond({ text: "a".repeat(limit - frame) }))).toBeUndefined();
    expect(excessOf(source, respond({ text: "a".repeat(limit - frame + 1) }))).toBe("TIDEGATE_RESPONSE_TOO_LARGE");
    expect(excessOf(source, respond({ base64: "A".repeat(limit) }))).toBe("TIDEGATE_RESPONSE_TOO_LARGE");
  });

  test("a small answer fits", () => {
    for (const source of eventSources) expect(excessOf(source, respond({ text: "{}" }, ["etag", "1"]))).toBeUndefined();
  });

  test("says how much there is, and how much fits", () => {
    const source = limitedTo(1000);
    const response = respond({ text: "a".repeat(2000) });
    const error = responseExcess(source, response, source.toResponse(response));
    expect(error?.message).toMatch(
      /^Cannot send the response: it is 2\d\d\d bytes of JSON, and aws-alb-multi carries 1000$/,
    );
  });
});

describe("requestExcess", () => {
  const request = anySource.toRequest({ httpMethod: "POST", path: "/", requestContext: { elb: {} } });

  test.each([
    { name: "no body", body: null, isTooLarge: false },
    { name: "few bytes", body: { text: "a".repeat(16) }, isTooLarge: false },
    { name: "as many as fit", body: { text: "a".repeat(100) }, isTooLarge: false },
    { name: "one more", body: { text: "a".repeat(101) }, isTooLarge: true },
    { name: "as many in UTF-8", body: { text: "é".repeat(51) }, isTooLarge: true },
    { name: "base64", body: { base64: "A".repeat(100) }, isTooLarge: false },
    { name: "more base64", body: { base64: "A".repeat(104) }, isTooLarge: true },
  ])("$name", ({ body, isTooLarge }) => {
    const error = requestExcess(limitedTo(100), { ...request, body });
    expect(error?.code).toBe(isTooLarge ? "TIDEGATE_REQUEST_TOO_LARGE" : undefined);
  });
});

describe("errorResponse", () => {
  test("has the status of its code, and says what went wrong", () => {
    const error = requestExcess(limitedTo(1), {
      ...anySource.toRequest({ httpMethod: "PUT", path: "/" }),
      body: { text: "ab" },
    });
    const response = errorResponse(error ?? expect.fail(), "r-1");
    expect(response).toMatchObject({ status: 413, rawHeaders: ["Content-Type", "application/json; charset=utf-8"] });
    expect(JSON.parse(String((response.body as { text: string }).text))).toEqual({
      error: {
        code: "TIDEGATE_REQUEST_TOO_LARGE",
        message: "Cannot serve the request: its body is 2 bytes, and aws-alb-multi carries 1",
        requestId: "r-1",
      },
    });
  });

  test("of a foreign code is 500", () => {
    expect(errorResponse(new TidegateError("TIDEGATE_OTHER", "Cannot do it: no"), undefined).status).toBe(500);
  });
});
