import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { detectSource, eventSources } from "./detect.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import type { EventObject, SourceName } from "./source.ts";

interface Fixture {
  vendor: string;
  kind: "http-request" | "http-response";
  expect?: {
    method: string;
    path: string;
    query: [string, string][];
    headers: Record<string, string[]>;
    clientIp?: string;
    body?: string | null;
    bodyBase64?: string;
  };
}

function readFixture(name: string): EventObject {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));
}

const index = readFixture("index.json") as Record<string, Fixture>;
const requests = Object.entries(index).flatMap(([name, { expect: expected }]) =>
  expected ? [{ name, expected }] : [],
);

const SOURCE_OF: Record<string, SourceName> = {
  "alibaba-fc/apigateway.json": "alibaba-apigateway",
  "alibaba-fc/http-fc3-get.json": "alibaba-fc3",
  "alibaba-fc/http-fc3-post-json.json": "alibaba-fc3",
  "alibaba-fc/http-fc3-put-binary.json": "alibaba-fc3",
  "aws/alb-multi.json": "aws-alb-multi",
  "aws/alb-single.json": "aws-alb",
  "aws/apigw-http-v1-get.json": "aws-http-v1",
  "aws/apigw-http-v2-decoded-path.json": "aws-http-v2",
  "aws/apigw-http-v2-get.json": "aws-http-v2",
  "aws/apigw-http-v2-post-json.json": "aws-http-v2",
  "aws/apigw-rest-v1-get.json": "aws-rest",
  "aws/apigw-rest-v1-put-binary.json": "aws-rest",
  "aws/function-url-encoded-path.json": "aws-function-url",
  "aws/function-url-iam.json": "aws-function-url",
  "aws/function-url-post.json": "aws-function-url",
  "aws/vpc-lattice-v2-post.json": "aws-vpc-lattice",
  "huawei-functiongraph/apig-get.json": "huawei-apig",
  "huawei-functiongraph/apig-post.json": "huawei-apig",
  "others/netlify-legacy-event.json": "netlify",
  "tencent-scf/apigw-get.json": "tencent-apigateway",
  "tencent-scf/function-url-post.json": "tencent-function-url",
};

function valuesOf(message: HttpRequestMessage, name: string): string[] {
  return message.rawHeaders.filter((_, i) => i % 2 === 1 && message.rawHeaders[i - 1]?.toLowerCase() === name);
}

