import { describe, expect, test } from "vitest";
import { cleanPath, cleanQuery, encodePath, encodeQuery, joinQuery, repairQuery } from "./target.ts";

describe("encodePath", () => {
  const cases = [
    { name: "plain", path: "/orders/42", expected: "/orders/42" },
    { name: "decoded space, plus kept", path: "/files/a b+c.png", expected: "/files/a%20b+c.png" },
    { name: "already encoded", path: "/files/a%20b%2Bc.png", expected: "/files/a%20b%2Bc.png" },
    { name: "decoded question mark and hash", path: "/a?b#c", expected: "/a%3Fb%23c" },
    { name: "a percent sign that starts no escape", path: "/100%/50%zz", expected: "/100%25/50%25zz" },
    { name: "other scripts", path: "/订单", expected: "/%E8%AE%A2%E5%8D%95" },
    { name: "a lone surrogate", path: "/\ud800", expected: "/%EF%BF%BD" },
    { name: "a line break cannot split the request line", path: "/a\r\nx: y", expected: "/a%0D%0Ax:%20y" },
    { name: "no leading slash", path: "orders", expected: "/orders" },
    { name: "every legal character", path: "/-._~!$&'()*+,;=:@", expected: "/-._~!$&'()*+,;=:@" },
  ];
  test.each(cases)("$name", ({ path, expected }) => {
    expect(encodePath(path)).toBe(expected);
  });
});

describe("cleanPath", () => {
  const cases = [
    { name: "what browsers leave bare", path: "/[id]/a|b^c", expected: "/[id]/a|b^c" },
    { name: "a percent sign that starts no escape", path: "/100%/50%zz", expected: "/100%/50%zz" },
    { name: "what no request line can hold", path: "/a b\r\n\0é", expected: "/a%20b%0D%0A%00%C3%A9" },
    { name: "what would end the path", path: "/a?b#c", expected: "/a%3Fb%23c" },
    { name: "two slashes", path: "//a//b/", expected: "//a//b/" },
    { name: "no leading slash", path: "", expected: "/" },
  ];
  test.each(cases)("$name", ({ path, expected }) => {
    expect(cleanPath(path)).toBe(expected);
  });
});

describe("encodeQuery", () => {
  const cases = [
    { name: "no map", map: undefined, expected: "" },
    { name: "repeats and spaces", map: { tag: ["a", "b"], q: "hello world" }, expected: "tag=a&tag=b&q=hello%20world" },
    { name: "bare key", map: { flag: true, other: null }, expected: "flag&other" },
    { name: "numbers and false", map: { n: 1, f: false }, expected: "n=1&f=false" },
    { name: "delimiters in values", map: { q: "a&b=c+d%20#" }, expected: "q=a%26b%3Dc%2Bd%2520%23" },
    { name: "empty value and empty key", map: { a: "", "": "b" }, expected: "a=&=b" },
    { name: "empty array", map: { a: [] }, expected: "" },
  ];
  test.each(cases)("$name", ({ map, expected }) => {
    expect(encodeQuery(map)).toBe(expected);
  });

  test("names that only the fallback has are added", () => {
    expect(encodeQuery({ a: ["1", "2"] }, { a: "2", b: "3", constructor: "4" })).toBe("a=1&a=2&b=3&constructor=4");
  });

  test("an object is no value", () => {
    expect(() => encodeQuery({ a: [{}] })).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
  });
});

describe("joinQuery and cleanQuery", () => {
  test("encoded pairs pass unchanged", () => {
    expect(joinQuery({ "a%5B%5D": ["1", "2"], q: "x%20y+z" })).toBe("a%5B%5D=1&a%5B%5D=2&q=x%20y+z");
    expect(joinQuery(undefined)).toBe("");
  });

  test("what a client may send stays, what no request line can hold is escaped", () => {
    expect(cleanQuery("a[]=1?2&b=3 4&c=5%&d={|}\\^`<>\"'")).toBe("a[]=1?2&b=3%204&c=5%&d={|}\\^`<>\"'");
    expect(cleanQuery("a#b\r\nc\u007fé\0")).toBe("a%23b%0D%0Ac%7F%C3%A9%00");
  });
});

describe("repairQuery", () => {
  test("decoded and encoded values both come out encoded once", () => {
    expect(repairQuery({ q: ["a b", "a%20b", "100%", "a&b"], é: "#" })).toBe(
      "q=a%20b&q=a%20b&q=100%25&q=a%26b&%C3%A9=%23",
    );
    expect(repairQuery(undefined)).toBe("");
  });
});
