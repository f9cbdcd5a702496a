import { detectSource } from "@tidegate/core";
import { describe, expect, test } from "vitest";
import type { ReceivedRequest } from "./received-request.ts";
import { shapeNames } from "./shape.ts";
import { findShape, shapes } from "./shapes.ts";

const request: ReceivedRequest = {
  method: "POST",
  path: "/a%2Fb",
  query: "x=1&x=2&y",
  headers: [
    ["Host", "parity.test"],
    ["X-Multi", "one"],
    ["x-multi", "two"],
    ["Cookie", "a=1; b=2"],
  ],
  body: Buffer.from([0, 255]),
  clientIp: "203.0.113.7",
};

function toEvent(name: string): Record<string, unknown> {
  const shape = findShape(name);
  if (shape.kind !== "buffered") throw new Error(`Cannot make an event: "${name}" has none`);
  const event = shape.toEvent(request, "id");
  return JSON.parse(Buffer.isBuffer(event) ? event.toString() : JSON.stringify(event));
}

describe("shapes", () => {
  test("are in the order of their names", () => {
    expect(shapes.map(({ name }) => name)).toEqual(shapeNames);
  });

  test.each(shapes.filter(({ kind }) => kind === "buffered").map(({ name }) => name))(
    "%s is known to the adapter",
    (name) => {
      expect(detectSource(toEvent(name)).name).toBe(name);
    },
  );

  test("HTTP APIs decode the path, move cookies out and join headers", () => {
    expect(toEvent("aws-http-v2")).toMatchObject({
      rawPath: "/a/b",
      rawQueryString: "x=1&x=2&y",
      cookies: ["a=1", "b=2"],
      headers: { host: "parity.test", "x-multi": "one,two", "content-length": "2" },
      body: "AP8=",
      isBase64Encoded: true,
    });
    expect(toEvent("aws-http-v2").headers).not.toHaveProperty("cookie");
  });

  test("Function Compute joins query and headers, and names the host in its context", () => {
    expect(toEvent("alibaba-fc3")).toMatchObject({
      rawPath: "/a%2Fb",
      queryParameters: { x: "1,2", y: "" },
      headers: { "X-Multi": "one,two", Cookie: "a=1; b=2" },
      requestContext: { domainName: "parity.test" },
    });
  });

  test("Tencent keeps repeats and bare keys of the query", () => {
    expect(toEvent("tencent-apigateway")).toMatchObject({ queryString: { x: ["1", "2"], y: true } });
  });

  test("a load balancer takes the last of repeats, or all in multi-value mode", () => {
    expect(toEvent("aws-alb")).toMatchObject({
      headers: { "x-multi": "two" },
      queryStringParameters: { x: "2", y: "" },
    });
    expect(toEvent("aws-alb-multi")).toMatchObject({
      multiValueHeaders: { "x-multi": ["one", "two"], "x-forwarded-for": ["203.0.113.7"] },
      multiValueQueryStringParameters: { x: ["1", "2"], y: [""] },
    });
  });

  test("an unknown name is told with those there are", () => {
    expect(() => findShape("aws")).toThrow(/Cannot find shape "aws": there are web, aws-rest/);
  });
});
