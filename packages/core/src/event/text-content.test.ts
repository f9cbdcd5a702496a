import { describe, expect, test } from "vitest";
import { classifyContent } from "./text-content.ts";

describe("classifyContent", () => {
  const cases = [
    { type: undefined, encoding: undefined, expected: "unknown" },
    { type: "", encoding: "", expected: "unknown" },
    { type: "text/html", encoding: undefined, expected: "text" },
    { type: "text/html; charset=UTF-8", encoding: "identity", expected: "text" },
    { type: 'text/html; charset="utf8"', encoding: undefined, expected: "text" },
    { type: "text/plain; charset=us-ascii", encoding: undefined, expected: "text" },
    { type: "text/plain; charset=gb2312", encoding: undefined, expected: "binary" },
    { type: "text/html", encoding: "gzip", expected: "binary" },
    { type: undefined, encoding: "br", expected: "binary" },
    { type: "Application/JSON", encoding: undefined, expected: "text" },
    { type: "application/problem+json; charset=utf-8", encoding: undefined, expected: "text" },
    { type: "image/svg+xml", encoding: undefined, expected: "text" },
    { type: "image/png", encoding: undefined, expected: "binary" },
    { type: "application/octet-stream", encoding: undefined, expected: "binary" },
    { type: "application/vnd.jsonlike", encoding: undefined, expected: "binary" },
    { type: "application/x-www-form-urlencoded", encoding: undefined, expected: "text" },
    { type: "application/manifest+json", encoding: undefined, expected: "text" },
    { type: "application/x-javascript", encoding: undefined, expected: "text" },
    { type: "text/event-stream", encoding: undefined, expected: "text" },
    { type: "image/svg+xml; charset=utf-8", encoding: undefined, expected: "text" },
    { type: "application/wasm", encoding: undefined, expected: "binary" },
    { type: "application/pdf", encoding: undefined, expected: "binary" },
    { type: "multipart/form-data; boundary=x", encoding: undefined, expected: "binary" },
    { type: "text/plain; charset=utf-16le", encoding: undefined, expected: "binary" },
    { type: "text/plain; charset=ISO-8859-1", encoding: undefined, expected: "binary" },
    { type: "text/html", encoding: "Identity , identity", expected: "text" },
    { type: "text/html", encoding: "identity, br", expected: "binary" },
    { type: "application/x+jsonish", encoding: undefined, expected: "binary" },
  ] as const;
  test.each(cases)("type $type, encoding $encoding is $expected", ({ type, encoding, expected }) => {
    expect(classifyContent(type, encoding)).toBe(expected);
  });

  test("more types than are remembered", () => {
    for (let i = 0; i < 200; i++) {
      expect(classifyContent(`text/x-${i}`, undefined)).toBe("text");
      expect(classifyContent(`image/x-${i}`, undefined)).toBe("binary");
    }
  });
});
