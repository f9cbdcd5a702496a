import { describe, expect, test } from "vitest";
import { cleanQuery, encodePath, encodeQuery, joinQuery } from "./target.ts";

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
});

describe("joinQuery and cleanQuery", () => {
  test("encoded pairs pass unchanged", () => {
    expect(joinQuery({ "a%5B%5D": ["1", "2"], q: "x%20y+z" })).toBe("a%5B%5D=1&a%5B%5D=2&q=x%20y+z");
    expect(joinQuery(undefined)).toBe("");
  });

  test("brackets and question marks stay, spaces and lone percent signs are escaped", () => {
    expect(cleanQuery("a[]=1?2&b=3 4&c=5%")).toBe("a[]=1?2&b=3%204&c=5%25");
  });
});