function sortPairs(pairs: Iterable<[string, string]>): [string, string][] {
  // Stable: values of one key keep their order.
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

describe("detectSource and toRequest over the captured events", () => {
  test("every captured request has a known source", () => {
    expect(requests.map(({ name }) => name).sort()).toEqual(Object.keys(SOURCE_OF).sort());
    expect(new Set(Object.values(SOURCE_OF))).toEqual(new Set(eventSources.map(({ name }) => name)));
  });

  test.each(requests)("$name", ({ name, expected }) => {
    const event = readFixture(name);
    const source = detectSource(event);
    expect(source.name).toBe(SOURCE_OF[name]);

    const message = source.toRequest(event);
    const [path, query] = message.target.split("?");
    expect(message.method).toBe(expected.method);
    expect(path).toBe(expected.path);
    expect(sortPairs(new URLSearchParams(query))).toEqual(sortPairs(expected.query));
    for (const [header, values] of Object.entries(expected.headers)) expect(valuesOf(message, header)).toEqual(values);
    expect(message.clientIp).toBe(expected.clientIp);
    const { body } = message;
    const bytes = body === null ? null : "text" in body ? Buffer.from(body.text) : Buffer.from(body.base64, "base64");
    if (expected.bodyBase64 !== undefined) expect(bytes?.toString("base64")).toBe(expected.bodyBase64);
    else expect(bytes?.toString() ?? null).toBe(expected.body);
  });
});

const CREATED: HttpResponseMessage = {
  status: 201,
  statusText: "Created",
  rawHeaders: ["Content-Type", "application/json"],
  body: { text: '{"id":42}' },
};
const COOKIES = ["set-cookie", "sid=def456; Path=/; HttpOnly", "set-cookie", "theme=light; Path=/"];
const JSON_TYPE = ["content-type", "application/json"];

const RESPONSES: { name: string; source: SourceName; response: HttpResponseMessage; extra?: object }[] = [
  {
    name: "aws/apigw-rest-v1-response.json",
    source: "aws-rest",
    response: { ...CREATED, rawHeaders: [...JSON_TYPE, "x-request-cost", "3", ...COOKIES] },
  },
  {
    name: "aws/apigw-http-v2-response.json",
    source: "aws-http-v2",
    response: { ...CREATED, rawHeaders: [...JSON_TYPE, "x-multi", "one", "x-multi", "two", ...COOKIES] },
  },
  {
    name: "aws/alb-single-response.json",
    source: "aws-alb",
    response: {
      status: 200,
      statusText: "OK",
      rawHeaders: ["content-type", "image/png", "Set-Cookie", "sid=def456; Path=/; HttpOnly"],
      body: { base64: "iVBORw0KGgo=" },
    },
  },
  {
    name: "aws/alb-multi-response.json",
    source: "aws-alb-multi",
    response: { ...CREATED, rawHeaders: [...JSON_TYPE, ...COOKIES] },
  },
  {
    name: "alibaba-fc/http-fc3-response.json",
    source: "alibaba-fc3",
    response: { ...CREATED, rawHeaders: [...CREATED.rawHeaders, "X-Request-Cost", "3"] },
  },
  {
    name: "alibaba-fc/apigateway-response.json",
    source: "alibaba-apigateway",
    response: { ...CREATED, rawHeaders: JSON_TYPE },
  },
  { name: "tencent-scf/apigw-response.json", source: "tencent-apigateway", response: CREATED },
  {
    name: "tencent-scf/function-url-response.json",
    source: "tencent-function-url",
    response: { ...CREATED, status: 200 },
    extra: { isBase64Encoded: false },
  },
  {
    name: "huawei-functiongraph/apig-response.json",
    source: "huawei-apig",
    response: { ...CREATED, body: { base64: "eyJpZCI6NDJ9" } },
  },
];

function normalize(answer: object): unknown {
  // A single cookie keeps its spelling in the captures; header names ignore case. A space after a comma means nothing.
  return JSON.parse(JSON.stringify(answer).replaceAll("Set-Cookie", "set-cookie").replaceAll("one, two", "one,two"));
}

describe("toResponse over the captured answers", () => {
  test("every captured answer is covered", () => {
    const captured = Object.entries(index).filter(([, { kind }]) => kind === "http-response");
    expect(RESPONSES.map(({ name }) => name).sort()).toEqual(captured.map(([name]) => name).sort());
  });

  test.each(RESPONSES)("$name", ({ name, source, response, extra }) => {
    const answer = eventSources.find((candidate) => candidate.name === source)?.toResponse(response) ?? {};
    expect(normalize(answer)).toEqual({ ...readFixture(name), ...extra });
  });

  test("three values of one header all arrive", () => {
    const response = { ...CREATED, rawHeaders: ["x-a", "1", "x-a", "2", "x-a", "3", "constructor", "x"], body: null };
    const answers = Object.fromEntries(eventSources.map((source) => [source.name, source.toResponse(response)]));
    expect(answers["aws-rest"]).toEqual({
      statusCode: 201,
      headers: { constructor: "x" },
      multiValueHeaders: { "x-a": ["1", "2", "3"] },
      body: "",
      isBase64Encoded: false,
    });
    expect(answers["aws-alb-multi"]).toMatchObject({ multiValueHeaders: { "x-a": ["1", "2", "3"] } });
    expect(answers["huawei-apig"]).toMatchObject({ headers: { "x-a": "1, 2, 3" }, body: "" });
  });

  test("without repeats there is one map only", () => {
    const answer = eventSources.find(({ name }) => name === "aws-rest")?.toResponse(CREATED);
    expect(answer).toEqual({
      statusCode: 201,
      headers: { "Content-Type": "application/json" },
      body: '{"id":42}',
      isBase64Encoded: false,
    });
  });

  test("an unknown status has no description", () => {
    const answer = eventSources[0]?.toResponse({ status: 599, statusText: "", rawHeaders: [], body: null });
    expect(answer).toMatchObject({ statusDescription: "599" });
  });
});
