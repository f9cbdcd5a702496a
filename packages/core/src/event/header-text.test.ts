import { describe, expect, test } from "vitest";
import { headerName, legalValue } from "./header-text.ts";

/** What is remembered of a header once it was read. */
function rememberedOf(name: string, value: string): string | undefined {
  const known = headerName(name);
  if (known !== undefined) legalValue(known, value);
  return known?.lastValue;
}

describe("values that are remembered", () => {
  test.each([
    "Cookie",
    "Authorization",
    "Referer",
    "Location",
    "X-Jwt",
    "X-Password",
    "X-User-Email",
    "X-Forwarded-For",
    "X-Amzn-Oidc-Data",
    "X-Anything",
  ])("%s is never one", (name) => {
    expect(rememberedOf(name, "https://a.example/?code=secret")).toBe("");
  });

  test.each(["Accept", "accept-language", "User-Agent", "Host", "content-type", "X-Forwarded-Proto"])(
    "%s is one",
    (name) => {
      expect(rememberedOf(name, "text")).toBe("text");
      expect(rememberedOf(name, "v".repeat(300))).toBe("text");
    },
  );
});
