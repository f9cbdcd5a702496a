import { describe, expect, test } from "vitest";
import { TidegateError } from "../errors.ts";
import { detectSource } from "./detect.ts";
import { base64ByteLength } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import type { EventObject } from "./source.ts";

describe("detectSource refuses", () => {
  const cases = [
    { name: "an empty list", event: { Records: [] }, message: 'its list "Records" is empty' },
    {
      name: "a list of nobody",
      event: { Records: [{ mine: 1 }] },
      message: 'no known source has a list "Records" of objects with members "mine"',
    },
    { name: "a list of no objects", event: { events: [1] }, message: "with members (none)" },
    { name: "an empty object", event: {}, message: "no known source has members (none)" },
    { name: "an array", event: [1], message: "expected an object, found an array" },
    { name: "null", event: null, message: "expected an object, found null" },
    { name: "a string", event: "GET /", message: "expected an object, found string" },
    {
      name: "a request with a member that nobody has",
      event: { httpMethod: "GET", path: "/", requestContext: null, mine: 1 },
      message: '"mine"',
    },
    {
      name: "a request with a context that nobody has",
      event: { httpMethod: "GET", path: "/", requestContext: { stage: "test", identity: {} } },
      message: '"path"',
    },
    { name: "a request whose path is none", event: { httpMethod: "GET", path: 7 }, message: '"path"' },
    {
      name: "a context with a method and no path",
      event: { requestContext: { http: { method: "GET" } } },
      message: '"requestContext"',
    },
    { name: "a version nobody has", event: { version: "3.0", requestContext: { http: {} } }, message: '"version"' },
    { name: "a 2.0 event without its context", event: { version: "2.0", rawPath: "/" }, message: '"rawPath"' },
    {
      name: "the question to a Lambda authorizer",
      event: { version: "2.0", type: "REQUEST", routeArn: "arn:aws:execute-api", requestContext: { http: {} } },
      message: '"routeArn"',
    },
    {
      name: "the older question to a Lambda authorizer",
      event: { type: "REQUEST", methodArn: "arn", httpMethod: "GET", requestContext: { resourcePath: "/" } },
      message: '"methodArn"',
    },
    {
      name: "a WebSocket's message",
      event: { requestContext: { routeKey: "$default", connectionId: "c", eventType: "MESSAGE" }, body: "hi" },
      message: '"requestContext"',
    },
  ];
  test.each(cases)("$name", ({ event, message }) => {
    const attempt = (): unknown => detectSource(event);
    expect(attempt).toThrow(TidegateError);
    expect(attempt).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_UNKNOWN" }));
    expect(attempt).toThrow(message);
  });
});

const REST = { httpMethod: "GET", path: "/", requestContext: { resourcePath: "/" } };

