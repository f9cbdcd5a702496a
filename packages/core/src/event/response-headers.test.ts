import { describe, expect, test } from "vitest";
import { cookieSpelling, flatMap } from "./response-headers.ts";

describe("flatMap", () => {
  test("each cookie has a spelling of its own", () => {
    const spellings = Array.from({ length: 512 }, (_, index) => cookieSpelling(index));
    expect(spellings.slice(0, 3)).toEqual(["Set-Cookie", "Set-CookiE", "Set-CookIe"]);
    expect(new Set(spellings).size).toBe(512);
    expect(new Set(spellings.map((name) => name.toLowerCase()))).toEqual(new Set(["set-cookie"]));
  });

  test("cookies are never joined, other repeats are", () => {
    const raw = ["Vary", "a", "set-cookie", "x=1", "Vary", "b", "SET-COOKIE", "y=2"];
    expect(flatMap(raw)).toEqual({ Vary: "a, b", "Set-Cookie": "x=1", "Set-CookiE": "y=2" });
  });
});
