import { describe, expect, test } from "vitest";
import { RequestHeaders, readHeaders, readMultiHeaders } from "./request-headers.ts";

function isSecure(proto: unknown): boolean {
  return readHeaders({ headers: { "X-Forwarded-Proto": proto } }).isSecure;
}

describe("readHeaders", () => {
  test("reads strings, numbers, booleans and arrays, and leaves null out", () => {
    const headers = { a: "1", n: 2, f: false, gone: null, undef: undefined, list: ["x", 3, null] };
    expect(readHeaders({ headers }).raw).toEqual(["a", "1", "n", "2", "f", "false", "list", "x", "list", "3"]);
  });

  test.each([
    ["an object as a value", { a: {} }, 'expected a string as value of "a", found object'],
    ["an array in an array", { a: [[]] }, "found array"],
    ["a line break in a name", { "a\r\nb": "c" }, String.raw`illegal header name "a\r\nb"`],
    ["a space in a name", { "a b": "c" }, 'illegal header name "a b"'],
    ["an empty name", { "": "c" }, 'illegal header name ""'],
    ["a very long name", { [`${"a".repeat(400)} `]: "c" }, `${"a".repeat(64)}..."`],
    ["a line break in a value", { a: "b\r\nc: d" }, 'control character in the value of "a"'],
    ["NUL in a value", { a: ["b", "\0"] }, 'control character in the value of "a"'],
    ["a control character beside other scripts", { a: "订\n" }, "control character"],
    ["two lengths", { "content-length": ["1", "2"] }, '"content-length" has two different values'],
  ])("refuses %s", (_, headers, message) => {
    const attempt = (): unknown => readHeaders({ headers });
    expect(attempt).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
    expect(attempt).toThrow(message);
  });

  test("shows characters above Latin-1 as the bytes a client sent", () => {
    const { raw } = readHeaders({ headers: { a: "订单 100%", b: "é", c: "\ud800" } });
    expect(Buffer.from(raw[1] ?? "", "latin1").toString()).toBe("订单 100%");
    expect(raw[3]).toBe("é");
    expect(Buffer.from(raw[5] ?? "", "latin1").toString()).toBe("\ufffd");
  });

  test("a repeated equal length is one", () => {
    const headers = readHeaders({ headers: { "Content-Length": "5", "content-length": ["5"], a: "1" } });
    expect(headers.raw).toEqual(["Content-Length", "5", "a", "1"]);
    expect([headers.contentLengthAt, headers.transferEncodingAt]).toEqual([1, -1]);
  });

  test.each([
    { name: "distinct", headers: { Host: "a", "X-B": "1" }, expected: { host: "a", "x-b": "1" } },
    { name: "none", headers: {}, expected: {} },
    { name: "an equal length twice", headers: { "content-length": ["5", "5"] }, expected: { "content-length": "5" } },
    { name: "repeated", headers: { a: ["1", "2"], b: "3" }, expected: undefined },
    { name: "spelled in two ways", headers: { "x-a": "1", "X-A": "2" }, expected: undefined },
    { name: "repeated and empty", headers: { a: ["", ""] }, expected: undefined },
    { name: "set-cookie", headers: { "set-cookie": "a=1" }, expected: undefined },
    { name: "a name that objects inherit", headers: { constructor: "1" }, expected: undefined },
    { name: "the name of the prototype", headers: JSON.parse('{"__proto__":"1"}'), expected: undefined },
    {
      name: "a coding before a length",
      headers: { "transfer-encoding": "x", "content-length": "5" },
      expected: undefined,
    },
  ])("joins by name: $name", ({ headers, expected }) => {
    expect(readHeaders({ headers }).joined).toEqual(expected);
  });

  test("beside a length there is no coding", () => {
    const codings = { "transfer-encoding": ["gzip", "chunked"], "Transfer-Encoding": "chunked" };
    for (const headers of [
      { a: "1", ...codings, "content-length": "5", b: "2" },
      { a: "1", "content-length": "5", ...codings, b: "2" },
    ]) {
      const read = readHeaders({ headers });
      expect(read.raw).toEqual(["a", "1", "content-length", "5", "b", "2"]);
      expect([read.contentLengthAt, read.transferEncodingAt]).toEqual([3, -1]);
    }
    const alone = readHeaders({ headers: codings });
    expect(alone.raw).toHaveLength(6);
    expect([alone.contentLengthAt, alone.transferEncodingAt]).toEqual([-1, 5]);
  });

  test("the platform's own word is the last of several", () => {
    expect(isSecure("https")).toBe(true);
    expect(isSecure("HTTPS ")).toBe(true);
    expect(isSecure("http, https")).toBe(true);
    expect(isSecure("https,http")).toBe(false);
    expect(isSecure(["http", "https"])).toBe(true);
    expect(isSecure(null)).toBe(false);
  });

  test("finds a header however it is spelled", () => {
    const headers = readHeaders({ headers: { "X-Real-IP": "1" } });
    expect(headers.find("x-real-ip")).toBe("1");
    expect(headers.find("x-real-it")).toBeUndefined();
  });

  test("does not take inherited members for headers", () => {
    const added = { value: "x", enumerable: true, configurable: true, writable: true };
    Object.defineProperty(Object.prototype, "inherited", added);
    let raw: string[];
    try {
      raw = readHeaders({ headers: { a: "1" } }).raw;
    } finally {
      Reflect.deleteProperty(Object.prototype, "inherited");
    }
    expect(raw).toEqual(["a", "1"]);
  });

  test("more names than are remembered", () => {
    const headers = new RequestHeaders(false);
    for (let i = 0; i < 2000; i++) headers.add(`X-${i}`, "1");
    headers.add(`x-${"a".repeat(300)}`, "v".repeat(300));
    headers.add("authorization", "secret");
    expect(headers.raw).toHaveLength(2 * 2002);
    expect(headers.find("x-1999")).toBe("1");
  });
});

describe("readMultiHeaders", () => {
  const cases = [
    { name: "both, complete", multi: { A: ["1", "2"] }, single: { A: "2" }, expected: ["A", "1", "A", "2"] },
    { name: "the single map only", multi: null, single: { A: "2" }, expected: ["A", "2"] },
    { name: "the multi map only", multi: { A: ["1"] }, single: null, expected: ["A", "1"] },
    { name: "neither", multi: undefined, single: undefined, expected: [] },
    { name: "an empty multi map", multi: {}, single: { A: "2" }, expected: ["A", "2"] },
    {
      name: "part of each",
      multi: { A: ["1"] },
      single: { a: "9", B: "2", b: "3" },
      expected: ["A", "1", "B", "2", "b", "3"],
    },
    { name: "strings in the multi map", multi: { A: "1" }, single: { A: "2" }, expected: ["A", "1"] },
  ];
  test.each(cases)("$name", ({ multi, single, expected }) => {
    expect(readMultiHeaders({ multiValueHeaders: multi, headers: single }).raw).toEqual(expected);
  });
});