describe("toRequest", () => {
  const malformed = [
    {
      name: "a numeric path",
      event: { ...REST, path: 7 },
      message: 'event member "path": expected a string, found number',
    },
    {
      name: "an empty method",
      event: { ...REST, httpMethod: "" },
      message: '"httpMethod": its value is no HTTP method',
    },
    {
      name: "headers in an array",
      event: { ...REST, headers: [] },
      message: '"headers": expected an object, found array',
    },
    { name: "a parsed body", event: { ...REST, body: {} }, message: "as it was sent, found object" },
    { name: "a null method", event: { ...REST, httpMethod: null }, message: "found null" },
  ];
  test.each(malformed)("refuses $name", ({ event, message }) => {
    const attempt = (): unknown => detectSource(event).toRequest(event);
    expect(attempt).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
    expect(attempt).toThrow(message);
  });

  test("a method of hand-written events is upper case, whatever its name", () => {
    expect(read({ ...REST, httpMethod: "get" }).method).toBe("GET");
    expect(read({ ...REST, httpMethod: "m-search" }).method).toBe("M-SEARCH");
  });

  test("an empty path is the root, two slashes stay two", () => {
    expect(read({ ...REST, path: "" }).target).toBe("/");
    expect(read({ ...REST, path: "//double//slash/" }).target).toBe("//double//slash/");
  });

  test("maps of API Gateway alone are enough to know it by", () => {
    const event = { httpMethod: "GET", path: "/", multiValueHeaders: { A: ["1", "2"] }, requestContext: {} };
    expect(detectSource(event).name).toBe("aws-rest");
    expect(read(event).rawHeaders).toEqual(["A", "1", "A", "2"]);
    expect(detectSource({ httpMethod: "GET", path: "/", resource: "/", requestContext: { apiId: "a" } }).name).toBe(
      "aws-rest",
    );
  });

  test("a request and nothing else is read and answered as one of a REST API", () => {
    const bare = {
      path: "/a b",
      httpMethod: "POST",
      queryStringParameters: { q: "1 2" },
      headers: { a: "1" },
      body: "hi",
    };
    for (const event of [
      bare,
      { ...bare, requestContext: {} },
      { ...bare, isBase64Encoded: false, requestContext: null },
    ]) {
      expect(detectSource(event).name).toBe("aws-rest");
      expect(read(event)).toMatchObject({ method: "POST", target: "/a%20b?q=1%202", rawHeaders: ["a", "1"] });
    }
    const identity = { identity: { sourceIp: "203.0.113.7" } };
    expect(read({ ...bare, requestContext: identity }).clientIp).toBe("203.0.113.7");
  });

  test("a request of a platform is told by its own members, however little it has besides", () => {
    const bare = { path: "/", httpMethod: "GET", headers: {} };
    expect(detectSource({ ...bare, queryString: {} }).name).toBe("tencent-function-url");
    expect(detectSource({ ...bare, queryParameters: {} }).name).toBe("alibaba-apigateway");
    expect(detectSource({ ...bare, requestContext: { apiId: "a" } }).name).toBe("huawei-apig");
    expect(detectSource({ ...bare, rawUrl: "https://a.example/" }).name).toBe("netlify");
  });

  test("a 2.0 event needs no version", () => {
    const event = { rawPath: "/a", headers: { a: "1" }, requestContext: { http: { method: "GET", path: "/b" } } };
    expect(detectSource(event).name).toBe("aws-http-v2");
    expect(read(event).target).toBe("/a");
    const url = { ...event.requestContext, domainName: "a.lambda-url.eu-west-1.on.aws" };
    expect(detectSource({ ...event, requestContext: url }).name).toBe("aws-function-url");
    expect(detectSource({ ...event, queryParameters: {} }).name).toBe("alibaba-fc3");
  });

  test("a 2.0 event may have its path in the context alone", () => {
    const event = { version: "2.0", requestContext: { http: { method: "GET", path: "/b" } } };
    for (const rawPath of [undefined, null]) expect(read({ ...event, rawPath }).target).toBe("/b");
    expect(() => read({ ...event, rawPath: 7 })).toThrow('"rawPath": expected a string, found number');
    const bare = { version: "2.0", requestContext: { http: { method: "GET" } } };
    expect(() => read(bare)).toThrow('"rawPath": expected a string, found undefined');
  });

  const V2 = { version: "2.0", rawPath: "/", requestContext: { http: { method: "GET" } } };
  const cookies = [
    { name: "are joined", event: { ...V2, cookies: ["a=1", "b=2"] }, expected: ["cookie", "a=1; b=2"] },
    { name: "may be none", event: { ...V2, cookies: [] }, expected: [] },
    { name: "may be null", event: { ...V2, cookies: null }, expected: [] },
    {
      name: "are not doubled",
      event: { ...V2, headers: { Cookie: "a=1" }, cookies: ["a=1"] },
      expected: ["Cookie", "a=1"],
    },
  ];
  test.each(cookies)("cookies $name", ({ event, expected }) => {
    expect(read(event).rawHeaders).toEqual(expected);
  });

  test.each([{ cookies: "a=1" }, { cookies: [1] }, { cookies: ["a=1\r\nx: y"] }, { rawQueryString: 1 }])(
    "refuses %j",
    (members) => {
      expect(() => read({ ...V2, ...members })).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
    },
  );

  test("an HTTP API's length of no body is not the client's", () => {
    const headers = { "content-length": "0", a: "1" };
    const message = read({ ...V2, headers });
    expect(message).toMatchObject({ rawHeaders: ["a", "1"], contentLengthAt: -1 });
    for (const method of ["HEAD", "DELETE", "OPTIONS"]) {
      expect(read({ ...V2, headers, requestContext: { http: { method } } }).rawHeaders).toEqual(["a", "1"]);
    }
    for (const method of ["POST", "PUT", "PATCH"]) {
      const sent = read({ ...V2, headers, requestContext: { http: { method } } });
      expect(sent).toMatchObject({ rawHeaders: ["content-length", "0", "a", "1"], contentLengthAt: 1 });
    }
    const own = { http: { method: "GET" }, domainName: "a.lambda-url.eu-west-1.on.aws" };
    expect(read({ ...V2, headers: { ...headers, host: "a" }, requestContext: own }).contentLengthAt).toBe(1);
  });

  test("a hand-written 2.0 event may have the map of its query alone", () => {
    expect(read({ ...V2, queryStringParameters: { a: "b c" } }).target).toBe("/?a=b%20c");
    expect(read({ ...V2, rawQueryString: "", queryStringParameters: { a: "b" } }).target).toBe("/");
  });

  test("base64 of an impossible length is refused, the rest shows in the bytes", () => {
    const event = { ...REST, isBase64Encoded: true };
    expect(() => read({ ...event, body: "aGkaa" })).toThrow("the body is no base64");
    for (const body of ["aGk=", "aGk", "aGkh", "-_-_", "YQ=="]) {
      expect(Buffer.from(body, "base64")).toHaveLength(base64ByteLength(body));
    }
    for (const body of ["aG*=", "a=Gk", "{}{}", "aGk\n"]) {
      expect(Buffer.from(body, "base64").length).not.toBe(base64ByteLength(body));
    }
  });

  function read(event: EventObject): HttpRequestMessage {
    return detectSource(event).toRequest(event);
  }

  test("headers and query may be missing altogether", () => {
    expect(read(REST)).toEqual({
      method: "GET",
      target: "/",
      rawHeaders: [],
      headers: {},
      contentLengthAt: -1,
      transferEncodingAt: -1,
      body: null,
      clientIp: undefined,
      requestId: undefined,
      isSecure: false,
    });
  });

  test("the single maps are used where the multi maps are missing", () => {
    const message = read({ ...REST, headers: { A: "1", gone: null, n: 2 }, queryStringParameters: { "a&b": "c=d" } });
    expect(message).toMatchObject({ rawHeaders: ["A", "1", "n", "2"], target: "/?a%26b=c%3Dd" });
  });

  test("the domain of the context stands in for a missing host", () => {
    const context = { resourcePath: "/", domainName: "a.example" };
    expect(read({ ...REST, requestContext: context }).rawHeaders).toEqual(["Host", "a.example"]);
    const present = read({ ...REST, headers: { HOST: "b.example" }, requestContext: context });
    expect(present.rawHeaders).toEqual(["HOST", "b.example"]);
  });

  test('the base64 flag may be a string, and "false" means false', () => {
    const event = { path: "/", httpMethod: "POST", queryParameters: {}, body: "aGk=" };
    expect(read({ ...event, isBase64Encoded: "true" }).body).toEqual({ base64: "aGk=" });
    expect(read({ ...event, isBase64Encoded: "false" }).body).toEqual({ text: "aGk=" });
  });

  test("the load balancer's own hop is the client, not what the client claims", () => {
    const event = { ...REST, requestContext: { elb: {} }, headers: { "x-forwarded-for": "1.1.1.1, 203.0.113.7" } };
    expect(read(event).clientIp).toBe("203.0.113.7");
    expect(read({ ...event, headers: { "x-forwarded-for": " " } }).clientIp).toBeUndefined();
  });

  test("a load balancer's query stays encoded, and only illegal characters are escaped", () => {
    const event = { ...REST, requestContext: { elb: {} }, queryStringParameters: { "a%20b": "c+d%2Be é", bare: "" } };
    expect(read(event).target).toBe("/?a%20b=c+d%2Be%20%C3%A9&bare=");
  });

  test("a request id and address may come from headers only", () => {
    const scf = { httpMethod: "GET", path: "/", queryString: {}, headers: { "x-scf-request-id": "r1" } };
    expect(read(scf)).toMatchObject({ requestId: "r1", clientIp: undefined });
    const apig = {
      httpMethod: "GET",
      path: "/",
      requestContext: { apiId: "a" },
      headers: { "X-Forwarded-For": "9.9.9.9" },
    };
    expect(read(apig)).toMatchObject({ clientIp: "9.9.9.9", requestId: undefined });
    const netlify = {
      httpMethod: "GET",
      path: "/",
      rawUrl: "http://a.example/",
      headers: { "x-forwarded-for": "8.8.8.8" },
    };
    expect(read(netlify)).toMatchObject({ clientIp: "8.8.8.8", isSecure: false, target: "/" });
  });
});
