import { describe, expect, test } from "vitest";
import { readFc2Request } from "./alibaba-fc.ts";

describe("readFc2Request", () => {
  test("reads path, repeated queries, headers and address", () => {
    const request = {
      method: "GET",
      path: "/orders/42",
      url: "/2016-08-15/proxy/shop/orders/orders/42?tag=a&tag=b",
      queries: { tag: ["a", "b"], q: "hello world" },
      headers: { accept: "*/*", "x-forwarded-proto": "https" },
      clientIP: "203.0.113.7",
    };
    expect(readFc2Request(request)).toEqual({
      method: "GET",
      target: "/orders/42?tag=a&tag=b&q=hello%20world",
      rawHeaders: ["accept", "*/*", "x-forwarded-proto", "https"],
      headers: { accept: "*/*", "x-forwarded-proto": "https" },
      contentLengthAt: -1,
      transferEncodingAt: -1,
      body: null,
      clientIp: "203.0.113.7",
      requestId: undefined,
      isSecure: true,
    });
  });

  test("refuses an object without a path", () => {
    expect(() => readFc2Request({ method: "GET" })).toThrow(
      expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }),
    );
  });
});
