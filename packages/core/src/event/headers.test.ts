import { describe, expect, test } from "vitest";
import { isConnectionHeader } from "./headers.ts";
import { cookieSpelling, flatMap } from "./response-headers.ts";
import { classifyContent } from "./text-content.ts";

describe("isConnectionHeader", () => {
  test.each(["Connection", "keep-alive", "Transfer-Encoding", "TE", "trailer", "Upgrade", "proxy-connection"])(
    "%s is the platform's own",
    (name) => expect(isConnectionHeader(name)).toBe(true),
  );

  test.each(["content-length", "set-cookie", "proxy-authenticate", "date"])("%s is the app's", (name) =>
    expect(isConnectionHeader(name)).toBe(false),
  );
});

describe("flatMap", () => {
  test("each cookie has a spelling of its own", () => {
    const spellings = Array.from({ length: 512 }, (_, index) => cookieSpelling(index));
    expect(spellings.slice(0, 3)).toEqual(["Set-Cookie", "Set-CookiE", "Set-CookIe"]);
    expect(new Set(spellings).size).toBe(512);
    expect(new Set(spellings.map((name) => name.toLowerCase()))).toEqual(new Set(["set-cookie"]));
  });

  test("cookies are never joined, other repeats are", () => {
    const raw = ["Vary", "a", "set-cookie", "x=1", "Vary", "b", "SET-COOKIE", "y=2"];
    expect(flatMap(raw)).toEqual({ Vary: "a,b", "Set-Cookie": "x=1", "Set-CookiE": "y=2" });
  });
});

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
  ] as const;
  test.each(cases)("type $type, encoding $encoding is $expected", ({ type, encoding, expected }) => {
    expect(classifyContent(type, encoding)).toBe(expected);
  });
});
