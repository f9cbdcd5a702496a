import { describe, expect, test } from "vitest";
import { parseSetCookie } from "./set-cookie.ts";

describe("parseSetCookie", () => {
  const cases = [
    { header: "a=1", expected: { name: "a", value: "1" } },
    {
      header: "sid=s%3Aabc.d%2Be; Path=/; HttpOnly",
      expected: { name: "sid", value: "s:abc.d+e", path: "/", httpOnly: true },
    },
    { header: "a=100%; Secure; SameSite=none", expected: { name: "a", value: "100%", secure: true, sameSite: "None" } },
    {
      header: "a=b=c; Max-Age=60; Domain=a.example",
      expected: { name: "a", value: "b=c", maxAge: 60, domain: "a.example" },
    },
    { header: "a=; SameSite=Strict; Partitioned", expected: { name: "a", value: "", sameSite: "Strict" } },
    { header: "a=1; samesite=LAX", expected: { name: "a", value: "1", sameSite: "Lax" } },
    {
      header: "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
      expected: { name: "a", value: "1", expires: new Date("2026-10-21T07:28:00Z") },
    },
  ];
  test.each(cases)("$header", ({ header, expected }) => {
    expect(parseSetCookie(header)).toEqual(expected);
  });
});
