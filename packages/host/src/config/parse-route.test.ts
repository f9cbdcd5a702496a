import { expect, test } from "vitest";
import { formatRoute, parseRoute } from "./parse-route.ts";

test.each([
  { name: "a path", text: "/shop", route: { path: "/shop" } },
  { name: "the root", text: "/", route: { path: "/" } },
  { name: "a path with a slash at its end", text: "/shop/", route: { path: "/shop" } },
  { name: "a host", text: "Shop.Example.com", route: { host: "shop.example.com", path: "/" } },
  { name: "a wildcard", text: "*.example.com/api", route: { host: "*.example.com", path: "/api" } },
  { name: "localhost", text: "localhost/a/b", route: { host: "localhost", path: "/a/b" } },
  { name: "an address", text: "127.0.0.1", route: { host: "127.0.0.1", path: "/" } },
  { name: "a path as the app spells it", text: "/Shop%20A", route: { path: "/Shop%20A" } },
])("parseRoute reads $name", ({ text, route }) => {
  expect(parseRoute(text)).toEqual({ ok: true, route });
});

test.each(["", "*", "*.", "a..b", "-a.example", "a.*.example", "a:80", "a:b", "http://a", "/a b", "/a#b"])(
  "parseRoute refuses %j",
  (text) => {
    expect(parseRoute(text).ok).toBe(false);
  },
);

test("formatRoute writes a route so that parseRoute reads it again", () => {
  expect(formatRoute({ host: "a.example", path: "/" })).toBe("a.example");
  expect(formatRoute({ host: "a.example", path: "/b" })).toBe("a.example/b");
  expect(formatRoute({ path: "/" })).toBe("/");
});
