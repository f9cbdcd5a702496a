import { describe, expect, test } from "vitest";
import { awsRest } from "./aws-v1.ts";
import { frameBody } from "./frame-body.ts";
import type { HttpRequestMessage } from "./message.ts";

function read(headers: object): HttpRequestMessage {
  return awsRest.toRequest({ httpMethod: "POST", path: "/", headers });
}

function join(raw: readonly string[]): Record<string, string> {
  const joined: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) joined[raw[i]?.toLowerCase() ?? ""] = raw[i + 1] ?? "";
  return joined;
}

describe("frameBody", () => {
  const cases = [
    {
      name: "corrects a length",
      headers: { "content-length": "9", a: "1" },
      expected: ["content-length", "3", "a", "1"],
    },
    {
      name: "adds what a client without a length sent",
      headers: { a: "1" },
      expected: ["a", "1", "Transfer-Encoding", "chunked"],
    },
    { name: "keeps a coding", headers: { "transfer-encoding": "chunked" }, expected: ["transfer-encoding", "chunked"] },
    {
      name: "drops a coding before a length",
      headers: { "transfer-encoding": "chunked", "content-length": "1", authorization: "secret", "x-a": "1" },
      expected: ["content-length", "3", "authorization", "secret", "x-a", "1"],
    },
    {
      name: "drops a coding after a length",
      headers: { a: "1", "content-length": "1", "Transfer-Encoding": "chunked", "x-a": "1" },
      expected: ["a", "1", "content-length", "3", "x-a", "1"],
    },
    {
      name: "drops every coding, however it is spelled",
      headers: {
        "transfer-encoding": ["gzip", "chunked"],
        a: "1",
        "Content-Length": "1",
        "Transfer-Encoding": "chunked",
      },
      expected: ["a", "1", "Content-Length", "3"],
    },
  ];
  test.each(cases)("$name", ({ headers, expected }) => {
    const message = read(headers);
    frameBody(message, 3);
    expect(message.rawHeaders).toEqual(expected);
    expect(message.headers ?? join(expected)).toEqual(join(expected));
  });

  test("the last length counts", () => {
    for (const { headers, expected } of cases) {
      const message = read(headers);
      for (const length of [0, 7, 3]) frameBody(message, length);
      expect(message.rawHeaders).toEqual(expected);
    }
  });

  test("invents nothing for a request without a body", () => {
    const message = read({ a: "1" });
    frameBody(message, 0);
    expect(message.rawHeaders).toEqual(["a", "1"]);
  });
});
