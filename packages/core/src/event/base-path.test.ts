import { describe, expect, test } from "vitest";
import { parseBasePath, stripBasePath } from "./base-path.ts";
import { detectSource } from "./detect.ts";
import type { EventObject } from "./source.ts";

describe("parseBasePath", () => {
  test.each([
    ["/shop", "/shop"],
    ["shop", "/shop"],
    ["/shop/v1//", "/shop/v1"],
    ["/", ""],
    ["", ""],
    ["/a b/é", "/a%20b/%C3%A9"],
  ])("%s is %s", (text, expected) => expect(parseBasePath(text)).toBe(expected));
});

describe("stripBasePath", () => {
  const cases = [
    { name: "a segment", target: "/shop/orders", base: "/shop", expected: "/orders" },
    { name: "several", target: "/shop/v1/orders?x=/shop", base: "/shop/v1", expected: "/orders?x=/shop" },
    { name: "all of it", target: "/shop", base: "/shop", expected: "/" },
    { name: "all of it, and a query", target: "/shop?x=1", base: "/shop", expected: "/?x=1" },
    { name: "a slash at the end", target: "/shop/", base: "/shop", expected: "/" },
    { name: "only once", target: "/shop/shop", base: "/shop", expected: "/shop" },
    { name: "no part of a segment", target: "/shopping", base: "/shop", expected: "/shopping" },
    { name: "not in the middle", target: "/a/shop", base: "/shop", expected: "/a/shop" },
    { name: "not in another case", target: "/Shop/orders", base: "/shop", expected: "/Shop/orders" },
    { name: "nothing without one", target: "//orders", base: "", expected: "//orders" },
  ];
  test.each(cases)("removes $name", ({ target, base, expected }) => {
    expect(stripBasePath(target, base)).toBe(expected);
  });
});

const OWN = "a1.execute-api.eu-west-1.amazonaws.com";

function v2(rawPath: string, stage: string, domainName: unknown, routeKey: string, proxy?: string): EventObject {
  const requestContext = { domainName, stage, http: { method: "GET" } };
  return {
    version: "2.0",
    rawPath,
    routeKey,
    pathParameters: proxy === undefined ? undefined : { proxy },
    requestContext,
  };
}

function v1(path: string, resource: unknown, parameters: object | null, extra: object = {}): EventObject {
  const requestContext = { resourcePath: "/", stage: "prod", domainName: OWN };
  return { httpMethod: "GET", path, resource, pathParameters: parameters, requestContext, ...extra };
}

describe("basePath of an event", () => {
  const cases: { name: string; event: EventObject; expected: string }[] = [
    { name: "no stage", event: v2("/orders", "$default", OWN, "$default"), expected: "" },
    { name: "a named stage", event: v2("/prod/orders", "prod", OWN, "$default"), expected: "/prod" },
    { name: "a named stage alone", event: v2("/prod", "prod", OWN, "$default"), expected: "/prod" },
    { name: "a path that only begins so", event: v2("/production", "prod", OWN, "$default"), expected: "" },
    { name: "a custom domain", event: v2("/prod/orders", "prod", "api.example.com", "$default"), expected: "" },
    { name: "no domain", event: v2("/prod/orders", "prod", undefined, "$default"), expected: "" },
    { name: "a route that tells", event: v2("/prod/orders/7", "prod", "x", "GET /orders/{id}"), expected: "/prod" },
    { name: "a greedy route", event: v2("/prod/a/b", "prod", "x", "ANY /{proxy+}", "a/b"), expected: "/prod" },
    { name: "a greedy route without value", event: v2("/prod/a", "prod", OWN, "ANY /{proxy+}"), expected: "/prod" },
    { name: "REST, own domain", event: v1("/orders/42", "/orders/{id}", { id: "42" }), expected: "" },
    { name: "REST, mapped", event: v1("/v1/orders/42", "/orders/{id}", { id: "42" }), expected: "/v1" },
    { name: "REST, mapped, greedy", event: v1("/v1/a/b/", "/{proxy+}", { proxy: "a/b" }), expected: "/v1" },
    { name: "REST, mapped, the root", event: v1("/v1/x", "/", null), expected: "/v1/x" },
    { name: "REST, a template longer than the path", event: v1("/a", "/a/b", null), expected: "" },
    { name: "REST, no template but the context's", event: v1("/v1", undefined, null), expected: "/v1" },
    {
      name: "HTTP API 1.0, mapped",
      event: v1("/shöp/orders", "/orders", null, { version: "1.0" }),
      expected: "/sh%C3%B6p",
    },
    { name: "HTTP API 1.0, stage", event: v1("/prod/orders", "$default", null, { version: "1.0" }), expected: "/prod" },
    {
      name: "another platform",
      event: { httpMethod: "GET", path: "/a", queryString: {}, requestContext: { serviceId: "s", path: "/a" } },
      expected: "",
    },
  ];
  test.each(cases)("$name", ({ event, expected }) => {
    const source = detectSource(event);
    const base = source.basePath(event);
    expect(base).toBe(expected);
    const { target } = source.toRequest(event);
    expect(target.startsWith(base)).toBe(true);
  });
});
